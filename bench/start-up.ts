import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { Bench } from './databases.ts';
import { importWithTool, newDatabase, tool, urlOf } from './databases.ts';
import { writeGeneratedFile } from './generate-customers.ts';
import { measure, median } from './measure.ts';

export interface StartUpRow {
  name: string;
  /** On the clock, each run. */
  milliseconds: number[];
  /** User and system, the mean of the runs; undefined where the system does not tell (no /proc). */
  processorMilliseconds: number | undefined;
}

const repeats = 20;
const customers = 10_000;

/** Whole processes, in turn with a bare Node. */
export async function measureStartUp(bench: Bench): Promise<StartUpRow[]> {
  const target = await newDatabase(bench, 'start_up');
  await importWithTool(target, await writeGeneratedFile(`${bench.directory}/start-up.csv`, customers));
  const url = urlOf(target);
  const commands: Record<string, string[]> = {
    'bare node': ['-e', ''],
    '`--version`': [tool, '--version'],
    '`--help`': [tool, '--help'],
    '`import --help`': [tool, 'import', '--help'],
    'Tab (`__complete`) for a command': [tool, '__complete', 'bash', '--', 'im'],
    'Tab for an organization': [tool, '__complete', 'bash', '--', 'list', '--database', url, '--org', 'be'],
    '`show`': [tool, 'show', '00000001', '--org', 'bench', '--database', url],
    '`list`': [tool, 'list', '--org', 'bench', '--database', url],
    '`search`': [tool, 'search', 'huber 1', '--org', 'bench', '--database', url],
  };
  const rows = Object.keys(commands).map((name): StartUpRow & { ticks: number } => ({
    name,
    milliseconds: [],
    processorMilliseconds: undefined,
    ticks: 0,
  }));
  for (let repeat = 0; repeat <= repeats; repeat++) {
    for (const row of rows) {
      const before = ticksOfChildren();
      const { seconds } = await measure(process.execPath, commands[row.name] as string[]);
      // The first round warms up.
      if (repeat === 0) continue;
      row.milliseconds.push(seconds * 1000);
      row.ticks += ticksOfChildren() - before;
      row.processorMilliseconds = (row.ticks * 10) / repeats || undefined;
    }
  }
  return rows;
}

/** Hundredths of a second of all children that have ended (proc_pid_stat(5): cutime and cstime). */
function ticksOfChildren(): number {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[13]) + Number(fields[14]);
  } catch {
    return 0;
  }
}

export function startUpTable(rows: StartUpRow[]): string {
  const [bare] = rows;
  const lines = rows.map(({ name, milliseconds, processorMilliseconds }) => {
    const clock = median(milliseconds);
    const times = median(milliseconds.map((each, index) => each / (bare?.milliseconds[index] ?? Number.NaN)));
    const ofBare = (processorMilliseconds ?? Number.NaN) / (bare?.processorMilliseconds ?? Number.NaN);
    const cells = [name, clock.toFixed(0), times.toFixed(2), processorMilliseconds?.toFixed(0) ?? '–'];
    return `| ${[...cells, Number.isNaN(ofBare) ? '–' : ofBare.toFixed(2)].join(' | ')} |`;
  });
  return [
    `| whole process | ms, median of ${repeats} | times bare Node | processor, ms | times bare Node |`,
    '|---|---:|---:|---:|---:|',
    ...lines,
  ].join('\n');
}
