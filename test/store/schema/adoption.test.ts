import { readFile } from 'node:fs/promises';
import { raw } from 'sql-template-tag';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { migrate } from '../../../src/store/schema/migrate.ts';
import { migrationNames, schemaStatus } from '../../../src/store/schema/status.ts';
import { searchCustomers } from '../../../src/store/search/search.ts';
import type { TestDatabase } from '../../support/database.ts';
import { emptyDatabase, testDatabase } from '../../support/database.ts';
import { dumpSchema } from '../../support/dump-schema.ts';

const orderflow = await readFile(new URL('../../support/orderflow-schema.sql', import.meta.url), 'utf8');

/** Two orgs of two customers with two contacts each, as the web service writes them. */
const rows = `
  insert into org (id, name, slug)
  select format('00000000-0000-4000-8000-00000000000%s', number)::uuid, name, name
  from (values (1, 'acme'), (2, 'globex')) as orgs (number, name);
  insert into customer (id, org_id, name, erp_customer_number, default_currency, default_language)
  select
    format('00000000-0000-4000-8000-0000000000c%s', right(org.id::text, 1)::int * 2 - number)::uuid,
    org.id, 'Müller ' || number, '000' || number, 'EUR', 'de-DE'
  from org, generate_series(0, 1) as number;
  insert into customer_contact (org_id, customer_id, email, is_primary)
  select org_id, id, number || '@example.com', number = 1
  from customer, generate_series(1, 2) as number;
  insert into draft_order (org_id, customer_id)
  select org_id, id
  from customer;`;
const acme = '00000000-0000-4000-8000-000000000001';
const globex = '00000000-0000-4000-8000-000000000002';
const acmesCustomer = '00000000-0000-4000-8000-0000000000c1';

let server: TestDatabase;
let database: Database;

beforeEach(async () => {
  server = await emptyDatabase();
  database = await server.open();
});
afterEach(() => server.close());

test('an OrderFlow database is adopted: existing objects are kept, missing ones added, rows untouched', async () => {
  await run(orderflow, rows);
  const before = await everyRow();
  const { applied, changes } = await migrate(database);
  expect(applied).toEqual(migrationNames);
  expect(await everyRow()).toEqual(before);
  expect(before).toHaveLength(2 + 4 + 8 + 4 + 1);
  expect(objects(changes, 'added')).toEqual([
    'function uuid_v7()',
    'default uuid_v7() of org.id',
    'default uuid_v7() of customer.id',
    'not null of customer.is_active',
    'default uuid_v7() of customer_contact.id',
    'not null of customer_contact.is_primary',
    'unique (org_id, id) of customer: uq_customer_org_id',
    'foreign key (org_id, customer_id) of customer_contact: customer_contact_org_customer_fkey',
    'one primary contact per customer: uq_customer_contact_primary',
    'table customer_import_run',
    'extension pg_trgm',
    'index idx_customer_search of customer',
    'index idx_customer_search_email of customer',
    'index idx_customer_contact_search of customer_contact',
    'index idx_customer_contact_search_phone of customer_contact',
    'table customer_search_word',
    'triggers customer_search_note_inserted and customer_search_note_updated of customer and customer_contact',
    'table org_access',
    'row-level security of org',
    'row-level security of customer',
    'row-level security of customer_contact',
    'row-level security of customer_import_run',
    'row-level security of customer_search_word',
    'function customer_search_allowed(uuid)',
    'function customer_search_condition(uuid, text[])',
    'function customer_search_words_like(uuid, text[])',
    'function customer_search_by_words(uuid, text[], integer)',
    'function customer_search_by_contact_words(uuid, text[], integer)',
    'function customer_search_by_both_words(uuid, text[], text[], integer)',
    'function customer_search_by_email(uuid, text, text, integer)',
    'function customer_search_by_contact_email(uuid, text, text, integer)',
    'function customer_search_by_phone(uuid, text[], text[], integer)',
    'function customer_search_listed(uuid, text[], text)',
    'index idx_customer_id_hash of customer',
    'table customer_change',
    'row-level security of customer_change',
    'column transaction of customer_import_run',
    'triggers customer_change_created, customer_change_updated and customer_change_removed of customer and customer_contact',
    'columns source, snapshot, deactivated, outcome, code, exit_code, message and file_state of customer_import_run',
    'table customer_source',
    'row-level security of customer_source',
    'function customer_change_erase_customer(uuid, uuid)',
    'function customer_change_erase_email(uuid, text[])',
    'function customer_change_prune(uuid, timestamptz)',
  ]);
  expect(objects(changes, 'kept')).toEqual([
    'extension citext',
    'function update_updated_at_column()',
    'table org',
    'table customer',
    'table customer_contact',
    'primary key (id) of org: org_pkey',
    'unique (slug) of org: org_slug_key',
    'primary key (id) of customer: customer_pkey',
    'unique (org_id, erp_customer_number) of customer: uq_customer_org_erp_number',
    'primary key (id) of customer_contact: customer_contact_pkey',
    'unique (customer_id, email) of customer_contact: uq_customer_contact_customer_email',
    'foreign key (org_id) of customer: customer_org_id_fkey',
    'foreign key of customer_contact: customer_contact_customer_id_fkey',
    'foreign key of customer_contact: customer_contact_org_id_fkey',
    'foreign key of draft_order: draft_order_customer_id_fkey',
    'index idx_customer_org_erp',
    'index (org_id, name) of customer: idx_customer_org_name',
    'index (org_id, customer_id) of customer_contact: idx_customer_contact_org_customer',
    'index (org_id, email) of customer_contact: idx_customer_contact_email',
    'check of org.slug',
    'trigger update_org_updated_at of org',
    'trigger update_customer_updated_at of customer',
    'trigger update_customer_contact_updated_at of customer_contact',
  ]);
});

test('adopted, the customers that were there are found by a search', async () => {
  await run(orderflow, rows);
  await migrate(database);
  for (const text of ['muller', 'mulle', 'ulle', 'mulller', '0001', '1@example.com']) {
    const { items } = await searchCustomers(database, { orgId: acme, text, limit: 20 });
    expect(items.length).toBeGreaterThan(0);
  }
});

test('pg_trgm may be in a schema that the search path leaves out', async () => {
  await run(orderflow, 'create schema extensions; create extension pg_trgm schema extensions');
  const { changes } = await migrate(database);
  expect(objects(changes, 'kept')).toContain('extension pg_trgm');
});

test('adopted, it promises all that a new database does', async () => {
  await run(orderflow);
  await migrate(database);
  const fresh = await testDatabase();
  const promised = (await dumpSchema(await fresh.open())).split('\n');
  await fresh.close();
  const held = new Set((await dumpSchema(database)).split('\n'));
  expect(promised.filter((line) => !held.has(line) && !line.startsWith('    '))).toEqual([
    '  begin',
    '  end',
    '  $function$;',
    // OrderFlow's takes no null at all, and its check has another name.
    "  settings_json jsonb default '{}'::jsonb,",
    "alter table org add constraint org_slug_check CHECK ((slug ~ '^[a-z0-9-]{2,100}$'::text));",
  ]);
});

test('a dry run of an adoption leaves everything as it was', async () => {
  await run(orderflow, rows);
  const before = [await dumpSchema(database), await everyRow()];
  const rehearsed = await migrate(database, { dryRun: true });
  expect([await dumpSchema(database), await everyRow()]).toEqual(before);
  expect((await migrate(database)).changes).toEqual(rehearsed.changes);
});

test.each([
  {
    promise: 'one primary contact per customer',
    breach: `update customer_contact set is_primary = true where customer_id = '${acmesCustomer}'`,
    names: [`customer ${acmesCustomer} (org acme): contacts `],
    hint: 'set is_primary to false on all but one contact of each',
  },
  {
    promise: 'a contact of the org of its customer',
    breach: `update customer_contact set org_id = '${globex}' where customer_id = '${acmesCustomer}' and is_primary`,
    names: ['(org globex)', `: customer ${acmesCustomer} (org acme)`],
    hint: 'correct org_id in these rows',
  },
  {
    promise: 'a customer for every contact',
    breach: `
      alter table customer_contact drop constraint customer_contact_customer_id_fkey;
      delete from draft_order;
      delete from customer where id = '${acmesCustomer}'`,
    names: [`(org acme): ${acme}, ${acmesCustomer}`],
    hint: 'correct or delete these rows',
  },
  {
    promise: 'an active flag that is set',
    breach: `update customer set is_active = null where id = '${acmesCustomer}'`,
    names: [`customer ${acmesCustomer} (org acme)`],
    hint: 'set is_active in these rows',
  },
  {
    promise: 'a primary flag that is set',
    breach: `update customer_contact set is_primary = null where customer_id = '${acmesCustomer}' and is_primary`,
    names: ['customer_contact ', '(org acme)'],
    hint: 'set is_primary in these rows',
  },
  {
    promise: 'an ERP number once per org',
    breach: `
      alter table customer drop constraint uq_customer_org_erp_number;
      update customer set erp_customer_number = '4711' where org_id = '${acme}'`,
    names: [`${acme}, 4711: customer ${acmesCustomer.slice(0, -1)}`],
    hint: 'change, merge or delete all but one of each',
  },
  {
    promise: 'a slug of letters, digits and hyphens',
    breach: `
      alter table org drop constraint ck_org_slug_format;
      update org set slug = 'Ärzte' where slug = 'acme'`,
    names: [`org ${acme} (Ärzte)`],
    hint: 'change these slugs',
  },
])(
  'rows that break the promise of $promise are named, and nothing is done',
  async ({ breach, names, hint }) => {
    await run(orderflow, rows, breach);
    const before = [await dumpSchema(database), await everyRow()];
    const failure = await failureOf(migrate(database));
    expect(failure).toMatchObject({ code: 'constraint_violated', hint: `${hint}, then run migrate again` });
    for (const name of names) expect(failure.message).toContain(name);
    expect([await dumpSchema(database), await everyRow()]).toEqual(before);
    expect(await schemaStatus(database)).toMatchObject({ state: 'missing' });
  },
);

test('of many broken rows ten are named, and how many there are', async () => {
  await run(
    orderflow,
    rows,
    `insert into customer (org_id, name, default_currency, default_language, is_active)
     select '${acme}', 'Müller', 'EUR', 'de-DE', null
     from generate_series(1, 23)`,
  );
  const { message } = await failureOf(migrate(database));
  const [first, ...named] = message.split('\n');
  expect(first).toBe('rows of customer whose is_active is null (23, the first 10 here):');
  expect(named).toHaveLength(10);
});

test('a table that is not as OrderFlow makes it is refused, with all that is wrong', async () => {
  await run(
    orderflow,
    `alter table customer
      drop column notes,
      alter column name type varchar(100),
      alter column updated_at type timestamp,
      add column tenant text not null`,
  );
  const before = await dumpSchema(database);
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'refused',
    message:
      'table customer is not as OrderFlow makes it: name is character varying(100), not text; ' +
      'updated_at is timestamp without time zone, not timestamp with time zone; notes is missing (text); ' +
      'tenant must be given a value and has no default',
  });
  expect(await dumpSchema(database)).toBe(before);
});

test('a view in the place of a table is refused', async () => {
  await run('create view customer as select 1 as id');
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'refused',
    message: 'customer is not a table',
  });
});

test('text columns of a length that is enough will do', async () => {
  await run(
    orderflow,
    `alter table customer alter column name type varchar(500), alter column default_currency type varchar(3);
     alter table org alter column slug type varchar(100)`,
  );
  await expect(migrate(database)).resolves.toMatchObject({ applied: migrationNames });
});

test('equal constraints and indexes of other names are recognised and not made twice', async () => {
  await run(
    orderflow,
    `alter table customer drop constraint uq_customer_org_erp_number;
     create unique index erp_once on customer (erp_customer_number, org_id);
     alter index idx_customer_org_name rename to by_name;
     alter table customer add constraint whole_key unique (org_id, id);
     alter table customer_contact add constraint whole_fkey
       foreign key (customer_id, org_id) references customer (id, org_id) on delete cascade;
     create unique index one_primary on customer_contact (customer_id) where is_primary = true;
     alter trigger update_customer_updated_at on customer rename to touch`,
  );
  const { changes } = await migrate(database);
  expect(objects(changes, 'kept')).toEqual(
    expect.arrayContaining([
      'unique (org_id, erp_customer_number) of customer: erp_once',
      'index (org_id, name) of customer: by_name',
      'unique (org_id, id) of customer: whole_key',
      'foreign key (org_id, customer_id) of customer_contact: whole_fkey',
      'one primary contact per customer: one_primary',
      'trigger touch of customer',
    ]),
  );
  const dump = await dumpSchema(database);
  for (const name of ['uq_customer_org_erp_number', 'uq_customer_org_id', 'uq_customer_contact_primary']) {
    expect(dump).not.toContain(name);
  }
});

test('a missing index, trigger and default are added', async () => {
  await run(
    orderflow,
    `drop index idx_customer_contact_email;
     drop trigger update_customer_contact_updated_at on customer_contact;
     alter table customer_contact alter column id drop default`,
  );
  const { changes } = await migrate(database);
  expect(objects(changes, 'added')).toEqual(
    expect.arrayContaining([
      'default uuid_v7() of customer_contact.id',
      'index (org_id, email) of customer_contact: idx_customer_contact_email',
      'trigger update_customer_contact_updated_at of customer_contact',
    ]),
  );
});

test('an index with a name already in use gets a number', async () => {
  await run(
    orderflow,
    `drop index idx_customer_org_name;
     create index idx_customer_org_name on customer (lower(name))`,
  );
  expect(objects((await migrate(database)).changes, 'added')).toContain(
    'index (org_id, name) of customer: idx_customer_org_name_2',
  );
});

test('a foreign key that was never validated is validated', async () => {
  await run(
    orderflow,
    rows,
    `alter table customer add unique (org_id, id);
     alter table customer_contact add constraint unproven
       foreign key (org_id, customer_id) references customer (org_id, id) on delete cascade not valid`,
  );
  expect(objects((await migrate(database)).changes, 'added')).toContain(
    'validation of foreign key (org_id, customer_id) of customer_contact: unproven',
  );
});

test('if only org exists, the other tables are created next to it', async () => {
  await run(orderflow, 'drop table draft_order, customer_contact, customer');
  const { changes } = await migrate(database);
  expect(objects(changes, 'kept')).toContain('table org');
  expect(objects(changes, 'added')).toEqual(
    expect.arrayContaining([
      'table customer',
      'table customer_contact',
      'foreign key (org_id) of customer: customer_org_id_fkey',
    ]),
  );
});

test('tables in a schema later in the search path are found, and the new ones join them', async () => {
  await run(
    'create schema app',
    'create schema crm',
    'set search_path = crm, public',
    orderflow,
    rows,
    'set search_path = app, crm, public',
  );
  const before = await everyRow();
  await migrate(database);
  expect(await everyRow()).toEqual(before);
  expect(await schemaStatus(database)).toMatchObject({ state: 'current' });
  const schemas = await database.query<{ schema: string }>(
    raw(`
      select distinct relnamespace::regnamespace::text as schema
      from pg_class
      where relname in ('org', 'customer', 'customer_import_run', 'customer_schema_migration')`),
  );
  expect(schemas).toEqual([{ schema: 'crm' }]);
});

test("a role that does not own OrderFlow's tables is told whose they are", async () => {
  const role = `oc_test_other_${process.pid}`;
  await run(orderflow, `create role ${role}`, `grant create on schema public to ${role}`, `set role ${role}`);
  const failure = await failureOf(migrate(database));
  await run('reset role', `drop owned by ${role}`, `drop role ${role}`);
  expect(failure).toMatchObject({
    code: 'not_permitted',
    message: expect.stringContaining(
      `only the owner of the tables migrates, and that is ${server.target.user}`,
    ),
    hint: `connect as ${server.target.user}`,
  });
});

test('tables that another session keeps busy are given up after five seconds', async () => {
  await run(orderflow, rows);
  const other = await server.open();
  await other.transaction(async () => {
    await other.execute(raw(`update customer set notes = 'mine' where org_id = '${acme}'`));
    await expect(migrate(database)).rejects.toMatchObject({ code: 'locked' });
  });
  await expect(migrate(database)).resolves.toMatchObject({ applied: migrationNames });
});

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

async function run(...statementLists: string[]): Promise<void> {
  for (const statements of statementLists) await database.client.query(statements);
}

/** Every row with where it lies and who wrote it: equal only if nothing wrote to it. */
function everyRow(): Promise<unknown[]> {
  return database.query(
    raw(
      ['org', 'customer', 'customer_contact', 'draft_order', 'alembic_version']
        .map(
          (table) =>
            `select '${table}' as of, t.ctid::text as at, t.xmin::text as by, t::text as is from ${table} as t`,
        )
        .join(' union all ') + ' order by 1, 2',
    ),
  );
}

function objects(changes: { action: string; object: string }[], action: 'added' | 'kept'): string[] {
  return changes.filter((change) => change.action === action).map(({ object }) => object);
}
