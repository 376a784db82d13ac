import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';
import type { Cell } from '../support/workbook.ts';
import { workbookOf } from '../support/workbook.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const header = [
  'erp_customer_number',
  'name',
  'default_currency',
  'default_language',
  'billing_postal_code',
  'billing_country',
  'contact_email',
  'contact_phone',
];
const padded: Cell = { xml: '<c r="{r}" s="1"><v>1067</v></c>' };
const good: Cell[] = [10001, 'Müller', 'EUR', 'de-DE', padded, 'DE', 'a@x.example', '+43 1 2345'];
const name = 'customers.xlsx';

const rowXml = (number: number): string =>
  `<row r="${number}"><c r="B${number}" t="str"><v>Kunde ${number}</v></c><c r="C${number}" t="str"><v>EUR</v></c><c r="D${number}" t="str"><v>de</v></c></row>`;

describe('import of a workbook', () => {
  test('stores what its cells show', async () => {
    const org = await setting.newOrg();
    const { exitCode, report } = await setting.importText(
      org,
      workbookOf([header, good], { formats: ['00000'] }),
      { name },
    );
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ ok: true, file: name, rows: 1, imported: 1 });
    expect(report.warnings).toEqual([expect.objectContaining({ row: 2, code: 'number_for_text' })]);
    expect(await setting.stored(org)).toEqual([
      expect.objectContaining({
        erp_customer_number: '10001',
        name: 'Müller',
        billing_address: { postal_code: '01067', country: 'DE' },
        contacts: [expect.objectContaining({ phone: '+43 1 2345' })],
      }),
    ]);
  });

  test('rejects rows with damaged numbers, with all their errors, and a rejects file that can be corrected', async () => {
    const org = await setting.newOrg();
    const bytes = workbookOf(
      [
        header,
        good,
        [123456789012, 'Maier', 'EURX', 'de-DE', 1067, 'DE', 'b@x.example', 43123456],
        [
          { xml: '<c r="{r}" t="e"><v>#NAME?</v></c>' },
          'Huber',
          'EUR',
          'de-DE',
          1010,
          'AT',
          'c@x.example',
          '+43 1 1',
        ],
        [10004, 'Wagner', 'EUR', 'de-DE', { xml: '<c r="{r}"><f>A1</f></c>' }, 'AT', null, null],
      ],
      { formats: ['00000'] },
    );
    const { exitCode, report } = await setting.importText(org, bytes, { name });
    expect(exitCode).toBe(3);
    expect(report).toMatchObject({
      rows: 4,
      imported: 1,
      failed: 3,
      rejects_file: expect.stringMatching(/customers\.xlsx\.org-[^.]*\.rejected\.csv$/),
    });
    expect(
      report.errors.map(({ line, column, code }: Record<string, unknown>) => [line, column, code]),
    ).toEqual([
      [3, 'erp_customer_number', 'spreadsheet_damage'],
      [3, 'contact_phone', 'spreadsheet_damage'],
      [3, 'default_currency', 'invalid_currency'],
      [3, 'billing_postal_code', 'spreadsheet_damage'],
      [4, 'erp_customer_number', 'spreadsheet_damage'],
      [5, 'billing_postal_code', 'spreadsheet_damage'],
    ]);
    const rejects = await setting.file(`customers.xlsx.${org.slug}.rejected.csv`);
    expect(rejects.split('\n')[0]).toBe(`\ufeff${header.join(';')};_row;_line;_column;_code;_error`);
    const mended = rejects
      .replace('EURX', 'EUR')
      .replace(';1067;', ';01067;')
      .replace(';43123456;', ";'+43 123456;")
      .replace('#NAME?', '10003')
      .replace(';Wagner;EUR;de-DE;;', ';Wagner;EUR;de-DE;1020;');
    const second = await setting.importText(org, mended, { name: 'mended.csv' });
    expect(second.report).toMatchObject({ ok: true, imported: 3 });
    expect(await setting.stored(org)).toEqual([
      expect.objectContaining({ erp_customer_number: '10001' }),
      expect.objectContaining({
        erp_customer_number: '10003',
        billing_address: { postal_code: '1010', country: 'AT' },
      }),
      expect.objectContaining({ erp_customer_number: '10004' }),
      expect.objectContaining({
        erp_customer_number: '123456789012',
        contacts: [expect.objectContaining({ phone: '+43 123456' })],
      }),
    ]);
  });

  test('as LibreOffice writes it equals the CSV file it was made of', async () => {
    const [sheet, csv] = [await setting.newOrg(), await setting.newOrg()];
    const workbook = await setting.importText(sheet, await readFile('samples/customers.xlsx'), { name });
    expect(workbook.report).toMatchObject({ ok: true, imported: 12, warnings: [] });
    await setting.importText(csv, await readFile('samples/customers.csv'));
    expect(await setting.stored(sheet)).toEqual(await setting.stored(csv));
  });

  test('twice changes nothing, also by a pipe and packed', async () => {
    const org = await setting.newOrg();
    const bytes = workbookOf([header, good], { formats: ['00000'] });
    await setting.importText(org, bytes, { name });
    const before = await setting.versions(org);
    const packed = await setting.importText(org, gzipSync(bytes), { name, flags: ['--dry-run'] });
    expect(packed.report).toMatchObject({ unchanged: 1, imported: 0, updated: 0 });
    const piped = await setting.importText(org, null, { name: '-', stdin: bytes, flags: ['--dry-run'] });
    expect(piped.report).toMatchObject({ file: 'stdin', unchanged: 1, imported: 0, updated: 0 });
    expect(await setting.versions(org)).toEqual(before);
  });

  test('takes the sheet that --sheet names', async () => {
    const org = await setting.newOrg();
    const bytes = workbookOf(
      [
        { name: 'Info', rows: [['Stand'], ['heute']] },
        { name: 'Kunden', rows: [header, good] },
      ],
      { formats: ['00000'] },
    );
    const first = await setting.importText(org, bytes, { name });
    expect([first.exitCode, first.report.error.code]).toEqual([5, 'missing_column']);
    const { report } = await setting.importText(org, bytes, { name, flags: ['--sheet', 'kunden'] });
    expect(report).toMatchObject({ ok: true, imported: 1 });
    const wrong = await setting.importText(org, bytes, { name, flags: ['--sheet', 'Kunde'] });
    expect([wrong.exitCode, wrong.report.error]).toEqual([
      2,
      { code: 'usage', message: 'customers.xlsx has no sheet "Kunde"', hint: 'its sheets: "Info", "Kunden"' },
    ]);
  });

  test('the sheets that --sheet names belong to the run, its plan, and to what --skip-if-unchanged compares', async () => {
    const org = await setting.newOrg();
    const bytes = workbookOf(
      [
        { name: 'A-M', rows: [header, good] },
        { name: 'N-Z', rows: [header, good.with(0, 20001)] },
      ],
      { formats: ['00000'] },
    );
    const both = ['--sheet', 'A-M', '--sheet', 'N-Z'];
    const runs = ['--source', 'erp', '--skip-if-unchanged'];
    await setting.importText(org, bytes, { name, flags: [...both.slice(0, 2), '--plan-to', 'sheets.plan'] });
    const other = await setting.importText(org, bytes, { name, flags: [...both, '--plan', 'sheets.plan'] });
    expect(other.report.error).toMatchObject({
      code: 'plan_mismatch',
      message: expect.stringContaining('other flags: --sheet;'),
    });
    const one = await setting.importText(org, bytes, { name, flags: [...both.slice(2), ...runs] });
    expect(one.report).toMatchObject({ rows: 1, imported: 1 });
    const { report } = await setting.importText(org, bytes, { name, flags: [...both, ...runs] });
    expect(report).toMatchObject({ rows: 2, imported: 1, unchanged: 1 });
    const shown = await run(['runs', 'show', report.run_id, '--org', org.slug, '--json'], {
      database: setting.server,
    });
    expect(shown.json()).toMatchObject({ settings: { sheets: ['A-M', 'N-Z'] } });
  });

  test('writes nothing when the workbook is damaged behind its first rows', async () => {
    const org = await setting.newOrg();
    const names = `<row r="1">${['A', 'B', 'C', 'D'].map((column, index) => `<c r="${column}1" t="str"><v>${header[index]}</v></c>`).join('')}</row>`;
    const rows = Array.from({ length: 30_000 }, (_none, index) => rowXml(index + 2)).join('');
    const bytes = workbookOf([{ rows: `${names}${rows}<row r="7"/>` }]);
    const { exitCode, report } = await setting.importText(org, bytes, { name });
    expect([exitCode, report.error.code]).toEqual([5, 'broken_workbook']);
    expect(await setting.stored(org)).toEqual([]);
  });
});
