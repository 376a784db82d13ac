import { execFileSync } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, readlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { Tool } from '../support/tool.ts';
import { buildTool, startTool } from '../support/tool.ts';

/* Files that are pipes, read by a process of its own: what is waited for must not outlive a signal. */

let setting: ImportSetting;
let writer: FileHandle | undefined;
let tools = 0;
beforeAll(async () => {
  [setting] = await Promise.all([importSetting(), buildTool()]);
});
afterEach(async () => {
  await writer?.close();
  writer = undefined;
});
afterAll(() => setting.close());

const text = csv(
  ['1', '2', '3'].map((number) => customerRow({ erp_customer_number: number, name: `Kunde ${number}` })),
);

/** A working directory with a named pipe in it. */
async function directoryWithPipe(): Promise<{ cwd: string; pipe: string }> {
  const cwd = path.join(setting.directory, String(++tools));
  await mkdir(cwd);
  const pipe = path.join(cwd, 'pipe');
  execFileSync('mkfifo', [pipe]);
  return { cwd, pipe };
}

/** Waits until the tool has opened what `place` names. */
async function untilOpened({ pid }: Tool, place: string): Promise<void> {
  for (const started = performance.now(); performance.now() - started < 20_000; await delay(5)) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = await Promise.all(
      descriptors.map((each) => readlink(`/proc/${pid}/fd/${each}`).catch(() => '')),
    );
    if (links.includes(place)) return;
  }
  throw new Error(`${place} was never opened`);
}

async function importOf(name: string, cwd: string, flags: string[] = []): Promise<Tool> {
  const org = await setting.newOrg();
  return startTool(['import', name, '--org', org.slug, '--json', ...flags], {
    database: setting.server,
    cwd,
  });
}

describe.for([
  ['SIGTERM', 143, 'terminated'],
  ['SIGINT', 130, 'interrupted'],
] as const)('%s ends an import at once', ([signal, exitCode, code]) => {
  async function endOf(tool: Tool): Promise<unknown> {
    tool.kill(signal);
    const result = await tool.ended;
    return { exitCode: result.exitCode, code: JSON.parse(result.stdout).error.code };
  }

  test('that waits for the first writer of a named pipe', async () => {
    const { cwd, pipe } = await directoryWithPipe();
    const tool = await importOf('pipe', cwd);
    await untilOpened(tool, pipe);
    expect(await endOf(tool)).toEqual({ exitCode, code });
  });

  test.for([
    ['whose writer says nothing', ''],
    ['in the middle of the header', text.slice(0, 10)],
    ['in the middle of a row', text.slice(0, -10)],
    ['after two rows', text.split('\n').slice(0, 3).join('\n')],
    ['in the middle of gzip', gzipSync(text).subarray(0, 40)],
  ] as const)('of a named pipe, %s', async ([, piece]) => {
    const { cwd, pipe } = await directoryWithPipe();
    const tool = await importOf('pipe', cwd);
    writer = await open(pipe, 'w');
    await writer.writeFile(piece);
    expect(await endOf(tool)).toEqual({ exitCode, code });
  });

  test.for(['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0', '-'])('of standard input as %s', async (name) => {
    const { cwd } = await directoryWithPipe();
    const tool = await importOf(name, cwd, ['--no-rejects']);
    // More than fits between two processes: when it is written, the tool has begun to read.
    const rows = text.slice(text.indexOf('\n') + 1).repeat(20_000);
    await new Promise((resolve) => tool.stdin.write(`${text}${rows}`, resolve));
    expect(await endOf(tool)).toEqual({ exitCode, code });
  });
});

test.for(['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0', '-'])('%s is read to its end', async (name) => {
  const { cwd } = await directoryWithPipe();
  const tool = await importOf(name, cwd, ['--no-rejects']);
  tool.stdin.end(text);
  const { stdout } = await tool.ended;
  expect(JSON.parse(stdout)).toMatchObject({ imported: 3 });
});

test('a named pipe is read to its end, however late its writer comes and in whatever pieces it writes', async () => {
  const { cwd, pipe } = await directoryWithPipe();
  const tool = await importOf('pipe', cwd);
  await untilOpened(tool, pipe);
  writer = await open(pipe, 'w');
  for (const piece of text) await writer.writeFile(piece);
  await writer.close();
  writer = undefined;
  const { stdout } = await tool.ended;
  expect(JSON.parse(stdout)).toMatchObject({ imported: 3 });
});

test('a writer that comes and goes at once is not missed', async () => {
  const { cwd, pipe } = await directoryWithPipe();
  for (let time = 1; time <= 5; time++) {
    const tool = await importOf('pipe', cwd);
    await writeFile(pipe, text);
    const { stdout } = await tool.ended;
    expect(JSON.parse(stdout)).toMatchObject({ imported: 3 });
  }
});

test('a named pipe as a mapping is refused at once', async () => {
  const { cwd } = await directoryWithPipe();
  await writeFile(path.join(cwd, 'customers.csv'), text);
  const tool = await importOf('customers.csv', cwd, ['--mapping', './pipe']);
  const { exitCode, stdout } = await tool.ended;
  expect([exitCode, JSON.parse(stdout).error.code]).toEqual([2, 'file_unreadable']);
});
