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
    erp_customer_number: '0001',
    email: 'info@m.example',
    billing_address: {
      street: 'Hauptstr. 1',
      street2: 'Hof\n2. Stock',
      city: 'München',
      postal_code: '00331',
      country: 'DE',
    },
    notes: 'first\nsecond',
    is_active: false,
    contacts: [
      { email: 'b@m.example', name: 'Bea', phone: '+49 89 1', role: 'sales' },
      { email: 'z@m.example', is_primary: true },
    ],
  });
});
afterAll(() => server.close());

function show(argv: string[], options: RunOptions = {}) {
  return run(['show', '--org', 'acme', ...argv], { database: server, ...options });
}

test('--json is the customer with contacts, the primary one first', async () => {
  const result = await show(['0001', '--json']);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  const document = result.json();
  expect(document).toMatchObject({
    id,
    org_id: acme.id,
    name: 'Müller GmbH',
    erp_customer_number: '0001',
    billing_address: { postal_code: '00331' },
    shipping_address: null,
    is_active: false,
  });
  expect(document.contacts.map((contact: { email: string }) => contact.email)).toEqual([
    'z@m.example',
    'b@m.example',
  ]);
  expect((await show([id, '--json'])).json()).toEqual(document);
  expect((await run(['show', '0001', '--org', acme.id, '--json'], { database: server })).json()).toEqual(
    document,
  );
});

test('on a terminal it is a page to read', async () => {
  const { stdout, stderr } = await show(['0001', '--color', 'never'], { terminal: { columns: 80 } });
  expect(stderr).toBe('');
  expect(stdout.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME').replace(id, 'ID')).toBe(
    [
      'Müller GmbH  inactive',
      '',
      'ERP number  0001',
      'Email       info@m.example',
      'Currency    EUR',
      'Language    de-DE',
      'Billing     Hauptstr. 1',
      '            Hof',
      '            2. Stock',
      '            00331 München',
      '            DE',
      'Notes       first',
      '            second',
      'Created     TIME',
      'Updated     TIME',
      'Changed     TIME by postgres (orderflow-customers)',
      'Id          ID',
      '',
      'Contacts (2)',
      '',
      'EMAIL        NAME  PHONE     ROLE   PRIMARY',
      'z@m.example                         primary',
      'b@m.example  Bea   +49 89 1  sales',
      '',
    ].join('\n'),
  );
});

test('piped it is a line per field and per contact', async () => {
  const { stdout } = await show(['0001']);
  const lines = stdout.split('\n').slice(0, -1);
  expect(lines).toContain('name\tMüller GmbH');
  expect(lines).toContain('billing_address\tHauptstr. 1, Hof, 2. Stock, 00331 München, DE');
  expect(lines).toContain('shipping_address\t');
  expect(lines).toContain('notes\tfirst\\nsecond');
  expect(lines).toContain('is_active\tfalse');
  expect(lines.slice(-2)).toEqual([
    'contact\tz@m.example\t\t\t\tprimary',
    'contact\tb@m.example\tBea\t+49 89 1\tsales\t',
  ]);
});

describe('a reference', () => {
  test('to nothing is not found', async () => {
    const result = await show(['77', '--json']);
    expect(result.exitCode).toBe(4);
    expect(result.json()).toEqual({
      ok: false,
      error: {
        code: 'not_found',
        message: 'customer "77" not found in org acme',
        hint: 'search for it: orderflow-customers search TEXT --org acme',
      },
    });
  });

  test("to another org's customer is not found", async () => {
    const other = await createOrganization(database, { slug: 'other', name: 'Other' });
    const foreign = await insertCustomer(database, other, { erp_customer_number: 'O-1' });
    expect((await show([foreign])).exitCode).toBe(4);
    expect((await show(['O-1'])).stderr).toContain('error: customer "O-1" not found in org acme');
  });

  test('that fits two customers is an error that lists them', async () => {
    await insertCustomer(database, acme, { name: 'Lookalike \x1b[31m', erp_customer_number: id });
    const { exitCode, stdout, stderr } = await show([id]);
    expect(exitCode).toBe(4);
    expect(stdout).toBe('');
    expect(stderr).toContain(`fits two customers in org acme:\n  `);
    expect(stderr).toContain(`${id}  Müller GmbH, ERP number 0001`);
    expect(stderr).toContain(String.raw`Lookalike \x1b[31m, ERP number ${id}`);
    await database.client.query('delete from customer where erp_customer_number = $1', [id]);
  });
});

test('a hostile customer does not affect the terminal', async () => {
  const evil = '\x1b[2J\rEvil\u202e\u200b\x9b\x07';
  const org = await createOrganization(database, { slug: 'hostile', name: 'Hostile' });
  await insertCustomer(database, org, {
    name: evil,
    erp_customer_number: 'E',
    email: evil,
    notes: `${evil}\n${evil}`,
    billing_address: { street: evil, city: evil, country: evil },
    default_currency: evil,
    default_language: evil,
    contacts: [{ email: evil, name: evil, phone: evil, role: evil }],
  });
  for (const [flags, options] of [
    [[], {}],
    [['--color', 'never'], { terminal: { columns: 300 } }],
    [['--json'], { terminal: { columns: 80 } }],
  ] as [string[], RunOptions][]) {
    const result = await run(['show', 'E', '--org', 'hostile', ...flags], { database: server, ...options });
    expect(result.exitCode).toBe(0);
    expect(result.stdout.match(/Evil/g)).toHaveLength(13);
    expect(result.stdout + result.stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]/);
  }
});
