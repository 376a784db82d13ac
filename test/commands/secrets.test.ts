import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csv, customerRow } from '../support/csv.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';
import { buildTool, startTool } from '../support/tool.ts';
import type { TlsServer } from '../support/tls-server.ts';
import { startTlsServer } from '../support/tls-server.ts';

/* A password that can be told from everything else is looked for in all that is printed and stored. */

const canary = 'canary-1';

let server: TlsServer;
let directory: ThrowAwayDirectory;
let anyDatabase: TestDatabase;

beforeAll(async () => {
  await buildTool();
  server = await startTlsServer();
  directory = await throwAwayDirectory();
  anyDatabase = await testDatabase();
  await server.run(raw('create database crm owner in_clear'));
  await server.run(raw('alter role in_clear superuser'));
  const rows = [customerRow({ erp_customer_number: '1' }), customerRow({ name: '' })];
  await writeFile(path.join(directory.path, 'rows.csv'), csv(rows));
  await writeFile(
    path.join(directory.path, 'service.conf'),
    `[crm]\nhost=127.0.0.1\nport=${server.port}\nuser=in_clear\npassword=${canary}\ndbname=crm\n`,
  );
  await writeFile(path.join(directory.path, 'pgpass'), `*:*:*:*:${canary}\n`, { mode: 0o600 });
});
afterAll(async () => {
  await server.stop();
  await directory.remove();
  await anyDatabase.close();
});

const at = (user = 'in_clear', more = '') =>
  `postgres://${user}:${canary}@127.0.0.1:${server.port}/crm?sslmode=require${more}`;

/** How the password comes to the tool, and what goes wrong after. */
const ways: [string, () => Record<string, string>][] = [
  ['a URL', () => ({ ORDERFLOW_DATABASE_URL: at() })],
  [
    'keywords',
    () => ({
      DATABASE_URL: `host=127.0.0.1 port=${server.port} user=in_clear password='${canary}' dbname=crm`,
    }),
  ],
  [
    'PGPASSWORD',
    () => ({
      PGHOST: '127.0.0.1',
      PGPORT: String(server.port),
      PGUSER: 'in_clear',
      PGDATABASE: 'crm',
      PGPASSWORD: canary,
    }),
  ],
  ['a service', () => ({ PGSERVICE: 'crm', PGSERVICEFILE: path.join(directory.path, 'service.conf') })],
  [
    'a password file',
    () => ({
      PGHOST: '127.0.0.1',
      PGPORT: String(server.port),
      PGUSER: 'in_clear',
      PGDATABASE: 'crm',
      PGPASSFILE: path.join(directory.path, 'pgpass'),
    }),
  ],
  ['a URL, for nobody', () => ({ ORDERFLOW_DATABASE_URL: at('nobody_there') })],
  ['a URL, that is wrong', () => ({ ORDERFLOW_DATABASE_URL: at('by_scram').replace(canary, `x${canary}`) })],
  [
    'a URL, to a server that is not verified',
    () => ({ ORDERFLOW_DATABASE_URL: at().replace('require', 'verify-full') }),
  ],
  ['a URL, to no database', () => ({ ORDERFLOW_DATABASE_URL: at().replace('/crm', '/none') })],
  ['a URL, to nobody', () => ({ ORDERFLOW_DATABASE_URL: at().replace(`:${server.port}`, ':1') })],
  ['a URL, to no port', () => ({ ORDERFLOW_DATABASE_URL: at().replace(`:${server.port}`, ':x') })],
  ['a URL, with a slash', () => ({ ORDERFLOW_DATABASE_URL: at().replace(canary, `/${canary}`) })],
  ['a URL, with half a code', () => ({ ORDERFLOW_DATABASE_URL: at().replace(canary, `%${canary}`) })],
  ['a URL, with an unknown parameter', () => ({ ORDERFLOW_DATABASE_URL: at('in_clear', '&schema=x') })],
  ['a URL, without a scheme', () => ({ ORDERFLOW_DATABASE_URL: at().replace('postgres:', '') })],
];

const commandLines = [
  ['migrate'],
  ['import', 'rows.csv', '--org', 'acme', '--create-org'],
  ['list', '--org', 'acme'],
  ['list', '--org', 'nobody'],
  ['runs', 'list', '--org', 'acme'],
];

test.each(ways)(
  'a password in %s is nowhere in what is printed, with --debug and --json too',
  async (_way, env) => {
    for (const argv of commandLines) {
      for (const flags of [['--debug'], ['--debug', '--json']]) {
        const { stdout, stderr } = await run([...argv, ...flags], {
          env: env(),
          cwd: directory.path,
          homeDirectory: directory.path,
        });
        expect(stdout + stderr).not.toBe('');
        expect(stdout + stderr).not.toContain(canary);
      }
    }
  },
);

test('a password on the command line is refused without being repeated', async () => {
  const { exitCode, stdout, stderr } = await run(
    ['list', '--org', 'acme', '--debug', '--database', at()],
    {},
  );
  expect(exitCode).toBe(2);
  expect(stdout + stderr).not.toContain(canary);
});

test('nothing that an import leaves behind holds the password: ledger, rejects, reports, all of the database', async () => {
  const cwd = directory.path;
  const env = { ORDERFLOW_DATABASE_URL: at() };
  expect((await run(['migrate'], { env, cwd })).exitCode).toBe(0);
  await run(['import', 'rows.csv', '--org', 'acme', '--create-org'], { env, cwd });
  await run(['inspect', 'rows.csv', '--report', 'report.json', '--rows', 'rows.out'], { env, cwd });
  const written = (await readdir(cwd)).filter((name) => !['service.conf', 'pgpass'].includes(name));
  expect(written).toEqual(expect.arrayContaining(['rows.csv.acme.rejected.csv', 'report.json', 'rows.out']));
  for (const name of written) {
    const text = await readFile(path.join(cwd, name), 'utf8').catch(() => '');
    expect(text).not.toContain(canary);
  }
  const tables = ['org', 'customer', 'customer_contact', 'customer_import_run'];
  for (const table of tables) {
    const rows = await server.run(raw(`select t::text as text from ${table} t`), 'crm');
    expect(JSON.stringify(rows)).not.toContain(canary);
  }
  const statements = await server.run(raw('select query, application_name from pg_stat_activity'), 'crm');
  expect(JSON.stringify(statements)).not.toContain(canary);
});

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('no process, the tool’s own or a child’s, has the password in its arguments', async () => {
    const tool = startTool(['import', '-', '--org', 'acme', '--create-org'], {
      database: anyDatabase,
      url: at(),
      cwd: directory.path,
    });
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-e', '-o', 'args=']);
    tool.stdin.end(csv([customerRow()]));
    await tool.ended;
    expect(stdout).toContain('orderflow-customers.js import -');
    expect(stdout).not.toContain(canary);
  });
});
