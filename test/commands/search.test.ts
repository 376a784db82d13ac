import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../support/customers.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';

let server: TestDatabase;
let database: Database;
let acme: Organization;
let id: string;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
  acme = await createOrganization(database, { slug: 'acme', name: 'Acme' });
  id = await insertCustomer(database, acme, {
    name: 'Müller GmbH',
    erp_customer_number: '00004711',
    email: 'office@mueller.example',
    billing_address: { city: 'München' },
    contacts: [{ email: 'buyer@kunde.example', name: 'Erika Kauf', phone: '+49-89-123456' }],
  });
  await insertCustomer(database, acme, { name: 'Möller AG', erp_customer_number: '2', is_active: false });
});
afterAll(() => server.close());

function search(argv: string[], options: RunOptions = {}) {
  return run(['search', '--org', 'acme', ...argv], { database: server, ...options });
}

test('--json is {items, total}: customers as a list has them, and where the text was found', async () => {
  const result = await search(['mueller', '--json']);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  const document = result.json();
  expect(document).toMatchObject({ total: 2, total_is_exact: true });
  expect(document.items.map(({ name, match }: { name: string; match: string }) => [name, match])).toEqual([
    ['Müller GmbH', 'name'],
    ['Möller AG', 'name'],
  ]);
  const listed = (await run(['list', '--org', 'acme', '--json'], { database: server })).json();
  const { match: _match, matched_contact: contact, ...customer } = document.items[0];
  expect(contact).toBeNull();
  expect(listed.items).toContainEqual(customer);
});

test('words need no quotes', async () => {
  expect((await search(['089', '123456', '--json'])).json().items).toMatchObject([
    {
      id,
      match: 'contact_phone',
      matched_contact: { email: 'buyer@kunde.example', name: 'Erika Kauf', phone: '+49-89-123456' },
    },
  ]);
});

test('on a terminal FOUND IN names the contact', async () => {
  const { stdout } = await search(['089', '123456', '--color', 'never'], { terminal: { columns: 140 } });
  expect(stdout).toContain('contact phone (Erika Kauf)');
});

test('--email tells whose mail it is', async () => {
  const { items } = (await search(['--email', 'Buyer@kunde.example', '--json'])).json();
  expect(items).toMatchObject([{ id, match: 'contact_email' }]);
});

test('--limit cuts the items, not the total', async () => {
  expect((await search(['mueller', '--limit', '1', '--json'])).json()).toMatchObject({
    items: { length: 1 },
    total: 2,
  });
});

test('nothing found is a success', async () => {
  expect((await search(['nobody', '--json'])).json()).toEqual({ items: [], total: 0, total_is_exact: true });
  const { exitCode, stdout, stderr } = await search(['nobody', '--color', 'never'], {
    terminal: { columns: 80 },
  });
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: 'no customers\n' });
});

test('piped, each customer is a line with tabs', async () => {
  const { stdout, stderr } = await search(['4711']);
  expect(stderr).toBe('');
  expect(stdout).toBe(
    `00004711\tMüller GmbH\tMünchen\toffice@mueller.example\tyes\terp_customer_number\t${id}\n`,
  );
});

test('on a terminal it is a table with the count below', async () => {
  const { stdout, stderr } = await search(['mueller', '--color', 'never'], { terminal: { columns: 100 } });
  expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
    'ERP NUMBER  NAME         CITY     EMAIL                   ACTIVE  FOUND IN',
    '00004711    Müller GmbH  München  office@mueller.example  yes     name',
    '2           Möller AG                                     no      name',
    '',
  ]);
  expect(stderr).toBe('2 customers\n');
});

test.for([
  [[], 'nothing to search for'],
  [['  '], 'nothing to search for'],
  [['x', '--email', 'a@b.example'], 'cannot be looked for at once'],
  [['--email', 'kunde.example'], '--email needs a whole email'],
  [['x', '--limit', '0'], 'whole number from 1 to 100'],
  [['x', '--limit', '101'], 'whole number from 1 to 100'],
] as const)('%j without a terminal is a usage failure', async ([argv, said]) => {
  const result = await search([...argv, '--json']);
  expect(result.exitCode).toBe(2);
  expect(result.json()).toMatchObject({ ok: false, error: { code: 'usage' } });
  expect(result.stderr).toContain(said);
});

test('a hostile name does nothing to whoever looks', async () => {
  const org = await createOrganization(database, { slug: 'hostile', name: 'Hostile' });
  const hostile = 'Ärger\x1b[2J\u202e\u200b\r\x9b';
  await insertCustomer(database, org, { name: hostile, erp_customer_number: hostile });
  for (const options of [{}, { terminal: { columns: 120 } }]) {
    const argv = ['search', 'ärger', '--org', 'hostile', '--color', 'never'];
    const { exitCode, stdout } = await run(argv, { database: server, ...options });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(String.raw`\x1b[2J\u202e`);
    expect(stdout).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]/);
  }
});

describe('without a text, on a terminal', () => {
  const terminal = { columns: 80 };

  async function typing(keys: string[]) {
    const stdin = new PassThrough();
    const running = search(['--color', 'never'], { terminal, stdin });
    for (const key of keys) {
      await delay(700);
      stdin.write(key);
    }
    return running;
  }

  test('it shows what it finds while one types, and Enter shows the customer', async () => {
    const { exitCode, stdout, stderr } = await typing(['mül', 'ler', '\r']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('00004711  Müller GmbH  München');
    expect(stdout).toContain('buyer@kunde.example');
  });

  test('Escape leaves, and shows nothing', async () => {
    const { exitCode, stdout } = await typing(['mül', '\x1b']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
  });

  test('Ctrl-C interrupts', async () => {
    const { exitCode } = await typing(['mül', '\x03']);
    expect(exitCode).toBe(130);
  });
});
