import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../support/customers.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

let server: TestDatabase;

const at = (postal_code: string) => ({ billing_address: { postal_code, city: 'Wien' } });

beforeAll(async () => {
  server = await testDatabase();
  const database = await server.open();
  const acme = await createOrganization(database, { slug: 'acme', name: 'Acme' });
  const other = await createOrganization(database, { slug: 'other', name: 'Other' });
  const customers = [
    { name: 'Mail A', email: 'info@mail.example' },
    { name: 'Mail B', contacts: [{ email: 'INFO@mail.example' }, { email: 'x@mail.example' }] },
    { name: 'Call A', contacts: [{ email: 'a@call.example', phone: '+43 (0)1 234 567-0' }] },
    { name: 'Call B', contacts: [{ email: 'b@call.example', phone: '01/2345670' }] },
    { name: 'Call C', contacts: [{ email: 'c@call.example', phone: '0043 1 2345670 ext. 12' }] },
    { name: 'Short A', contacts: [{ email: 'a@short.example', phone: '123' }] },
    { name: 'Short B', contacts: [{ email: 'b@short.example', phone: '123' }] },
    { name: 'Müller & Söhne GmbH', erp_customer_number: '0042', ...at('1010') },
    { name: 'Mueller Soehne e.K.', erp_customer_number: '42', ...at('1010') },
    { name: 'MÜLLER-SÖHNE', ...at('10 10') },
    { name: 'Müller Söhne', ...at('1020') },
    { name: 'Zeros', erp_customer_number: '000' },
    { name: 'Zeros too', erp_customer_number: '00' },
    { name: 'Alone', erp_customer_number: '420', email: 'alone@x.example' },
  ];
  for (const customer of customers) await insertCustomer(database, acme, customer);
  await insertCustomer(database, other, { name: 'Elsewhere', email: 'info@mail.example' });
});
afterAll(() => server.close());

const duplicates = (argv: string[], terminal?: { columns: number }) =>
  run(['duplicates', '--org', 'acme', ...argv], { database: server, ...(terminal && { terminal }) });

test('--json has the groups with their reasons, and changes nothing', async () => {
  const result = await duplicates(['--json']);
  expect(result.exitCode).toBe(0);
  const { items, groups } = result.json() as {
    items: { group: number; reasons: string; name: string }[];
    groups: number;
  };
  expect(groups).toBe(4);
  const found = new Map<number, { reasons: string; names: string[] }>();
  for (const { group, reasons, name } of items) {
    const names: string[] = [...(found.get(group)?.names ?? []), name].toSorted();
    found.set(group, { reasons, names });
  }
  expect([...found.values()].toSorted((a, b) => a.reasons.localeCompare(b.reasons))).toEqual([
    { reasons: 'email', names: ['Mail A', 'Mail B'] },
    {
      reasons: 'name_and_postal_code',
      names: ['Mueller Soehne e.K.', 'MÜLLER-SÖHNE', 'Müller & Söhne GmbH'].toSorted(),
    },
    { reasons: 'number', names: ['Mueller Soehne e.K.', 'Müller & Söhne GmbH'] },
    { reasons: 'phone', names: ['Call A', 'Call B', 'Call C'] },
  ]);
});

test('reasons of the same customers are one group, which comes first', async () => {
  const database = await server.open();
  const org = await createOrganization(database, { slug: 'both', name: 'Both' });
  await insertCustomer(database, org, { name: 'X', email: 'x@x.example' });
  await insertCustomer(database, org, { name: 'Y', email: 'x@x.example' });
  for (const number of ['7', '07']) {
    await insertCustomer(database, org, { name: 'Twin AG', erp_customer_number: number, ...at('1') });
  }
  const { stdout } = await run(
    ['duplicates', '--org', 'both', '--output', 'csv', '--columns', 'group,reasons,name'],
    {
      database: server,
    },
  );
  expect(stdout.trim().split('\n')).toEqual([
    'group,reasons,name',
    '1,"name_and_postal_code,number",Twin AG',
    '1,"name_and_postal_code,number",Twin AG',
    '2,email,X',
    '2,email,Y',
  ]);
});

test('of a large group twenty are listed, and it says how many there are', async () => {
  const database = await server.open();
  const org = await createOrganization(database, { slug: 'many', name: 'Many' });
  for (let count = 0; count < 25; count++) {
    await insertCustomer(database, org, { name: `N${count}`, email: 'x@x.example' });
  }
  const { items } = (await run(['duplicates', '--org', 'many', '--json'], { database: server })).json();
  expect(items).toHaveLength(20);
  expect(items[0]).toMatchObject({ group: 1, group_size: 25 });
});

test('on a terminal a table, and how many groups', async () => {
  const { stdout, stderr } = await duplicates(['--limit', '2'], { columns: 120 });
  expect(stdout).toMatch(/GROUP +THE SAME/);
  expect(stderr).toContain('2 groups');
});

test('none is a success', async () => {
  const { exitCode, stdout } = await run(['duplicates', '--org', 'other'], { database: server });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
});
