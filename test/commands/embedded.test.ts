import { stat } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { embeddedPlace } from '../../src/store/embedded/place.ts';
import { startEmbedded } from '../../src/store/embedded/server.ts';
import { run } from '../support/run.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';

let throwAway: ThrowAwayDirectory;
let homeDirectory: string;
let directory: string;

beforeAll(async () => {
  throwAway = await throwAwayDirectory();
  homeDirectory = throwAway.path;
  directory = (await embeddedPlace({ homeDirectory, env: {} })).directory;
});

afterAll(async () => {
  await run(['embedded', 'remove', '--yes'], { homeDirectory });
  await throwAway.remove();
});

async function start(): Promise<void> {
  await startEmbedded({ homeDirectory, env: { PATH: process.env['PATH'] }, settings: { fsync: 'off' } });
}

test('before its first use there is nothing, and looking makes nothing', async () => {
  expect((await run(['embedded', 'status', '--json'], { homeDirectory })).json()).toEqual({
    ok: true,
    directory,
    exists: false,
    running: false,
    pid: null,
    socket: null,
    postgres_version: null,
    size_bytes: 0,
  });
  expect((await run(['embedded', 'stop', '--json'], { homeDirectory })).json()).toEqual({
    ok: true,
    stopped: false,
  });
  const removed = await run(['embedded', 'remove'], { homeDirectory });
  expect(removed).toMatchObject({ exitCode: 0, stdout: 'no embedded database to delete\n' });
  await expect(stat(directory)).rejects.toThrow('ENOENT');
});

test('status shows where it is and how to inspect it', async () => {
  await start();
  const piped = await run(['embedded', 'status'], { homeDirectory });
  expect(piped.exitCode).toBe(0);
  expect(piped.stdout).toMatch(/^state\trunning \(process \d+\)\n/);
  expect(piped.stdout).toContain(`directory\t${directory}\nversion\tPostgres 18\nsize\t`);
  expect(piped.stdout).toContain(`psql\tpsql -h ${directory}/socket -U postgres orderflow\n`);
  const shown = await run(['embedded', 'status'], { homeDirectory, terminal: { columns: 80 } });
  expect(shown.stdout).toMatch(/^size +\d+ MB$/m);
  const { running, size_bytes: size } = (
    await run(['embedded', 'status', '--json'], { homeDirectory })
  ).json();
  expect({ running, plausible: size > 20_000_000 && size < 200_000_000 }).toEqual({
    running: true,
    plausible: true,
  });
});

test('stop stops it, and a second stop succeeds', async () => {
  await start();
  expect(await run(['embedded', 'stop'], { homeDirectory })).toMatchObject({
    exitCode: 0,
    stdout: 'stopped the embedded database\n',
  });
  expect(await run(['embedded', 'stop'], { homeDirectory })).toMatchObject({
    exitCode: 0,
    stdout: 'the embedded database was not running\n',
  });
  expect((await run(['embedded', 'status'], { homeDirectory })).stdout).toMatch(/^state\tstopped\n/);
});

test('remove deletes nothing without confirmation', async () => {
  await start();
  const unasked = await run(['embedded', 'remove', '--json'], { homeDirectory });
  expect(unasked.exitCode).toBe(5);
  expect(unasked.json().error).toMatchObject({
    code: 'confirmation_required',
    hint: expect.stringContaining('--yes'),
  });
  const stdin = new PassThrough();
  // What is typed before the question is asked does not answer it.
  const typing = setInterval(() => stdin.write('n\n'), 100);
  const asked = await run(['embedded', 'remove'], { homeDirectory, stdin, terminal: { columns: 200 } });
  clearInterval(typing);
  expect(asked).toMatchObject({ exitCode: 5, stderr: expect.stringContaining(directory) });
  expect((await run(['embedded', 'status', '--json'], { homeDirectory })).json().running).toBe(true);
});

test('remove --yes stops it and deletes its directory', async () => {
  await start();
  const removed = await run(['embedded', 'remove', '--yes'], { homeDirectory });
  expect(removed).toMatchObject({ exitCode: 0, stdout: `deleted the embedded database in ${directory}\n` });
  await expect(stat(directory)).rejects.toThrow('ENOENT');
});
