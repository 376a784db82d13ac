import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSeparatedText } from '../../src/files/csv/ascii-separators.ts';
import { readCsv } from '../support/csv.ts';
import { run } from '../support/run.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';

let directory: ThrowAwayDirectory;
beforeAll(async () => {
  directory = await throwAwayDirectory();
});
afterAll(() => directory.remove());

const [unit, record] = ['\x1f', '\x1e'];
const header = ['erp_customer_number', 'name', 'default_currency', 'default_language', 'notes'];
const rows = [
  ['00123', 'Müller "Bau", Söhne; GmbH', 'EUR', 'de-DE', 'Rampe 3\nbitte anrufen'],
  ['00124', 'Weiß AG', 'EUR', 'de-DE', ''],
];
const joined = (end: string, last = end) =>
  [header, ...rows].map((cells) => cells.join(unit)).join(end) + last;
const oneLine = rows.map((cells) => cells.map((cell) => cell.replace('\n', ' ')));

async function inspect(text: string, ...flags: string[]) {
  await writeFile(path.join(directory.path, 'a.txt'), text);
  return run(['inspect', 'a.txt', ...flags], { cwd: directory.path });
}

test.for([
  ['a record separator', joined(record), rows],
  ['none behind the last record', joined(record, ''), rows],
  ['a line end behind each', joined(`${record}\n`), rows],
  ['CRLF behind each', joined(`${record}\r\n`), rows],
  ['a byte order mark in front', `\ufeff${joined(record)}`, rows],
  [
    'line ends in their place',
    [header, ...oneLine].map((cells) => `${cells.join(unit)}\n`).join(''),
    oneLine,
  ],
] as const)('cells between unit separators are read: %s', async ([, text, expected]) => {
  for (const name of ['0x1f', '\\x1F', unit]) {
    const found = await inspect(text, '--delimiter', name, '--rows', '-');
    expect(found.exitCode).toBe(0);
    expect(readCsv(found.stdout)).toEqual([header, ...expected]);
  }
});

test('wherever the pieces of a file end', async () => {
  const text = joined(`${record}\r\n`);
  const whole = [header, ...rows].map((cells) => `${cells.join(unit).replace('\n', record)}\n`).join('');
  for (let size = 1; size < 30; size++) {
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_piece, index) =>
      text.slice(index * size, (index + 1) * size),
    );
    const separated = createSeparatedText(
      (async function* () {
        yield* pieces;
      })(),
    );
    let read = '';
    for await (const piece of separated.texts) read += piece;
    expect(read).toBe(whole);
  }
});

test('a file with them leads to the flag', async () => {
  const { exitCode, stderr } = await inspect(joined(record));
  expect(exitCode).toBe(5);
  expect(stderr).toContain('--delimiter 0x1f');
});
