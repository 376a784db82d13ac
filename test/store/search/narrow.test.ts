import * as fc from 'fast-check';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../../src/model/organization.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { listCustomers } from '../../../src/store/search/list.ts';
import { createOrganization } from '../../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../../support/customers.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

let server: TestDatabase;
let database: Database;
let numbered: Organization;
let lettered: Organization;

const names = [
  'Müller & Söhne GmbH',
  'MÜLLER-BAU GmbH',
  'Mueller Bau',
  'Straße 12 (Wien)',
  'STRASSE 12',
  "O'Neill e.K.",
  'Ab%bau_ten',
  'Łódź Œuvre',
  'Mu\u0308ller',
  'müllerei4you',
  '\\Bau\\',
];

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
  numbered = await createOrganization(database, { slug: 'numbered', name: 'Numbered' });
  lettered = await createOrganization(database, { slug: 'lettered', name: 'Lettered' });
  for (const [index, name] of names.entries()) {
    await insertCustomer(database, numbered, { name, erp_customer_number: `00${index}` });
    await insertCustomer(database, lettered, { name, erp_customer_number: `Abt-${index} bau` });
  }
});
afterAll(() => server.close());

const pieces = [
  ...names,
  ...names.map((name) => name.toUpperCase()),
  'ABT-1',
  'bt-',
  'abt',
  '001',
  ' bau',
  'xyz',
];
const text = fc
  .tuple(fc.constantFrom(...pieces), fc.nat(20), fc.integer({ min: 1, max: 12 }))
  .map(([piece, start, length]) => piece.slice(start % piece.length, (start % piece.length) + length));

test('a list finds exactly the customers that have the text in name or ERP number, in any case', async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (q, letters) => {
      const org = letters ? lettered : numbered;
      const pattern = `%${q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
      const expected = await database.query<{ id: string }>(sql`
        select id
        from customer
        where org_id = ${org.id}
        and (name ilike ${pattern} or erp_customer_number ilike ${pattern})
        order by name, id`);
      const { items, total } = await listCustomers(database, { orgId: org.id, q, page: 1, perPage: 100 });
      expect(items.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      expect(total).toBe(expected.length);
    }),
    { numRuns: 300 },
  );
});

test('a page past the end knows the total', async () => {
  const page = { orgId: numbered.id, q: 'müller', perPage: 2 };
  expect(await listCustomers(database, { ...page, page: 1 })).toMatchObject({
    items: { length: 2 },
    total: 3,
  });
  expect(await listCustomers(database, { ...page, page: 9 })).toEqual({ items: [], total: 3 });
});
