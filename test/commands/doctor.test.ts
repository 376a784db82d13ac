import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { requireOrganization } from '../../src/store/orgs/organizations.ts';
import { lockImports } from '../../src/store/import-lock/import-lock.ts';
import type { TestDatabase } from '../support/database.ts';
import { emptyDatabase, testDatabase, urlOf } from '../support/database.ts';
import type { RunOptions, RunResult } from '../support/run.ts';
import { run } from '../support/run.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';

interface Shown {
  status: string;
  message: string;
  remedy: string | null;
}

/** The document's checks by name, and the exit code. */
async function doctor(options: RunOptions): Promise<{ exitCode: number; checks: Record<string, Shown> }> {
  const result = await run(['doctor', '--json'], options);
  const document = result.json();
  expect(document.ok).toBe(result.exitCode === 0);
  expect(result.stderr).toBe('');
  for (const check of document.checks) expect(check.remedy !== null).toBe(check.status !== 'ok');
  const entries = document.checks.map(({ name, ...check }: Shown & { name: string }) => [name, check]);
  return { exitCode: result.exitCode, checks: Object.fromEntries(entries) };
}

describe('with a database as it should be', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  test('every check is ok', async () => {
    const { exitCode, checks } = await doctor({ database });
    expect(exitCode).toBe(0);
    expect(Object.keys(checks)).toEqual([
      'connection',
      'tls',
      'server_version',
      'writes',
      'extensions',
      'schema',
      'privileges',
      'indexes',
      'change_log',
      'import_lock',
      'clock',
    ]);
    expect(Object.values(checks).map(({ status }) => status)).toEqual(Array(11).fill('ok'));
    expect(checks['connection']?.message).toContain('named by ORDERFLOW_DATABASE_URL');
  });

  test('a terminal gets a line for each, within its width', async () => {
    const { stdout } = await run(['doctor'], {
      database,
      terminal: { columns: 60 },
      env: { ORDERFLOW_DATABASE_URL: database.url, NO_COLOR: '1' },
    });
    expect(stdout).toMatch(/^ok {7}schema {10}version \d+, up to date$/m);
    expect(stdout.split('\n').filter((line) => !/\S{40}/.test(line) && line.length > 60)).toEqual([]);
  });

  test('--quiet prints nothing', async () => {
    expect(await run(['doctor', '--quiet'], { database })).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('an import that runs is named', async () => {
    await run(['org', 'create', 'acme', '--name', 'Acme'], { database });
    const other = await database.open();
    const org = await requireOrganization(other, 'acme');
    await other.transaction(async () => {
      await lockImports(other, { orgId: org.id, slug: 'acme', waitMilliseconds: 0 });
      const { exitCode, checks } = await doctor({ database });
      expect(exitCode).toBe(0);
      expect(checks['import_lock']).toMatchObject({
        status: 'warning',
        message: expect.stringMatching(/^an import into acme is running: .*\(server process \d+\)/),
        remedy: expect.stringContaining('--lock-wait'),
      });
    });
  });

  test('a wrong clock is reported with its direction', async () => {
    const early = await doctor({ database, now: () => new Date(Date.now() - 3_600_000) });
    expect(early.checks['clock']).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/3600\.\d s ahead of/),
    });
    const late = await doctor({ database, now: () => new Date(Date.now() + 60_000) });
    expect(late.checks['clock']?.message).toMatch(/behind/);
    expect(late.exitCode).toBe(0);
  });
});

describe('a connection that cannot be made', () => {
  test.for([
    ['a port where nothing listens', 'postgres://u@127.0.0.1:1/crm', /connection refused/],
    ['a host that is none', 'postgres://u@no-such-host.invalid/crm', /host not found/],
  ] as const)('%s is the one check, exit 7', async ([, url, message]) => {
    const { exitCode, checks } = await doctor({ env: { ORDERFLOW_DATABASE_URL: url } });
    expect(exitCode).toBe(7);
    expect(checks).toEqual({
      connection: {
        status: 'failure',
        message: expect.stringMatching(message),
        remedy: expect.stringContaining('check'),
      },
    });
  });

  test('--quiet reports it too', async () => {
    const result = await run(['doctor', '--quiet'], {
      env: { ORDERFLOW_DATABASE_URL: 'postgres://u@127.0.0.1:1/crm' },
    });
    expect(result).toMatchObject({ exitCode: 7, stdout: '' });
    expect(result.stderr).toContain('connection refused');
  });

  test('settings that are wrong are a failure like everywhere', async () => {
    const result = await run(['doctor', '--json'], { env: { ORDERFLOW_DATABASE_URL: 'nonsense' } });
    expect(result.exitCode).toBe(2);
    expect(result.json()).toMatchObject({ ok: false, error: { code: 'configuration' } });
  });
});

describe('a schema', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase();
    return () => database.close();
  });

  test('that is missing', async () => {
    const empty = await emptyDatabase();
    const { exitCode, checks } = await doctor({ database: empty });
    expect(exitCode).toBe(8);
    expect(checks['schema']).toEqual({
      status: 'failure',
      message: 'no schema yet',
      remedy: 'run: orderflow-customers migrate',
    });
    expect(checks['privileges']?.message).toContain('may run migrate');
    expect(checks).not.toHaveProperty('indexes');
    await empty.close();
  });

  test('that is outdated', async () => {
    const { client } = await database.open();
    await client.query(
      'delete from customer_schema_migration where id = (select max(id) from customer_schema_migration)',
    );
    const { exitCode, checks } = await doctor({ database });
    expect(exitCode).toBe(8);
    expect(checks['schema']?.message).toMatch(/^version \d+ of \d+: \d+_\w+ pending$/);
  });

  test('that is newer', async () => {
    const { client } = await database.open();
    await client.query("insert into customer_schema_migration (name, run_on) values ('9999_later', now())");
    const { exitCode, checks } = await doctor({ database });
    expect(exitCode).toBe(8);
    expect(checks['schema']).toMatchObject({
      message: expect.stringContaining('version 9999, newer'),
      remedy: expect.stringContaining('newer version'),
    });
  });

  test('that lies outside the search path', async () => {
    const url = new URL(database.url);
    url.searchParams.set('options', '-csearch_path=elsewhere');
    const { exitCode, checks } = await doctor({ env: { ORDERFLOW_DATABASE_URL: url.href } });
    expect(exitCode).toBe(8);
    expect(checks['schema']).toMatchObject({
      message: expect.stringContaining('the tables are in schema public'),
      remedy: expect.stringContaining('search_path=public'),
    });
  });

  test('without an index, or with an invalid one', async () => {
    const { client } = await database.open();
    await client.query('drop index idx_customer_org_name');
    await client.query(
      "update pg_index set indisvalid = false where indexrelid = 'idx_customer_contact_email'::regclass",
    );
    const slow = await doctor({ database });
    expect(slow.exitCode).toBe(0);
    expect(slow.checks['indexes']).toMatchObject({ status: 'warning' });
    const remedy = slow.checks['indexes']?.remedy ?? '';
    expect(remedy).toContain('create index concurrently on customer (org_id, name)');
    expect(remedy).toContain('reindex index concurrently idx_customer_contact_email');
    await client.query('drop index uq_customer_contact_primary');
    const broken = await doctor({ database });
    expect(broken.exitCode).toBe(8);
    expect(broken.checks['indexes']?.remedy).toContain(
      'create unique index concurrently on customer_contact (org_id, customer_id) where is_primary',
    );
  });

  test('without the index that keeps an import fast, or with an invalid one', async () => {
    const { client } = await database.open();
    await client.query(
      "update pg_index set indisvalid = false where indexrelid = 'idx_customer_id_hash'::regclass",
    );
    const invalid = await doctor({ database });
    expect(invalid.exitCode).toBe(0);
    expect(invalid.checks['indexes']).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('idx_customer_id_hash is invalid'),
      remedy: 'ask an administrator to run: reindex index concurrently idx_customer_id_hash',
    });
    await client.query('drop index idx_customer_id_hash');
    expect((await doctor({ database })).checks['indexes']).toMatchObject({
      status: 'warning',
      message: 'customer has no hash index on (id)',
      remedy: 'ask an administrator to run: create index concurrently on customer using hash (id)',
    });
  });

  test('without logged changes', async () => {
    const { client } = await database.open();
    await client.query('alter table customer disable trigger customer_change_updated');
    await client.query('drop trigger customer_change_created on customer_contact');
    const { exitCode, checks } = await doctor({ database });
    expect(exitCode).toBe(8);
    expect(checks['change_log']).toMatchObject({
      status: 'failure',
      message:
        'changes are not logged: the trigger customer_change_updated of customer is disabled; ' +
        'customer_contact has no trigger customer_change_created',
    });
    const [, statements = ''] = /run: (.*)$/.exec(checks['change_log']?.remedy ?? '') ?? [];
    for (const statement of statements.split('; ')) await client.query(statement);
    expect((await doctor({ database })).checks['change_log']).toMatchObject({ status: 'ok' });
  });

  test('is repaired by its remedies', async () => {
    const { client } = await database.open();
    await client.query('drop index idx_customer_org_name, uq_customer_contact_primary, idx_customer_id_hash');
    const { checks } = await doctor({ database });
    const [, statements = ''] = /run: (.*)$/.exec(checks['indexes']?.remedy ?? '') ?? [];
    for (const statement of statements.split('; ')) await client.query(statement);
    expect((await doctor({ database })).exitCode).toBe(0);
  });
});

describe('a role', () => {
  let database: TestDatabase;
  let role: string;

  beforeEach(async () => {
    database = await testDatabase();
    role = `doctor_${Math.random().toString(36).slice(2)}`;
    const { client } = await database.open();
    await client.query(`create role ${role} login`);
    return async () => {
      await client.query(`drop owned by ${role}`);
      await client.query(`drop role ${role}`);
      await database.close();
    };
  });

  const asRole = (): Promise<Awaited<ReturnType<typeof doctor>>> =>
    doctor({ env: { ORDERFLOW_DATABASE_URL: urlOf({ ...database.target, user: role }) } });

  test('without access is advised to ask for a role, not for rights on tables', async () => {
    const { exitCode, checks } = await asRole();
    expect(exitCode).toBe(13);
    expect(checks['privileges']).toMatchObject({
      message: `${role} has no access to any org`,
      remedy: `ask an ADMIN of the org: orderflow-customers access grant ${role} --org ORG --role VIEWER`,
    });
  });
});

test('read-only sessions are a failure with exit 7, and the rest is still checked', async () => {
  const database = await testDatabase();
  const { client } = await database.open();
  await client.query(`alter database ${database.target.database} set default_transaction_read_only = on`);
  const { exitCode, checks } = await doctor({ database });
  expect(exitCode).toBe(7);
  expect(checks['writes']).toMatchObject({
    status: 'failure',
    message: expect.stringContaining('read-only'),
    remedy: expect.stringContaining(
      `alter database ${database.target.database} reset default_transaction_read_only`,
    ),
  });
  expect(checks['indexes']?.status).toBe('ok');
  await database.close();
});

test('the embedded database is started, and its schema left to the next command', async () => {
  const home = await throwAwayDirectory();
  const result: RunResult = await run(['doctor', '--json'], { homeDirectory: home.path });
  expect(result.exitCode).toBe(0);
  const { checks } = result.json();
  expect(checks[0]).toMatchObject({ message: expect.stringContaining('nothing else is configured') });
  expect(checks).toContainEqual(expect.objectContaining({ name: 'schema', status: 'ok' }));
  await run(['embedded', 'remove', '--yes'], { homeDirectory: home.path });
  await home.remove();
});

test('nothing is written: a snapshot of the catalogue is the same after it', async () => {
  const database = await testDatabase();
  const watch = await database.open();
  const look = () =>
    watch
      .query(sql`select relname, relfilenode from pg_class order by oid`)
      .then((rows) => JSON.stringify(rows));
  await watch.execute(raw('analyze'));
  const before = await look();
  await doctor({ database });
  expect(await look()).toBe(before);
  await database.close();
});
