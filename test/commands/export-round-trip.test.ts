import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as fc from 'fast-check';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Contact } from '../../src/model/contact.ts';
import type { Customer } from '../../src/model/customer.ts';
import type { Organization } from '../../src/model/organization.ts';
import { restoreFormula } from '../../src/model/spreadsheet-safety.ts';
import { readCsvRows } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';

/*
 * What `export` writes, `import` reads: into the same organization it changes nothing.
 */

type Given = Partial<Customer> & { contacts?: Partial<Contact>[] };

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

/** Exports into a file, as `--json` tells it. */
async function exported(
  org: Organization,
  { flags = [], name = 'export.csv' }: { flags?: string[]; name?: string } = {},
) {
  const result = await run(['export', '--org', org.slug, '--output', name, '--json', ...flags], {
    database: setting.server,
    cwd: setting.directory,
  });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  return { report: result.json(), bytes: await readFile(path.join(setting.directory, name)) };
}

async function orgWith(customers: Given[]): Promise<Organization> {
  const org = await setting.newOrg();
  for (const customer of customers) await insertCustomer(setting.database, org, customer);
  return org;
}

/** Exports and imports again: both reports, and what the import changed, which is to be `nothing`. */
async function roundTrip(
  org: Organization,
  flags: { export?: string[]; import?: string[]; name?: string } = {},
) {
  const before = await setting.versions(org);
  const { name = 'export.csv' } = flags;
  const { report, bytes } = await exported(org, { flags: flags.export ?? [], name });
  const again = await setting.importText(org, bytes, { flags: flags.import ?? [], name: 'again.csv' });
  const { imported, updated, failed, errors, rows, contacts } = again.report;
  const after = new Set((await setting.versions(org)).map((version) => JSON.stringify(version)));
  const changed = {
    imported,
    updated,
    failed,
    errors,
    contacts: contacts.imported + contacts.updated,
    rows: rows - report.rows,
    rewritten: before.filter((version) => !after.has(JSON.stringify(version))).length,
  };
  return { report, again: again.report, changed };
}

const nothing = { imported: 0, updated: 0, failed: 0, errors: [], contacts: 0, rows: 0, rewritten: 0 };

const hostile: Given[] = [
  { name: 'Numberless', contacts: [] },
  {
    name: 'Numberless twice',
    contacts: [{ email: 'a@n.example' }, { email: 'b@n.example', is_primary: true }],
  },
  { name: 'Equal' },
  { name: 'Equal' },
  { name: 'Equal', is_active: false },
  { name: 'Equal', contacts: [{ email: 'e@e.example' }] },
  { name: 'Equal', is_active: false, contacts: [{ email: 'e@e.example' }, { email: 'f@e.example' }] },
  {
    name: 'Three',
    erp_customer_number: '0003',
    contacts: [
      { email: 'one@t.example', name: '=cmd()', phone: '+43 1 555', role: '-' },
      { email: 'two@t.example', name: '@home', phone: "'x +43", is_primary: true },
      { email: 'Three@T.example', name: "''=x", phone: '0043-1', role: '+' },
    ],
  },
  { name: '=1+1', erp_customer_number: '=1+1', notes: "'=already\nsafe", is_active: false },
  { name: "'s-Gravenhage", erp_customer_number: "'", notes: '"quoted", with ;| and\n\nlines\n=x' },
  { name: "'Neue Zeit'", erp_customer_number: "'1'" },
  { name: '"Anführung"', erp_customer_number: '"', notes: '"' },
  { name: 'Summe', erp_customer_number: 'Summe', default_currency: 'HRK' },
  { name: 'name', erp_customer_number: '_orderflow_id', notes: '_row,_line' },
  {
    name: '\u2800\u3164Blank',
    erp_customer_number: '00000000000000000001',
    billing_address: { city: 'Wien' },
  },
  {
    name: 'Ａ=wide 漢字 👨‍👩‍👧 e\u0301'.normalize('NFC'),
    erp_customer_number: '＝1',
    billing_address: { street: 'Line\nBreak', postal_code: '01067', country: 'DE' },
    shipping_address: { state: '-', street2: '+' },
  },
  { name: 'No address', erp_customer_number: '12', billing_address: {} },
  { name: '\ufffe', erp_customer_number: '13', email: 'a@b.example' },
];

test('nothing is changed by a file of everything that a customer may be', async () => {
  const org = await orgWith(hostile);
  const { report, again, changed } = await roundTrip(org);
  expect(changed).toEqual(nothing);
  expect(report).toMatchObject({ ok: true, rows: 22, customers: 18, contacts: 8 });
  expect(again.superseded).toBeGreaterThan(1);
  // Not a word of those with several contacts, nor of those that are equal: each row has its id.
  expect(new Set(again.warnings.map(({ code }: { code: string }) => code))).toEqual(
    new Set(['withdrawn_currency']),
  );
  expect(report.warnings).toEqual([]);
});

test('a customer without a number takes its contacts to another organization', async () => {
  const contacts = [{ email: 'a@o.example' }, { email: 'b@o.example', is_primary: true }];
  const org = await orgWith([{ name: 'One', contacts }]);
  const { bytes, report } = await exported(org);
  expect(report.warnings).toEqual([]);
  const other = await setting.newOrg();
  const moved = await setting.importText(other, bytes.toString('utf8'));
  expect(moved.report).toMatchObject({ imported: 1, superseded: 1, failed: 0 });
  expect(await setting.stored(other)).toMatchObject([{ name: 'One', contacts: [{}, {}] }]);
});

test('rows of a customer that were made to differ are named', async () => {
  const org = await orgWith([
    { name: 'One', erp_customer_number: '1', contacts: [{ email: 'a@o.example' }, { email: 'b@o.example' }] },
    { name: 'Two', erp_customer_number: '2', contacts: [{ email: 'a@t.example' }, { email: 'b@t.example' }] },
  ]);
  const text = (await exported(org)).bytes.toString('utf8').replace(',One,', ',Other,');
  const { report } = await setting.importText(org, text);
  expect(report).toMatchObject({ imported: 0, updated: 0, superseded: 2, warnings_total: 1 });
  expect(report.warnings).toMatchObject([{ row: 2, code: 'superseded' }]);
});

test.for([
  [[], []],
  [['--delimiter', ';'], []],
  [['--delimiter', 'tab'], []],
  [['--delimiter', '|'], []],
  [['--delimiter', '~'], []],
  [['--delimiter', ' '], []],
  [['--delimiter', "'"], []],
  [['--encoding', 'utf-8-bom'], []],
  [['--encoding', 'utf-16le'], []],
  [['--encoding', 'utf-16be', '--delimiter', ';'], []],
  [
    ['--encoding', 'utf-32le'],
    ['--encoding', 'utf-32le'],
  ],
  [
    ['--encoding', 'gb18030'],
    ['--encoding', 'gb18030'],
  ],
])('nor with %j', async ([exportFlags, importFlags]) => {
  const org = await orgWith(hostile);
  expect(
    (await roundTrip(org, { export: exportFlags as string[], import: importFlags as string[] })).changed,
  ).toEqual(nothing);
});

test.for(['export.xlsx', 'export.XLSX'])('nor as a workbook (%s)', async (name) => {
  const org = await orgWith(hostile);
  expect((await roundTrip(org, { name })).changed).toEqual(nothing);
});

test('nor for Excel', async () => {
  const org = await orgWith(hostile);
  expect((await roundTrip(org, { export: ['--for-excel'] })).changed).toEqual(nothing);
});

test('nor compressed', async () => {
  const org = await orgWith(hostile);
  expect((await roundTrip(org, { name: 'export.csv.gz' })).changed).toEqual(nothing);
  const { bytes } = await exported(org, { name: 'export.csv.gz' });
  expect([...bytes.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
});

test.for(['windows-1252', 'iso-8859-15', 'cp850', 'macroman'])('nor in %s', async (encoding) => {
  const org = await orgWith([
    {
      name: 'Müller & Söhne',
      erp_customer_number: '1',
      notes: 'ß é ñ',
      billing_address: { city: 'Žilina'.slice(1) },
    },
    { name: '=Ärger', erp_customer_number: '2', contacts: [{ email: 'a@b.example', phone: '+43' }] },
  ]);
  expect(
    (await roundTrip(org, { export: ['--encoding', encoding], import: ['--encoding', encoding] })).changed,
  ).toEqual(nothing);
});

test('nor by a file of no customers', async () => {
  const org = await orgWith([]);
  expect((await roundTrip(org, { import: ['--allow', 'rows=0'] })).changed).toEqual(nothing);
});

test('nor by some of the customers', async () => {
  const org = await orgWith(hostile);
  const active = await roundTrip(org, { export: ['--active'] });
  const inactive = await roundTrip(org, { export: ['--inactive'] });
  const found = await roundTrip(org, { export: ['--q', '漢'] });
  expect([active, inactive, found].map(({ changed }) => changed)).toEqual([nothing, nothing, nothing]);
  expect(active.report.customers + inactive.report.customers).toBe(18);
  expect(found.report).toMatchObject({ rows: 1 });
});

test('copied into another organization, every customer with a number is the same there', async () => {
  const numbered = hostile.filter((customer) => customer.erp_customer_number !== undefined);
  const org = await orgWith(numbered);
  const copy = await setting.newOrg();
  const { report } = await setting.importText(copy, (await exported(org)).bytes);
  expect(report).toMatchObject({ failed: 0, imported: numbered.length });
  const standing = JSON.stringify(await setting.stored(org));
  const normal = JSON.parse(standing.replaceAll('Three@T', 'three@t').replaceAll('{}', 'null'));
  // An address in capitals sorts before the others, by bytes.
  for (const { contacts } of normal) contacts.sort((a: Contact, b: Contact) => (a.email < b.email ? -1 : 1));
  expect(await setting.stored(copy)).toEqual(normal);
  const again = await setting.importText(copy, (await exported(org)).bytes);
  expect(again.report).toMatchObject({ failed: 0, imported: 0, updated: 0 });

  // Asked for, the ids decide there, too.
  const refused = await setting.importText(copy, (await exported(org)).bytes, { flags: ['--match', 'id'] });
  expect(refused.report).toMatchObject({ failed: refused.report.rows, imported: 0 });
});

describe('what other programs wrote past the rules', () => {
  test('is exported unchanged and named in a warning, with what an import makes of it', async () => {
    const org = await orgWith([
      {
        name: ' Padded ',
        erp_customer_number: '1,23E+11',
        email: '',
        default_currency: 'eur',
        default_language: 'xx-YY',
        notes: 'a\r\nb',
        billing_address: { city: '', company: 'Extra', postal_code: 1010 } as never,
        shipping_address: ['x'] as never,
        contacts: [{ email: 'Upper@Case.example', name: 'M\u00c3\u00bcller' }],
      },
    ]);
    const { report, bytes } = await exported(org);
    const [row] = readCsvRows(bytes.toString('utf8'));
    expect(row).toMatchObject({
      name: ' Padded ',
      erp_customer_number: '1,23E+11',
      default_currency: 'eur',
      default_language: 'xx-YY',
      notes: 'a\r\nb',
      billing_postal_code: '1010',
      contact_email: 'Upper@Case.example',
      contact_name: 'MÃ¼ller',
    });
    const warnings = report.warnings.map(({ row: number, column, code }: Record<string, unknown>) => [
      number,
      column,
      code,
    ]);
    expect(warnings).toEqual([
      [2, 'name', 'changed_by_import'],
      [2, 'default_currency', 'changed_by_import'],
      [2, 'default_language', 'invalid_language'],
      [2, 'erp_customer_number', 'spreadsheet_damage'],
      [2, 'email', 'changed_by_import'],
      [2, 'notes', 'changed_by_import'],
      [2, 'billing_city', 'changed_by_import'],
      [2, 'contact_name', 'decoded_twice'],
      [2, 'billing_address.company', 'not_in_file'],
      [2, 'billing_address.postal_code', 'not_in_file'],
      [2, 'shipping_address', 'not_in_file'],
    ]);
    expect(report).toMatchObject({ warnings_total: 11, ok: true });
    const { stderr } = await run(['export', '--org', org.slug], { database: setting.server });
    expect(stderr).toContain(
      '- row 2 (customer 1,23E+11), name: an import changes " Padded " to "Padded" [changed_by_import]',
    );
  });

  // Whatever the database can hold: no NUL, and no half characters.
  const stored = fc
    .oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.string({
        unit: fc.constantFrom(
          ...'aA1=+-@\'"`,;|\t\r\n  \u00a0\u200b\ufeff\u0308\u0085\u2028\x1bÃ¼_ß＝'.split(''),
        ),
        maxLength: 8,
      }),
    )
    .filter((text) => text.isWellFormed() && !text.includes('\0'));
  const maybe = fc.option(stored);
  const contact = fc.record({
    email: fc.oneof(fc.emailAddress({ size: 'small' }), stored),
    name: maybe,
    phone: maybe,
    role: maybe,
  });
  const customer = fc.record({
    name: stored,
    erp_customer_number: maybe,
    email: fc.option(fc.oneof(fc.emailAddress({ size: 'small' }), stored)),
    default_currency: fc.constantFrom('EUR', 'CHF', 'HRK', 'eur', 'XYZ'),
    default_language: fc.constantFrom('de-DE', 'de', 'DE-de', ''),
    notes: maybe,
    is_active: fc.boolean(),
    billing_address: fc.option(
      fc.record(
        { street: maybe, city: maybe, country: fc.constantFrom('DE', 'at', null) },
        { requiredKeys: [] },
      ),
    ),
    contacts: fc.uniqueArray(contact, { maxLength: 3, selector: ({ email }) => email.toLowerCase() }),
  });
  const customers = fc.uniqueArray(customer, {
    maxLength: 6,
    selector: (one) => one.erp_customer_number ?? JSON.stringify(one),
  });

  test('of any kind is in the file as in the database, and what an import would change has a warning', async () => {
    const kinds = fc.constantFrom<{ flags: string[]; delimiter?: string; name?: string }>(
      { flags: ['--delimiter', ','], delimiter: ',' },
      { flags: ['--delimiter', 'tab'], delimiter: '\t' },
      { flags: ['--for-excel'], delimiter: ';' },
      { flags: [], name: 'export.xlsx' },
    );
    const runs = fc.asyncProperty(customers, kinds, async (given, { delimiter, ...kind }) => {
      const org = await orgWith(given as Given[]);
      const { report, bytes } = await exported(org, kind);
      // The texts of a workbook are compared cell by cell in test/files/xlsx/write.test.ts.
      const csv = delimiter === undefined ? (await exported(org)).bytes : bytes;
      const rows = readCsvRows(csv.toString('utf8').replace(/^\ufeff/, ''), delimiter);
      expect(rows).toHaveLength(report.rows);
      const written = rows
        .map((row) => [row['_orderflow_id'], restoreFormula(row['name'] ?? '')].join(' '))
        .toSorted();
      const standing = await setting.database.query<{ text: string }>(sql`
        select concat(customer.id, ' ', customer.name) as text
        from customer
        left join customer_contact as contact
          on contact.org_id = customer.org_id
          and contact.customer_id = customer.id
        where customer.org_id = ${org.id}`);
      expect(written).toEqual(standing.map(({ text }) => text).toSorted());
      // A file without rows is refused.
      if (report.rows === 0) return;
      const again = await setting.importText(org, bytes, { flags: ['--dry-run'], name: 'again.csv' });
      const doubtful = new Set(
        report.warnings.flatMap(({ row }: { row: number | null }) => (row === null ? [] : [row])),
      );
      for (const { row } of again.report.errors) expect(doubtful).toContain(row);
      if (doubtful.size > 0) return;
      expect(again.report).toMatchObject({
        imported: 0,
        updated: 0,
        failed: 0,
        contacts: { imported: 0, updated: 0 },
      });
    });
    await fc.assert(runs, { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 25) });
  });
});
