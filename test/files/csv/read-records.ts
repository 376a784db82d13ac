import type { RecordFault } from '../../../src/files/table.ts';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RecordFormat } from '../../../src/files/csv/record-format.ts';
import { createRecordReader } from '../../../src/files/csv/records.ts';

export interface Outcome {
  records: { cells: string[]; line: number; raw: string }[];
  faults: RecordFault[];
  /** The numbers of blank lines. */
  blank: number[];
}

/** A reader, and what it has found so far. */
export function reading(format: Partial<RecordFormat> = {}, expected?: number) {
  const outcome: Outcome = { records: [], faults: [], blank: [] };
  const reader = createRecordReader(
    { delimiter: ',', ...format },
    {
      record: (cells, line, raw) => outcome.records.push({ cells, line, raw: raw() }),
      fault: (fault) => outcome.faults.push(fault),
      blank: (line) => outcome.blank.push(line),
    },
  );
  if (expected !== undefined) reader.expectCells(expected);
  return { reader, outcome };
}

/** What a text has in it, read in one piece. */
export function read(text: string, format: Partial<RecordFormat> = {}, expected?: number): Outcome {
  return readPieces(text, [], format, expected);
}

/** The same, read in pieces of these sizes, and what is left in one. */
export function readPieces(
  text: string,
  sizes: number[],
  format: Partial<RecordFormat> = {},
  expected?: number,
): Outcome {
  const { reader, outcome } = reading(format, expected);
  let start = 0;
  for (const size of [...sizes, text.length]) {
    if (start < text.length) reader.push(text.slice(start, start + size));
    start += size;
  }
  reader.end();
  return outcome;
}

/** The physical lines of a text, as an editor shows them; none behind the last line end. */
export function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

v8.setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use once everything is gone that nobody holds. */
export function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const counted = {
  indexOf: (text: string, [, from = 0]: [string, number?], found: number) =>
    (found < 0 ? text.length : found + 1) - from,
  includes: (text: string) => text.length,
  split: (text: string) => text.length,
  replaceAll: (text: string) => text.length,
};

/** How many characters the string methods that search look at while `run` runs. */
export function countWork(run: () => unknown): number {
  const strings: object = String.prototype;
  let looked = 0;
  const methods = Object.entries(counted).map(([name, work]) => {
    const whole = Object.getOwnPropertyDescriptor(strings, name) as PropertyDescriptor;
    function counting(this: string, ...args: unknown[]): unknown {
      const result: unknown = Reflect.apply(whole.value, this, args);
      looked += work(this, args as [string, number?], result as number);
      return result;
    }
    return { name, whole, counting };
  });
  for (const { name, whole, counting } of methods)
    Object.defineProperty(strings, name, { ...whole, value: counting });
  try {
    run();
  } finally {
    for (const { name, whole } of methods) Object.defineProperty(strings, name, whole);
  }
  return looked;
}
