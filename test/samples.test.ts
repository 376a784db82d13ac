import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImportReport } from '../src/model/import-report.ts';
import { problemCodes } from '../src/model/problem.ts';
import type { TestDatabase } from './support/database.ts';
import { testDatabase } from './support/database.ts';
import { run } from './support/run.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

async function importSample(name: string, org: string): Promise<{ exitCode: number; report: ImportReport }> {
  const argv = ['import', `samples/${name}`, '--org', org, '--create-org', '--no-rejects', '--json'];
  const result = await run(argv, { database });
  return { exitCode: result.exitCode, report: result.json() };
}

async function show(ref: string, org: string) {
  return (await run(['show', ref, '--org', org, '--json'], { database })).json();
}

test('every CSV file in samples has its test here', async () => {
  const names = await readdir('samples');
  expect(names.filter((name) => name.endsWith('.csv')).toSorted()).toEqual([
    'customers-semicolon.csv',
    'customers.csv',
    'row-errors.csv',
    'several-contacts.csv',
  ]);
});

describe('customers.csv', () => {
  test('is 12 customers with a contact each, and nothing to complain of', async () => {
    const { exitCode, report } = await importSample('customers.csv', 'plain');
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ ok: true, rows: 12, imported: 12, failed: 0, errors: [], warnings: [] });
    expect(report.contacts).toEqual({ imported: 12, updated: 0, unchanged: 0 });
  });

  test('keeps leading zeros and umlauts', async () => {
    await importSample('customers.csv', 'zeros');
    expect(await show('00004711', 'zeros')).toMatchObject({
      name: 'Bäckerei Möhrle GmbH',
      erp_customer_number: '00004711',
      billing_address: { postal_code: '01067', city: 'Dresden', country: 'DE' },
      shipping_address: null,
      notes: 'Anlieferung nur vormittags, Tor 3',
      contacts: [{ email: 'anna.moehrle@moehrle.example', name: 'Anna Möhrle', is_primary: true }],
    });
    expect((await show('30003', 'zeros')).notes).toBe('Rampe für Lastwagen bis 12 m\nAnmeldung beim Portier');
    expect(await show('10005', 'zeros')).toMatchObject({
      is_active: false,
      notes: 'Rechnung "zu Händen Frau Krüger"',
    });
  });

  test('imported again changes nothing', async () => {
    await importSample('customers.csv', 'again');
    const { report } = await importSample('customers.csv', 'again');
    expect(report).toMatchObject({ imported: 0, updated: 0, unchanged: 12 });
    expect(report.contacts).toEqual({ imported: 0, updated: 0, unchanged: 12 });
  });
});

describe('customers-semicolon.csv', () => {
  test('has semicolons, CRLF and a byte order mark', async () => {
    const bytes = await readFile('samples/customers-semicolon.csv');
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const text = bytes.toString('utf8');
    expect(text).toContain('erp_customer_number;name;email;');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  });

  test('says the same as customers.csv', async () => {
    await importSample('customers.csv', 'both');
    const { exitCode, report } = await importSample('customers-semicolon.csv', 'both');
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ rows: 12, unchanged: 12, warnings: [] });
    expect(report.contacts.unchanged).toBe(12);
  });
});

describe('several-contacts.csv', () => {
  test('is four customers, one line for each contact', async () => {
    const { exitCode, report } = await importSample('several-contacts.csv', 'several');
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ rows: 8, imported: 4, superseded: 4, failed: 0 });
    const [mueller, gruber, braendli, fromagerie] = await Promise.all(
      ['10002', '20001', '30001', '30002'].map((ref) => show(ref, 'several')),
    );
    expect(primariesFirst(mueller)).toEqual([
      ['juergen.mueller@mueller-soehne.example', true],
      ['lager@mueller-soehne.example', false],
      ['rechnung@mueller-soehne.example', false],
    ]);
    expect(primariesFirst(gruber)).toEqual([
      ['vroni.gruber@holz-gruber.example', true],
      ['max.gruber@holz-gruber.example', false],
    ]);
    // The same address in other letters is the same contact, as its last line says.
    expect(braendli.contacts).toMatchObject([
      { email: 'urs.braendli@braendli-sanitaer.example', role: 'Einkauf und Lager' },
    ]);
    expect(fromagerie.contacts).toEqual([]);
  });

  test('warns of each repeated ERP number, and of the customer with two primary contacts', async () => {
    const { report } = await importSample('several-contacts.csv', 'warned');
    expect(report.warnings.map(({ row, code }) => [row, code])).toEqual([
      [2, 'superseded'],
      [3, 'superseded'],
      [5, 'superseded'],
      [7, 'superseded'],
      [5, 'two_primary_contacts'],
    ]);
  });
});

function primariesFirst({ contacts }: { contacts: { email: string; is_primary: boolean }[] }) {
  return contacts.map(({ email, is_primary: primary }) => [email, primary]);
}

describe('row-errors.csv', () => {
  /** Which row has which errors. The file says so itself, in its column `_expected`. */
  const expected: [row: number, codes: string[]][] = [
    [3, ['name_required']],
    [4, ['currency_required']],
    [5, ['language_required']],
    [6, ['contact_email_required']],
    [7, ['too_long']],
    [8, ['control_character']],
    [9, ['replacement_character']],
    [10, ['decoded_twice']],
    [11, ['spreadsheet_damage']],
    [12, ['invalid_currency']],
    [13, ['invalid_language']],
    [14, ['invalid_country']],
    [15, ['invalid_email']],
    [16, ['invalid_boolean']],
    [17, ['invalid_encoding']],
    [18, ['invalid_email', 'invalid_currency', 'invalid_country']],
    [20, ['too_many_cells']],
    [21, ['too_few_cells']],
    [22, ['stray_quote']],
    [23, ['text_after_quote']],
    [24, ['unclosed_quote']],
    [25, ['placeholder']],
    [26, ['decoded_wrongly']],
    [27, ['escaped_text']],
  ];

  test('has every error that the rules know of, but those that no cell of a small UTF-8 file can have', () => {
    const had = new Set(expected.flatMap(([, codes]) => codes));
    expect(Object.keys(problemCodes).filter((code) => !had.has(code))).toEqual([
      'lone_surrogate',
      'lost_letter',
      'withdrawn_currency',
      'countries_as_languages',
      'invalid_value',
      'invalid_slug',
    ]);
  });

  test('has every error at its row, and takes the rows around them', async () => {
    const { exitCode, report } = await importSample('row-errors.csv', 'errors');
    expect(exitCode).toBe(3);
    expect(report.errors.map(({ row, code }) => [row, code])).toEqual(
      expected.flatMap(([row, codes]) => codes.map((code) => [row, code])),
    );
    expect(report.errors.find(({ code }) => code === 'invalid_encoding')).toMatchObject({
      value: 'Gr\ufffdssler GmbH',
      error: String.raw`"Gr\xf6ssler GmbH" holds the byte 0xF6, which is not UTF-8`,
    });
    expect(report).toMatchObject({ ok: false, rows: 27, imported: 3, failed: 24 });
    expect(report.warnings).toMatchObject([{ row: 19, column: 'default_currency', value: 'HRK' }]);
    expect((await run(['list', '--org', 'errors', '--json'], { database })).json().items).toMatchObject([
      { name: 'Gute Zeile GmbH', contact_count: 1 },
      { name: 'Letzte gute Zeile AG' },
      { name: 'Zagreb Papir d.o.o.' },
    ]);
  });

  test('names the physical line of each, also behind a row of two lines', async () => {
    const { report } = await importSample('row-errors.csv', 'lines');
    const lines = (await readFile('samples/row-errors.csv', 'latin1')).split('\n');
    const written = report.errors.map(({ line, code }) => [code, lines[line - 1]?.split(',')[0]]);
    for (const [code, cell] of written) expect(cell?.split(' ')).toContain(code);
    expect(written).toHaveLength(26);
    expect(report.errors.find(({ code }) => code === 'replacement_character')).toMatchObject({
      row: 9,
      line: 10,
    });
  });
});
