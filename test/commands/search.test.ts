import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import sql from 'sql-template-tag';
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

test('--email finds who an email is from', async () => {
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
  [['x', '--email', 'a@b.example'], 'cannot be searched for at once'],
  [['--email', 'kunde.example'], '--email needs a whole email'],
  [['x', '--limit', '0'], 'whole number from 1 to 100'],
  [['x', '--limit', '101'], 'whole number from 1 to 100'],
] as const)('%j without a terminal is a usage failure', async ([argv, said]) => {
  const result = await search([...argv, '--json']);
  expect(result.exitCode).toBe(2);
  expect(result.json()).toMatchObject({ ok: false, error: { code: 'usage' } });
  expect(result.stderr).toContain(said);
});

test.for([
  [['--postal-code', '80331', '--org', 'acme'], {}, 'list --org acme --postal-code 80331'],
  [['--postal-code', '80331'], { ORDERFLOW_ORG: 'acme' }, 'list --org acme --postal-code 80331'],
  [['--postal-code', '80331'], {}, 'list --org ORG --postal-code 80331'],
  [['--org', 'my org'], {}, "search TEXT --org 'my org'"],
  [['--email', 'kunde.example', '--org', 'acme'], {}, 'search kunde.example --org acme'],
] as const)('the hint of %j names the given organization: %j', async ([argv, env, next]) => {
  const { exitCode, stderr } = await run(['search', ...argv], { env });
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`: orderflow-customers ${next}\n`);
});

test('a hostile name does not affect the terminal', async () => {
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

function at(city: string, postal_code: string, country: string) {
  return { city, postal_code, country };
}

describe('a place', () => {
  beforeAll(async () => {
    const org = await createOrganization(database, { slug: 'places', name: 'Places' });
    const contacts = [{ email: 'anna@handel.example', name: 'Anna Handel', phone: '+49 221 123456' }];
    await insertCustomer(database, org, {
      name: 'Zander Handel A',
      erp_customer_number: '4711',
      billing_address: at('Köln', '50667', 'DE'),
      contacts,
    });
    await insertCustomer(database, org, {
      name: 'Zander Handel B',
      erp_customer_number: '47112',
      billing_address: at('Bonn', '53111', 'DE'),
      shipping_address: at('Bad Ischl', '4820', 'AT'),
      contacts,
    });
    // More than a search looks at of each way, and before the others by name.
    await database.execute(sql`
      insert into customer (org_id, name, erp_customer_number, billing_address, default_currency, default_language)
      select ${org.id}, 'Aal Handel ' || n, '4711' || n, '{"city": "Paris", "country": "FR"}', 'EUR', 'de-DE'
      from generate_series(1000, 3100) as n`);
  });

  test.for([
    [['handel', '--city', 'koln'], 'A'],
    [['handel', '--city', 'KOELN', '--postal-code', '50667'], 'A'],
    [['handel', '--country', 'Deutschland'], 'AB'],
    [['handel', '--country', 'AT', '--city', 'bad-ischl'], 'B'],
    [['handel', '--country', 'AT', '--city', 'Bonn'], ''],
    [['4711', '--country', 'DE'], 'AB'],
    [['4711', '--postal-code', '53111'], 'B'],
    [['hamdel', '--city', 'Köln'], 'A'],
    [['andel', '--city', 'Köln'], 'A'],
    [['221 123456', '--city', 'Bonn'], 'B'],
    [['anna', 'zander', '--city', 'Bonn'], 'B'],
    [['anna@handel', '--city', 'Bonn'], 'B'],
    [['Bonn 53111', '--country', 'at'], 'B'],
    [['--email', 'anna@handel.example', '--city', 'Köln'], 'A'],
    [['--email', 'otto@handel.example', '--country', 'AT'], 'B'],
    [['zander', '--city', '%'], ''],
  ] as const)('%j finds %s', async ([argv, names]) => {
    const { items, total, total_is_exact } = (
      await run(['search', '--org', 'places', '--json', ...argv], { database: server })
    ).json() as { items: { name: string }[]; total: number; total_is_exact: boolean };
    expect(items.map(({ name }) => name.at(-1)).join('')).toBe(names);
    expect({ total, total_is_exact }).toEqual({ total: names.length, total_is_exact: true });
  });

  test('that is not a country is refused, and a place alone leads to list', async () => {
    const unknown = await run(['search', 'x', '--org', 'places', '--country', 'Lummerland'], {
      database: server,
    });
    expect(unknown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--country: ') });
    const alone = await run(['search', '--org', 'places', '--city', 'Bad Ischl'], { database: server });
    expect(alone.stderr).toContain("orderflow-customers list --org places --city 'Bad Ischl'");
  });
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

  test('Escape leaves, and shows nothing', async () => {
    const { exitCode, stdout } = await typing(['mül', '\x1b']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
  });

  test('Ctrl-C interrupts', async () => {
    const { exitCode } = await typing(['mül', '\x03']);
    expect(exitCode).toBe(130);
  });
});
