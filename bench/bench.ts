import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sql from 'sql-template-tag';
import type { ConnectionTarget } from '../src/store/connection/target.ts';
import { openDatabase } from '../src/store/connection/database.ts';
import { removeEmbedded } from '../src/store/embedded/maintenance.ts';
import { startEmbedded } from '../src/store/embedded/server.ts';
import { atOnceTable, measureAtOnce } from './at-once.ts';
import { measureSearch, searchTable } from './bench-search.ts';
import { measureHistory, measureUndo, undoTable } from './change-log.ts';
import type { Bench } from './databases.ts';
import { addOrgs, importWithTool, newDatabase, vacuum } from './databases.ts';
import { writeGeneratedFile } from './generate-customers.ts';
import { importTable, measureImports } from './imports.ts';
import { cut, inspectTable, measureInspect } from './inspect.ts';
import type { BenchOptions } from './options.ts';
import { readOptions } from './options.ts';
import { describeMachine, withLoad, writeReport } from './report.ts';
import { measureStartUp, startUpTable } from './start-up.ts';

/*
 * `npm run bench [-- [--only NAME,…] [ROWS …]]`: times whole commands on the embedded database with its default settings,
 * ours and the hand-written SQL in turn. A run of everything writes the tables into docs/performance.md.
 */

async function run(options: BenchOptions): Promise<void> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'orderflow-bench-'));
  // The server runs as another user when this is root.
  chmodSync(directory, 0o755);
  const place = { homeDirectory: directory, env: process.env, dataDirectory: path.join(directory, 'data') };
  try {
    const target = await startEmbedded(place);
    const admin = await openDatabase(target, { statementTimeout: 0 });
    const [server] = await admin.query<{ server_version: string }>(sql`show server_version`);
    const tables: string[] = [];
    for (const measureTable of tablesOf({ admin, target, directory }, options)) {
      const table = await withLoad(measureTable);
      // At once: a run of everything takes more than an hour, and may be interrupted.
      process.stdout.write(`\n${table}\n`);
      tables.push(table);
    }
    await admin.close();
    const machine = describeMachine(server?.server_version ?? '');
    process.stdout.write(`\n${machine}\n`);
    if (options.isWhole) writeReport(`${machine}\n\n${tables.join('\n\n')}\n`);
  } finally {
    await removeEmbedded(place);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What was asked for, a table each. */
function tablesOf(bench: Bench, { sizes, only }: BenchOptions): (() => Promise<string>)[] {
  const largest = Math.max(...sizes);
  const upTo = (most: number) => Math.min(largest, most);
  const isImport = (['first-load', 'fresh', 'dry-run', 'unchanged', 'changed', 'all-changed'] as const).some(
    (name) => only.has(name),
  );
  const each = <Row>(measureOne: (rows: number) => Promise<Row>): Promise<Row[]> => inTurn(sizes, measureOne);
  const tables: [boolean, () => Promise<string>][] = [
    [isImport, async () => importTable((await each((rows) => measureImports(bench, rows, only))).flat())],
    [only.has('inspect'), async () => inspectTable(await each((rows) => measureInspect(bench, rows)))],
    [only.has('orgs'), async () => atOnceTable(await measureAtOnce(bench, upTo(50_000)))],
    [only.has('history'), async () => searchTable([await measureHistory(bench, upTo(200_000))])],
    [only.has('undo'), async () => undoTable([await measureUndo(bench, upTo(100_000))])],
    [
      only.has('search'),
      async () => searchTable((await inTurn(searchedSizes(sizes), (rows) => search(bench, rows))).flat()),
    ],
    [only.has('start-up'), async () => startUpTable(await measureStartUp(bench))],
  ];
  return tables.filter(([isAsked]) => isAsked).map(([, measureTable]) => measureTable);
}

async function inTurn<Row>(sizes: number[], measureOne: (rows: number) => Promise<Row>): Promise<Row[]> {
  const measured: Row[] = [];
  for (const rows of sizes) measured.push(await measureOne(rows));
  return measured;
}

/** Two sizes suffice to see how searches grow. */
function searchedSizes(sizes: number[]): number[] {
  const usual = sizes.filter((rows) => rows === 10_000 || rows === 1_000_000);
  return usual.length > 0 ? usual : sizes.slice(-1);
}

/** Among nine more organizations of 10,000 customers each, who are called alike. */
async function search(bench: Bench, rows: number) {
  const target: ConnectionTarget = await newDatabase(bench, 'ours');
  const others = Array.from({ length: 9 }, (_, index) => `other-${index + 1}`);
  await addOrgs(target, others);
  for (const [count, orgs] of [[rows, ['bench']] as const, [10_000, others] as const]) {
    const file = await writeGeneratedFile(path.join(bench.directory, 'searched.csv'), count);
    for (const org of orgs) await importWithTool(target, file, [], org);
    rmSync(file);
  }
  await vacuum(target);
  return measureSearch(target, rows);
}

const [first, ...others] = process.argv.slice(2);
await (first === '--cut' ? cut(others[0] ?? '') : run(readOptions(process.argv.slice(2))));
