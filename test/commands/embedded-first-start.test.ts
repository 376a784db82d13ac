import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { embeddedPlace } from '../../src/store/embedded/place.ts';
import { run } from '../support/run.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';
import { buildTool } from '../support/tool.ts';

/* The embedded database is made by the first command that needs it, in a process of its own. */

const bin = new URL('../../bin/orderflow-customers.js', import.meta.url).pathname;
let home: ThrowAwayDirectory;
let directory: string;

beforeAll(buildTool);
beforeEach(async () => {
  home = await throwAwayDirectory();
  directory = (await embeddedPlace({ homeDirectory: home.path, env: {} })).directory;
});
afterEach(async () => {
  await run(['embedded', 'remove', '--yes'], { homeDirectory: home.path });
  await home.remove();
});

function start(argv: string[]) {
  const child = spawn(process.execPath, [bin, ...argv], {
    env: { PATH: process.env['PATH'], HOME: home.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let stdout = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  return once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number, stdout, stderr }));
}

test('says that it makes the database, and where; later starts say nothing', async () => {
  const first = await start(['org', 'list']);
  expect(first.exitCode).toBe(0);
  expect(first.stderr).toContain(`first start: creating the embedded database in ${directory} …\n`);
  const second = await start(['org', 'list']);
  expect(second.stderr).not.toContain('first start');
});

test('says nothing with --quiet, and leaves standard output alone', async () => {
  const { exitCode, stdout, stderr } = await start(['org', 'list', '--json', '--quiet']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ items: [] });
});

test.each([0, 150, 400, 1000, 2000])(
  'remove --yes while it is being made (%d ms after its beginning) removes all of it',
  async (milliseconds) => {
    const starting = start(['org', 'list']);
    while ((await readdir(directory).catch((): string[] => [])).length === 0) await delay(5);
    await delay(milliseconds);
    const removed = await run(['embedded', 'remove', '--yes'], { homeDirectory: home.path });
    expect(removed).toMatchObject({ exitCode: 0, stdout: `deleted the embedded database in ${directory}\n` });
    const started = await starting;
    // It fails because of this, or was quick enough; how far it got depends on the machine.
    expect([0, 7]).toContain(started.exitCode);
    expect(started.stderr).not.toMatch(/unexpected|could not make/);
    await expect(readdir(directory)).rejects.toThrow('ENOENT');
  },
);

test('what is not the tool’s own stays where it is', async () => {
  const { exitCode } = await start(['org', 'list']);
  expect(exitCode).toBe(0);
  await writeFile(path.join(directory, 'notes.txt'), 'mine');
  await run(['embedded', 'remove', '--yes'], { homeDirectory: home.path });
  expect(await readdir(directory)).toEqual(['notes.txt']);
});
