import { readFile } from 'node:fs/promises';
import { raw } from 'sql-template-tag';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../../src/store/connection/database.ts';
import { migrate } from '../../../src/store/schema/migrate.ts';
import type { Step } from '../../../src/store/schema/prepare-steps.ts';
import { stepsIn } from '../../../src/store/schema/prepare-steps.ts';
import { migrationNames } from '../../../src/store/schema/status.ts';
import type { TestDatabase } from '../../support/database.ts';
import { emptyDatabase } from '../../support/database.ts';

/* What is built before a migration is what the migration would build: both take it from the migration's file. */

const orderflow = await readFile(new URL('../../support/orderflow-schema.sql', import.meta.url), 'utf8');
const schema = '"Our CRM"';
const tables = `
  create extension if not exists citext;
  create extension if not exists pg_trgm;
  create schema ${schema};
  set search_path = ${schema}, public;
  ${orderflow}`;

let server: TestDatabase;
let database: Database;
beforeEach(async () => {
  server = await emptyDatabase();
  database = await server.open();
  await run(tables);
});
afterEach(() => server.close());

test('built before the migration, the indexes and the key are those that the migration makes', async () => {
  const undoing = await buildAll();
  expect(undoing.map(({ object }) => object).filter(Boolean)).toHaveLength(4);
  const built = await indexes();
  await migrate(database);
  expect(await indexes()).toEqual(built);

  const other = await emptyDatabase();
  const plain = await other.open();
  await plain.client.query(tables);
  await migrate(plain);
  // The migration makes a constraint of the key; its index is the same.
  expect(await indexes(plain)).toEqual(built);
  await other.close();
});

test('what the migration would keep is not built', async () => {
  await run(`
    create unique index whole_key on customer (id, org_id);
    create unique index one_primary on customer_contact (customer_id) where is_primary = true;
    create index by_id on customer using hash (id)`);
  await buildAll();
  const names = (await indexes()).map((definition) => definition.split(' ON ')[0]);
  expect(names.join('\n')).not.toMatch(/uq_customer_org_id|uq_customer_contact_primary|idx_customer_id_hash/);
});

test('a unique index that promises something else does not pass for the key or the primary contact', async () => {
  await run(`
    create unique index some_key on customer (org_id, id) where is_active;
    create unique index one_phone on customer_contact (org_id, phone) where phone is not null`);
  await buildAll();
  const names = (await indexes()).join('\n');
  expect(names).toContain('uq_customer_org_id');
  expect(names).toContain('uq_customer_contact_primary');
});

test('what was built can be removed again, and what was killed half-way is rebuilt', async () => {
  const before = await indexes();
  const undoing = await buildAll();
  await run(undoing.map(({ undo }) => undo).join('; '));
  expect(await indexes()).toEqual(before);
  await run(`
    create unique index uq_customer_org_id on customer (org_id, id);
    update pg_index set indisvalid = false where indexrelid = 'uq_customer_org_id'::regclass`);
  await buildAll();
  expect((await indexes()).join('\n')).toContain('uq_customer_org_id');
});

test('the key from contacts to their customer is the one that the migration makes, too', async () => {
  await buildAll();
  const built = await contactKeys(database);
  await migrate(database);
  expect(await contactKeys(database)).toEqual(built);
  const other = await emptyDatabase();
  const plain = await other.open();
  await plain.client.query(tables);
  await migrate(plain);
  expect(await contactKeys(plain)).toEqual(built);
  await other.close();
});

test('only a key that the migration would keep passes for the one from contacts to their customer', async () => {
  await run(`
    create unique index whole_key on customer (org_id, id);
    alter table customer_contact
    add constraint kept_contacts foreign key (org_id, customer_id) references customer (org_id, id) on delete no action`);
  await buildAll();
  expect((await contactKeys(database)).map(([name]) => name)).toContain('customer_contact_org_customer_fkey');
});

test('a key under another name that the migration would keep is not built again', async () => {
  await run(`
    create unique index whole_key on customer (org_id, id);
    alter table customer_contact
    add constraint theirs foreign key (customer_id, org_id) references customer (id, org_id) on delete cascade`);
  await buildAll();
  expect((await contactKeys(database)).map(([name]) => name)).not.toContain(
    'customer_contact_org_customer_fkey',
  );
});

/** Keys of two columns, with whether they are validated. */
async function contactKeys(of: Database): Promise<[string, string, boolean][]> {
  const found = await of.query<{ name: string; definition: string; valid: boolean }>(
    raw(`
      select conname as name, pg_get_constraintdef(oid) as definition, convalidated as valid
      from pg_constraint
      where conrelid = 'customer_contact'::regclass
      and contype = 'f'
      and cardinality(conkey) = 2
      order by 1`),
  );
  return found.map(({ name, definition, valid }) => [name, definition, valid]);
}

/** As `prepareTables` does it; the steps that had something to do, the last one first. */
async function buildAll(): Promise<Step[]> {
  const undoing: Step[] = [];
  for (const step of await stepsIn(schema, migrationNames)) {
    if (await done(step)) continue;
    undoing.unshift(step);
    await run(step.build);
    expect([step.build, await done(step)]).toEqual([step.build, true]);
  }
  return undoing;
}

async function done({ done: condition }: Step): Promise<boolean> {
  const [found] = await database.query<{ done: boolean }>(raw(`select (${condition}) as done`));
  return found?.done === true;
}

async function indexes(of = database): Promise<string[]> {
  const found = await of.query<{ definition: string }>(
    raw(`
      select pg_get_indexdef(indexrelid) as definition
      from pg_index
      where indrelid in ('customer'::regclass, 'customer_contact'::regclass)
      and indisvalid
      order by 1`),
  );
  return found.map(({ definition }) => definition);
}

async function run(statements: string): Promise<void> {
  await database.client.query(statements);
}
