import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { inspectFile } from '../../src/import/inspect-file.ts';
import { openSource } from '../../src/files/source.ts';
import type { PollutedFile } from '../support/polluted-files.ts';
import { filesWithFaultsAcrossRows, filesWithOneFault, oddFiles } from '../support/polluted-files.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'polluted-'));
afterAll(() => rmSync(directory, { recursive: true }));

interface Judgement {
  refused: boolean;
  wrong: string[];
  unnamed: string[];
}

const refusal: Judgement = { refused: true, wrong: [], unnamed: [] };
const right: Judgement = { refused: false, wrong: [], unnamed: [] };

/** What is silently wrong: rows taken that were not meant so, rows missing that no line of the report names. */
async function judge({ text, rows, lines }: PollutedFile): Promise<Judgement> {
  const file = path.join(directory, 'polluted.csv');
  writeFileSync(file, text);
  const source = await openSource(file, { stdin: Readable.from([]), cwd: directory });
  const taken: string[] = [];
  try {
    const { report } = await inspectFile({
      source,
      defaults: {},
      onRow: (cells) => taken.push(JSON.stringify(cells)),
      signal: new AbortController().signal,
    });
    const left = rows.map((row) => JSON.stringify(row));
    const wrong = taken.slice(1).filter((row) => {
      const index = left.indexOf(row);
      if (index >= 0) left.splice(index, 1);
      return index < 0;
    });
    const named = new Set(report.rejected.map(({ line }) => line));
    const unnamed = left.filter((missing) => {
      const row = lines[rows.findIndex((candidate) => JSON.stringify(candidate) === missing)] as string;
      const begin = text.slice(0, text.indexOf(row)).split(/\r\n|\n|\r/).length;
      return !row.split('\n').some((_line, offset) => named.has(begin + offset));
    });
    return { refused: false, wrong, unnamed };
  } catch (error) {
    if (error instanceof Failure) return refusal;
    throw error;
  } finally {
    source.close();
  }
}

test('of files with one damaged row, none is silently wrong', { timeout: 120_000 }, async () => {
  const files = [...filesWithOneFault(400, 7)];
  const judged: (Judgement & { name: string })[] = [];
  for (const file of files) judged.push({ name: file.name, ...(await judge(file)) });
  expect(judged.filter(({ wrong, unnamed }) => wrong.length + unnamed.length > 0)).toEqual([]);
  // A refusal is safe, but one bad row is no reason for it.
  expect(judged.filter(({ refused }) => refused).length).toBeLessThan(20);
});

test('of files with a fault across rows, none is silently wrong', { timeout: 120_000 }, async () => {
  const judged: (Judgement & { name: string })[] = [];
  for (const file of filesWithFaultsAcrossRows(150, 5))
    judged.push({ name: file.name, ...(await judge(file)) });
  expect(judged.filter(({ wrong, unnamed }) => wrong.length + unnamed.length > 0)).toEqual([]);
  expect(judged.filter(({ refused }) => refused).length).toBeLessThan(10);
});

const odd = [...oddFiles(11)].map((file) => [file.name, file] as const);

test.each(odd)('is not silently wrong about a file with %s', async (_name, file) => {
  expect([right, refusal]).toContainEqual(await judge(file));
});

const readable =
  /^(?:delimiter "(?:[,;|]|\\t)"|quote '|line ends|no line|blank|a preamble|a sum|a note|the header again|notes|doubled)/;

test.each(odd.filter(([name]) => readable.test(name)))(
  'takes a file with %s as it was meant',
  async (_name, file) => {
    expect(await judge(file)).toEqual(right);
  },
);
