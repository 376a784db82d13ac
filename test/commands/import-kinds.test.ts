import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { insertCustomer } from '../support/customers.ts';
import { readCsvRows } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { foretold, importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';
import { knownSystems } from '../../src/import/columns/known-systems.ts';

/*
 * Rows of several kinds, and several contacts in a row or a cell, as a mapping describes them.
 */

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const people = `
columns:
  Nr: erp_customer_number
  Name: name
  Ort: billing_city
constants: { default_currency: EUR, default_language: de-DE }
optional: [Nr, ID, Firma, Firmen-ID, Firmen-Nr, Rolle, Ort]
other_columns: ignore
id: ID
rows:
  - of: { number: Firmen-Nr, id: Firmen-ID, name: Firma }
    contact: { email: E-Mail, name: [Vorname, Name], role: Rolle }
`;

const addresses = `
columns:
  Nr: erp_customer_number
  Name: name
  Straße: billing_street
  Ort: billing_city
constants: { default_currency: EUR, default_language: de-DE }
rows:
  - when: { column: Art, equals: [Lieferadresse, L] }
    of: { number: Nr }
    shipping: { street: [Straße, HNr], city: Ort, country: Land }
other_columns: ignore
`;

const contacts = `
columns: { Nr: erp_customer_number, Name: name, Mail: contact_email, Kontakt: contact_name }
constants: { default_currency: EUR, default_language: de-DE }
contacts:
  - { email: Mail 2, name: [Vorname 2, Nachname 2], phone: Tel 2 }
  - { cell: Weitere }
optional: [Mail, Kontakt, Mail 2, Vorname 2, Nachname 2, Tel 2, Weitere]
`;

interface Message {
  row: number;
  column: string | null;
  code: string;
  error?: string;
  warning?: string;
}
const codes = (messages: Message[]) => messages.map(({ row, column, code }) => [row, column, code]);

/** Imports as a dry run, in earnest, and again: the first two say the same, the third changes nothing. */
async function imported(org: Organization, mapping: string, text: string, flags: string[] = []) {
  await writeFile(path.join(setting.directory, 'mapping.yaml'), mapping);
  const all = ['--mapping', 'mapping.yaml', ...flags];
  const before = await setting.versions(org);
  const dry = await setting.importText(org, text, { flags: [...all, '--dry-run'] });
  expect(await setting.versions(org)).toEqual(before);
  const real = await setting.importText(org, text, { flags: all });
  expect(foretold(dry.report)).toEqual(foretold(real.report));
  const standing = await setting.versions(org);
  const again = await setting.importText(org, text, { flags: all });
  expect(again.report).toMatchObject({ imported: 0, updated: 0, contacts: { imported: 0, updated: 0 } });
  expect(again.report.failed).toBe(real.report.failed);
  expect(await setting.versions(org)).toEqual(expect.arrayContaining(standing));
  const { rows, imported: fresh, updated, unchanged, superseded, failed } = real.report;
  expect(fresh + updated + unchanged + superseded + failed).toBe(rows);
  return real;
}

const emailsOf = async (org: Organization) =>
  Object.fromEntries(
    (await setting.stored(org)).map(({ name, contacts: list }) => [name, list.map(({ email }) => email)]),
  );

describe('companies and their people', () => {
  test.for([
    ['above', (company: string, person: string) => company + person],
    ['below', (company: string, person: string) => person + company],
  ] as const)('are tied by id, number and name, with the company %s', async ([, joined]) => {
    const org = await setting.newOrg();
    const header = 'ID,Nr,Vorname,Name,E-Mail,Firmen-ID,Firmen-Nr,Firma,Rolle\n';
    const companies = 'x1,10,,Zehn GmbH,,,,,\nx2,20,,Zwanzig AG,,,,,\nx3,,,Ohne KG,,,,,\n';
    const persons =
      ',,Anna,Alt,A@zehn.example,x1,,,Einkauf\n,,Bert,Bo,b@zehn.example,,10,,\n' +
      ',,Carla,C,c@zwanzig.example,,,Zwanzig AG,\n,,Dora,D,d@ohne.example,x3,,,\n,,Emil,E,,x1,,,\n';
    const { report } = await imported(org, people, header + joined(companies, persons));
    expect(report).toMatchObject({ rows: 8, imported: 3, superseded: 5, failed: 0, warnings_total: 1 });
    expect(report.contacts).toEqual({ imported: 4, updated: 0, unchanged: 0 });
    expect(report.warnings).toMatchObject([
      { code: 'contact_left_out', value: 'Emil E', warning: '"Emil E" has no email address and is left out' },
    ]);
    expect(await emailsOf(org)).toEqual({
      'Zehn GmbH': ['a@zehn.example', 'b@zehn.example'],
      'Zwanzig AG': ['c@zwanzig.example'],
      'Ohne KG': ['d@ohne.example'],
    });
    expect((await setting.stored(org))[0]?.contacts[0]).toMatchObject({ name: 'Anna Alt', role: 'Einkauf' });
  });

  test('are rejected by name where the company is missing, rejected itself, or one of two', async () => {
    const org = await setting.newOrg();
    const text =
      'ID,Nr,Vorname,Name,E-Mail,Firmen-ID,Firma\n' +
      'x1,NULL,,Zehn GmbH,,,\n' +
      'x2,20,,Gleich AG,,,\nx3,30,,Gleich AG,,,\n' +
      ',,A,A,a@x.example,x1,\n,,B,B,b@x.example,x9,\n,,C,C,c@x.example,,Gleich AG\n,,D,D,d@x.example,x2,\n';
    const { report } = await imported(org, people, text, ['--rejects', 'kinds.csv']);
    expect(report).toMatchObject({ imported: 2, superseded: 1, failed: 4, contacts: { imported: 1 } });
    expect(codes(report.errors).slice(1)).toEqual([
      [5, null, 'customer_not_found'],
      [6, null, 'customer_not_found'],
      [7, null, 'ambiguous_customer'],
    ]);
    expect(report.errors.map(({ error }: Message) => error)).toEqual([
      expect.any(String),
      'the row belongs to the customer with the id "x1", which this file does not have, or which was rejected',
      'the row belongs to the customer with the id "x9", which this file does not have, or which was rejected',
      'several customers of this file have the name "Gleich AG", which names the customer of this row',
    ]);
    expect(readCsvRows(await setting.file('kinds.csv'))).toHaveLength(4);
  });

  test('alone find customers of the organization by number and by name', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '10', name: 'Zehn GmbH' });
    await insertCustomer(setting.database, org, { erp_customer_number: '20', name: 'Gleich AG' });
    await insertCustomer(setting.database, org, { erp_customer_number: '30', name: 'Gleich AG' });
    const text =
      'Name,Vorname,E-Mail,Firmen-Nr,Firma\nA,A,a@x.example,10,\nB,B,b@x.example,,Zehn GmbH\nC,C,c@x.example,,Gleich AG\nD,D,d@x.example,99,\n';
    const { report } = await imported(org, people, text);
    expect(report).toMatchObject({ imported: 0, updated: 0, superseded: 2, failed: 2 });
    expect(report.contacts).toEqual({ imported: 2, updated: 0, unchanged: 0 });
    expect(report.errors.map(({ error }: Message) => error)).toEqual([
      '20 "Gleich AG" and 30 "Gleich AG" have the name "Gleich AG", which names the customer of this row',
      'the row belongs to the customer with the ERP number "99", which this file does not have, or which was rejected',
    ]);
    const only = await setting.importText(org, text, {
      flags: ['--mapping', 'mapping.yaml', '--only', 'create'],
    });
    expect(only.report).toMatchObject({ superseded: 0, failed: 4 });
  });

  test('find a company by the name that the file gives it, and by the stored one only where it gives none', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '10', name: 'Alt GmbH' });
    const renamed = 'Nr,Vorname,Name,E-Mail,Firma\n10,,Neu GmbH,,\n,A,A,a@x.example,Alt GmbH\n';
    const { report } = await imported(org, people, `${renamed},B,B,b@x.example,Neu GmbH\n`);
    expect(codes(report.errors)).toEqual([[3, null, 'customer_not_found']]);
    expect(await emailsOf(org)).toEqual({ 'Neu GmbH': ['b@x.example'] });

    const nameless = people.replace('  Name: name\n', '');
    const moved = 'Nr,Ort,Vorname,Name,E-Mail,Firma\n10,Bonn,,,,\n,,C,C,c@x.example,Neu GmbH\n';
    const other = await imported(org, nameless, moved, ['--only', 'update']);
    expect(other.report).toMatchObject({ updated: 1, failed: 0, contacts: { imported: 1 } });
    expect(await emailsOf(org)).toEqual({ 'Neu GmbH': ['b@x.example', 'c@x.example'] });
  });

  test('go with a customer that the database refuses', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '10', name: 'Ohne KG' });
    const text =
      'ID,Nr,Vorname,Name,E-Mail,Firmen-ID\nx1,,,Ohne K.G.,,\n,,A,A,a@x.example,x1\n,,B,B,b@x.example,x1\nx2,20,,Zwei,,\n,,C,C,c@x.example,x2\n';
    const { report } = await imported(org, people, text);
    expect(report).toMatchObject({ imported: 1, superseded: 1, failed: 3, contacts: { imported: 1 } });
    expect(codes(report.errors)).toEqual([
      [2, 'Name', 'possible_duplicate'],
      [3, null, 'customer_not_found'],
      [4, null, 'customer_not_found'],
    ]);
  });
});

describe('addresses by type', () => {
  const header = 'Nr,Name,Art,Straße,HNr,Ort,Land\n';

  test('come together, whichever row is first, and only what a row says is changed', async () => {
    const org = await setting.newOrg();
    const ten = {
      erp_customer_number: '10',
      name: 'Zehn',
      shipping_address: { street: 'Alt 1', city: 'Bonn', state: 'NRW' },
    };
    await insertCustomer(setting.database, org, ten);
    await insertCustomer(setting.database, org, { ...ten, erp_customer_number: '30' });
    const text =
      `${header}10,Zehn,L,Kai,7,,Deutschland\n10,Zehn,R,Weg 1,,Ulm,\n` +
      '20,Zwanzig,R,Gasse 2,,Wien,\n20,Zwanzig,Lieferadresse,Hof,3,Linz,AT\n30,Zehn,R,Platz,,Hof,\n';
    const { report } = await imported(org, addresses, text);
    expect(report).toMatchObject({ imported: 1, updated: 2, superseded: 2, failed: 0 });
    expect(report.values).toMatchObject([{ value: 'Deutschland', stored: 'DE' }]);
    expect(await setting.stored(org)).toMatchObject([
      {
        billing_address: { street: 'Weg 1', city: 'Ulm' },
        shipping_address: { street: 'Kai 7', country: 'DE', state: 'NRW' },
      },
      {
        billing_address: { street: 'Gasse 2', city: 'Wien' },
        shipping_address: { street: 'Hof 3', city: 'Linz', country: 'AT' },
      },
      { billing_address: { street: 'Platz', city: 'Hof' }, shipping_address: ten.shipping_address },
    ]);
    expect((await setting.stored(org))[0]?.shipping_address).not.toHaveProperty('city');
  });

  test('of no customer of the file, or with a wrong value, are rejected', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '10' });
    const text = `${header}10,Zehn,L,Kai,7,Ulm,DE\n20,Zwanzig,R,Weg,,Ulm,\n20,Zwanzig,L,Weg,,Ulm,Lummerland\n,Ohne,L,W,,U,\n`;
    const { report } = await imported(org, addresses, text);
    expect(report).toMatchObject({ imported: 1, failed: 3 });
    expect(codes(report.errors)).toEqual([
      [2, null, 'customer_not_found'],
      [4, 'Land', 'invalid_country'],
      [5, 'Nr', 'customer_not_found'],
    ]);
  });
});

describe('several contacts in a row', () => {
  test('are one contact if they write one address in two forms', async () => {
    const org = await setting.newOrg();
    const text =
      'Nr,Name,Mail,Kontakt,Mail 2,Vorname 2,Nachname 2,Weitere\n' +
      '10,Zehn,a@xn--mller-kva.example,A,a@müller.example,B,B,A@Müller.example\n' +
      '10,Zehn,c@zehn.example,C,,,,\n';
    const { report } = await imported(org, contacts, text);
    expect(report).toMatchObject({ imported: 1, contacts: { imported: 2 } });
    const [customer] = await setting.stored(org);
    expect(customer?.contacts.map(({ name }) => name)).toEqual(expect.arrayContaining(['A', 'C']));
  });

  test('and in other rows are one contact in whichever form it is stored', async () => {
    const org = await setting.newOrg();
    const header = 'Nr,Name,Mail,Kontakt,Mail 2,Vorname 2\n';
    await imported(org, contacts, `${header}10,Zehn,b@xn--mller-kva.example,Alt,,\n`);
    const text = `${header}10,Zehn,a@x.example,A,b@müller.example,Erst\n10,Zehn,b@müller.example,Zuletzt,,\n`;
    await imported(org, contacts, text);
    const [customer] = await setting.stored(org);
    expect(customer?.contacts).toMatchObject([{ name: 'A' }, { name: 'Zuletzt' }]);
  });

  test('are contacts of one customer, with or without a number, new or known', async () => {
    const org = await setting.newOrg();
    const header = 'Nr,Name,Mail,Kontakt,Mail 2,Vorname 2,Nachname 2,Tel 2,Weitere\n';
    const text =
      `${header}10,Zehn,a@x.example,Anna,b@x.example,Bert,Bo,+49 1,"Carla (c@x.example); Dieter <D@x.example>"\n` +
      ',Ohne,,,e@x.example,,,,"f@x.example\ng@x.example"\n' +
      '20,Zwanzig,a@x.example,Anna,A@x.example,Noch,Einmal,,"Huber, Hans <h@x.example>, i@x.example"\n' +
      '30,Dreißig,,,,Ines,I,,Jens\n';
    const { report } = await imported(org, contacts, text);
    expect(report).toMatchObject({ rows: 4, imported: 4, superseded: 0, failed: 0 });
    expect(report.contacts).toEqual({ imported: 10, updated: 0, unchanged: 0 });
    expect(
      report.warnings.map(({ row, value, code }: Message & { value: string }) => [row, value, code]),
    ).toEqual([
      [5, 'Ines I', 'contact_left_out'],
      [5, 'Jens', 'contact_left_out'],
    ]);
    expect(await emailsOf(org)).toEqual({
      Zehn: ['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example'],
      Ohne: ['e@x.example', 'f@x.example', 'g@x.example'],
      Zwanzig: ['a@x.example', 'h@x.example', 'i@x.example'],
      Dreißig: [],
    });
    const [ten, twenty] = await setting.stored(org);
    expect(ten?.contacts).toMatchObject([
      { name: 'Anna', phone: null },
      { name: 'Bert Bo', phone: '+49 1' },
      { name: 'Carla' },
      { name: 'Dieter' },
    ]);
    expect(twenty?.contacts.map(({ name }) => name)).toEqual(['Anna', 'Huber, Hans', null]);

    const changed = text.replace('Bert,Bo,+49 1', 'Berta,Bo,').replace('f@x.example', 'k@x.example');
    const second = await imported(org, contacts, changed);
    expect(second.report).toMatchObject({ imported: 0, updated: 0, failed: 0 });
    expect(second.report.contacts).toEqual({ imported: 1, updated: 1, unchanged: 8 });
    // Not every contact has a phone: a blank one is not cleared.
    expect((await setting.stored(org))[0]?.contacts[1]).toMatchObject({ name: 'Berta Bo', phone: '+49 1' });
  });

  test('reject their row where one of them is wrong, or two addresses have words between them', async () => {
    const org = await setting.newOrg();
    const text =
      'Nr,Name,Mail 2,Weitere\n10,Zehn,b@,\n20,Zwanzig,,Anna a@x.example und b@x.example\n30,Drei,,"ok@x.example;c@@x"\n';
    const { report } = await imported(org, contacts, text);
    expect(report).toMatchObject({ imported: 0, failed: 3 });
    expect(codes(report.errors)).toEqual([
      [2, 'Mail 2', 'invalid_email'],
      [3, 'Weitere', 'invalid_email'],
      [4, 'Weitere', 'invalid_email'],
    ]);
  });

  test('go with rows of one customer, with --match email and with --only update', async () => {
    const org = await setting.newOrg();
    const mapping = contacts.replace('Name: name,', 'Name: name, Haupt: email,');
    const header = 'Nr,Name,Haupt,Mail 2\n';
    const text = `${header}10,Zehn,z@x.example,a@x.example\n10,Zehn,z@x.example,b@x.example\n`;
    const first = await imported(org, mapping, text);
    expect(first.report).toMatchObject({ imported: 1, superseded: 1, contacts: { imported: 2 } });
    const byEmail = `${header},Zehn,z@x.example,c@x.example\n,Neu,n@x.example,d@x.example\n`;
    const { report } = await imported(org, mapping, byEmail, ['--match', 'email', '--only', 'update']);
    expect(report).toMatchObject({ unchanged: 1, failed: 1, contacts: { imported: 1 } });
    expect(await emailsOf(org)).toEqual({ Zehn: ['a@x.example', 'b@x.example', 'c@x.example'] });
  });
});

describe('a mapping', () => {
  test.for([
    ['rows: [{ of: { id: A }, contact: { email: B } }]', 'rows, number 1, "of", "id": the mapping has no id'],
    ['rows: [{ of: {}, contact: { email: B } }]', 'rows, number 1, "of": number, id or name is needed'],
    ['rows: [{ of: { name: A } }]', 'rows, number 1: contact, billing or shipping is needed'],
    [
      'rows: [{ of: { name: A }, contact: { name: B } }]',
      'rows, number 1, "contact": either email or cell is needed',
    ],
    [
      'rows: [{ of: { name: A }, shipping: { strasse: B } }]',
      'rows, number 1, "shipping": the key "strasse" is not known',
    ],
    ['contacts: [{ cell: A, email: B }]', 'contacts, number 1: either email or cell is needed'],
    ['contacts: [{ email: A, fax: B }]', 'contacts, number 1: the key "fax" is not known'],
    ['contacts: [{ email: [] }]', 'contacts, number 1, "email": at least one is needed'],
  ])('%s is refused', async ([yaml, message]) => {
    const org = await setting.newOrg();
    await writeFile(path.join(setting.directory, 'bad.yaml'), `columns: { N: name }\n${yaml}\n`);
    const { exitCode, report } = await setting.importText(org, 'N\nx\n', {
      flags: ['--mapping', 'bad.yaml'],
    });
    expect([exitCode, report.error.code, report.error.message]).toEqual([
      2,
      'mapping_invalid',
      `bad.yaml, line 2: ${message}`,
    ]);
  });
});

test('inspect with a mapping reports of each sample what an import does', async () => {
  const org = await setting.newOrg();
  const samples = (await readdir('samples/sources')).toSorted();
  for (const sample of samples) {
    const name = knownSystems.findLast((system) => sample.startsWith(system.name))?.name as string;
    const reading = [`samples/sources/${sample}`, '--mapping', name, '--json'];
    const defaults = ['--default', 'currency=EUR', '--default', 'language=de-DE'];
    const inspected = (await run(['inspect', ...reading, ...defaults])).json();
    const { report } = await runImport(['import', ...reading, ...defaults, '--org', org.slug, '--dry-run']);
    const { rows, accepted, rejected, values } = inspected;
    expect([sample, rows, accepted, rejected, values]).toEqual([
      sample,
      report.rows,
      report.rows - report.failed,
      report.failed,
      report.values,
    ]);
  }
});

test('Odoo: a company, its people and its delivery address become one customer', async () => {
  const org = await setting.newOrg();
  const argv = ['import', 'samples/sources/odoo.csv', '--mapping', 'odoo', '--org', org.slug, '--json'];
  const { report } = await runImport([...argv, '--default', 'currency=EUR', '--default', 'language=de-DE']);
  expect(report).toMatchObject({ rows: 17, imported: 14, superseded: 3, failed: 0, warnings: [] });
  expect((await setting.stored(org))[0]).toMatchObject({
    erp_customer_number: 'C-0001',
    billing_address: { street: 'Am Bahnhof 7', country: 'DE' },
    shipping_address: { street: 'Lagerweg 4', postal_code: '04177', city: 'Leipzig', country: 'DE' },
    contacts: [{ email: 'kaethe@moebelwerk-sued.example', name: 'Käthe Böhm', role: 'Einkauf' }],
  });
});

async function runImport(argv: string[]) {
  const result = await run(argv, { database: setting.server });
  return { report: result.json() };
}
