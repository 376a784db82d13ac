import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import sql, { raw } from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../../src/store/connection/database.ts';
import { migrate } from '../../../src/store/schema/migrate.ts';
import { prepareTables } from '../../../src/store/schema/prepare-tables.ts';
import { migrationNames, schemaStatus } from '../../../src/store/schema/status.ts';
import type { TestDatabase } from '../../support/database.ts';
import { cloneOf, emptyDatabase } from '../../support/database.ts';
import { dumpSchema } from '../../support/dump-schema.ts';
import { until } from '../../support/sessions.ts';

const orderflow = await readFile(new URL('../../support/orderflow-schema.sql', import.meta.url), 'utf8');

let server: TestDatabase;
let database: Database;
/** As OrderFlow's web service, which works on while `migrate` runs. */
let service: Database;

/** OrderFlow's tables with a few rows, and with many: each test has a copy. */
let small: TestDatabase;
let large: TestDatabase;
const many = 45_000;
beforeAll(async () => {
  small = await emptyDatabase();
  await fill(
    small,
    `${orderflow}
    insert into org (name, slug) values ('Acme', 'acme');
    insert into customer (org_id, name, default_currency, default_language)
    select id, 'Müller ' || number, 'EUR', 'de-DE'
    from org, generate_series(1, 500) as number`,
  );
  large = await cloneOf(small);
  await fill(
    large,
    `insert into customer (org_id, name, default_currency, default_language)
    select id, 'Großhandel ' || number, 'EUR', 'de-DE'
    from org, generate_series(1, ${many}) as number;
    insert into customer_contact (org_id, customer_id, email, is_primary)
    select org_id, id, id || '@example.com', true
    from customer;
    analyze customer, customer_contact`,
  );
});
afterAll(async () => {
  await small.close();
  await large.close();
});

async function fill(template: TestDatabase, statements: string): Promise<void> {
  const session = await template.open();
  await session.client.query(statements);
  await session.close();
}

async function useCopyOf(template: TestDatabase): Promise<void> {
  server = await cloneOf(template);
  database = await server.open();
  service = await server.open();
}
afterEach(() => server.close());

/** Reads and writes without a pause, as long as `work` takes; how many milliseconds the slowest of it took. */
async function slowestDuring(work: Promise<unknown>): Promise<{ slowest: number; statements: number }> {
  const state = { running: true };
  const ended = work.finally(() => (state.running = false)).catch(() => {});
  let slowest = 0;
  let statements = 0;
  while (state.running) {
    const started = performance.now();
    await service.execute(sql`update customer set notes = 'seen' where name = 'Müller 1'`);
    await service.query(sql`select count(*) from customer`);
    slowest = Math.max(slowest, performance.now() - started);
    statements += 2;
    await delay(2);
  }
  await ended;
  return { slowest, statements };
}

describe('with a few rows', () => {
  beforeEach(() => useCopyOf(small));

  test('a live OrderFlow database is adopted while its web service works in it', async () => {
    const adopting = migrate(database);
    const { statements } = await slowestDuring(adopting);
    const { changes } = await adopting;
    expect(statements).toBeGreaterThan(0);
    expect(changes).toContainEqual({ action: 'added', object: 'row-level security of customer' });
    expect(await service.execute(sql`update customer set notes = 'still'`)).toBe(500);
  });

  test('row-level security waits for no reader for longer than a second in all, and gets in when it is gone', async () => {
    await migrateBefore('0005_access');
    const reader = await server.open();
    await reader.execute(sql`begin`);
    await reader.query(sql`select count(*) from customer`);
    const migrating = migrate(database);
    const ended = delay(2500).then(() => reader.execute(sql`rollback`));
    const { slowest, statements } = await slowestDuring(migrating);
    await ended;
    expect(slowest).toBeLessThan(1000);
    expect(statements).toBeGreaterThan(10);
    expect((await migrating).applied).toEqual(migrationNames.slice(migrationNames.indexOf('0005_access')));
  });

  test('a long reader makes migrate give up, with nothing changed and no session blocked', async () => {
    await migrateBefore('0005_access');
    const reader = await server.open();
    await reader.execute(sql`begin`);
    await reader.query(sql`select count(*) from customer`);
    const migrating = migrate(database);
    migrating.catch(() => {});
    const { slowest } = await slowestDuring(migrating);
    await expect(migrating).rejects.toMatchObject({
      code: 'locked',
      hint: 'run migrate again at a quieter time',
    });
    expect(slowest).toBeLessThan(1000);
    expect(await schemaStatus(database)).toMatchObject({ state: 'outdated' });
    await reader.execute(sql`rollback`);
  });

  test('a dry run says what it will do, and who has rights that it takes the rows from', async () => {
    const role = `oc_test_reports_${process.pid}`;
    await database.execute(raw(`create role ${role}`));
    await database.execute(raw(`grant select on customer to ${role}`));
    const { changes } = await migrate(database, { dryRun: true });
    expect(changes).toContainEqual({
      action: 'added',
      object: `row-level security of customer; it hides every row from ${role} until access is granted`,
    });
    await database.execute(raw(`drop owned by ${role}`));
    await database.execute(raw(`drop role ${role}`));
  });

  test('the owner of the tables sees and writes as before', async () => {
    const owner = `oc_test_owner_${process.pid}`;
    await database.execute(raw(`create role ${owner}`));
    for (const table of ['org', 'customer', 'customer_contact'])
      await database.execute(raw(`alter table ${table} owner to ${owner}`));
    await database.execute(raw(`grant create on schema public to ${owner}`));
    await migrate(database);
    await service.execute(raw(`set role ${owner}`));
    expect(await service.execute(sql`update customer set notes = 'mine'`)).toBe(500);
    await service.execute(
      sql`insert into customer_import_run (org_id, file, started_at, tool_version) select id, 'f', now(), '0' from org`,
    );
    expect(await service.query(sql`select file from customer_import_run`)).toHaveLength(1);
    await service.execute(sql`reset role`);
    await database.execute(raw(`reassign owned by ${owner} to current_user`));
    await database.execute(raw(`drop owned by ${owner}`));
    await database.execute(raw(`drop role ${owner}`));
  });
});

describe('with many rows', () => {
  beforeEach(() => useCopyOf(large));

  test('no session is blocked for a second, and rows written meanwhile are found by their words', async () => {
    const writer = await server.open();
    const state = { running: true };
    const renaming = (async () => {
      for (let number = 1; state.running; number++) {
        await writer.execute(
          sql`update customer set name = ${`Neuname${number}`} where name in ('Müller 2', ${`Neuname${number - 1}`})`,
        );
        await delay(5);
      }
    })();
    const migrating = migrate(database);
    const { slowest, statements } = await slowestDuring(migrating);
    state.running = false;
    await renaming;
    const { changes } = await migrating;
    expect(slowest).toBeLessThan(1000);
    expect(statements).toBeGreaterThan(20);
    // As if it had been built in the migration itself.
    const added = changes.filter(({ action }) => action === 'added').map(({ object }) => object);
    expect(added).toContain('unique (org_id, id) of customer: uq_customer_org_id');
    expect(added).toContain('one primary contact per customer: uq_customer_contact_primary');
    expect(added).toContain(
      'foreign key (org_id, customer_id) of customer_contact: customer_contact_org_customer_fkey',
    );
    const unnoted = await database.query(sql`
      select distinct lower(word)
      from customer,
        string_to_table(name, ' ') as word
      where word !~ '^[0-9]+$'
      and not exists (
        select
        from customer_search_word as known
        where known.org_id = customer.org_id
        and known.token = lower(word)
      )`);
    expect(unnoted).toEqual([]);
    const invalid = await database.query(sql`select from pg_index where not indisvalid`);
    expect(invalid).toEqual([]);
  });

  test('rows that break a promise are named, and nothing that was built is left behind', async () => {
    await database.execute(sql`
      insert into customer_contact (org_id, customer_id, email, is_primary)
      select org_id, id, 'second@example.com', true
      from customer
      where name = 'Müller 1'`);
    const before = await dumpSchema(database);
    await expect(migrate(database)).rejects.toMatchObject({ code: 'constraint_violated' });
    expect(await dumpSchema(database)).toBe(before);
    expect(await database.query(sql`select from pg_index where not indisvalid`)).toEqual([]);
  });

  test('what an attempt that was killed has left is built again', async () => {
    await expect(
      database.execute(
        sql`create unique index concurrently uq_customer_contact_primary on customer_contact ((true)) where is_primary`,
      ),
    ).rejects.toThrow('already has a primary contact');
    const { changes } = await migrate(database);
    expect(changes).toContainEqual({
      action: 'added',
      object: 'one primary contact per customer: uq_customer_contact_primary',
    });
    expect(await database.query(sql`select from pg_index where not indisvalid`)).toEqual([]);
  });

  test('what an attempt has built that was killed at its very end is taken', async () => {
    await prepareTables(database.target, migrationNames, () => {});
    await service.execute(sql`update customer set name = 'Spätername' where name = 'Müller 3'`);
    const { applied } = await migrate(database);
    expect(applied).toEqual(migrationNames);
    const noted = await database.query(sql`select from customer_search_word where token = 'spätername'`);
    expect(noted).toHaveLength(1);
    expect(await database.query(sql`select from pg_index where not indisvalid`)).toEqual([]);
  });

  test('objects that another migrate has committed with are not removed', async () => {
    const prepared = await prepareTables(database.target, migrationNames, () => {});
    await migrate(database);
    const before = await dumpSchema(database);
    await prepared?.undo();
    expect(await dumpSchema(database)).toBe(before);
  });

  test('interrupted, it ends at once and leaves nothing behind', async () => {
    const before = await dumpSchema(database);
    // Keeps an index from being finished: it waits for whoever may have written meanwhile.
    await service.execute(sql`begin`);
    await service.execute(sql`update customer set notes = 'open' where name = 'Müller 1'`);
    const migrating = migrate(database);
    migrating.catch(() => {});
    await delay(1000);
    database.interrupt();
    await service.execute(sql`rollback`);
    await expect(migrating).rejects.toMatchObject({ code: 'interrupted' });
    expect(await dumpSchema(service)).toBe(before);
  });

  test('another migrate waits for it, and has nothing to do', async () => {
    const other = await server.open();
    const [first, second] = await Promise.all([migrate(database), migrate(other)]);
    expect(first.applied.length + second.applied.length).toBe(migrationNames.length);
    expect(first.applied.length * second.applied.length).toBe(0);
  });
});

describe('with many rows migrated by an earlier version', () => {
  beforeEach(async () => {
    await useCopyOf(small);
    await migrateBefore('0008_customer_id_hash');
    // What the server estimates decides.
    await database.execute(
      raw(
        "update pg_class set reltuples = 1000000 where oid in ('customer'::regclass, 'customer_contact'::regclass)",
      ),
    );
  });

  const building = sql`
    select
    from pg_stat_progress_create_index
    where datname = current_database()
    and command = 'CREATE INDEX CONCURRENTLY'`;

  test('the index on ids is built while others write', async () => {
    const writer = await server.open();
    await writer.execute(sql`begin`);
    await writer.execute(sql`update customer set notes = 'open' where name = 'Müller 1'`);
    const migrating = migrate(database);
    await until(service, building);
    await service.execute(sql`set lock_timeout = '1s'`);
    expect(await service.execute(sql`update customer set notes = 'seen' where name = 'Müller 2'`)).toBe(1);
    await writer.execute(sql`commit`);
    const { applied, changes } = await migrating;
    expect(applied).toEqual(migrationNames.slice(migrationNames.indexOf('0008_customer_id_hash')));
    expect(changes).toContainEqual({ action: 'added', object: 'hash index (id) of customer' });
    expect(await database.query(sql`select from pg_index where not indisvalid`)).toEqual([]);
  });

  test('interrupted, it leaves nothing behind, and the next run builds it', async () => {
    const before = await dumpSchema(database);
    const writer = await server.open();
    await writer.execute(sql`begin`);
    await writer.execute(sql`update customer set notes = 'open' where name = 'Müller 1'`);
    const migrating = migrate(database);
    migrating.catch(() => {});
    await until(service, building);
    database.interrupt();
    await writer.execute(sql`rollback`);
    await expect(migrating).rejects.toMatchObject({ code: 'interrupted' });
    expect(await dumpSchema(service)).toBe(before);
    const next = await server.open();
    expect((await migrate(next)).changes).toContainEqual({
      action: 'added',
      object: 'hash index (id) of customer',
    });
  });

  test('what an attempt that was killed has left is built again', async () => {
    await database.execute(raw('create index idx_customer_id_hash on customer using hash (id)'));
    await database.execute(
      raw("update pg_index set indisvalid = false where indexrelid = 'idx_customer_id_hash'::regclass"),
    );
    await migrate(database);
    expect(await database.query(sql`select from pg_index where not indisvalid`)).toEqual([]);
  });
});

/** The migrations before this one, as an earlier version of the tool has applied them. */
async function migrateBefore(name: (typeof migrationNames)[number]): Promise<void> {
  const { runner } = await import('node-pg-migrate');
  await runner({
    dbClient: database.client,
    dir: new URL('../../../migrations', import.meta.url).pathname,
    direction: 'up',
    migrationsTable: 'customer_schema_migration',
    singleTransaction: true,
    noLock: true,
    count: migrationNames.indexOf(name),
    logger: { info() {}, warn() {}, error() {} },
  });
}
