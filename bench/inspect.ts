import { rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { openSource } from '../src/files/source.ts';
import { openTableFile } from '../src/files/table-file.ts';
import { knownField } from '../src/import/columns/header-names.ts';
import type { Bench } from './databases.ts';
import { tool } from './databases.ts';
import { writeGeneratedFile } from './generate-customers.ts';
import type { Measurement } from './measure.ts';
import { measure, median } from './measure.ts';

export interface InspectRow {
  rows: number;
  inspect: Measurement[];
  /** Deciding the encoding, decoding and cutting into cells, and nothing done with them. */
  cutting: Measurement[];
}

export async function measureInspect({ directory }: Bench, rows: number): Promise<InspectRow> {
  const file = await writeGeneratedFile(path.join(directory, `${rows}-inspect.csv`), rows);
  const row: InspectRow = { rows, inspect: [], cutting: [] };
  for (let repeat = 0; repeat < (rows <= 200_000 ? 5 : 3); repeat++) {
    row.inspect.push(await measure(process.execPath, [tool, 'inspect', file, '--quiet']));
    row.cutting.push(await measure(process.execPath, [process.argv[1] as string, '--cut', file]));
  }
  rmSync(file);
  process.stderr.write(`${rows} rows, inspect: ${row.inspect.at(-1)?.seconds.toFixed(2)} s\n`);
  return row;
}

/** What a process of its own does that was started with `--cut FILE`. */
export async function cut(file: string): Promise<void> {
  const source = await openSource(file, { stdin: process.stdin, cwd: process.cwd() });
  const table = await openTableFile(source, { columnKey: knownField });
  let cells = 0;
  const handler = { row: (row: string[]) => void (cells += row.length), fault() {} };
  const reading = table.read(handler);
  while ((await reading.next()).done !== true);
  source.close();
  process.stdout.write(`${cells}\n`);
}

export function inspectTable(measured: InspectRow[]): string {
  const lines = measured.map(({ rows, inspect, cutting }) => {
    const [ours, alone] = [inspect, cutting].map((runs) => median(runs.map((run) => run.seconds))) as [
      number,
      number,
    ];
    const cells = [rows.toLocaleString('en'), ours.toFixed(2), alone.toFixed(2), (ours / alone).toFixed(2)];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| rows | `inspect`, s | cutting alone, s | `inspect` / cutting |',
    '|---:|---:|---:|---:|',
    ...lines,
  ].join('\n');
}
