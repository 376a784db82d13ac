import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sql, { raw } from 'sql-template-tag';
import type { Database } from '../src/store/connection/database.ts';
import { openDatabase } from '../src/store/connection/database.ts';
import type { ConnectionTarget } from '../src/store/connection/target.ts';
import { removeEmbedded } from '../src/store/embedded/maintenance.ts';
import { startEmbedded } from '../src/store/embedded/server.ts';
import { migrate } from '../src/store/schema/migrate.ts';
import { writeGeneratedFile } from './generate-customers.ts';
import type { Measurement } from './measure.ts';
import { measure, median } from './measure.ts';
import type { SearchTimes } from './bench-search.ts';
import { measureSearch, searchTable } from './bench-search.ts';

/*
 * `npm run bench [-- ROWS …]`: times whole commands on the embedded database with its default settings, ours and the
 * hand-written SQL in turn, and writes the tables into docs/performance.md.
 */

const root = process.cwd();
const tool = path.join(root, 'bin', 'orderflow-customers.js');
const cases = ['fresh', 'after a dry run', 'unchanged', '1 % changed'] as const;
type Case = (typeof cases)[number];

interface Pair {
  rows: number;
  case: Case;
  ours: Measurement[];
  byHand: Measurement[];
}

const sizes = process.argv.slice(2).map(Number);
const rowCounts = sizes.length > 0 ? sizes : [1000, 10_000, 100_000, 200_000, 1_000_000];

/** At these sizes searches are measured too. */
const searchedSizes = new Set([10_000, 1_000_000]);

async function bench(): Promise<void> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'orderflow-bench-'));
  // The server runs as another user when this is root.
  chmodSync(directory, 0o755);
  const place = { homeDirectory: directory, env: process.env, dataDirectory: path.join(directory, 'data') };
  try {
    const target = await startEmbedded(place);
    const admin = await openDatabase(target);
    const server =
      (await admin.query<{ server_version: string }>(sql`show server_version`))[0]?.server_version ?? '';
    const pairs: Pair[] = [];
    const searches: SearchTimes[] = [];
    for (const rows of rowCounts) {
      pairs.push(...(await measureSize(admin, { target, directory, rows })));
      if (!searchedSizes.has(rows)) continue;
      const ours = { ...target, database: 'ours' };
      await addOtherOrgs(ours, directory);
      searches.push(...(await measureSearch(ours, rows)));
    }
    const startUp = await measureStartUp(target);
    await admin.close();
    const report = `${describeMachine(server)}\n\n${pairTable(pairs)}\n\n${startUpTable(startUp)}\n\n${searchTable(searches)}\n`;
    process.stdout.write(`\n${report}`);
    if (sizes.length === 0) writeReport(report);
  } finally {
    await removeEmbedded(place);
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureSize(
  admin: Database,
  { target, directory, rows }: { target: ConnectionTarget; directory: string; rows: number },
): Promise<Pair[]> {
  const plain = await writeGeneratedFile(path.join(directory, `${rows}.csv`), rows);
  const changed = await writeGeneratedFile(path.join(directory, `${rows}-changed.csv`), rows, 100);
  const pairs: Pair[] = cases.map((name) => ({ rows, case: name, ours: [], byHand: [] }));
  const repeats = rows <= 10_000 ? 5 : rows <= 200_000 ? 2 : 1;
  for (let repeat = 0; repeat < repeats; repeat++) {
    let ours = target;
    let byHand = target;
    for (const pair of pairs) {
      if (pair.case === 'fresh' || pair.case === 'after a dry run') {
        ours = await newDatabase(admin, target, 'ours');
        byHand = await newDatabase(admin, target, 'by_hand');
      }
      const file = pair.case === '1 % changed' ? changed : plain;
      const before = pair.case === 'unchanged' ? await rowVersions(ours) : undefined;
      const flags = ['--org', 'bench', '--quiet', '--no-rejects', '--database', urlOf(ours)];
      if (pair.case === 'after a dry run') {
        await measure(process.execPath, [tool, 'import', file, ...flags, '--dry-run']);
        await analyze(ours);
      }
      pair.ours.push(await measure(process.execPath, [tool, 'import', file, ...flags]));
      if (before !== undefined && before !== (await rowVersions(ours)))
        throw new Error('an unchanged row was written');
      copyFileSync(file, path.join(directory, 'customers.csv'));
      pair.byHand.push(
        await measure('psql', ['-q', '-X', '-f', path.join(root, 'bench', 'by-hand.sql'), urlOf(byHand)], {
          cwd: directory,
        }),
      );
      process.stderr.write(
        `${rows} rows, ${pair.case}: ours ${last(pair.ours)} s, by hand ${last(pair.byHand)} s\n`,
      );
    }
  }
  rmSync(plain);
  rmSync(changed);
  return pairs;
}

/** Nine more orgs of 10,000 customers each, who are called alike. */
async function addOtherOrgs(target: ConnectionTarget, directory: string): Promise<void> {
  const file = await writeGeneratedFile(path.join(directory, 'others.csv'), 10_000);
  for (let number = 1; number <= 9; number++) {
    const org = ['--org', `other-${number}`, '--create-org'];
    const args = [tool, 'import', file, ...org, '--quiet', '--no-rejects', '--database', urlOf(target)];
    await measure(process.execPath, args);
  }
  rmSync(file);
  const database = await openDatabase(target);
  await database.execute(sql`vacuum analyze`);
  await database.close();
}

function last(measurements: Measurement[]): string | undefined {
  return measurements.at(-1)?.seconds.toFixed(2);
}

async function newDatabase(
  admin: Database,
  target: ConnectionTarget,
  name: string,
): Promise<ConnectionTarget> {
  await admin.execute(sql`drop database if exists ${raw(name)} with (force)`);
  await admin.execute(sql`create database ${raw(name)} template template0`);
  const created = { ...target, database: name };
  const database = await openDatabase(created);
  await migrate(database);
  await database.execute(sql`insert into org (slug, name) values ('bench', 'Bench')`);
  await database.close();
  return created;
}

/** What autovacuum does sooner or later: after a dry run it finds tables that have pages and no rows. */
async function analyze(target: ConnectionTarget): Promise<void> {
  const database = await openDatabase(target);
  await database.execute(sql`analyze`);
  await database.close();
}

/** A number that changes when any row was written again: the sum of all rows' places and transactions. */
async function rowVersions(target: ConnectionTarget): Promise<string> {
  const database = await openDatabase(target);
  const [sum] = await database.query<{ versions: string }>(sql`
    select (
      (select sum(hashtextextended(ctid::text || xmin::text, 0)::numeric) from customer)
      + (select sum(hashtextextended(ctid::text || xmin::text, 0)::numeric) from customer_contact)
    )::text as versions`);
  await database.close();
  return sum?.versions ?? '';
}

function urlOf({ user, host, port, database }: ConnectionTarget): string {
  return `postgres://${user}@:${port}/${database}?host=${encodeURIComponent(host)}`;
}

async function measureStartUp(target: ConnectionTarget): Promise<Record<string, number>> {
  const url = urlOf({ ...target, database: 'ours' });
  const commands: Record<string, string[]> = {
    'bare node': ['-e', ''],
    '--version': [tool, '--version'],
    search: [tool, 'search', 'huber 1', '--org', 'bench', '--database', url],
    show: [tool, 'show', '00000001', '--org', 'bench', '--database', url],
    list: [tool, 'list', '--org', 'bench', '--database', url],
  };
  const seconds: Record<string, number[]> = {};
  for (let repeat = 0; repeat < 21; repeat++) {
    for (const [name, args] of Object.entries(commands)) {
      const { seconds: taken } = await measure(process.execPath, args);
      if (repeat > 0) (seconds[name] ??= []).push(taken);
    }
  }
  return Object.fromEntries(Object.entries(seconds).map(([name, taken]) => [name, median(taken)]));
}

function pairTable(pairs: Pair[]): string {
  const lines = pairs.map(({ rows, case: name, ours, byHand }) => {
    const seconds = median(ours.map((run) => run.seconds));
    const hand = median(byHand.map((run) => run.seconds));
    const ratio = median(ours.map((run, index) => run.seconds / (byHand[index]?.seconds ?? Number.NaN)));
    const memory = ours.map((run) => run.megabytes).filter((value) => value !== undefined);
    const peak = memory.length === 0 ? '–' : Math.max(...memory).toFixed(0);
    return `| ${rows.toLocaleString('en')} | ${name} | ${seconds.toFixed(2)} | ${Math.round(rows / seconds).toLocaleString('en')} | ${peak} | ${hand.toFixed(2)} | ${ratio.toFixed(2)} |`;
  });
  return [
    '| rows | case | seconds | rows/s | peak MB | by hand, seconds | ours / by hand |',
    '|---:|---|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n');
}

function startUpTable(startUp: Record<string, number>): string {
  const bare = startUp['bare node'] ?? Number.NaN;
  const lines = Object.entries(startUp).map(
    ([name, seconds]) => `| ${name} | ${(seconds * 1000).toFixed(0)} | ${(seconds / bare).toFixed(2)} |`,
  );
  return ['| whole process | ms, median of 20 | times bare Node |', '|---|---:|---:|', ...lines].join('\n');
}

function describeMachine(server: string): string {
  const cpu = os.cpus()[0]?.model ?? 'unknown processor';
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${new Date().toISOString().slice(0, 10)}: ${os.cpus().length} × ${cpu}, ${memory} GB; Node ${process.versions.node}; Postgres ${server}, embedded, default settings.`;
}

const begin = '<!-- figures: written by npm run bench -->';
const end = '<!-- end of figures -->';

function writeReport(report: string): void {
  const file = path.join(root, 'docs', 'performance.md');
  const text = readFileSync(file, 'utf8');
  const [head, rest] = text.split(begin);
  const [, tail] = (rest ?? '').split(end);
  if (head === undefined || tail === undefined)
    throw new Error(`${file} lacks the lines between which the figures go`);
  writeFileSync(file, `${head}${begin}\n\n${report}\n${end}${tail}`);
}

await bench();
