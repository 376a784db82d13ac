import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { csv } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';

/*
 * Defaults, a mapping's constants and its values for blank cells are for new customers; existing ones keep theirs.
 */

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const defaults = ['--default', 'currency=EUR', '--default', 'language=de-DE'];

/** An organization with one Swiss customer, number 1. */
async function withSwiss(): Promise<Organization> {
  const org = await setting.newOrg();
  await insertCustomer(setting.database, org, {
    erp_customer_number: '1',
    name: 'Uhren AG',
    default_currency: 'CHF',
    default_language: 'de-CH',
    email: 'a@uhren.example',
    notes: 'seit 1998',
    billing_address: { city: 'Biel', country: 'CH' },
    contacts: [{ email: 'a@uhren.example', role: 'Chefin', is_primary: true }],
  });
  return org;
}

async function mapping(yaml: string): Promise<string[]> {
  await writeFile(path.join(setting.directory, 'mapping.yaml'), yaml);
  return ['--mapping', 'mapping.yaml'];
}

describe('--default', () => {
  test.for([
    ['a column is missing', 'erp_customer_number,name\n1,Uhren AG\n2,Neu\n', []],
    [
      'cells are blank',
      'erp_customer_number,name,default_currency,default_language\n1,Uhren AG,,\n2,Neu,,\n',
      [],
    ],
    [
      'cells are blank, under --blank keep',
      'erp_customer_number,name,default_currency,default_language\n1,Uhren AG,,\n2,Neu,,\n',
      ['--blank', 'keep'],
    ],
  ] as const)('fills new customers only: %s', async ([, text, flags]) => {
    const org = await withSwiss();
    const before = await setting.versions(org);
    const { report } = await setting.importText(org, text, { flags: [...defaults, ...flags] });
    expect(report).toMatchObject({ imported: 1, updated: 0, unchanged: 1, failed: 0 });
    expect(await setting.versions(org)).toEqual(expect.arrayContaining(before));
    expect(await setting.stored(org)).toMatchObject([
      { default_currency: 'CHF', default_language: 'de-CH', is_active: true },
      { default_currency: 'EUR', default_language: 'de-DE', is_active: true },
    ]);
  });

  test('leaves the currency alone where another field is changed', async () => {
    const org = await withSwiss();
    const { report } = await setting.importText(org, 'erp_customer_number,name\n1,Uhren Biel AG\n', {
      flags: defaults,
    });
    expect(report).toMatchObject({ updated: 1 });
    expect(await setting.stored(org)).toMatchObject([{ name: 'Uhren Biel AG', default_currency: 'CHF' }]);
  });

  test('gives way to a cell of the file', async () => {
    const org = await withSwiss();
    await setting.importText(org, 'erp_customer_number,name,default_currency\n1,Uhren AG,USD\n2,Neu,GBP\n', {
      flags: defaults,
    });
    expect(await setting.stored(org)).toMatchObject([
      { default_currency: 'USD', default_language: 'de-CH' },
      { default_currency: 'GBP', default_language: 'de-DE' },
    ]);
  });

  test('fills the customer when its row comes twice, and its last cell is blank', async () => {
    const org = await setting.newOrg();
    const text = 'erp_customer_number,name,default_currency,default_language\n1,A,CHF,de-CH\n1,A,,de-CH\n';
    expect((await setting.importText(org, text, { flags: defaults })).report).toMatchObject({ imported: 1 });
    expect(await setting.stored(org)).toMatchObject([{ default_currency: 'EUR' }]);
  });

  test('a blank cell without a default is an error', async () => {
    const org = await withSwiss();
    const { report } = await setting.importText(
      org,
      'erp_customer_number,name,default_currency,default_language\n1,Uhren AG,,de-CH\n',
    );
    expect(report.errors).toMatchObject([{ row: 2, code: 'currency_required' }]);
    expect(await setting.stored(org)).toMatchObject([{ default_currency: 'CHF' }]);
  });

  test('a row without a number means the customer that matches all of its values', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, {
      name: 'Ohne',
      default_currency: 'CHF',
      default_language: 'fr-CH',
    });
    const { report } = await setting.importText(org, 'name\nOhne\nNeu\n', { flags: defaults });
    expect(report).toMatchObject({ imported: 1, updated: 0, unchanged: 1 });
    expect(await setting.stored(org)).toMatchObject([
      { name: 'Neu', default_currency: 'EUR' },
      { name: 'Ohne', default_currency: 'CHF' },
    ]);
    expect((await setting.importText(org, null, { flags: defaults })).report).toMatchObject({
      imported: 0,
      unchanged: 2,
    });
  });
});

describe('a mapping', () => {
  test('gives constants of every kind to new customers and contacts only', async () => {
    const org = await withSwiss();
    const flags = await mapping(`columns:
  Nr: erp_customer_number
  Firma: name
  Ort: billing_city
  Mail: contact_email
constants:
  default_currency: EUR
  default_language: de-DE
  notes: aus dem ERP
  email: neu@x.example
  billing_country: DE
  shipping_country: DE
  contact_role: Einkauf
  contact_is_primary: yes
`);
    const text =
      'Nr,Firma,Ort,Mail\n1,Uhren AG,Biel,a@uhren.example\n1,Uhren AG,Biel,b@uhren.example\n2,Neu,,c@x.example\n2,Neu,,d@x.example\n3,Drei,Ulm,e@x.example\n';
    const { report } = await setting.importText(org, text, { flags });
    expect(report).toMatchObject({ imported: 2, updated: 0, unchanged: 1, superseded: 2, failed: 0 });
    expect(report.contacts).toEqual({ imported: 4, updated: 0, unchanged: 1 });
    const fresh = {
      default_currency: 'EUR',
      notes: 'aus dem ERP',
      email: 'neu@x.example',
      shipping_address: { country: 'DE' },
    };
    expect(await setting.stored(org)).toEqual([
      expect.objectContaining({
        default_currency: 'CHF',
        notes: 'seit 1998',
        email: 'a@uhren.example',
        billing_address: { city: 'Biel', country: 'CH' },
        shipping_address: null,
        contacts: [
          expect.objectContaining({ email: 'a@uhren.example', role: 'Chefin', is_primary: true }),
          expect.objectContaining({ email: 'b@uhren.example', role: 'Einkauf', is_primary: false }),
        ],
      }),
      expect.objectContaining({
        ...fresh,
        billing_address: { country: 'DE' },
        contacts: [
          expect.objectContaining({ email: 'c@x.example', role: 'Einkauf', is_primary: false }),
          expect.objectContaining({ email: 'd@x.example', role: 'Einkauf', is_primary: true }),
        ],
      }),
      expect.objectContaining({
        ...fresh,
        billing_address: { city: 'Ulm', country: 'DE' },
        contacts: [expect.objectContaining({ email: 'e@x.example', role: 'Einkauf', is_primary: true })],
      }),
    ]);
    const before = await setting.versions(org);
    expect((await setting.importText(org, null, { flags })).report).toMatchObject({
      imported: 0,
      updated: 0,
      contacts: { imported: 0, updated: 0 },
    });
    expect(await setting.versions(org)).toEqual(expect.arrayContaining(before));
  });

  test('gives values for blank cells to new customers only', async () => {
    const org = await withSwiss();
    const flags = await mapping(`columns:
  Nr: erp_customer_number
  Firma: { field: name, values: { '': Unbekannt } }
  Sprache: { field: default_language, values: { D: de-DE, '': de-AT } }
  Land: { field: billing_country, values: { '': DE } }
  Ort: billing_city
constants: { default_currency: EUR }
`);
    const { report } = await setting.importText(
      org,
      'Nr,Firma,Sprache,Land,Ort\n1,,,,Bern\n2,,,,Bonn\n3,C,D,AT,\n',
      { flags },
    );
    expect(report).toMatchObject({ imported: 2, updated: 1, failed: 0 });
    expect(await setting.stored(org)).toMatchObject([
      { name: 'Uhren AG', default_language: 'de-CH', billing_address: { city: 'Bern', country: 'CH' } },
      { name: 'Unbekannt', default_language: 'de-AT', billing_address: { city: 'Bonn', country: 'DE' } },
      { name: 'C', default_language: 'de-DE', billing_address: { country: 'AT' } },
    ]);
  });

  test('that says what a blank flag means is followed for existing customers too', async () => {
    const org = await setting.newOrg();
    const flags = [
      ...(await mapping(`columns:
  Gesperrt: { field: is_active, values: { X: no, '': yes } }
`)),
      ...defaults,
    ];
    await setting.importText(org, 'erp_customer_number,name,Gesperrt\n1,A,X\n', { flags });
    expect(await setting.stored(org)).toMatchObject([{ is_active: false }]);
    expect(
      (await setting.importText(org, 'erp_customer_number,name,Gesperrt\n1,A,\n', { flags })).report,
    ).toMatchObject({ updated: 1 });
    expect(await setting.stored(org)).toMatchObject([{ is_active: true }]);
  });

  test('with a constant is_active leaves existing customers unchanged', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '1', is_active: true, name: 'A' });
    await insertCustomer(setting.database, org, { erp_customer_number: '2', is_active: false, name: 'B' });
    const flags = [...(await mapping('constants: { is_active: no }\n')), ...defaults];
    const { report } = await setting.importText(org, 'erp_customer_number,name\n1,A\n2,B\n3,C\n', { flags });
    expect(report).toMatchObject({ imported: 1, updated: 0, unchanged: 2 });
    expect((await setting.stored(org)).map(({ is_active: active }) => active)).toEqual([true, false, false]);
  });

  test('is overruled by --default', async () => {
    const org = await setting.newOrg();
    const flags = [
      ...(await mapping('constants: { default_currency: EUR, default_language: de-DE }\n')),
      '--default',
      'currency=CHF',
    ];
    await setting.importText(org, csv([{ erp_customer_number: '1', name: 'A' }]), { flags });
    expect(await setting.stored(org)).toMatchObject([{ default_currency: 'CHF', default_language: 'de-DE' }]);
  });
});
