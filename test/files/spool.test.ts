import { appendFile, readdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Source } from '../../src/files/source.ts';
import { openSource } from '../../src/files/source.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';
import { failureOf } from './csv/pieces.ts';

let directory: ThrowAwayDirectory;
beforeAll(async () => {
  directory = await throwAwayDirectory();
});
afterAll(() => directory.remove());

const text = Array.from({ length: 60_000 }, (_, index) => `${index},Müller\n`).join('');
const place = (name: string) => path.join(directory.path, name);
const open = (file: string, stdin: Readable = Readable.from([])) =>
  openSource(file, { stdin, cwd: directory.path });

async function textOf(source: Source): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of source.chunks) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function firstChunk(source: Source): Promise<Buffer | undefined> {
  for await (const chunk of source.chunks) return chunk;
  return undefined;
}

const ours = async () =>
  (await readdir(os.tmpdir())).filter((name) => /^orderflow-customers-[\da-f]{16}$/.test(name));

test.each([
  ['plain', Buffer.from(text)],
  ['gzip', gzipSync(text)],
])(
  'a file, %s, is read from its beginning each time, also when the time before broke off',
  async (_kind, bytes) => {
    await writeFile(place('twice.csv'), bytes);
    const source = await open('twice.csv');
    expect((await firstChunk(source))?.subarray(0, 9).toString()).toBe('0,Müller');
    expect(await textOf(source)).toBe(text);
    expect(await textOf(source)).toBe(text);
    expect(source.bytesRead()).toBe(bytes.length);
    source.close();
  },
);

test.each([
  ['plain', Buffer.from(text)],
  ['gzip', gzipSync(text)],
])('standard input, %s, is read from its beginning each time', async (_kind, bytes) => {
  const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 70_000), bytes.subarray(70_000)];
  const source = await open('-', Readable.from(pieces));
  expect((await firstChunk(source))?.subarray(0, 9).toString()).toBe('0,Müller');
  expect(await textOf(source)).toBe(text);
  expect(await textOf(source)).toBe(text);
  source.close();
});

test('the copy of standard input has no name that could be opened or left behind', async () => {
  const source = await open('-', Readable.from([Buffer.from(text)]));
  await firstChunk(source);
  expect(await ours()).toEqual([]);
  source.close();
});

test('a file that was changed between two readings is refused by the second', async () => {
  await writeFile(place('changing.csv'), text);
  const source = await open('changing.csv');
  await textOf(source);
  await appendFile(place('changing.csv'), 'one more\n');
  expect(await failureOf(textOf(source))).toMatchObject({
    code: 'file_changed',
    hint: 'run it again when the export that writes it has ended',
  });
  source.close();
});
