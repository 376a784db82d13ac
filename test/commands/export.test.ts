import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fieldNames } from '../../src/model/fields.ts';
import type { Organization } from '../../src/model/organization.ts';
import { readCsv, readCsvRows } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';
import { buildTool, startTool } from '../support/tool.ts';

let setting: ImportSetting;
let org: Organization;
beforeAll(async () => {
  [setting] = await Promise.all([importSetting(), buildTool()]);
  org = await setting.newOrg();
  const { database } = setting;
  await insertCustomer(database, org, { name: 'No Number' });
  await insertCustomer(database, org, {
    name: 'Łódź Sp.',
    erp_customer_number: '0002',
    notes: 'one\n"two"',
    billing_address: { street: 'A; 1', city: 'Wien', postal_code: '1010', country: 'AT' },
    contacts: [
      { email: 'b@l.example', phone: '+43 1' },
      { email: 'z@l.example', is_primary: true },
    ],
  });
  await insertCustomer(database, org, { name: 'Erster', erp_customer_number: '0001', is_active: false });
  const other = await setting.newOrg();
  await insertCustomer(database, other, { name: 'Of another org', erp_customer_number: '0001' });
});
afterAll(() => setting.close());

function exportTo(flags: string[], options: RunOptions = {}) {
  return run(['export', '--org', org.slug, ...flags], {
    database: setting.server,
    cwd: setting.directory,
    ...options,
  });
}

async function emptyDirectory(name: string): Promise<string> {
  const directory = path.join(setting.directory, name);
  await mkdir(directory);
  return directory;
}

test('has every column of a customer file, a row for each contact, by ERP number and those without one last', async () => {
  const { exitCode, stdout, stderr } = await exportTo([]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(readCsv(stdout)[0]).toEqual(['_orderflow_id', ...fieldNames]);
  const rows = readCsvRows(stdout);
  expect(rows.map((row) => [row['erp_customer_number'], row['name'], row['contact_email']])).toEqual([
    ['0001', 'Erster', ''],
    ['0002', 'Łódź Sp.', 'z@l.example'],
    ['0002', 'Łódź Sp.', 'b@l.example'],
    ['', 'No Number', ''],
  ]);
  expect(rows[0]).toMatchObject({ is_active: 'false', billing_city: '', contact_is_primary: '' });
  expect(rows[2]).toMatchObject({
    _orderflow_id: expect.stringMatching(/^[\da-f-]{36}$/),
    notes: 'one\n"two"',
    is_active: 'true',
    billing_street: 'A; 1',
    billing_postal_code: '1010',
    contact_phone: "'+43 1",
    contact_is_primary: 'false',
  });
});

async function names(flags: string[]) {
  return readCsvRows((await exportTo(flags)).stdout).map(({ name }) => name);
}

test('filters as list does', async () => {
  expect(await names(['--inactive'])).toEqual(['Erster']);
  expect(await names(['--active'])).toEqual(['Łódź Sp.', 'Łódź Sp.', 'No Number']);
  expect(await names(['--q', 'erst'])).toEqual(['Erster']);
  expect(await names(['--q', '%'])).toEqual([]);
});

describe('--output', () => {
  test('writes the file and reports its content', async () => {
    const result = await exportTo(['--output', 'told.csv', '--json']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.json()).toEqual({
      ok: true,
      org: org.slug,
      file: path.join(setting.directory, 'told.csv'),
      encoding: 'UTF-8',
      delimiter: ',',
      rows: 4,
      customers: 3,
      contacts: 2,
      warnings: [],
      warnings_total: 0,
      duration_ms: expect.any(Number),
    });
    expect(await setting.file('told.csv')).toBe((await exportTo([])).stdout);
    const piped = await exportTo(['--output', 'told.csv']);
    expect(piped.stdout).toBe('file\ttold.csv\nrows\t4\ncustomers\t3\ncontacts\t2\n');
    const seen = await exportTo(['--output', 'told.csv', '--encoding', 'gb18030'], {
      terminal: { columns: 90 },
    });
    expect(seen.stdout).toMatch(/^3 customers of .* with 2 contacts exported to told\.csv, 4 rows, in \d/);
    expect(seen.stderr).toContain(`import told.csv --org ${org.slug} --encoding gb18030 --dry-run`);
    expect((await exportTo(['--output', 'told.csv', '--quiet'])).stdout).toBe('');
  });

  test('of - is standard output', async () => {
    expect((await exportTo(['--output', '-'])).stdout).toBe((await exportTo([])).stdout);
  });

  test('that ends in .gz is compressed', async () => {
    await exportTo(['--output', 'all.csv.gz']);
    const text = gunzipSync(await readFile(path.join(setting.directory, 'all.csv.gz'))).toString('utf8');
    expect(text).toBe((await exportTo([])).stdout);
  });

  test('follows a link, and keeps the permissions of what it replaces', async () => {
    const directory = await emptyDirectory('linked');
    await writeFile(path.join(directory, 'real.csv'), 'old');
    await chmod(path.join(directory, 'real.csv'), 0o640);
    await symlink('real.csv', path.join(directory, 'link.csv'));
    await exportTo(['--output', 'link.csv'], { cwd: directory });
    expect(await readFile(path.join(directory, 'real.csv'), 'utf8')).toBe((await exportTo([])).stdout);
    expect((await stat(path.join(directory, 'real.csv'))).mode & 0o777).toBe(0o640);
    expect((await readdir(directory)).toSorted()).toEqual(['link.csv', 'real.csv']);
  });

  test('may be a device', async () => {
    expect((await exportTo(['--output', '/dev/null'])).exitCode).toBe(0);
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  test.for(['missing/all.csv', 'missing/all.csv.gz', '.'])(
    'that cannot be written (%s) is a failure',
    async (file) => {
      const result = await exportTo(['--output', file, '--json']);
      expect(result.exitCode).toBe(2);
      expect(result.json().error).toMatchObject({
        code: 'file_unwritable',
        message: expect.stringContaining('cannot write'),
      });
      // Nobody gave the temporary name.
      expect(result.stdout).not.toContain('.tmp');
    },
  );

  test('is left as it was by a run that fails', async () => {
    const directory = await emptyDirectory('failed');
    await writeFile(path.join(directory, 'all.csv'), 'old');
    const result = await exportTo(['--output', 'all.csv', '--encoding', 'windows-1252'], { cwd: directory });
    expect(result).toMatchObject({ exitCode: 5, stdout: '' });
    expect(await readdir(directory)).toEqual(['all.csv']);
    expect(await readFile(path.join(directory, 'all.csv'), 'utf8')).toBe('old');
  });
});

describe('a character that the encoding has not', () => {
  test.for(['windows-1252', 'iso-8859-15', 'shift_jis', 'us-ascii'])(
    'is refused with its place: %s',
    async (encoding) => {
      const { exitCode, stderr } = await exportTo(['--encoding', encoding, '--active']);
      expect(exitCode).toBe(5);
      expect(stderr).toContain('error: row 2 (customer 0002), name: "Łódź Sp." has "');
      expect(stderr).toContain('hint: export in UTF-8');
    },
  );

  test('is written if the encoding has it', async () => {
    expect((await exportTo(['--encoding', 'windows-1250', '--output', 'l.csv'])).exitCode).toBe(0);
    const bytes = await readFile(path.join(setting.directory, 'l.csv'));
    expect(bytes.includes(Buffer.from([0xa3, 0xf3, 0x64, 0x9f]))).toBe(true);
  });
});

test('utf-8-bom begins with the mark that Excel looks for', async () => {
  const { stdout } = await exportTo(['--encoding', 'utf-8-bom']);
  expect(stdout.startsWith('\ufeff_orderflow_id,')).toBe(true);
});

test.for([
  [['--json'], '--output FILE'],
  [['--delimiter', 'ab'], '--delimiter takes one character'],
  [['--encoding', 'utf8x'], 'unknown encoding'],
  [['--active', '--inactive'], 'cannot be used with'],
] as const)('%j is a usage error', async ([flags, said]) => {
  const { exitCode, stderr } = await exportTo([...flags]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(said);
});

test('on a terminal what it would obey is written out', async () => {
  const hostile = await setting.newOrg();
  await insertCustomer(setting.database, hostile, { name: '\x1b[2JÄrger\u202e', notes: 'a\nb' });
  const { stdout, stderr } = await run(['export', '--org', hostile.slug, '--color', 'never'], {
    database: setting.server,
    terminal: { columns: 80 },
  });
  expect(stdout).toContain('\\x1b[2JÄrger\\u202e');
  expect(stdout + stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  expect(stderr).toContain('shown for reading');
});

test('--quiet keeps the warnings back, not the file', async () => {
  const odd = await setting.newOrg();
  await insertCustomer(setting.database, odd, { name: ' padded ' });
  const { stdout, stderr } = await run(['export', '--org', odd.slug, '--quiet'], {
    database: setting.server,
  });
  expect(readCsvRows(stdout)).toHaveLength(1);
  expect(stderr).toBe('');
});

describe('of many customers', () => {
  let many: Organization;
  beforeAll(async () => {
    many = await setting.newOrg();
    const rows = Array.from(
      { length: 30_000 },
      (_, index) => `${index + 1},Customer ${index + 1},EUR,de,${'x'.repeat(200)}\n`,
    );
    await setting.importText(
      many,
      `erp_customer_number,name,default_currency,default_language,notes\n${rows.join('')}`,
    );
  });

  const start = (argv: string[], directory = setting.directory, largestFile?: number) =>
    startTool(['export', '--org', many.slug, ...argv], {
      database: setting.server,
      cwd: directory,
      ...(largestFile !== undefined && { largestFile }),
    });

  test('every one is there, in little memory', async () => {
    const { exitCode, stdout, peakMemory } = await start([]).ended;
    expect(exitCode).toBe(0);
    expect(new Set(readCsvRows(stdout).map((row) => row['erp_customer_number'])).size).toBe(30_000);
    expect(peakMemory).toBeLessThan(200e6);
  });

  test('a reader that closes the pipe is not a failure', async () => {
    const tool = start([]);
    tool.stdout.once('data', () => tool.stdout.destroy());
    const { exitCode, stderr } = await tool.ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('an interrupted one leaves no file', async () => {
    const directory = await emptyDirectory('interrupted');
    const tool = start(['--output', 'all.csv.gz'], directory);
    while ((await readdir(directory)).length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    tool.kill('SIGINT');
    const { exitCode, stderr } = await tool.ended;
    expect({ exitCode, files: await readdir(directory) }).toEqual({ exitCode: 130, files: [] });
    expect(stderr).toContain('interrupted');
  });

  test('a full disk leaves no file', async () => {
    const directory = await emptyDirectory('full');
    const { exitCode, stderr } = await start(['--output', 'all.csv'], directory, 1 << 20).ended;
    expect({ exitCode, files: await readdir(directory) }).toEqual({ exitCode: 2, files: [] });
    expect(stderr).toContain('cannot write');
  });

  test('what others write meanwhile is not in it', async () => {
    const tool = start([]);
    // It has its snapshot once something comes.
    await new Promise((resolve) => tool.stdout.once('data', resolve));
    await insertCustomer(setting.database, many, { name: 'Late', erp_customer_number: '~' });
    const { stdout } = await tool.ended;
    expect(stdout).not.toContain('Late');
  });
});
