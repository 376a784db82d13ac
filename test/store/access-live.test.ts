import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import sql, { raw } from 'sql-template-tag';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/store/connect.ts';
import { migrate } from '../../src/store/migrations.ts';
import { migrationNames, schemaStatus } from '../../src/store/schema-status.ts';
import type { TestDatabase } from '../support/database.ts';
import { emptyDatabase } from '../support/database.ts';

const orderflow = await readFile(new URL('../support/orderflow-schema.sql', import.meta.url), 'utf8');

let server: TestDatabase;
let database: Database;
/** As OrderFlow's web service, which works on while `migrate` runs. */
let service: Database;

beforeEach(async () => {
  server = await emptyDatabase();
  database = await server.open();
  service = await server.open();
  await service.client.query(`${orderflow}
    insert into org (name, slug) values ('Acme', 'acme');
    insert into customer (org_id, name, default_currency, default_language)
    select id, 'Müller ' || number, 'EUR', 'de-DE'
    from org, generate_series(1, 500) as number`);
});
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

test('a live OrderFlow database is adopted while its web service works in it', async () => {
  const adopting = migrate(database);
  const { statements } = await slowestDuring(adopting);
  const { changes } = await adopting;
  expect(statements).toBeGreaterThan(0);
  expect(changes).toContainEqual({ action: 'added', object: 'row-level security of customer' });
  expect(await service.execute(sql`update customer set notes = 'still'`)).toBe(500);
});

test('row-level security waits for no reader for longer than a second in all, and gets in when it is gone', async () => {
  await migrateBefore('0004_access');
  const reader = await server.open();
  await reader.execute(sql`begin`);
  await reader.query(sql`select count(*) from customer`);
  const migrating = migrate(database);
  const ended = delay(2500).then(() => reader.execute(sql`rollback`));
  const { slowest, statements } = await slowestDuring(migrating);
  await ended;
  expect(slowest).toBeLessThan(1000);
  expect(statements).toBeGreaterThan(10);
  expect((await migrating).applied).toEqual(['0004_access', '0005_search_functions']);
});

test('a reader that stays makes migrate give up, with nothing changed and nobody locked out', async () => {
  await migrateBefore('0004_access');
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

/** The migrations before this one, as an earlier version of the tool has applied them. */
async function migrateBefore(name: (typeof migrationNames)[number]): Promise<void> {
  const { runner } = await import('node-pg-migrate');
  await runner({
    dbClient: database.client,
    dir: new URL('../../migrations', import.meta.url).pathname,
    direction: 'up',
    migrationsTable: 'customer_schema_migration',
    singleTransaction: true,
    noLock: true,
    count: migrationNames.indexOf(name),
    logger: { info() {}, warn() {}, error() {} },
  });
}
