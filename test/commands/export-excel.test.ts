import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportCustomers } from '../../src/export/export-customers.ts';
import { workbookFormat } from '../../src/export/formats.ts';
import { fileSink } from '../../src/files/byte-sink.ts';
import type { Organization } from '../../src/model/organization.ts';
import { hasCalc, openAndSave } from '../support/calc.ts';
import { readCsvRows } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';
import { buildTool, startTool } from '../support/tool.ts';

/*
 * Customers out and in again through Excel: as a workbook, or as a CSV file that Excel opens by itself.
 */

/** What a spreadsheet takes for something else, or does not keep, when it gets the chance. */
const texts = [
  '=1+1',
  '+49 30 1234',
  '+4930123456',
  "'00123",
  '00123',
  'TRUE',
  'wahr',
  '1E5',
  '1e5',
  '1-2',
  '1/2',
  '01.02.2026',
  '2026-01-31',
  '12:30',
  '5 €',
  '1.234,50',
  '1,234.50',
  '12345678901234567890',
  '-5',
  '-a',
  'üñ😀 x',
  'a‮b',
  'line\nbreak',
  'a\n\n b',
  '_x0041_',
  'a_x0041_b',
  '#NV',
  '#N/A',
  '@home',
  "'=x",
  "''=x",
  '="00123"',
  'a;b"c',
  '5%',
  '(030) 12',
  'Mai 2026',
  '1. Jan',
  '12 p',
  '0x12',
  '½',
  "' '",
  'a&b<c>]]>',
  '1 1/2',
  '00:00',
  "1'000",
  '１２３',
  '+',
  '--a',
  "'",
  '"',
  '＝1',
  '-1+2',
  '~',
  '😀',
  'a⁦x⁩b',
  "'a'",
  'Montag, 12. Januar 2026',
  '100 CHF',
  '=cmd|"/C calc"!A0',
  '￾',
];

let setting: ImportSetting;
let org: Organization;
beforeAll(async () => {
  [setting] = await Promise.all([importSetting(), buildTool()]);
  org = await setting.newOrg();
  for (const [index, text] of texts.entries()) {
    const short = text.replaceAll('\n', ' ');
    await insertCustomer(setting.database, org, {
      // An error value is no name.
      name: short.replace(/^#/, 'Nr. '),
      erp_customer_number: String(index + 1).padStart(6, '0'),
      email: `nr${index}@spreadsheet.example`,
      notes: text,
      is_active: index % 3 > 0,
      billing_address: {
        street: text,
        street2: short,
        city: short,
        state: short,
        postal_code: '01067',
        country: 'DE',
      },
      shipping_address: { city: 'Wien', postal_code: '1010', country: 'AT' },
      contacts: [
        {
          email: `a${index}@spreadsheet.example`,
          name: short,
          role: short,
          phone: '+43 1 5344',
          is_primary: true,
        },
        ...(index % 4 === 0 ? [{ email: `b${index}@spreadsheet.example`, phone: '0043-1-5344' }] : []),
      ],
    });
  }
});
afterAll(() => setting.close());

async function exported(name: string, flags: string[] = []): Promise<Buffer> {
  const result = await run(['export', '--org', org.slug, '--output', name, ...flags], {
    database: setting.server,
    cwd: setting.directory,
  });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  return readFile(path.join(setting.directory, name));
}

/** Imports what comes back from a spreadsheet: what that changed, which is to be nothing. */
async function changesBy(bytes: Buffer) {
  const before = await setting.versions(org);
  const { report } = await setting.importText(org, bytes, { name: 'again' });
  const after = new Set((await setting.versions(org)).map((version) => JSON.stringify(version)));
  const { ok, rows, imported, updated, failed, errors, warnings, values, contacts } = report;
  return {
    ok,
    rows,
    imported,
    updated,
    failed,
    errors,
    warnings,
    values,
    contacts: contacts.imported + contacts.updated,
    rewritten: before.filter((version) => !after.has(JSON.stringify(version))).length,
  };
}

const nothing = {
  ok: true,
  rows: texts.length + Math.ceil(texts.length / 4),
  imported: 0,
  updated: 0,
  failed: 0,
  errors: [],
  warnings: [],
  values: [],
  contacts: 0,
  rewritten: 0,
};

test.for([['all.xlsx'], ['all.csv', '--for-excel'], ['all.csv.gz', '--for-excel']])(
  'nothing is changed by %j',
  async ([name = '', ...flags]) => {
    expect(await changesBy(await exported(name, flags))).toEqual(nothing);
  },
);

describe.runIf(hasCalc())('opened and saved in LibreOffice Calc', () => {
  test.for([
    ['all.xlsx', 'xlsx', []],
    ['all.xlsx', 'csv', []],
    ['all.csv', 'xlsx', ['--for-excel']],
    ['all.csv', 'csv', ['--for-excel']],
  ] as const)('%s as %s changes nothing', { timeout: 300_000 }, async ([name, to, flags]) => {
    await exported(name, [...flags]);
    expect(await changesBy(await openAndSave(name, { to, directory: setting.directory }))).toEqual(nothing);
  });
});

test('--for-excel begins with a byte order mark, has semicolons, and protects what Excel would change', async () => {
  const text = (await exported('all.csv', ['--for-excel'])).toString('utf8');
  expect(text.startsWith('\ufeff_orderflow_id;name;')).toBe(true);
  const rows = readCsvRows(text.slice(1), ';');
  expect(rows[0]).toMatchObject({
    name: "'=1+1",
    erp_customer_number: '="000001"',
    billing_postal_code: '="01067"',
    billing_country: 'DE',
    contact_phone: '="+43 1 5344"',
  });
});

test('a file for Excel may go to standard output, and is shown on a terminal', async () => {
  const bytes = await exported('all.csv', ['--for-excel']);
  const options = { database: setting.server };
  const { stdout } = await run(['export', '--org', org.slug, '--for-excel'], options);
  expect(stdout).toBe(bytes.toString('utf8'));
  const seen = await run(['export', '--org', org.slug, '--for-excel'], {
    ...options,
    terminal: { columns: 80 },
  });
  expect(seen.stdout).toMatch(/^_orderflow_id;name;/);
});

test('the report of a workbook names no encoding and no delimiter', async () => {
  const args = ['export', '--org', org.slug, '--output', 'all.xlsx'];
  const options = { database: setting.server, cwd: setting.directory };
  expect((await run([...args, '--json'], options)).json()).toMatchObject({
    ok: true,
    file: path.join(setting.directory, 'all.xlsx'),
    encoding: null,
    delimiter: null,
    customers: texts.length,
  });
  const seen = await run(args, { ...options, terminal: { columns: 80 } });
  expect(seen.stderr).toContain(`import all.xlsx --org ${org.slug} --dry-run`);
});

test('the sheet is named after the organization, in 31 characters', async () => {
  const { server, directory } = setting;
  for (const [slug, sheet] of [
    ['a-very-long-name-of-an-organization', 'a-very-long-name-of-an-organiza'],
    ['history', 'history-'],
  ] as const) {
    await run(['org', 'create', slug, '--name', 'Org'], { database: server });
    await run(['export', '--org', slug, '--output', 'one.xlsx'], { database: server, cwd: directory });
    const inspected = await run(['inspect', 'one.xlsx', '--sheet', sheet], {
      database: server,
      cwd: directory,
    });
    expect(inspected.exitCode).toBe(0);
  }
});

test.for([
  [['--output', 'a.xlsx', '--delimiter', ';'], '--delimiter is for CSV'],
  [['--output', 'a.xlsx', '--encoding', 'utf-8'], '--encoding is for CSV'],
  [['--output', 'a.xlsx', '--for-excel'], '--for-excel is for CSV'],
  [['--output', 'a.xls'], 'no file of the kind .xls can be written'],
  [['--output', 'a.xlsm'], 'no file of the kind .xlsm can be written'],
  [['--output', 'a.ods'], 'no file of the kind .ods can be written'],
  [['--output', 'a.xlsx.gz'], 'no file of the kind .xlsx.gz can be written'],
  [['--for-excel', '--delimiter', ';'], 'cannot be used with'],
  [['--for-excel', '--encoding', 'utf-8'], 'cannot be used with'],
] as const)('%j is a usage error', async ([flags, said]) => {
  const before = await readdir(setting.directory);
  const { exitCode, stderr } = await run(['export', '--org', org.slug, ...flags], {
    database: setting.server,
    cwd: setting.directory,
  });
  expect(exitCode).toBe(2);
  expect(stderr).toContain(said);
  expect(await readdir(setting.directory)).toEqual(before);
});

describe('what no sheet holds', () => {
  test.for([['long.xlsx'], ['long.csv', '--for-excel']])(
    'is refused with its place: %j',
    async ([name = '', ...flags]) => {
      const long = await setting.newOrg();
      await insertCustomer(setting.database, long, { name: 'Fits', notes: 'x'.repeat(32_767) });
      await insertCustomer(setting.database, long, {
        name: 'Long',
        erp_customer_number: '7',
        notes: 'x'.repeat(32_768),
      });
      await writeFile(path.join(setting.directory, name), 'old');
      const options = { database: setting.server, cwd: setting.directory };
      const result = await run(['export', '--org', long.slug, '--output', name, '--json', ...flags], options);
      expect(result.exitCode).toBe(5);
      expect(result.json().error).toEqual({
        code: 'too_large_for_excel',
        message:
          'row 2 (customer 7), notes: the text has 32,768 characters, and a cell of Excel holds 32,767',
        hint: expect.stringContaining('export it as CSV'),
      });
      expect(await readFile(path.join(setting.directory, name), 'utf8')).toBe('old');
      expect((await run(['export', '--org', long.slug], options)).exitCode).toBe(0);
    },
  );

  test('is known by the number of rows before one is written', async () => {
    const rows = texts.length + Math.ceil(texts.length / 4);
    const { signal } = new AbortController();
    const attempt = (most: number) =>
      exportCustomers({
        database: setting.database,
        org,
        q: undefined,
        active: undefined,
        format: { ...workbookFormat, limits: { rows: most, cell: 100 } },
        sink: fileSink(path.join(setting.directory, `rows-${most}.xlsx`), { signal }),
        file: null,
        forTerminal: false,
        signal,
        onProgress: () => progressed.push(most),
      });
    const progressed: number[] = [];
    await expect(attempt(rows)).rejects.toMatchObject({
      code: 'too_large_for_excel',
      message: `${org.slug} has ${rows} rows, and a sheet of Excel holds ${rows} with the header`,
    });
    expect(progressed).toEqual([]);
    expect(await attempt(rows + 1)).toMatchObject({ ok: true, rows });
  });
});

describe('of many customers, a workbook', () => {
  let many: Organization;
  beforeAll(async () => {
    many = await setting.newOrg();
    await setting.database.execute(sql`
      insert into customer (org_id, erp_customer_number, name, default_currency, default_language, notes)
      select ${many.id}, number::text, 'Customer ' || number, 'EUR', 'de-DE', repeat('x', 200)
      from generate_series(1, 30000) as number`);
  });

  const start = (argv: string[], directory: string, largestFile?: number) =>
    startTool(['export', '--org', many.slug, ...argv], {
      database: setting.server,
      cwd: directory,
      ...(largestFile !== undefined && { largestFile }),
    });

  test('has every one, in little memory', async () => {
    const { exitCode, peakMemory } = await start(['--output', 'many.xlsx'], setting.directory).ended;
    expect(exitCode).toBe(0);
    expect(peakMemory).toBeLessThan(200e6);
    const { report } = await setting.importText(many, null, { name: 'many.xlsx' });
    expect(report).toMatchObject({ rows: 30_000, unchanged: 30_000, failed: 0 });
  });

  test.for([
    ['an interrupted one', undefined, 130],
    ['a full disk', 1 << 18, 2],
  ] as const)('%s leaves no file', async ([, largestFile, expected]) => {
    const directory = path.join(setting.directory, `left-${expected}`);
    await mkdir(directory);
    const tool = start(['--output', 'all.xlsx'], directory, largestFile);
    if (largestFile === undefined) {
      while ((await readdir(directory)).length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      tool.kill('SIGINT');
    }
    const { exitCode } = await tool.ended;
    expect({ exitCode, files: await readdir(directory) }).toEqual({ exitCode: expected, files: [] });
  });
});
