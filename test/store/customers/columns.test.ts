import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kind } from '../../../src/model/columns.ts';
import { contactColumns, contactKinds, customerColumns, customerKinds } from '../../../src/model/columns.ts';
import { createStaging } from '../../../src/store/merge/staging.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

/* The model's columns are those of the database: whoever adds one to the model adds it by a migration, and the reverse. */

let home: TestDatabase;
let database: Database;
beforeAll(async () => {
  home = await testDatabase();
  database = await home.open();
});
afterAll(() => home.close());

const typeOf: Record<Kind, string> = { text: 'text', email: 'citext', boolean: 'boolean', address: 'jsonb' };

async function columnsOf(table: string): Promise<Record<string, string>> {
  const found = await database.query<{ name: string; type: string }>(sql`
    select attname as name, format_type(atttypid, atttypmod) as type
    from pg_attribute
    where attrelid = ${table}::regclass
    and attnum > 0
    and not attisdropped`);
  return Object.fromEntries(found.map(({ name, type }) => [name, type]));
}

test('the model has every column of a customer but its ids and times, of the kind that is stored', async () => {
  const { id, org_id, created_at, updated_at, ...values } = await columnsOf('customer');
  expect([id, org_id, created_at, updated_at]).not.toContain(undefined);
  const kinds = customerColumns.map((column) => [column, typeOf[customerKinds[column]]]);
  expect(values).toEqual(Object.fromEntries(kinds));
});

test('the model has every column of a contact but its ids and times, of the kind that is stored', async () => {
  const { id, org_id, customer_id, created_at, updated_at, ...values } = await columnsOf('customer_contact');
  expect([id, org_id, customer_id, created_at, updated_at]).not.toContain(undefined);
  const kinds = contactColumns.map((column) => [column, typeOf[contactKinds[column]]]);
  expect(values).toEqual(Object.fromEntries(kinds));
});

describe('an import', () => {
  test('stages every column of a customer and of its contact', async () => {
    await database.transaction(async () => {
      await createStaging(database);
      const { row_no, line_no, given_id, source_id, ...values } = await columnsOf('pg_temp.staged');
      expect([row_no, line_no, given_id, source_id]).toEqual(['integer', 'integer', 'uuid', 'text']);
      expect(Object.keys(values)).toEqual([
        ...customerColumns,
        ...contactColumns.map((column) => `contact_${column}`),
      ]);
    });
  });
});
