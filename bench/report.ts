import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Measures a table and states what else the machine did: without that, no figure can be compared. */
export async function withLoad(measureTable: () => Promise<string>): Promise<string> {
  const before = load();
  const table = await measureTable();
  return `${table}\n\nLoad of the machine (processes that run or wait, 1 minute) before: ${before}, after: ${load()}.`;
}

function load(): string {
  return (os.loadavg()[0] ?? Number.NaN).toFixed(2);
}

export function describeMachine(server: string): string {
  const cpu = os.cpus()[0]?.model ?? 'unknown processor';
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${new Date().toISOString().slice(0, 10)}: ${os.cpus().length} × ${cpu}, ${memory} GB; Node ${process.versions.node}; Postgres ${server}, embedded, default settings.`;
}

const begin = '<!-- figures: written by npm run bench -->';
const end = '<!-- end of figures -->';

export function writeReport(report: string): void {
  const file = path.join(process.cwd(), 'docs', 'performance.md');
  const text = readFileSync(file, 'utf8');
  const [head, rest] = text.split(begin);
  const [, tail] = (rest ?? '').split(end);
  if (head === undefined || tail === undefined)
    throw new Error(`${file} lacks the lines between which the figures go`);
  writeFileSync(file, `${head}${begin}\n\n${report}\n${end}${tail}`);
}
