import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Bench } from './databases.ts';
import { addOrgs, importWithTool, newDatabase } from './databases.ts';
import { writeGeneratedFile } from './generate-customers.ts';

export interface AtOnceRow {
  organizations: number;
  rowsEach: number;
  /** Seconds until the last import has ended. */
  fresh: number;
  unchanged: number;
}

/** Imports of several organizations into one database at the same time, a process each. */
export async function measureAtOnce(bench: Bench, rowsEach: number): Promise<AtOnceRow[]> {
  const file = await writeGeneratedFile(path.join(bench.directory, 'each.csv'), rowsEach);
  const measured: AtOnceRow[] = [];
  for (const organizations of [1, 2, 4, 8]) {
    const target = await newDatabase(bench, 'at_once');
    const slugs = Array.from({ length: organizations }, (_, index) => `org-${index + 1}`);
    await addOrgs(target, slugs);
    const importAll = async () => {
      const started = performance.now();
      await Promise.all(slugs.map((slug) => importWithTool(target, file, [], slug)));
      return (performance.now() - started) / 1000;
    };
    const fresh = await importAll();
    const unchanged = await importAll();
    measured.push({ organizations, rowsEach, fresh, unchanged });
    process.stderr.write(`${organizations} organizations at once: ${fresh.toFixed(2)} s\n`);
  }
  rmSync(file);
  return measured;
}

export function atOnceTable(measured: AtOnceRow[]): string {
  const lines = measured.map(({ organizations, rowsEach, fresh, unchanged }) => {
    const rate = (seconds: number) => Math.round((organizations * rowsEach) / seconds).toLocaleString('en');
    const cells = [
      organizations,
      rowsEach.toLocaleString('en'),
      fresh.toFixed(2),
      rate(fresh),
      unchanged.toFixed(2),
      rate(unchanged),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| organizations at once | rows each | fresh, s | rows/s in all | unchanged, s | rows/s in all |',
    '|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n');
}
