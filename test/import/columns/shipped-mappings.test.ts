import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { knownSystems, recogniseSystem } from '../../../src/import/columns/known-systems.ts';
import { parseMapping, readMapping } from '../../../src/import/columns/mapping-file.ts';
import { readCustomers } from '../read-customers.ts';

const defaults = { currency: 'EUR', language: 'de-DE' };
const samples = (await readdir('samples/sources')).toSorted();
const systems = knownSystems.map(({ name }) => name);

/** `sap-kna1-en.csv` is an export of `sap-kna1`. */
function systemOf(sample: string): string {
  return systems.findLast((name) => sample.startsWith(name)) as string;
}

async function readSample(sample: string) {
  const mapping = await readMapping(`mappings/${systemOf(sample)}.yaml`, { cwd: '.' });
  return readCustomers({ file: `samples/sources/${sample}.csv` }, { mapping, defaults });
}

function byNumber(customers: Record<string, unknown>[], number: string): Record<string, unknown> {
  return customers.find((customer) => customer['erp_customer_number'] === number) ?? {};
}

test('each known system has a mapping, a page and a sample, and each of those a system', async () => {
  expect((await readdir('mappings')).toSorted()).toEqual(systems.map((name) => `${name}.yaml`).toSorted());
  expect((await readdir('docs/sources')).toSorted()).toEqual(
    ['README.md', ...systems.map((name) => `${name}.md`)].toSorted(),
  );
  expect([...new Set(samples.map(systemOf))].toSorted()).toEqual(systems.toSorted());
});

describe.each(samples)('%s', (file) => {
  test('goes in as a whole: twelve customers or more, no row rejected, no warning', async () => {
    const { customers, rejects, warnings, columns } = await readSample(file.replace('.csv', ''));
    // A person without an email address cannot be a contact.
    const others = warnings.filter(({ problem }) => problem.code !== 'contact_left_out');
    expect([rejects, others]).toEqual([[], []]);
    expect(customers.length).toBeGreaterThanOrEqual(12);
    expect(columns.unknown).toEqual([]);
  });

  test('is recognised as an export of its own system, and of no other', async () => {
    const { columns } = await readCustomers({ file: `samples/sources/${file}` }, await ownMapping(file));
    expect(recogniseSystem(columns.header)?.name).toBe(systemOf(file));
    const names = new Set(columns.header);
    const found = knownSystems.filter(({ signatures }) =>
      signatures.some((signature) => signature.every((name) => names.has(name))),
    );
    expect(found.map(({ name }) => name)).toEqual([systemOf(file)]);
  });

  test('every other mapping refuses it, or the same customers would come in with other values', async () => {
    for (const other of systems) {
      if (other === systemOf(file)) continue;
      const mapping = await readMapping(`mappings/${other}.yaml`, { cwd: '.' });
      await expect(
        readCustomers({ file: `samples/sources/${file}` }, { mapping, defaults }),
      ).rejects.toMatchObject({ code: 'mapping_mismatch' });
    }
  });
});

async function ownMapping(file: string) {
  return { mapping: await readMapping(`mappings/${systemOf(file)}.yaml`, { cwd: '.' }), defaults };
}

test('files in the tool’s own format are recognised as no system', async () => {
  for (const file of ['customers.csv', 'customers-semicolon.csv', 'customers.xlsx', 'several-contacts.csv']) {
    const { columns } = await readCustomers({ file: `samples/${file}` }, { defaults });
    expect(recogniseSystem(columns.header)).toBeUndefined();
  }
});

test('each column of a signature is one that the mapping speaks of, or one that it ignores on purpose', async () => {
  const onlySigns = new Set([
    'Customer Posting Group',
    'Credit Limit (LCY)',
    'Sales (LCY)',
    'Debitorenbuchungsgruppe',
    'Kreditlimit (MW)',
    'Kundengruppe',
    'Company owner',
    'Organization - Owner',
    'is_company',
    'Matchcode',
    'Accepts Marketing',
    'Accepts Email Marketing',
    'date_registered',
  ]);
  for (const { name, signatures } of knownSystems) {
    const mapping = await readMapping(`mappings/${name}.yaml`, { cwd: '.' });
    const spoken = new Set([
      ...Object.keys(mapping.columns),
      ...mapping.join.flatMap(({ columns, else: others }) => [...columns, ...others]),
      ...mapping.skip.map(({ column }) => column),
      ...Object.values(mapping.names).flat(),
      ...mapping.rows.flatMap(({ of }) => Object.values(of)),
    ]);
    expect(signatures.flat().filter((column) => !spoken.has(column) && !onlySigns.has(column))).toEqual([]);
  }
});

test('the header’s language changes nothing', async () => {
  for (const [one, ...others] of [
    ['sap-kna1', 'sap-kna1-de', 'sap-kna1-en'],
    ['odoo', 'odoo-en', 'odoo-de'],
    ['hubspot-companies', 'hubspot-companies-de'],
    ['pipedrive', 'pipedrive-de'],
    ['jtl-wawi', 'jtl-wawi-land'],
  ] as const) {
    const { customers } = await readSample(one);
    for (const other of others) expect((await readSample(other)).customers).toEqual(customers);
  }
  const english = (await readSample('business-central')).customers;
  const german = (await readSample('business-central-de')).customers;
  // The German sample is in Windows-1252, which has no ş.
  expect(german).toEqual(JSON.parse(JSON.stringify(english).replaceAll('ş', 's')));
});

test('DATEV: the name of whichever kind, languages by DATEV’s numbers, no creditors', async () => {
  const { customers, tally } = await readSample('datev-debitoren');
  expect(tally).toMatchObject({ rows: 14, skipped: 1, contacts: 0 });
  expect(customers[0]).toEqual({
    erp_customer_number: '10001',
    name: 'Möbelwerk Süd GmbH',
    email: 'post@moebelwerk-sued.example',
    default_currency: 'EUR',
    default_language: 'de',
    billing_address: {
      street: 'Am Bahnhof 7',
      street2: 'Halle 3',
      postal_code: '88212',
      city: 'Ravensburg',
      country: 'DE',
    },
  });
  expect(byNumber(customers, '10002')).toMatchObject({
    name: 'Jörg Grünwald',
    billing_address: { postal_code: '01067' },
  });
  expect(byNumber(customers, '10003')).toMatchObject({ name: 'Stadtwerke Beispielstadt' });
  expect(byNumber(customers, '10004')).toMatchObject({ name: 'Gasthof "Zur Post" OG' });
  expect(byNumber(customers, '10006')).toMatchObject({ default_language: 'fr' });
  expect(byNumber(customers, '10010')).toMatchObject({ default_language: 'it' });
  expect(byNumber(customers, '10012')).toMatchObject({ default_language: 'de-DE' });
});

test('SAP KNA1: numbers keep their zeros, languages become tags, a flag for deletion makes inactive', async () => {
  const { customers } = await readSample('sap-kna1');
  expect(byNumber(customers, '0000110008')).toEqual({
    erp_customer_number: '0000110008',
    name: 'Özdemir Feinkost Inh. Ayşe Özdemir',
    default_currency: 'EUR',
    default_language: 'de',
    is_active: 'true',
    billing_address: {
      street: 'Markt 9',
      postal_code: '09111',
      city: 'Chemnitz',
      state: 'SN',
      country: 'DE',
    },
  });
  expect(byNumber(customers, '0000110012')).toMatchObject({ default_language: 'nl' });
  expect(byNumber(customers, '0000110007')).toMatchObject({ name: 'Altkunde e.K.', is_active: 'false' });
});

test('Sage 50, Germany and Britain: blocked is inactive, countries by their car sign', async () => {
  const german = (await readSample('sage-50')).customers;
  expect(byNumber(german, '10004')).toMatchObject({ email: 'zurpost@gasthof.example', is_active: 'true' });
  expect(byNumber(german, '10004')).toMatchObject({
    billing_address: { country: 'AT', postal_code: '8010' },
  });
  expect(byNumber(german, '10005')).toMatchObject({ default_currency: 'CHF' });
  expect(byNumber(german, '10014')).toMatchObject({ is_active: 'false' });
  const british = (await readSample('sage-50-uk')).customers;
  expect(byNumber(british, 'BRI002')).toEqual({
    erp_customer_number: 'BRI002',
    name: 'Brightside Café',
    default_currency: 'GBP',
    default_language: 'de-DE',
    is_active: 'true',
    billing_address: {
      street: '14 High Street',
      street2: 'Unit 3',
      postal_code: 'YO1 7HX',
      city: 'York',
      state: 'North Yorkshire',
      country: 'GB',
    },
  });
  expect(byNumber(british, 'OLD004')).toMatchObject({ is_active: 'false' });
});

test('Sage 100: two address uses from one address, debtors only, -1 for true', async () => {
  const { customers, tally } = await readSample('sage-100');
  const address = { street: 'Hauptplatz 5', postal_code: '8010', city: 'Graz', country: 'AT' };
  expect(tally).toMatchObject({ rows: 14, skipped: 1 });
  expect(byNumber(customers, 'D10004')).toMatchObject({
    billing_address: address,
    shipping_address: address,
  });
  expect(byNumber(customers, 'D10005')).toMatchObject({ default_currency: 'CHF', is_active: 'true' });
  expect(byNumber(customers, 'D10014')).toMatchObject({ is_active: 'false' });
});

test('Business Central: a blank currency or language is the default, only All blocks, no email no contact', async () => {
  const { customers } = await readSample('business-central');
  expect(byNumber(customers, 'D10001')).toMatchObject({
    default_currency: 'EUR',
    contact_email: 'post@moebelwerk-sued.example',
    contact_name: 'Käthe Böhm',
    contact_phone: '+49 751 55501-0',
  });
  expect(byNumber(customers, 'D10003')).toMatchObject({
    name: 'Stadtwerke Beispielstadt AöR',
    default_language: 'de-DE',
  });
  expect(byNumber(customers, 'D10005')).toMatchObject({ default_currency: 'CHF', is_active: 'true' });
  expect(byNumber(customers, 'D10006')).toMatchObject({ default_language: 'fr-FR' });
  expect(byNumber(customers, 'D10014')).toMatchObject({ is_active: 'false' });
  expect(byNumber(customers, 'D10010')).not.toHaveProperty('contact_name');
});

test('Odoo: rows with a parent are contacts and addresses of it, languages become tags', async () => {
  const { customers, tally } = await readSample('odoo');
  expect(tally).toMatchObject({ rows: 17, skipped: 0, accepted: 17, contacts: 2 });
  expect(customers).toHaveLength(14);
  expect(byNumber(customers, 'C-0006')).toEqual({
    erp_customer_number: 'C-0006',
    name: 'Société Lumière SARL',
    email: 'contact@lumiere.example',
    default_currency: 'EUR',
    default_language: 'fr-FR',
    is_active: 'true',
    billing_address: { street: '12 Rue de la République', postal_code: '69002', city: 'Lyon', country: 'FR' },
  });
  expect(byNumber(customers, 'C-0014')).toMatchObject({ is_active: 'false' });
});

test('Shopify: apostrophes are taken off, the company names the customer, else the person', async () => {
  const { customers } = await readSample('shopify');
  expect(byNumber(customers, '6801234510002')).toMatchObject({
    name: 'Jörg Grünwald',
    contact_name: 'Jörg Grünwald',
    contact_phone: '+49351555002',
    billing_address: { postal_code: '01067' },
  });
  expect(byNumber(customers, '6801234510004')).toMatchObject({
    name: 'Gasthof "Zur Post" OG',
    contact_name: 'Franz Huber',
    notes: 'Ruft gern an,\nam liebsten vormittags',
  });
  const old = (await readSample('shopify-2021')).customers;
  expect(old[1]).toMatchObject({
    name: 'Jörg Grünwald',
    billing_address: { postal_code: '01067', country: 'DE' },
  });
  expect(old[1]).not.toHaveProperty('erp_customer_number');
});

test('WooCommerce: two addresses, languages, and without the shop’s own people', async () => {
  const { customers, tally } = await readSample('woocommerce');
  expect(tally).toMatchObject({ rows: 14, skipped: 1 });
  expect(byNumber(customers, '200')).toMatchObject({
    default_language: 'de-DE',
    billing_address: { street: 'Am Bahnhof 7', state: 'DE-BW' },
    shipping_address: { street: 'Lager Ost 4', postal_code: '04177', city: 'Leipzig', country: 'DE' },
  });
  expect(byNumber(customers, '201')).toMatchObject({ name: 'Jörg Grünwald' });
  expect(byNumber((await readSample('woocommerce-customers')).customers, '205')).toMatchObject({
    name: 'Société Lumière SARL',
    contact_name: 'Élodie Dubois',
  });
});

test('HubSpot: the record id is the number, countries are written as names', async () => {
  const { customers } = await readSample('hubspot-companies');
  expect(byNumber(customers, '190723410012')).toEqual({
    erp_customer_number: '190723410012',
    name: 'Jansen & Zn. B.V.',
    default_currency: 'EUR',
    default_language: 'de-DE',
    billing_address: {
      street: 'Keizersgracht 100',
      postal_code: '1015 AA',
      city: 'Amsterdam',
      country: 'NL',
    },
  });
});

test('Pipedrive: a street with its number, and people as contacts of their organization', async () => {
  expect(byNumber((await readSample('pipedrive')).customers, '2')).toMatchObject({
    name: 'Jörg Grünwald',
    billing_address: { street: 'Lindenweg 2', postal_code: '01067', city: 'Dresden' },
  });
  const { customers, tally } = await readSample('pipedrive-people');
  expect(tally).toMatchObject({ rows: 12, skipped: 1, contacts: 11 });
  expect(customers.filter(({ erp_customer_number: number }) => number === '1')).toMatchObject([
    { name: 'Möbelwerk Süd GmbH', contact_name: 'Käthe Böhm', contact_role: 'Einkauf' },
    { name: 'Möbelwerk Süd GmbH', contact_name: 'Uwe Lang', contact_role: 'Buchhaltung' },
  ]);
});

test('lexoffice: the second street is another address and not read, suppliers neither', async () => {
  const { customers, tally } = await readSample('lexoffice');
  expect(tally).toMatchObject({ rows: 14, skipped: 1 });
  expect(byNumber(customers, '10001')).toEqual({
    erp_customer_number: '10001',
    name: 'Möbelwerk Süd GmbH',
    email: 'post@moebelwerk-sued.example',
    default_currency: 'EUR',
    default_language: 'de-DE',
    billing_address: {
      street: 'Am Bahnhof 7',
      street2: 'Halle 3',
      postal_code: '88212',
      city: 'Ravensburg',
      country: 'DE',
    },
  });
  expect(byNumber(customers, '10002')).toMatchObject({ name: 'Jörg Grünwald' });
});

test('JTL-Wawi: blocked customers are inactive, the language by its German name', async () => {
  const { customers } = await readSample('jtl-wawi');
  expect(byNumber(customers, '10009')).toMatchObject({
    default_language: 'fr-FR',
    contact_name: 'Noël Girard',
    billing_address: { country: 'BE' },
  });
  expect(byNumber(customers, '10014')).toMatchObject({ is_active: 'false' });
});

const parseYaml = (text: string) => parseMapping(text, 'm.yaml');

describe('names and optional', () => {
  test('the first name that the file has counts; the mapping’s own goes first', async () => {
    const m = parseYaml('columns: {A: name}\nnames: {A: [B, C]}\nother_columns: ignore');
    expect(
      (await readCustomers({ text: 'C,B\nUte,Eva\n' }, { mapping: m, defaults })).customers[0]?.['name'],
    ).toBe('Eva');
    expect(
      (await readCustomers({ text: 'B,A\nUte,Eva\n' }, { mapping: m, defaults })).customers[0]?.['name'],
    ).toBe('Eva');
  });

  test('a required column with no known name is a mismatch, named as in the mapping', async () => {
    const m = parseYaml('columns: {A: name, D: notes}\nnames: {A: [B]}');
    await expect(readCustomers({ text: 'X,D\n1,2\n' }, { mapping: m, defaults })).rejects.toMatchObject({
      code: 'mapping_mismatch',
      message: expect.stringContaining('"A"') as string,
    });
  });

  test('two columns of the name that counts are refused', async () => {
    const m = parseYaml('columns: {A: name}\nnames: {A: [B]}');
    await expect(readCustomers({ text: 'B,B\n1,2\n' }, { mapping: m, defaults })).rejects.toMatchObject({
      code: 'duplicate_column',
    });
  });

  test('an optional column may be missing in a join and in skip; a join of nothing leaves its field alone', async () => {
    const m = parseYaml(
      'join: [{field: name, columns: [A, B]}, {field: notes, columns: [N]}]\n' +
        "skip: [{column: T, equals: ''}]\noptional: [B, N, T]",
    );
    const { customers, columns } = await readCustomers({ text: 'A,Z\nUte,1\n' }, { mapping: m, defaults });
    expect(customers).toMatchObject([{ name: 'Ute' }]);
    expect(columns.has('notes')).toBe(false);
  });

  test('a blank cell of a mapped currency or language takes --default', async () => {
    const m = parseYaml(
      'columns: {A: name, W: default_currency, L: {field: default_language, values: {D: de}}}',
    );
    const { customers } = await readCustomers({ text: 'A,W,L\nx,,\ny,CHF,D\n' }, { mapping: m, defaults });
    expect(customers).toMatchObject([
      { default_currency: 'EUR', default_language: 'de-DE' },
      { default_currency: 'CHF', default_language: 'de' },
    ]);
  });
});
