import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Inspection, InspectionReport } from '../../src/model/inspection.ts';
import { run } from '../support/run.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'inspect-'));
afterAll(() => rmSync(directory, { recursive: true }));

const customers = [
  'Bericht vom 1.2.2026',
  '',
  'Kundennummer;name;default_currency;default_language;Kürzel',
  '1;Müller;EUR;de-DE;x',
  '2;Huber;EURX;de-AT;',
  '1;Maier;EUR;de-AT;',
  'Kurz;EUR',
  '',
].join('\r\n');

async function inspect(text: string | Buffer, ...flags: string[]) {
  writeFileSync(path.join(directory, 'file.csv'), text);
  return await run(['inspect', 'file.csv', ...flags], { cwd: directory });
}

test('says how a customer file is read, which column is which field, and what is wrong', async () => {
  const outcome = await inspect(customers, '--json');
  expect(outcome.exitCode).toBe(3);
  expect(outcome.json() as Inspection).toMatchObject({
    file: 'file.csv',
    importable: true,
    reason: null,
    encoding: 'UTF-8',
    sample: { line: 3 },
    delimiter: ';',
    quote: '"',
    line_ends: 'CRLF',
    header_line: 3,
    preamble: [{ line: 1, text: 'Bericht vom 1.2.2026' }],
    rows: 4,
    accepted: 2,
    rejected: 2,
    duplicates: [{ erp_number: '1', lines: [4, 6] }],
    duplicates_total: 1,
    totals: { invalid_currency: 1, too_few_cells: 1 },
  });
  const columns = (outcome.json() as Inspection).columns.map(({ column, field }) => [column, field]);
  expect(columns[0]).toEqual(['Kundennummer', 'erp_customer_number']);
  expect(columns[4]).toEqual(['Kürzel', null]);
});

test('writes the accepted records unchanged, and a report that names every other line', async () => {
  const { exitCode } = await inspect(customers, '--rows', 'rows.csv', '--report', 'report.json', '--quiet');
  expect(exitCode).toBe(3);
  expect(readFileSync(path.join(directory, 'rows.csv'), 'utf8')).toBe(
    'Kundennummer,name,default_currency,default_language,Kürzel\n1,Müller,EUR,de-DE,x\n1,Maier,EUR,de-AT,\n',
  );
  const report = JSON.parse(readFileSync(path.join(directory, 'report.json'), 'utf8')) as InspectionReport;
  expect(report).toMatchObject({ status: 'partial', reason: '2 of 4 rows were rejected' });
  expect(report.rejected.map(({ line, code }) => [line, code])).toEqual([
    [5, 'invalid_currency'],
    [7, 'too_few_cells'],
  ]);
  expect(report.warnings.some(({ line, code }) => line === 1 && code === 'preamble')).toBe(true);
});

test('accepts any CSV file, and explains why it is not a customer file', async () => {
  const outcome = await inspect('Region,Umsatz\nNord,1\nSüd,2\n', '--json');
  expect(outcome.exitCode).toBe(0);
  expect(outcome.json() as Inspection).toMatchObject({
    importable: false,
    rows: 2,
    accepted: 2,
    rejected: 0,
  });
  expect((outcome.json() as Inspection).reason).toContain('name');
});

test('writes rows to standard output, and nothing else there', async () => {
  const { stdout, stderr } = await inspect('a;b\n"x, y";2\n', '--rows', '-');
  expect(stdout).toBe('a,b\n"x, y",2\n');
  expect(stderr).toContain('Delimiter');
});

test('reports every line of a long list, and leaves no temporary file', async () => {
  const bad = Array.from({ length: 5000 }, (_, index) => `Nr. ${index};EURX;de-DE\n\n`).join('');
  const text = `name;default_currency;default_language\n${bad}`;
  const { exitCode } = await inspect(text, '--report', 'long.json', '--quiet');
  expect(exitCode).toBe(3);
  const report = JSON.parse(readFileSync(path.join(directory, 'long.json'), 'utf8')) as InspectionReport;
  expect(report).toMatchObject({ status: 'rejected', reason: '5000 of 5000 rows were rejected' });
  expect(report.rejected.map(({ line }) => line)).toEqual(
    Array.from(bad.matchAll(/Nr/g), (_, index) => 2 + 2 * index),
  );
  expect(report.warnings).toHaveLength(5000);
  expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('reports a file that is refused, and exits 5', async () => {
  const { exitCode, stderr } = await inspect('Kürzel\na\nb\n', '--report', 'refused.json');
  expect(exitCode).toBe(5);
  expect(stderr).toContain('--delimiter');
  const report = JSON.parse(readFileSync(path.join(directory, 'refused.json'), 'utf8')) as InspectionReport;
  expect(report.status).toBe('rejected');
  expect(report.reason).toContain('one column');
});

test('--rows - and --json both need stdout', async () => {
  expect((await inspect(customers, '--rows', '-', '--json')).exitCode).toBe(2);
});

const top = async (text: string | Buffer, ...flags: string[]) =>
  (await inspect(text, ...flags)).stdout.split('\n').slice(1, 3);

describe('the top of the page', () => {
  test.each([
    [
      'a file that can be imported',
      'name,default_currency,default_language\nA,EUR,de\n',
      'can be imported as it is',
      'import file.csv --org ORG --dry-run',
    ],
    [
      'one with a bad row',
      'name,default_currency,default_language\nA,EUR,de\nB,EURX,de\n',
      'can be imported as it is; 1 of 2 rows would be rejected',
      'import file.csv --org ORG --dry-run',
    ],
    [
      'one with nothing but bad rows',
      'name,default_currency,default_language\nB,EURX,de\n',
      'can be imported, but every row would be rejected',
      'import file.csv --org ORG --dry-run',
    ],
    [
      'one without currency and language',
      'Kundennummer;Firma;PLZ\n1;A;01067\n',
      'cannot be imported as it is: no column gives default_currency, default_language',
      'import file.csv --default currency=EUR --default language=de-DE --org ORG --dry-run',
    ],
    [
      'one whose other columns are likely fields',
      'Nummer;Firma;Fax\n1;A;0\n',
      'cannot be imported as it is: no column gives default_currency, default_language',
      'inspect file.csv --save-mapping file.yaml',
    ],
    [
      'one without a name',
      'Region;Umsatz\nNord;1\n',
      'cannot be imported as it is: no column gives name, default_currency, default_language',
      'inspect file.csv --save-mapping file.yaml',
    ],
    [
      'two columns for one field',
      'Firma;PLZ;Postleitzahl;default_currency;default_language\nA;1;01067;EUR;de\n',
      'cannot be imported as it is: two columns are billing_postal_code: "PLZ" and "Postleitzahl"; rename the one that you do not need; a name that begins with _ is ignored',
      'inspect file.csv --save-mapping file.yaml',
    ],
  ])('%s', async (_what, text, verdict, next) => {
    expect(await top(text)).toEqual([verdict, `next: orderflow-customers ${next}`]);
  });

  test('with flags repeats them', async () => {
    const flags = ['--default', 'currency=CHF', '--delimiter', ';'];
    const [, next] = await top('Kundennummer;Firma;PLZ\n1;A;01067\n', ...flags);
    expect(next).toBe(
      "next: orderflow-customers import file.csv --delimiter ';' --default currency=CHF --default language=de-DE --org ORG --dry-run",
    );
  });
});

test('finds errors of cells while the header is incomplete, and accepts no row of such a file in words', async () => {
  const text = 'Kundennummer;Firma;Land;E-Mail\n1;A;Lummerland;a@x\n2;B;DE;b@x.de\n';
  const { stdout, exitCode } = await inspect(text);
  expect(exitCode).toBe(3);
  expect(stdout).toMatch(/line 2, Land: "Lummerland" is not/);
  expect(stdout).toMatch(/line 2, E-Mail: "a@x"/);
  expect(stdout).toMatch(/^Rows +2: 1 with errors$/m);
  expect(stdout).not.toContain('accepted');
});

test('shows three values beside each column', async () => {
  const text = 'Firma;Typ;leer\nA;x\u202e;\nB;x\u202e;\nC;y;\nD;z;\nE;w;\n';
  const outcome = await inspect(text, '--json');
  expect((outcome.json() as Inspection).columns.map(({ examples }) => examples)).toEqual([
    ['A', 'B', 'C'],
    ['x\u202e', 'y', 'z'],
    [],
  ]);
  const { stdout } = await inspect(text);
  expect(stdout).toMatch(/^ {2}Firma +name +"A", "B", "C"$/m);
  expect(stdout).toContain(String.raw`"x\u202e", "y", "z"`);
  expect(stdout).toMatch(/^ {2}leer +ignored *$/m);
});

test('of a workbook says the sheet, and nothing about delimiters, quotes and line ends', async () => {
  const file = new URL('../../samples/customers.xlsx', import.meta.url).pathname;
  const { stdout } = await run(['inspect', file], { cwd: directory });
  expect(stdout).toMatch(/^Sheet +customers$/m);
  expect(stdout).not.toMatch(/^(Delimiter|Quote|Line ends|Encoding)/m);
  const outcome = await run(['inspect', file, '--json'], { cwd: directory });
  expect(outcome.json()).toMatchObject({ sheet: 'customers', delimiter: null, quote: null, line_ends: null });
});
