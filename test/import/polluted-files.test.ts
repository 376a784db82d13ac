import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { inspectFile } from '../../src/import/inspect-file.ts';
import { openSource } from '../../src/import/source.ts';
import type { PollutedFile } from '../support/polluted-files.ts';
import { filesWithOneFault, oddFiles } from '../support/polluted-files.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'polluted-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What is silently wrong: rows taken that were not meant so, rows missing that no line of the report names. */
async function silentlyWrong({
  text,
  rows,
  lines,
}: PollutedFile): Promise<'refused' | { wrong: string[]; unnamed: string[] }> {
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
    return { wrong, unnamed };
  } catch (error) {
    if (error instanceof Failure) return 'refused';
    throw error;
  } finally {
    source.close();
  }
}

test('of files with one damaged row, none is silently wrong', { timeout: 120_000 }, async () => {
  let refused = 0;
  for (const file of filesWithOneFault(400, 7)) {
    const result = await silentlyWrong(file);
    if (result === 'refused') refused++;
    else expect(result, file.name).toEqual({ wrong: [], unnamed: [] });
  }
  // A refusal is safe, but one bad row is no reason for it.
  expect(refused).toBeLessThan(20);
});

test.each([...oddFiles(11)].map((file) => [file.name, file] as const))(
  'is not silently wrong about %s',
  async (_name, file) => {
    const result = await silentlyWrong(file);
    if (result !== 'refused') expect(result).toEqual({ wrong: [], unnamed: [] });
  },
);

test.each(
  [...oddFiles(11)]
    .filter(({ name }) =>
      /^(?:delimiter "[,;|]"|delimiter "\\t"|quote '|line ends|no line|blank|a preamble|a sum|a note|the header again)/.test(
        name,
      ),
    )
    .map((file) => [file.name, file] as const),
)('reads %s and refuses nothing of it', async (_name, file) => {
  expect(await silentlyWrong(file)).toEqual({ wrong: [], unnamed: [] });
});
