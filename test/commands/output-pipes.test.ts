import { execFileSync } from 'node:child_process';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';
import type { Tool } from '../support/tool.ts';
import { buildTool, startTool } from '../support/tool.ts';

/* Results that go to a named pipe: what is waited for must not outlive a signal. */

let setting: ImportSetting;
let org: string;
let orgId: string;
let pipe: string;
const rows = Array.from({ length: 6000 }, (_, index) =>
  customerRow({ erp_customer_number: String(index + 1), name: `Kunde ${index + 1}` }),
);

beforeAll(async () => {
  [setting] = await Promise.all([importSetting(), buildTool()]);
  ({ slug: org, id: orgId } = await setting.newOrg());
  pipe = path.join(setting.directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const place = { cwd: setting.directory, database: setting.server };
  await writeFile(path.join(setting.directory, 'good.csv'), csv(rows));
  await writeFile(path.join(setting.directory, 'bad.csv'), csv(rows.map((row) => ({ ...row, name: '' }))));
  const long = Array.from({ length: 10 }, () => rows).flat();
  await writeFile(path.join(setting.directory, 'long.csv'), csv(long));
  await writeFile(path.join(setting.directory, 'refused.csv'), 'Kürzel\na\nb\n');
  await startTool(['import', 'good.csv', '--org', org], place).ended;
});
afterAll(() => setting.close());

const writers: [string, () => string[]][] = [
  ['export --output', () => ['export', '--org', org, '--output', 'pipe']],
  ['inspect --rows', () => ['inspect', 'good.csv', '--rows', 'pipe']],
  ['inspect --report', () => ['inspect', 'bad.csv', '--report', 'pipe']],
  ['inspect --report of a file that is refused', () => ['inspect', 'refused.csv', '--report', 'pipe']],
  ['inspect --save-mapping', () => ['inspect', 'good.csv', '--save-mapping', 'pipe', '--yes']],
];

function start(argv: string[]): Tool {
  return startTool(argv, { cwd: setting.directory, database: setting.server });
}

/** Until SIGTERM is listened for (bit 14 of what it catches), and then for a moment, so that it comes to the pipe. */
async function untilItWaits({ pid, ended }: Tool): Promise<void> {
  for (let caught = 0n; (caught & (1n << 14n)) === 0n; await delay(10)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    caught = BigInt(`0x${/^SigCgt:\s*([\da-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  }
  await Promise.race([delay(1000), ended]);
}

describe.for(writers)('%s to a named pipe', ([, argv]) => {
  test.for([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('without a reader is ended by %s', async ([signal, exitCode]) => {
    const tool = start(argv());
    await untilItWaits(tool);
    tool.kill(signal);
    expect((await tool.ended).exitCode).toBe(exitCode);
    expect((await stat(pipe)).isFIFO()).toBe(true);
  });
});

test.for(writers.slice(0, 3))('%s to a named pipe with a stalled reader is ended', async ([, argv]) => {
  const tool = start(argv());
  const reader = await open(pipe, 'r');
  await untilItWaits(tool);
  tool.kill('SIGTERM');
  expect((await tool.ended).exitCode).toBe(143);
  await reader.close();
});

/** Until the process is gone, or is one that only its parent has to be told of. */
async function untilGone({ pid }: Tool): Promise<void> {
  const state = async () =>
    (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')).split(') ')[1]?.[0];
  while ((await state()) !== 'Z') await delay(10);
}

describe('to standard output with a stalled reader', () => {
  test.for([
    ['export', 'SIGTERM', 143],
    ['export', 'SIGINT', 130],
    ['inspect long.csv --rows -', 'SIGTERM', 143],
    ['inspect bad.csv --report -', 'SIGTERM', 143],
    ['list --all', 'SIGINT', 130],
  ] as const)('%s is ended by %s', async ([line, signal, exitCode]) => {
    const argv = line.split(' ');
    const tool = start(argv[0] === 'inspect' ? argv : [...argv, '--org', org]);
    tool.stdout.pause();
    await untilItWaits(tool);
    tool.kill(signal);
    await untilGone(tool);
    tool.stdout.resume();
    expect((await tool.ended).exitCode).toBe(exitCode);
  });

  test('an import that is committed does not say that nothing was written', async () => {
    const mixed = csv([
      ...rows.map((row) => ({ ...row, default_currency: 'X'.repeat(200) })),
      customerRow({ name: 'Neu' }),
    ]);
    await writeFile(path.join(setting.directory, 'mixed.csv'), mixed);
    const tool = start(['import', 'mixed.csv', '--org', org, '--json', '--no-rejects', '--allow-duplicates']);
    tool.stdout.pause();
    await untilItWaits(tool);
    const listed = async () => (await setting.stored({ id: orgId })).some(({ name }) => name === 'Neu');
    while (!(await listed())) await delay(50);
    await delay(500);
    tool.kill('SIGTERM');
    await untilGone(tool);
    tool.stdout.resume();
    const { exitCode, stderr } = await tool.ended;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining(
        'the changes were written to the database, but standard output was not read',
      ),
    });
  });
});

test.for(writers)('%s waits for the reader of a named pipe and gives it everything', async ([, argv]) => {
  const tool = start(argv());
  await untilItWaits(tool);
  const read = await readFile(pipe, 'utf8');
  const { exitCode } = await tool.ended;
  const toFile = await start(argv().map((word) => (word === 'pipe' ? 'file' : word))).ended;
  expect({ exitCode, read }).toEqual({
    exitCode: toFile.exitCode,
    read: await readFile(path.join(setting.directory, 'file'), 'utf8'),
  });
});

const inspectBad = (...flags: string[]) =>
  run(['inspect', path.join(setting.directory, 'bad.csv'), ...flags], { cwd: setting.directory });

describe('- is standard output', () => {
  test('to --report, and the inspection goes to stderr', async () => {
    const { exitCode, stdout, stderr } = await inspectBad('--report', '-');
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'rejected' });
    expect(stderr).toContain('Encoding');
  });

  test('to one flag only', async () => {
    for (const flags of [
      ['--report', '-', '--rows', '-'],
      ['--report', '-', '--json'],
    ]) {
      const { exitCode, stderr } = await inspectBad(...flags);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('both need standard output'),
      });
    }
  });

  test('to no flag that has none to offer', async () => {
    const { exitCode, stderr } = await inspectBad('--save-mapping', '-');
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('--save-mapping cannot write to standard'),
    ]);
    const imported = await run(['import', 'good.csv', '--org', org, '--rejects', '-'], {
      cwd: setting.directory,
      database: setting.server,
    });
    expect([imported.exitCode, imported.stderr]).toEqual([
      2,
      expect.stringContaining('--rejects cannot write'),
    ]);
  });
});
