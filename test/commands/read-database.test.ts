import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/connection/database.ts';
import { openDatabase } from '../../src/store/connection/database.ts';
import type { ConnectionTarget } from '../../src/store/connection/target.ts';
import { standbyLag } from '../../src/store/connection/standby.ts';
import { csv, customerRow } from '../support/csv.ts';
import { urlOf } from '../support/database.ts';
import type { RunOptions, RunResult } from '../support/run.ts';
import { run } from '../support/run.ts';
import type { ServerPair } from '../support/standby.ts';
import { startPair } from '../support/standby.ts';
import { buildTool, startTool } from '../support/tool.ts';

/* A real standby, which follows its primary by streaming. */

let pair: ServerPair;
let primary: Database;
let standby: Database;
let directory: string;

beforeAll(async () => {
  await buildTool();
  pair = await startPair({ follows: true });
  directory = await mkdtemp(path.join(os.tmpdir(), 'oc-read-'));
  const admin = await openDatabase(pair.primary);
  for (const name of ['crm', 'other', 'shut']) await admin.execute(raw(`create database ${name}`));
  await admin.execute(raw('revoke connect on database shut from public'));
  await admin.execute(raw('create role anna login'));
  await admin.close();
  const [database, read_database] = [placeOf(pair.primary), placeOf(pair.standby)];
  const dead = `host=${directory} user=postgres dbname=crm`;
  const profiles = {
    desk: { database, read_database },
    anna: { database: `${database} user=anna`, read_database: `${read_database} user=anna` },
    dead: { database, read_database: dead },
    other: { database, read_database: `${placeOf(pair.primary)} dbname=other` },
    unmigrated: { database, read_database: `${placeOf(pair.primary)} dbname=postgres` },
    shut: {
      database: `${database} user=anna`,
      read_database: `${placeOf(pair.primary)} dbname=shut user=anna`,
    },
    refusing: { database, read_database: `${read_database} dbname=nothing` },
  };
  await writeFile(path.join(directory, 'orderflow-customers.json'), JSON.stringify({ profiles }));
  await writeFile(
    path.join(directory, 'customers.csv'),
    csv([customerRow({ name: 'Müller', erp_customer_number: '1', billing_city: 'Köln' })]),
  );
  for (const argv of [
    ['migrate'],
    ['import', 'customers.csv', '--org', 'acme', '--create-org', '--source', 'erp'],
    ['access', 'grant', 'anna', '--role', 'VIEWER', '--org', 'acme', '--yes'],
  ]) {
    const { exitCode, stderr } = await desk(argv);
    if (exitCode !== 0) throw new Error(stderr);
  }
  for (const argv of [['migrate'], ['org', 'create', 'acme', '--name', 'Acme']])
    await run(argv, { env: { ORDERFLOW_DATABASE_URL: urlOf({ ...pair.primary, database: 'other' }) } });
  primary = await openDatabase(crmOf(pair.primary));
  await caughtUp();
}, 120_000);
afterAll(async () => {
  await primary?.close();
  await standby?.close();
  await pair.stop();
  await rm(directory, { recursive: true });
});

const crmOf = (server: ConnectionTarget): ConnectionTarget => ({ ...server, database: 'crm' });
const placeOf = ({ host, port, user }: ConnectionTarget) =>
  `host=${host} port=${port} user=${user} dbname=crm`;

function desk(argv: string[], { profile = 'desk', ...options }: RunOptions & { profile?: string } = {}) {
  const settings = { cwd: directory, homeDirectory: directory, ...options };
  return run([...argv, '--profile', profile], settings);
}

/** Waits until the standby shows all that the primary has committed. */
async function caughtUp(): Promise<void> {
  const [sent] = await primary.query<{ at: string }>(sql`select pg_current_wal_lsn()::text as at`);
  while (true) {
    standby ??= await openDatabase(crmOf(pair.standby)).catch(() => standby);
    const [found] = (await standby?.query<{ done: boolean }>(sql`
      select pg_last_wal_replay_lsn() >= ${sent?.at}::pg_lsn as done`)) ?? [{ done: false }];
    if (found?.done === true) return;
    await delay(20);
  }
}

/** Changes the primary while the standby receives and does not apply it. */
async function whileBehind(work: () => Promise<void>): Promise<void> {
  await caughtUp();
  await standby.query(sql`select pg_wal_replay_pause()`);
  try {
    await primary.execute(sql`update customer set name = 'Maier', billing_address = '{"city": "Bonn"}'`);
    await work();
  } finally {
    await standby.query(sql`select pg_wal_replay_resume()`);
    await primary.execute(sql`update customer set name = 'Müller', billing_address = '{"city": "Köln"}'`);
    await caughtUp();
  }
}

const reading: string[][] = [
  ['list', '--org', 'acme'],
  ['search', 'Müller', '--org', 'acme'],
  ['show', '1', '--org', 'acme'],
  ['export', '--org', 'acme'],
];

describe('commands that read', () => {
  test.each(reading.map((argv) => [argv[0], argv] as const))(
    '%s reads from the standby',
    async (_name, argv) => {
      await whileBehind(async () => {
        const { exitCode, stdout } = await desk(argv);
        expect([exitCode, stdout.includes('Müller'), stdout.includes('Maier')]).toEqual([0, true, false]);
      });
      expect((await desk(argv, { profile: 'anna' })).stdout).toContain('Müller');
    },
  );

  test.each([
    ['history', ['history', '1', '--org', 'acme']],
    ['duplicates', ['duplicates', '--org', 'acme', '--json']],
  ])('%s works there', async (_name, argv) => {
    for (const profile of ['desk', 'anna'])
      expect(await desk(argv, { profile })).toMatchObject({
        exitCode: 0,
        stderr: expect.not.stringContaining('error'),
      });
  });

  test('say on a terminal how far the standby is behind, and nothing in a pipe', async () => {
    const terminal = { columns: 200 };
    await caughtUp();
    const shown = await desk(['show', '1', '--org', 'acme', '--no-input'], { terminal });
    expect(shown.stderr).toMatch(/from the standby postgres@\S+, which is up to date/);
    await whileBehind(async () => {
      const behind = await desk(['show', '1', '--org', 'acme', '--no-input'], { terminal });
      expect(behind.stderr).toMatch(/which is \d+ s behind the primary/);
    });
    expect((await desk(['show', '1', '--org', 'acme'])).stderr).toBe('');
  });

  test.each(['--database', 'ORDERFLOW_DATABASE_URL'])('read from what %s names', async (source) => {
    const url = urlOf(crmOf(pair.primary));
    await whileBehind(async () => {
      const options = { cwd: directory, homeDirectory: directory };
      const argv = ['show', '1', '--org', 'acme'];
      const { stdout } = await (source === '--database'
        ? run([...argv, '--profile', 'desk', '--database', url], options)
        : run(argv, { ...options, env: { ORDERFLOW_DATABASE_URL: url, ORDERFLOW_PROFILE: 'desk' } }));
      expect(stdout).toContain('Maier');
    });
  });
});

test('a record that arrives just now does not make the standby as far behind as its last change is old', async () => {
  await whileBehind(async () => {
    let asked = 0;
    // The standby replays only after the first question.
    const query: Database['query'] = async (statement) => {
      const rows = await standby.query(statement);
      if (asked++ === 0) await standby.query(sql`select pg_wal_replay_resume()`);
      return rows as never;
    };
    const lag = await standbyLag({ ...standby, query }, { patience: 60_000 });
    expect([lag, asked > 1]).toEqual([{ seconds: 0, streaming: true }, true]);
  });
});

test('commands that write use the primary, and what they print is what they wrote', async () => {
  await whileBehind(async () => {
    const result: RunResult = await desk([
      'update',
      '1',
      '--org',
      'acme',
      '--name',
      'Schulze',
      '--yes',
      '--json',
    ]);
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('Schulze');
    const [stored] = await primary.query<{ name: string }>(sql`select name from customer`);
    expect(stored?.name).toBe('Schulze');
  });
});

test('a read_database that does not answer is reported, and the database is read instead', async () => {
  const { exitCode, stdout, stderr } = await desk(['show', '1', '--org', 'acme', '--quiet', '--json'], {
    profile: 'dead',
  });
  expect([exitCode, JSON.parse(stdout).name]).toEqual([0, 'Müller']);
  expect(stderr).toMatch(/^read_database: .* no server socket .*; reading from the database instead\n$/);
});

test('one that refuses is an error', async () => {
  const { exitCode, stderr } = await desk(['show', '1', '--org', 'acme'], { profile: 'refusing' });
  expect([exitCode, stderr]).toEqual([7, expect.stringContaining('this database does not exist')]);
});

test('one without the schema, or without access, is an error, and the command ends', async () => {
  const started = startTool(['list', '--org', 'acme', '--profile', 'unmigrated'], {
    database: { url: '' },
    cwd: directory,
  });
  started.stdin.end();
  expect(await started.ended).toMatchObject({
    exitCode: 8,
    stderr: expect.stringContaining('has no schema yet'),
  });
  expect((await desk(['list', '--org', 'acme'], { profile: 'shut' })).exitCode).toBe(13);
});

test('one that is not a standby is read with a warning', async () => {
  const { exitCode, stdout, stderr } = await desk(['list', '--org', 'acme', '--quiet', '--json'], {
    profile: 'other',
  });
  expect([exitCode, JSON.parse(stdout).total]).toEqual([0, 0]);
  expect(stderr).toContain('the read_database, which is no standby: it may differ from the database');
});

test('whether the night was good is read from the primary', async () => {
  await whileBehind(async () => {
    await writeFile(path.join(directory, 'empty.csv'), csv([customerRow()]).split('\n')[0] + '\n');
    expect((await desk(['import', 'empty.csv', '--org', 'acme', '--source', 'erp'])).exitCode).toBe(5);
    expect((await desk(['status', '--org', 'acme'])).exitCode).toBe(14);
  });
});

test('doctor and config show know it', async () => {
  const check = async (profile: string) => {
    const { checks } = (await desk(['doctor', '--json'], { profile })).json();
    return checks.find(({ name }: { name: string }) => name === 'read_database');
  };
  await caughtUp();
  expect(await check('desk')).toMatchObject({ status: 'ok', message: expect.stringContaining('up to date') });
  expect(await check('dead')).toMatchObject({ status: 'warning' });
  for (const profile of ['refusing', 'unmigrated', 'shut'])
    expect(await check(profile)).toMatchObject({ status: 'failure' });
  expect(await check('other')).toMatchObject({
    status: 'failure',
    message: expect.stringContaining('not a copy of the database'),
  });
  const { settings } = (await desk(['config', 'show', '--json'])).json();
  expect(settings).toContainEqual({
    name: 'read_database',
    value: `postgres@${pair.standby.host}:5432/crm`,
    source: expect.stringContaining('profile desk of'),
  });
});

test('a statement that the standby cancels for a change of its primary says what happened', async () => {
  const reader = await openDatabase(crmOf(pair.standby));
  await reader.execute(raw('begin isolation level repeatable read'));
  await reader.query(sql`select count(*) from customer`);
  const statement = reader.query(sql`select pg_sleep(60)`).catch((reason: unknown) => reason);
  await primary.execute(sql`update customer set notes = 'anew'`);
  await primary.execute(raw('vacuum customer'));
  expect(await statement).toMatchObject({
    code: 'database_timeout',
    message: expect.stringContaining('the standby cancelled the statement'),
  });
  await reader.close();
});

test('while the primary is down the standby answers, and warns', async () => {
  await pair.stopPrimary();
  const { exitCode, stdout, stderr } = await desk(['show', '1', '--org', 'acme', '--quiet', '--json']);
  expect([exitCode, JSON.parse(stdout).name]).toEqual([0, 'Müller']);
  expect(stderr).toMatch(/which is no longer following the primary; its last change is \S+ \S+ old/);
});
