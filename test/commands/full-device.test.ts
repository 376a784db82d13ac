import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/store/connection/database.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';
import { buildTool } from '../support/tool.ts';

/* Standard output cannot be written: what was done is not taken back, and the message has to say so. */

const bin = new URL('../../bin/orderflow-customers.js', import.meta.url).pathname;
let server: TestDatabase;
let database: Database;
let directory: string;

beforeAll(async () => {
  await buildTool();
  server = await testDatabase();
  database = await server.open();
  directory = await mkdtemp(path.join(os.tmpdir(), 'orderflow-full-'));
  const rows = [
    customerRow({ erp_customer_number: '1' }),
    customerRow({ erp_customer_number: '2', default_currency: 'EURX' }),
  ];
  await writeFile(path.join(directory, 'good.csv'), csv(rows.slice(0, 1)));
  await writeFile(path.join(directory, 'partly.csv'), csv(rows));
  await run(['org', 'create', 'acme', '--name', 'Acme'], { database: server });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

/** Runs the built tool with its standard output on a device without room. */
async function runFull(argv: string[]): Promise<{ exitCode: number; stderr: string }> {
  const child = spawn('/bin/sh', ['-c', 'exec "$@" > /dev/full', 'sh', process.execPath, bin, ...argv], {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory, ORDERFLOW_DATABASE_URL: server.url },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, stderr };
}

async function numberOfCustomers(): Promise<number> {
  const [found] = await database.query<{ count: number }>(
    sql`select count(*)::integer as count from customer`,
  );
  return found?.count ?? 0;
}

const written =
  'error: the changes were written to the database, but cannot write to standard output: ENOSPC';

test.each([
  ['import', ['import', 'good.csv', '--org', 'acme'], 1],
  ['import --json', ['import', 'good.csv', '--org', 'acme', '--json'], 1],
  ['an import that rejects a row', ['import', 'partly.csv', '--org', 'acme'], 1],
  [
    'create',
    ['create', '--org', 'acme', '--name', 'A', '--default-currency', 'EUR', '--default-language', 'de-DE'],
    2,
  ],
  ['contact add', ['contact', 'add', '1', '--org', 'acme', '--email', 'a@x.example'], 2],
])('%s says that its changes are written', async (_name, argv, customers) => {
  const { exitCode, stderr } = await runFull(argv);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(written);
  expect(await numberOfCustomers()).toBe(customers);
});

test.each([
  ['a dry run', ['import', 'partly.csv', '--org', 'acme', '--dry-run']],
  ['an import over its budget', ['import', 'partly.csv', '--org', 'acme', '--atomic', '--json']],
  ['a reading command', ['list', '--org', 'acme']],
])('%s does not', async (_name, argv) => {
  const { exitCode, stderr } = await runFull(argv);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('error: cannot write to standard output: ENOSPC');
  expect(stderr).not.toContain('were written');
});
