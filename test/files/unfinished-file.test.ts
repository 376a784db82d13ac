import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createUnfinishedFile, machineDigest } from '../../src/files/unfinished-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'orderflow-unfinished-'));
});
afterEach(() => rm(directory, { recursive: true }));

const place = (name: string) => path.join(directory, name);

/** The hidden name that an unfinished file has now, and what it would be for another process. */
async function hiddenName(target: string): Promise<string> {
  const file = createUnfinishedFile(target);
  await file.open();
  const name = path.basename(file.temporary());
  await file.discard();
  return name;
}

/** The number of a process that has ended. */
function endedProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

test('a file has its name only when all of it is there', async () => {
  const file = createUnfinishedFile(place('out.csv'));
  await file.write('half');
  expect(await readdir(directory)).toEqual([path.basename(file.temporary())]);
  await file.write(' and half');
  await file.finish();
  expect(await readdir(directory)).toEqual(['out.csv']);
  expect(await readFile(place('out.csv'), 'utf8')).toBe('half and half');
});

test('what a killed process has left is removed by the next run', async () => {
  const name = await hiddenName(place('out.csv'));
  const left = name.replace(`-${process.pid}-`, `-${endedProcess()}-`);
  await writeFile(place(left), 'customer data');
  const file = createUnfinishedFile(place('out.csv'));
  await file.write('x');
  await file.finish();
  expect(await readdir(directory)).toEqual(['out.csv']);
});

test.each([
  ['of a process that runs', (name: string) => name.replace(`-${process.pid}-`, `-${process.ppid}-`)],
  ['of this process', (name: string) => name.replace(/-[\da-f]{8}\.tmp$/, '-00000000.tmp')],
  [
    'of another machine',
    (name: string) => name.replace(/csv\.[\da-f]{8}-\d+/, `csv.00000000-${endedProcess()}`),
  ],
  ['of another file', (name: string) => name.replace('out.csv', 'other.csv')],
  ['with a longer name', (name: string) => `${name}.csv`],
])('a file %s stays', async (_what, change) => {
  const kept = change(await hiddenName(place('out.csv')));
  await writeFile(place(kept), '');
  const file = createUnfinishedFile(place('out.csv'));
  await file.write('x');
  await file.finish();
  expect((await readdir(directory)).toSorted()).toEqual([kept, 'out.csv'].toSorted());
});

test('two runs into one directory leave each other’s files alone', async () => {
  const files = ['a', 'b'].map((text) => ({ text, file: createUnfinishedFile(place('out.csv')) }));
  for (const { text, file } of files) await file.write(text);
  for (const { file } of files) await file.finish();
  expect(await readdir(directory)).toEqual(['out.csv']);
  expect(await readFile(place('out.csv'), 'utf8')).toBe('b');
});

test('a link at the name is followed, and one at a hidden name is not', async () => {
  await writeFile(place('mine.txt'), 'mine');
  await symlink('mine.txt', place(`.out.csv.${process.pid}.tmp`));
  const file = createUnfinishedFile(place('out.csv'), { mode: 0o600 });
  await file.write('rejected');
  await file.finish();
  expect(await readFile(place('mine.txt'), 'utf8')).toBe('mine');
  expect((await stat(place('out.csv'))).mode & 0o777).toBe(0o600);
});

test('another container, another boot and a system that shows neither are other machines', async () => {
  const systems = [
    ['boot 1', 'pid:[1]'],
    ['boot 1', 'pid:[2]'],
    ['boot 2', 'pid:[1]'],
  ] as const;
  const digests = await Promise.all(
    systems.map(async ([boot, namespace], index) => {
      const proc = place(`proc ${index}`);
      await mkdir(path.join(proc, 'sys/kernel/random'), { recursive: true });
      await mkdir(path.join(proc, 'self/ns'), { recursive: true });
      await writeFile(path.join(proc, 'sys/kernel/random/boot_id'), boot);
      await symlink(namespace, path.join(proc, 'self/ns/pid'));
      return await machineDigest(proc);
    }),
  );
  digests.push(await machineDigest(place('nowhere')));
  expect(new Set(digests).size).toBe(4);
  expect(await machineDigest(place('proc 0'))).toBe(digests[0]);
});
