import { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../../support/database.ts';
import { emptyDatabase } from '../../support/database.ts';
import { run } from '../../support/run.ts';

/* The tables are in a schema that the session's search path leaves out. */

let server: TestDatabase;
const tool = (...argv: string[]) => run(argv, { database: server });

async function tablesIn(schema: string): Promise<number> {
  const database = await server.open();
  const found = await database.query(
    raw(`select relname from pg_class where relnamespace = '${schema}'::regnamespace and relkind = 'r'`),
  );
  return found.length;
}

beforeAll(async () => {
  server = await emptyDatabase();
  const database = await server.open();
  const name = `"${server.target.database}"`;
  await database.execute(raw('create schema crm'));
  await database.execute(raw(`alter database ${name} set search_path = crm, public`));
  const migrated = await tool('migrate');
  if (migrated.exitCode !== 0) throw new Error(migrated.stderr);
  await database.execute(raw(`alter database ${name} reset search_path`));
});
afterAll(() => server.close());

describe.each([
  ['migrate', ['migrate']],
  ['migrate --dry-run', ['migrate', '--dry-run']],
  ['migrate --status', ['migrate', '--status']],
  ['list', ['list', '--org', 'acme']],
  ['org create', ['org', 'create', 'acme', '--name', 'Acme']],
  ['import', ['import', 'samples/customers.csv', '--org', 'acme', '--no-rejects']],
])('%s', (_name, argv) => {
  test('names their schema and both ways out, and makes no second set', async () => {
    const { exitCode, stderr } = await tool(...argv);
    expect(exitCode).toBe(8);
    expect(stderr).toContain('the tables are in schema crm, and search_path does not include it');
    const hint = stderr.replaceAll(/\s+/g, ' ');
    expect(hint).toContain('options=-csearch_path=crm');
    expect(hint).toContain('drop them or move them to another database');
    expect(await tablesIn('public')).toBe(0);
  });
});

test('doctor says the same', async () => {
  const { exitCode, stdout, stderr } = await tool('doctor');
  expect(exitCode).toBe(8);
  expect((stdout + stderr).replaceAll(/\s+/g, ' ')).toContain('the tables are in schema crm');
});

test('what the hint names works', async () => {
  const url = new URL(server.url);
  url.searchParams.set('options', '-csearch_path=crm,public');
  const { exitCode } = await run(['org', 'list'], { env: { ORDERFLOW_DATABASE_URL: url.href } });
  expect(exitCode).toBe(0);
});

test('another program’s tables with these names do not matter', async () => {
  const other = await emptyDatabase();
  const database = await other.open();
  await database.execute(raw('create schema shop'));
  await database.execute(raw('create table shop.customer (id integer)'));
  const { exitCode } = await run(['migrate'], { database: other });
  await other.close();
  expect(exitCode).toBe(0);
});
