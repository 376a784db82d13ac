import { rmSync } from 'node:fs';
import path from 'node:path';
import type { ConnectionTarget } from '../src/store/connection/target.ts';
import type { Bench } from './databases.ts';
import {
  addOtherCustomers,
  analyze,
  bareDatabase,
  importByHand,
  importWithTool,
  newDatabase,
  rowVersions,
} from './databases.ts';
import { writeGeneratedFile } from './generate-customers.ts';
import type { Measurement } from './measure.ts';
import { median } from './measure.ts';
import type { RowName } from './options.ts';

const titles = {
  'first-load': 'first load, empty tables',
  fresh: 'fresh',
  'dry-run': 'after a dry run',
  unchanged: 'unchanged',
  changed: '1 % changed',
  'all-changed': 'all changed',
} as const satisfies Partial<Record<RowName, string>>;
type Case = keyof typeof titles;

export interface ImportRow {
  rows: number;
  case: Case;
  ours: Measurement[];
  /** By hand on the same schema; on OrderFlow's own one, for new customers. */
  byHand: Measurement[];
  bare: Measurement[];
}

/** Ours and by hand in turn, so that both meet the machine in the same mood. */
export async function measureImports(
  bench: Bench,
  rows: number,
  only: ReadonlySet<RowName>,
): Promise<ImportRow[]> {
  const cases = (Object.keys(titles) as Case[]).filter((name) => only.has(name));
  if (cases.length === 0) return [];
  const files = await writeFiles(bench, rows);
  const measured = cases.map((name): ImportRow => ({ rows, case: name, ours: [], byHand: [], bare: [] }));
  const repeats = rows <= 10_000 ? 5 : rows <= 200_000 ? 2 : 1;
  for (let repeat = 0; repeat < repeats; repeat++) {
    let pair: Pair | undefined;
    for (const row of measured) {
      pair = await prepare(bench, { name: row.case, rows, files, before: pair });
      await measureCase(bench, { row, pair, files });
    }
  }
  for (const file of Object.values(files)) rmSync(file);
  return measured;
}

interface Files {
  plain: string;
  changed: string;
  allChanged: string;
  other: string;
}

async function writeFiles({ directory }: Bench, rows: number): Promise<Files> {
  const write = (name: string, count: number, changeEvery = 0) =>
    writeGeneratedFile(path.join(directory, `${name}.csv`), count, changeEvery);
  return {
    plain: await write(`${rows}`, rows),
    changed: await write(`${rows}-changed`, rows, 100),
    allChanged: await write(`${rows}-all-changed`, rows, 1),
    other: await write(`${rows}-other`, 1000),
  };
}

interface Pair {
  ours: ConnectionTarget;
  byHand: ConnectionTarget;
  /** Whether the customers of the file are in both. */
  isFilled: boolean;
}

/** The databases as the case needs them: those of the case before it where that is the same. */
async function prepare(
  bench: Bench,
  { name, rows, files, before }: { name: Case; rows: number; files: Files; before: Pair | undefined },
): Promise<Pair> {
  const isNew = name === 'first-load' || name === 'fresh' || name === 'dry-run';
  if (!isNew && before?.isFilled === true) return before;
  const pair = {
    ours: await newDatabase(bench, 'ours'),
    byHand: await newDatabase(bench, 'by_hand'),
    isFilled: true,
  };
  if (name === 'fresh')
    for (const target of [pair.ours, pair.byHand]) await addOtherCustomers(bench, target, files.other);
  if (name === 'dry-run') {
    await importWithTool(pair.ours, files.plain, ['--dry-run']);
    await analyze(pair.ours);
  }
  if (isNew) return pair;
  await importWithTool(pair.ours, files.plain);
  if (hasByHand(rows)) await importByHand(bench, pair.byHand, files.plain);
  return pair;
}

async function measureCase(
  bench: Bench,
  { row, pair, files }: { row: ImportRow; pair: Pair; files: Files },
): Promise<void> {
  const file = { changed: files.changed, 'all-changed': files.allChanged }[row.case as string] ?? files.plain;
  const before = row.case === 'unchanged' ? await rowVersions(pair.ours) : undefined;
  row.ours.push(await importWithTool(pair.ours, file));
  if (before !== undefined && before !== (await rowVersions(pair.ours)))
    throw new Error('an unchanged row was written');
  if (!hasByHand(row.rows)) return;
  row.byHand.push(await importByHand(bench, pair.byHand, file));
  if (row.case === 'first-load' || row.case === 'fresh') {
    const bare = await bareDatabase(bench, 'bare');
    if (row.case === 'fresh') await addOtherCustomers(bench, bare, files.other);
    row.bare.push(await importByHand(bench, bare, file));
  }
  const [ours, byHand, bare] = [row.ours, row.byHand, row.bare].map((runs) =>
    runs.at(-1)?.seconds.toFixed(2),
  );
  process.stderr.write(
    `${row.rows} rows, ${titles[row.case]}: ours ${ours} s, by hand ${byHand} s, bare ${bare ?? '–'}\n`,
  );
}

/** At 10,000,000 it takes half an hour, for a figure that the smaller sizes give as well. */
function hasByHand(rows: number): boolean {
  return rows <= 1_000_000;
}

export function importTable(measured: ImportRow[]): string {
  const lines = measured.map(({ rows, case: name, ours, byHand, bare }) => {
    const seconds = median(ours.map((run) => run.seconds));
    const memory = ours.map((run) => run.megabytes).filter((value) => value !== undefined);
    const peak = memory.length === 0 ? '–' : Math.max(...memory).toFixed(0);
    const perSecond = Math.round(rows / seconds).toLocaleString('en');
    const cells = [rows.toLocaleString('en'), titles[name], seconds.toFixed(2), perSecond, peak];
    return `| ${[...cells, ...comparison(ours, byHand), ...comparison(ours, bare)].join(' | ')} |`;
  });
  return [
    '| rows | case | seconds | rows/s | peak MB | by hand, s | ours / by hand | on OrderFlow’s schema, s | ours / that |',
    '|---:|---|---:|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n');
}

function comparison(ours: Measurement[], others: Measurement[]): string[] {
  if (others.length === 0) return ['–', '–'];
  const ratios = ours.map((run, index) => run.seconds / (others[index]?.seconds ?? Number.NaN));
  return [median(others.map((run) => run.seconds)).toFixed(2), median(ratios).toFixed(2)];
}
