import * as fc from 'fast-check';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../../src/model/organization.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { findCustomers, requireCustomer } from '../../../src/store/customers/customers.ts';
import { listCustomers } from '../../../src/store/search/list.ts';
import { createOrganization } from '../../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../../support/customers.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

let server: TestDatabase;
let database: Database;
let acme: Organization;
let other: Organization;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
  acme = await createOrganization(database, { slug: 'acme', name: 'Acme' });
  other = await createOrganization(database, { slug: 'other', name: 'Other' });
});
afterAll(() => server.close());

describe('one customer', () => {
  test('is found by ERP number and by id, with contacts, the primary one first', async () => {
    const id = await insertCustomer(database, acme, {
      name: 'Müller',
      erp_customer_number: '0042',
      billing_address: { city: 'Wien', postal_code: '0100' },
      contacts: [
        { email: 'b@m.example', name: 'B', phone: '+43 1', role: 'sales' },
        { email: 'z@m.example', is_primary: true },
        { email: 'a@m.example' },
      ],
    });
    const [byNumber, ...more] = await findCustomers(database, { orgId: acme.id, ref: '0042' });
    expect(more).toEqual([]);
    expect(byNumber).toMatchObject({
      id,
      name: 'Müller',
      billing_address: { city: 'Wien', postal_code: '0100' },
    });
    expect(byNumber?.contacts.map(({ email }) => email)).toEqual([
      'z@m.example',
      'a@m.example',
      'b@m.example',
    ]);
    expect(byNumber?.contacts[2]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      org_id: acme.id,
      customer_id: id,
      email: 'b@m.example',
      name: 'B',
      phone: '+43 1',
      role: 'sales',
      is_primary: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      updated_at: expect.any(String),
    });
    expect(await findCustomers(database, { orgId: acme.id, ref: id })).toEqual([byNumber]);
    expect(await findCustomers(database, { orgId: acme.id, ref: '42' })).toEqual([]);
  });

  test('of another org is not found, as if it were not there', async () => {
    const id = await insertCustomer(database, other, { erp_customer_number: 'O-1' });
    for (const ref of [id, 'O-1']) {
      const failure = await requireCustomer(database, { org: acme, ref }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'not_found', exitCode: 4 });
      expect(failure).toMatchObject({ message: `customer "${ref}" not found in org acme` });
    }
  });

  test('that is not the only one of that reference is ambiguous, and both are named', async () => {
    const first = await insertCustomer(database, acme, { name: 'First', erp_customer_number: 'F-1' });
    const second = await insertCustomer(database, acme, { name: 'Second', erp_customer_number: first });
    const failure = await requireCustomer(database, { org: acme, ref: first }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'ambiguous', exitCode: 4 });
    const message = failure instanceof Error ? failure.message : '';
    expect(message).toContain(`${first}  First, ERP number F-1`);
    expect(message).toContain(`${second}  Second, ERP number ${first}`);
    expect(await requireCustomer(database, { org: acme, ref: 'F-1' })).toMatchObject({ id: first });
  });
});

describe('a list', () => {
  let org: Organization;
  const names = async (filter: { q?: string; erpNumber?: string; active?: boolean }) => {
    const { items, total } = await listCustomers(database, {
      orgId: org.id,
      ...filter,
      page: 1,
      perPage: 100,
    });
    expect(total).toBe(items.length);
    return items.map(({ name }) => name);
  };

  beforeAll(async () => {
    org = await createOrganization(database, { slug: 'listed', name: 'Listed' });
    await insertCustomer(database, other, { name: 'Foreign 100% Müller', erp_customer_number: 'A1' });
    await insertCustomer(database, org, { name: 'Bäcker', erp_customer_number: 'A1' });
    await insertCustomer(database, org, { name: '100% Bio', erp_customer_number: 'a12' });
    await insertCustomer(database, org, { name: '100 Prozent', is_active: false });
    await insertCustomer(database, org, {
      name: String.raw`back\slash_line`,
      erp_customer_number: 'X',
      contacts: [{ email: 'a@x.example' }, { email: 'b@x.example' }],
    });
  });

  test('holds the customers of the org alone, by name, with how many contacts each has', async () => {
    const { items, total } = await listCustomers(database, { orgId: org.id, page: 1, perPage: 50 });
    expect(total).toBe(4);
    expect(items.map(({ name, contact_count }) => [name, contact_count])).toEqual([
      ['100 Prozent', 0],
      ['100% Bio', 0],
      ['Bäcker', 0],
      [String.raw`back\slash_line`, 2],
    ]);
  });

  test('takes text in name or ERP number, in any case', async () => {
    expect(await names({ q: 'BÄC' })).toEqual(['Bäcker']);
    expect(await names({ q: 'A1' })).toEqual(['100% Bio', 'Bäcker']);
    expect(await names({ q: 'nothing' })).toEqual([]);
  });

  test('treats %, _ and \\ literally', async () => {
    expect(await names({ q: '0%' })).toEqual(['100% Bio']);
    expect(await names({ q: 'h_l' })).toEqual([String.raw`back\slash_line`]);
    expect(await names({ q: 'k_s' })).toEqual([]);
    expect(await names({ q: '\\' })).toEqual([String.raw`back\slash_line`]);
  });

  test('takes an ERP number exactly', async () => {
    expect(await names({ erpNumber: 'A1' })).toEqual(['Bäcker']);
    expect(await names({ erpNumber: 'a1' })).toEqual([]);
  });

  test('takes active or inactive ones, and all conditions together', async () => {
    expect(await names({ active: false })).toEqual(['100 Prozent']);
    expect(await names({ active: true, q: '100' })).toEqual(['100% Bio']);
  });

  test('its pages together are all customers, each once, and each page knows the total', async () => {
    const many = await createOrganization(database, { slug: 'many', name: 'Many' });
    await database.execute(sql`
      insert into customer (org_id, name, default_currency, default_language)
      select ${many.id}, 'same name ' || number / 10, 'EUR', 'de-DE'
      from generate_series(1, 60) as number`);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), async (perPage) => {
        const seen = new Set<string>();
        const pages = Math.ceil(60 / perPage);
        for (let page = 1; page <= pages + 1; page += 1) {
          const { items, total } = await listCustomers(database, { orgId: many.id, page, perPage });
          expect(total).toBe(60);
          expect(items).toHaveLength(page > pages ? 0 : Math.min(perPage, 60 - (page - 1) * perPage));
          for (const { id } of items) seen.add(id);
        }
        expect(seen.size).toBe(60);
      }),
      { numRuns: 20 },
    );
  });
});

test('the embedded database sorts names by German rules, wherever an umlaut is', async () => {
  const org = await createOrganization(database, { slug: 'umlauts', name: 'Umlauts' });
  for (const name of ['Zürich AG', 'Österreicher OG', 'Brändli', 'Bäckerei', 'apfel', 'Bach']) {
    await insertCustomer(database, org, { name });
  }
  const embedded: Database = { ...database, target: { ...database.target, source: 'embedded' } };
  const { items } = await listCustomers(embedded, { orgId: org.id, page: 1, perPage: 50 });
  const names = ['apfel', 'Bach', 'Bäckerei', 'Brändli', 'Österreicher OG', 'Zürich AG'];
  expect(items.map(({ name }) => name)).toEqual(names);
});
