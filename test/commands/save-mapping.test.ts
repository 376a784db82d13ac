import { copyFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseMapping } from '../../src/import/columns/mapping-file.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';

let setting: ImportSetting;
let org: { id: string; slug: string };
beforeAll(async () => {
  setting = await importSetting();
});
beforeEach(async () => {
  org = await setting.newOrg();
});
afterAll(() => setting.close());

const put = (name: string, text: string) => writeFile(path.join(setting.directory, name), text);
const inDirectory = (argv: string[], options = {}) =>
  run(argv, { cwd: setting.directory, database: setting.server, ...options });
const save = (file: string, ...flags: string[]) =>
  inDirectory(['inspect', file, '--save-mapping', 'saved.yaml', '--yes', ...flags]);
const saved = async () => parseMapping(await setting.file('saved.yaml'), 'saved.yaml');
const defaults = ['--default', 'currency=EUR', '--default', 'language=de-DE'];

const samples = new URL('../../samples/sources/', import.meta.url).pathname;
const sources = (await readdir(samples)).filter((name) => name.endsWith('.csv'));
/** Rows that need what a shipped mapping knows: creditors' languages, people without an organization. */
const rejectedByColumns: Record<string, number> = { 'datev-debitoren.csv': 2, 'pipedrive-people.csv': 1 };

describe('--yes', () => {
  test.for(sources)('makes a mapping of %s that is the shipped one', async (name) => {
    await copyFile(path.join(samples, name), path.join(setting.directory, name));
    const { exitCode, stdout } = await save(name, ...defaults);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('can be imported with these flags')]);
    const { report } = await setting.importText(org, null, { name, flags: ['--mapping', 'saved.yaml'] });
    expect(report).toMatchObject({ ok: true, failed: 0 });
    const shipped = (await inDirectory(['inspect', name, '--json'])).json().system.mapping;
    const again = await setting.importText(org, null, {
      name,
      flags: ['--mapping', shipped, ...defaults, '--dry-run'],
    });
    expect(again.report).toMatchObject({
      imported: 0,
      updated: 0,
      unchanged: report.rows - report.superseded,
    });
  });

  test.for(sources)('makes one of the columns of %s alone', async (name) => {
    await copyFile(path.join(samples, name), path.join(setting.directory, name));
    const rejected = rejectedByColumns[name] ?? 0;
    const { exitCode } = await save(name, '--mapping', 'none', ...defaults);
    expect(exitCode).toBe(rejected === 0 ? 0 : 3);
    const { report } = await setting.importText(org, null, { name, flags: ['--mapping', 'saved.yaml'] });
    expect(report.failed).toBe(rejected);
    expect(report.imported).toBeGreaterThanOrEqual(9);
    const customers = await setting.stored(org);
    for (const customer of customers) {
      expect(customer.name).toMatch(/\p{L}{3}/u);
      expect(customer.erp_customer_number ?? '0').toMatch(/\d/);
      const city = (customer.billing_address ?? customer.shipping_address ?? {})['city'] ?? 'none';
      expect(city).toMatch(/^\p{L}/u);
    }
  });

  test('says what is missing, and the command with it imports the file', async () => {
    await put('own.csv', 'Nr;Firma;Straße;Hausnummer;PLZ / Ort\n1;A GmbH;Am Markt;7;01067 Dresden\n');
    const { exitCode, stdout, stderr } = await save('own.csv');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('wrote saved.yaml: 5 of 5 columns are read, 1 of 1 row would be accepted');
    expect(stderr).toContain('no column gives the currency: give yours with --default currency=…');
    const [, next = ''] = /^next: orderflow-customers (.*) --org ORG --dry-run$/m.exec(stdout) ?? [];
    expect(next).toBe('import own.csv --mapping saved.yaml --default currency=EUR --default language=de-DE');
    const { report } = await setting.importText(org, null, {
      name: 'own.csv',
      flags: next.split(' ').slice(2),
    });
    expect(report).toMatchObject({ ok: true, imported: 1 });
    expect(await setting.stored(org)).toMatchObject([
      {
        erp_customer_number: '1',
        name: 'A GmbH',
        billing_address: { street: 'Am Markt 7', postal_code: '01067', city: 'Dresden' },
      },
    ]);
  });

  test('gives a blank currency the default, and leaves the others', async () => {
    await put('own.csv', 'Nr;Firma;Wkz\n1;A GmbH;CHF\n2;B GmbH;\n');
    expect((await save('own.csv', ...defaults)).exitCode).toBe(0);
    await setting.importText(org, null, { name: 'own.csv', flags: ['--mapping', 'saved.yaml'] });
    const customers = await setting.stored(org);
    expect(customers.map(({ default_currency: currency }) => currency)).toEqual(['CHF', 'EUR']);
  });

  test('reads a person as the customer without a company, and as its contact otherwise', async () => {
    await put(
      'own.csv',
      'Firma;Vorname;Name;E-Mail;Telefon\nA GmbH;Anna;Arndt;a@a.example;0351 1\n;Bert;Beck;b@b.example;\n',
    );
    await save('own.csv', ...defaults);
    await setting.importText(org, null, { name: 'own.csv', flags: ['--mapping', 'saved.yaml'] });
    expect(await setting.stored(org)).toMatchObject([
      { name: 'A GmbH', contacts: [{ email: 'a@a.example', name: 'Anna Arndt', phone: '0351 1' }] },
      { name: 'Bert Beck', contacts: [{ name: 'Bert Beck' }] },
    ]);
  });

  test.for([
    ['a phone without an email address', 'Firma;Telefon\nA;030 1\n', 'Telefon'],
    ['a phone without a person', 'Firma;E-Mail;Telefon\nA;a@a.example;030 1\n', 'Telefon'],
    ['a country that is none', 'Firma;Land\nA;Nord\nB;Süd\n', 'Land'],
    ['an active flag that is blank throughout', 'Firma;Aktiv\nA;\nB;\n', 'Aktiv'],
  ] as const)('leaves out %s, and says so', async ([, text, column]) => {
    await put('own.csv', text);
    const { exitCode, stderr } = await save('own.csv', ...defaults);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`left out: "${column}": `);
    expect((await saved()).columns[column]?.fields).toEqual([]);
  });

  test.for([
    ['an amount for a number', 'Firma;Konto\nA;1.204,50\nB;17,00\n', 'Konto'],
    ['a group for a number', 'Firma;Code\nA;1\nB;1\nC;1\n', 'Code'],
    ['a status for active', 'Firma;Status\nA;Lead\nB;Kunde\n', 'Status'],
    ['a second address for the first', 'Firma;Straße;Straße 2;PLZ 2\nA;Weg 1;Gasse 2;01067\n', 'Straße 2'],
    ['a postcode of two words for one', 'Firma;PLZ Ort\nA;1015 AA Amsterdam\n', 'PLZ Ort'],
    ['a whole address for a street', 'Firma;Adresse\nA GmbH;"Weg 1, 01067 Dresden"\n', 'Adresse'],
    ['a region for a state', 'Firma;Region\nA;Süd\n', 'Region'],
  ] as const)('does not take %s', async ([, text, column]) => {
    await put('own.csv', text);
    expect((await save('own.csv', ...defaults)).exitCode).toBe(0);
    expect((await saved()).columns[column]?.fields).toEqual([]);
  });

  test('writes nothing where no column is the name, or no row would be accepted', async () => {
    await put('own.csv', 'Region;Umsatz\nNord;1,5\n');
    const unnamed = await save('own.csv', '--save-mapping', 'none.yaml');
    expect(unnamed).toMatchObject({ exitCode: 5 });
    expect(unnamed.stderr).toContain('no column looks like the name of the customer');
    await put('own.csv', 'Firma;Wkz\nMÃ¼ller;EUR\n');
    const refused = await save('own.csv', '--save-mapping', 'none.yaml');
    expect(refused).toMatchObject({ exitCode: 5 });
    expect(refused.stderr).toMatch(/would accept no row; line 2, Firma: /);
    expect(await setting.files()).not.toContain('none.yaml');
  });

  test('does not overwrite a file without confirmation', async () => {
    await put('own.csv', 'name,default_currency,default_language\nA,EUR,de\n');
    await put('mine.yaml', 'mine');
    const refused = await inDirectory(['inspect', 'own.csv', '--save-mapping', 'mine.yaml']);
    expect(refused).toMatchObject({ exitCode: 5 });
    expect(refused.stderr).toContain('"mine.yaml" already exists');
    expect(await setting.file('mine.yaml')).toBe('mine');
    const written = await inDirectory(['inspect', 'own.csv', '--save-mapping', 'mine.yaml', '--yes']);
    expect(written.exitCode).toBe(0);
    expect(parseMapping(await setting.file('mine.yaml'), 'mine.yaml')).toMatchObject({
      columns: { name: { fields: ['name'] } },
      expects: ['name', 'default_currency', 'default_language'],
    });
  });

  test('is needed where no question can be asked', async () => {
    await put('own.csv', 'Firma\nA GmbH\nB GmbH\n'.replaceAll('\n', ';x\n'));
    const { exitCode, stderr } = await inDirectory(['inspect', 'own.csv', '--save-mapping', 'other.yaml']);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('add --yes to accept the suggestions, or run it on a terminal');
    expect(await setting.files()).not.toContain('other.yaml');
  });

  test('copes with any column name', async () => {
    const names = [
      '_a',
      '',
      'yes',
      '01067',
      'a: b',
      '# c',
      '"',
      '*x',
      '- y',
      '__proto__',
      'constructor',
      'ä\tö',
      'd',
      'd',
    ];
    const cells = ['name', 'default_currency', 'default_language', ...names].map(
      (name) => `"${name.replaceAll('"', '""')}"`,
    );
    await put('own.csv', `${cells.join(',')}\nA,EUR,de${',x'.repeat(names.length)}\n`);
    const { exitCode, stderr } = await save('own.csv');
    expect(stderr).toContain('wrote saved.yaml: 3 of 17 columns are read');
    expect(exitCode).toBe(0);
    const { report } = await setting.importText(org, null, {
      name: 'own.csv',
      flags: ['--mapping', 'saved.yaml'],
    });
    expect(report).toMatchObject({ ok: true, imported: 1, warnings: [] });
  });

  test('comes by standard input too', async () => {
    const text = 'Nr;Firma\n1;A GmbH\n2;B GmbH\n';
    const { exitCode } = await inDirectory(
      ['inspect', '-', '--save-mapping', 'saved.yaml', '--yes', ...defaults],
      { stdin: text },
    );
    expect(exitCode).toBe(0);
    const { report } = await setting.importText(org, text, { flags: ['--mapping', 'saved.yaml'] });
    expect(report).toMatchObject({ ok: true, imported: 2 });
  });
});

test('whatever --yes writes for any header and rows can be imported, or it says what is missing', async () => {
  const name = fc.constantFrom(
    'Firma',
    'Name',
    'Name2',
    'Vorname',
    'Nachname',
    'Kunde',
    'Nr.',
    'Kundennummer',
    'Konto',
    'E-Mail',
    'Telefon',

    'Ansprechpartner',
    'Straße',
    'Hausnummer',
    'PLZ',
    'PLZ Ort',
    'Ort',
    'Land',
    'Währung',
    'Sprache',
    'Gesperrt',

    'Aktiv',
    'Status',
    'Bemerkung',
    'Lieferstraße',
    'Position',
    'contact_email',
    'contact_role',
    'F1',
    'F2',
    '_x',

    'Straße 2',
    'PLZ 2',
    'billing_city',
    'State',
    'WKZ',
    'Locale',
    'ID',
    'Adresse',
    'Blocked',
    'Inaktiv',
  );
  const cell = fc.constantFrom(
    '',
    '',
    'A GmbH',
    'Müller',
    '1',
    '10001',
    'D10002',
    'a@b.example',
    'EUR',
    'CHF',
    'DE',
    'Deutschland',
    'de-DE',

    'ja',
    'N',
    'x',
    '01067',
    '01067 Dresden',
    'Am Markt 7',
    '+49 351 1',
    "'=1",
    '1,50',
    'Lead',
    'Ä ö',
    '-',
    'NULL',
  );
  const file = fc.array(name, { minLength: 1, maxLength: 8 }).chain((header) =>
    fc.record({
      header: fc.constant(header),
      rows: fc.array(fc.array(cell, { minLength: header.length, maxLength: header.length }), {
        minLength: 1,
        maxLength: 6,
      }),
      given: fc.boolean(),
    }),
  );
  const property = fc.asyncProperty(file, async ({ header, rows, given }) => {
    await put(
      'any.csv',
      `${[header, ...rows].map((cells) => cells.map((text) => `"${text}"`).join(';')).join('\n')}\n`,
    );
    await put('saved.yaml', 'older');
    const flags = given ? defaults : [];
    const { exitCode, stderr } = await save('any.csv', ...flags, '--delimiter', ';');
    if (exitCode !== 0 && exitCode !== 3) {
      const said = /no column looks like the name|would accept no row|the file has no|looks like|header/;
      return said.test(stderr) && (await setting.file('saved.yaml')) === 'older';
    }
    const { report, ...result } = await setting.importText(org, null, {
      name: 'any.csv',
      // Rows of one name are no matter of the mapping.
      flags: ['--mapping', 'saved.yaml', ...(given ? [] : defaults), '--allow-duplicates', '--dry-run'],
    });
    const [, accepted, all] = /(\d+) of (\d+) rows? would be accepted/.exec(stderr) ?? [];
    const counts = [String(report.rows - report.failed), String(report.rows)];
    return result.exitCode === exitCode && counts.join(' ') === `${accepted} ${all}`;
  });
  await expect(fc.assert(property, { numRuns: 60 })).resolves.toBeUndefined();
}, 120_000);
