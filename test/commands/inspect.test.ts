import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
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

test('writes the accepted records as they stand, and a report that names every other line', async () => {
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

test('takes any CSV file, and says why it is no customer file', async () => {
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

test('--rows - and --json want the same stream', async () => {
  expect((await inspect(customers, '--rows', '-', '--json')).exitCode).toBe(2);
});
