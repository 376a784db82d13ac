import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { emptyDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.close());

function orderflowSchema(): Promise<string> {
  return readFile(new URL('../support/orderflow-schema.sql', import.meta.url), 'utf8');
}

test('migrate says where it writes, what it added and what comes next', async () => {
  const { exitCode, stdout, stderr } = await run(['migrate'], { database });
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^→ .*\nnext: orderflow-customers org create SLUG --name NAME\n$/);
  expect(stdout).toContain('+ table customer\n');
  expect(stdout).toMatch(/\napplied 0001_customers, .*: the schema is version \d+\n$/);
});

test('a second migrate is already up to date', async () => {
  await run(['migrate'], { database });
  const { exitCode, stdout } = await run(['migrate'], { database });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^already up to date: the schema is version \d+\n$/);
});

test('--dry-run changes nothing, and exits 10 with --detailed-exitcode while something is pending', async () => {
  const dryRun = () => run(['migrate', '--dry-run', '--detailed-exitcode'], { database });
  const before = await dryRun();
  expect(before.exitCode).toBe(10);
  expect(before.stdout).toContain('rolled back, nothing was changed');
  expect((await run(['migrate', '--status'], { database })).stdout).toContain('no schema yet');
  await run(['migrate'], { database });
  expect((await dryRun()).exitCode).toBe(0);
});

test('with many rows, it states how long it takes and what it blocks', async () => {
  const service = await database.open();
  await service.client.query(`${await orderflowSchema()}
    insert into org (name, slug) values ('Acme', 'acme');
    insert into customer (id, org_id, name, default_currency, default_language, is_active)
    select gen_random_uuid(), id, 'Müller ' || number, 'EUR', 'de-DE', true
    from org, generate_series(1, 45000) as number;
    analyze customer`);
  const { stderr } = await run(['migrate', '--dry-run'], { database });
  expect(stderr).toContain('about 45,000 rows exist: the tables are locked while this runs, some 1 second\n');
  expect((await run(['migrate'], { database })).stderr).toContain(
    'about 45,000 rows exist: their indexes are built first, while others keep working, some 1 second\n',
  );
  expect((await run(['migrate'], { database })).stderr).not.toContain('rows exist');
});

test('--json is one document with the same keys each time', async () => {
  const rehearsed = (await run(['migrate', '--dry-run', '--json'], { database })).json();
  const applied = (await run(['migrate', '--json'], { database })).json();
  const again = (await run(['migrate', '--json'], { database })).json();
  expect(rehearsed).toEqual({ ...applied, dry_run: true, version: 0, applied: [], pending: applied.applied });
  expect(applied).toMatchObject({ ok: true, dry_run: false, pending: [] });
  expect(applied.changes).toContainEqual({ action: 'added', object: 'table customer' });
  expect(again).toEqual({ ...applied, applied: [], changes: [] });
});

test('--status reports each state and writes nothing', async () => {
  const status = async () => (await run(['migrate', '--status', '--json'], { database })).json();
  const missing = await status();
  expect(missing).toMatchObject({ ok: true, state: 'missing', version: 0, applied: [] });
  await run(['migrate'], { database });
  expect(await status()).toEqual({
    ok: true,
    state: 'current',
    version: missing.latest,
    latest: missing.latest,
    applied: missing.pending,
    pending: [],
  });
});

test('a failed migrate leaves with its exit code and names the rows line by line', async () => {
  const session = await database.open();
  await session.client.query(`
    create table org (id uuid primary key, name text, slug text, settings_json jsonb, created_at timestamptz, updated_at timestamptz);
    insert into org values ('00000000-0000-4000-8000-000000000001', 'Acme', 'ACME', '{}', now(), now())`);
  const { exitCode, stderr } = await run(['migrate'], { database });
  expect(exitCode).toBe(5);
  expect(stderr).toContain(
    '\n  org 00000000-0000-4000-8000-000000000001 (ACME)\nhint: change these slugs, then run migrate again\n',
  );
});

test('other commands refuse a database without schema and say what to run', async () => {
  const { exitCode, stderr } = await run(['org', 'list'], { database });
  expect(exitCode).toBe(8);
  expect(stderr).toContain('run: orderflow-customers migrate');
});
