import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../src/store/connection/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
});
afterAll(() => server.close());

test('every table that has an org_id has row-level security', async () => {
  const open = await database.query(sql`
    select relname
    from pg_class
    join pg_attribute on attrelid = pg_class.oid and attname = 'org_id' and not attisdropped
    where relnamespace = current_schema()::regnamespace
    and relkind in ('r', 'p')
    and not relrowsecurity`);
  expect(open).toEqual([]);
});

test('only the owner can probe a unique key that does not begin with the org', async () => {
  const keys = await database.query<{ key: string }>(sql`
    select format('%s (%s)', indrelid::regclass, pg_get_indexdef(indexrelid, 1, true)) as key
    from pg_index
    join pg_class on pg_class.oid = indrelid
    where relnamespace = current_schema()::regnamespace
    and indisunique
    and pg_get_indexdef(indexrelid, 1, true) <> 'org_id'
    order by 1`);
  expect(keys.map(({ key }) => key)).toEqual([
    // The policy takes no id from before the transaction.
    'customer (id)',
    // Only triggers write it, and they number the entries.
    'customer_change (customer_id)',
    // OrderFlow's (customer_id, email): the policy looks the customer up first. On the id there is no right to insert.
    'customer_contact (customer_id)',
    'customer_contact (id)',
    'customer_import_run (id)',
    // The server's own number, which nobody but the owner can give.
    'customer_import_run (transaction)',
    // Of no org, and the owner's alone to write.
    'customer_schema_migration (id)',
    'org (id)',
    'org (slug)',
  ]);
});

test('a row of an org points only to rows of the same org', async () => {
  const keys = await database.query<{ key: string }>(sql`
    select format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid)) as key
    from pg_constraint
    where contype = 'f'
    and connamespace = current_schema()::regnamespace
    and confrelid <> 'org'::regclass`);
  expect(keys.map(({ key }) => key)).toEqual([
    'customer_contact: FOREIGN KEY (org_id, customer_id) REFERENCES customer(org_id, id) ON DELETE CASCADE',
  ]);
});
