import { execFileSync } from 'node:child_process';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { ToolResult } from '../support/tool.ts';
import { buildTool, startTool } from '../support/tool.ts';

let setting: ImportSetting;
beforeAll(async () => {
  [setting] = await Promise.all([importSetting(), buildTool()]);
});
afterAll(() => setting.close());

const header = 'name,erp_customer_number,default_currency,default_language\n';
const good = csv([customerRow({ erp_customer_number: '1' }), customerRow({ erp_customer_number: '2' })]);
const packed = gzipSync(good);
/** Some 150 KB when it is packed, so that it comes in several chunks. */
const manyRows =
  header +
  Array.from({ length: 15_000 }, (_, index) => `Kunde ${Math.sin(index)},${index + 1},EUR,de\n`).join('');

describe('a file that cannot be imported at all', () => {
  test.for([
    ['it is missing', null, 2, 'file_not_found'],
    ['it is empty', '', 5, 'empty_file'],
    ['it holds a byte order mark alone', '\ufeff', 5, 'empty_file'],
    ['it holds line ends alone', '\n\r\n\n', 5, 'empty_file'],
    [
      'it is binary',
      Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7) % 256)),
      5,
      'unsupported_format',
    ],
    ['it is gzip, and cut off', packed.subarray(0, packed.length - 12), 5, 'broken_compression'],
    [
      'it is gzip, and changed',
      Buffer.concat([packed.subarray(0, 20), Buffer.from('xxxx'), packed.subarray(24)]),
      5,
      'broken_compression',
    ],
    ['it is gzip of nothing', gzipSync(''), 5, 'empty_file'],
    ['its header lacks a required column', 'name,default_currency\nA,EUR\n', 5, 'missing_column'],
    [
      'its header names a field twice',
      'name,Name,default_currency,default_language\nA,B,EUR,de\n',
      5,
      'duplicate_column',
    ],
  ] as const)(
    'is refused in one line, and nothing is written: %s',
    async ([what, content, exitCode, code]) => {
      const org = await setting.newOrg();
      const name = `${what}.csv`;
      const result = await setting.importText(org, content, { name });
      expect([result.exitCode, result.report.error?.code]).toEqual([exitCode, code]);
      expect(result.stderr.match(/^error: /gm)).toHaveLength(1);
      expect(await setting.versions(org)).toHaveLength(1);
    },
  );

  test('is refused when it is a directory', async () => {
    const org = await setting.newOrg();
    await mkdir(path.join(setting.directory, 'directory'));
    const { exitCode, report } = await setting.importText(org, null, { name: 'directory' });
    expect([exitCode, report.error.code]).toEqual([2, 'file_unreadable']);
  });

  test('is looked at before a database is: a missing one is a usage error without any', async () => {
    const { exitCode } = await setting.importText({ slug: 'any' }, null, {
      name: 'missing.csv',
      env: { ORDERFLOW_DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' },
    });
    expect(exitCode).toBe(2);
  });

  test('writes nothing when the damage shows only after thousands of rows', async () => {
    const org = await setting.newOrg();
    const whole = gzipSync(manyRows);
    const { exitCode, report } = await setting.importText(org, whole.subarray(0, whole.length - 1000), {
      name: 'late.csv.gz',
    });
    expect([exitCode, report.error?.code]).toEqual([5, 'broken_compression']);
    expect(await setting.versions(org)).toHaveLength(1);
  });
});

describe('a file that can', () => {
  test.for([
    ['has blank lines', `\n${header}\nA,1,EUR,de\n\n\nB,2,EUR,de\n\n`, 2],
    ['ends without a line end', `${header}A,1,EUR,de\nB,2,EUR,de`, 2],
    ['has CRLF', `${header}A,1,EUR,de\nB,2,EUR,de\n`.replaceAll('\n', '\r\n'), 2],
    ['begins with a byte order mark', `\ufeff${good}`, 2],
    ['is gzip, whatever its name', packed, 2],
    ['is gzip in two members', Buffer.concat([gzipSync(header), gzipSync('A,1,EUR,de\nB,2,EUR,de\n')]), 2],
  ] as const)('is imported: it %s', async ([what, content, rows]) => {
    const org = await setting.newOrg();
    const { exitCode, report } = await setting.importText(org, content, { name: `${what}.csv` });
    expect([exitCode, report.error]).toEqual([0, undefined]);
    expect(report).toMatchObject({ ok: true, rows, imported: rows, run_id: expect.any(String) });
    expect(await setting.stored(org)).toHaveLength(rows);
  });

  test('may be gzip of several chunks', async () => {
    const org = await setting.newOrg();
    const { exitCode, report } = await setting.importText(org, gzipSync(manyRows), { name: 'many.csv.gz' });
    expect([exitCode, report.error, report.imported]).toEqual([0, undefined, 15_000]);
  });

  test('comes by standard input as well, whole or in pieces, packed or not', async () => {
    for (const stdin of [
      good,
      packed,
      [...Buffer.from(good)].map((byte) => Buffer.from([byte])),
      [...packed].map((byte) => Buffer.from([byte])),
    ]) {
      const org = await setting.newOrg();
      const { report } = await setting.importText(org, null, { name: '-', stdin });
      expect(report).toMatchObject({ file: 'stdin', rows: 2, imported: 2 });
      const [run] = await setting.database.query(
        sql`select file, file_size from customer_import_run where org_id = ${org.id}`,
      );
      expect(run).toEqual({ file: 'stdin', file_size: null });
    }
  });

  test('nothing by standard input is an empty file', async () => {
    const org = await setting.newOrg();
    const { exitCode, report } = await setting.importText(org, null, { name: '-' });
    expect([exitCode, report.error.code]).toEqual([5, 'empty_file']);
  });

  test('may be a named pipe', async () => {
    const org = await setting.newOrg();
    const pipe = path.join(setting.directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [{ exitCode, report }] = await Promise.all([
      setting.importText(org, null, { name: 'pipe' }),
      writeFile(pipe, good),
    ]);
    expect([exitCode, report.error, report.imported]).toEqual([0, undefined, 2]);
  });

  test('may have a thousand columns', async () => {
    const org = await setting.newOrg();
    const row = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`extra_${index}`, `v${index}`]),
    );
    const { exitCode, report } = await setting.importText(org, csv([{ ...row, ...customerRow(), ...row }]));
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ imported: 1, warnings_total: 1000 });
    expect(report.warnings[0]).toMatchObject({ column: 'extra_0', code: 'unknown_column' });
  });
});

/** Imports a file in a process of its own, into a new organization. */
async function importFile(name: string): Promise<ToolResult & { rows: string[] }> {
  const org = await setting.newOrg();
  const tool = startTool(['import', name, '--org', org.slug, '--json'], {
    database: setting.server,
    cwd: setting.directory,
  });
  tool.stdin.end();
  const result = await tool.ended;
  const rows = (await setting.stored(org)).map(({ name: customer }) => customer);
  return { ...result, rows };
}

describe('a process of its own', () => {
  const limit = 200 * 1024 * 1024;

  test.for([
    ['on one line', 'x'.repeat(1 << 20), '', ''],
    ['in quotes', 'x'.repeat(1 << 20), '"', '"'],
    ['in quotes, with line ends', `${'x'.repeat(1023)}\n`.repeat(1 << 10), '"', '"'],
    ['in quotes that never close', `${'x'.repeat((1 << 20) - 1)}\n`, '"', ''],
  ] as const)(
    'rejects a cell of 100 MB with its line, in little memory: %s',
    async ([what, piece, opening, closing]) => {
      const name = `${what}.csv`;
      const file = await open(path.join(setting.directory, name), 'w');
      await file.writeFile(`${header}First,1,EUR,de\n${opening}`);
      for (let written = 0; written < 100; written++) await file.writeFile(piece);
      // A row right behind a line that breaks off may belong to it.
      await file.writeFile(`${closing},2,EUR,de\nNext,3,EUR,de\nLast,4,EUR,de\n`);
      await file.close();
      const { exitCode, stdout, rows, peakMemory } = await importFile(name);
      expect(exitCode).toBe(3);
      const report = JSON.parse(stdout);
      expect(report.errors[0]).toMatchObject({ row: 3, line: 3 });
      expect(report.errors[0].code).toMatch(/^(record_too_large|unclosed_quote)$/);
      expect(rows.filter((row) => row !== 'Next')).toEqual(['First', 'Last']);
      expect(peakMemory).toBeLessThan(limit);
    },
  );

  test('keeps its memory small though every row is rejected, and the rejects file whole', async () => {
    const count = 120_000;
    const rows = Array.from(
      { length: count },
      (_, index) => `Kunde ${index} ${'x'.repeat(60)},${index + 1},EURX,de\n`,
    );
    await writeFile(path.join(setting.directory, 'rejected.csv'), header + rows.join(''));
    const { exitCode, stdout, peakMemory } = await importFile('rejected.csv');
    expect(exitCode).toBe(3);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ rows: count, failed: count, errors_total: count });
    expect((await setting.file(path.basename(report.rejects_file))).split('\n')).toHaveLength(count + 2);
    expect(peakMemory).toBeLessThan(limit);
  });

  test('keeps its memory small though a thousand errors come from all over a large file', async () => {
    const file = await open(path.join(setting.directory, 'spread.csv'), 'w');
    await file.writeFile(`${header.trimEnd()},notes\n`);
    // Of each row a chunk of the file is full, and each is shown with its error.
    for (let row = 0; row < 700; row++)
      await file.writeFile(`K${row},${row},EUR,de,${'x'.repeat(250_000)}\n`);
    await file.close();
    const { exitCode, stdout, peakMemory } = await importFile('spread.csv');
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 700, failed: 700 });
    expect(peakMemory).toBeLessThan(limit);
  });

  test('continues after its reader has gone', async () => {
    const org = await setting.newOrg();
    await writeFile(path.join(setting.directory, 'closed.csv'), good);
    const tool = startTool(['import', 'closed.csv', '--org', org.slug, '--json'], {
      database: setting.server,
      cwd: setting.directory,
    });
    tool.stdout.destroy();
    const { exitCode, stderr } = await tool.ended;
    expect([exitCode, stderr.split('\n').slice(1)]).toEqual([0, ['']]);
    expect(await setting.stored(org)).toHaveLength(2);
  });

  test.for(['SIGINT', 'SIGTERM'] as const)('that waits for standard input ends by %s', async (signal) => {
    const org = await setting.newOrg();
    const tool = startTool(['import', '-', '--org', org.slug, '--json'], {
      database: setting.server,
      cwd: setting.directory,
    });
    // More than a pipe holds, so that it is taken in only when the tool reads.
    await new Promise((resolve) => tool.stdin.write(header + 'A,1,EUR,de\n'.repeat(100_000), resolve));
    tool.kill(signal);
    const { exitCode, stdout } = await tool.ended;
    expect(exitCode).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(JSON.parse(stdout).error.code).toBe(signal === 'SIGINT' ? 'interrupted' : 'terminated');
    expect(await setting.versions(org)).toHaveLength(1);
  });
});

test('an interrupt ends a run that waits for the first byte of standard input', async () => {
  const org = await setting.newOrg();
  const interrupt = new AbortController();
  const stdin = new Readable({
    read() {
      setImmediate(() =>
        interrupt.abort(new Failure('interrupted', 'interrupted, rolled back: nothing was written')),
      );
    },
  });
  const { exitCode, report } = await setting.importText(org, null, {
    name: '-',
    stdin,
    signal: interrupt.signal,
  });
  expect([exitCode, report.error.code]).toEqual([130, 'interrupted']);
});
