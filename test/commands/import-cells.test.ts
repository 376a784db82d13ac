import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Address } from '../../src/model/address.ts';
import type { Organization } from '../../src/model/organization.ts';
import { csv, customerRow } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const counts = (given: Record<string, number>) => ({
  rows: 0,
  imported: 0,
  updated: 0,
  unchanged: 0,
  superseded: 0,
  failed: 0,
  ...given,
});

describe('columns and cells', () => {
  const everything = customerRow({
    erp_customer_number: '1',
    email: 'e@x.example',
    notes: 'n',
    billing_city: 'Bern',
    billing_street: 'Gasse 1',
    shipping_city: 'Genf',
    contact_email: 'c@x.example',
    contact_name: 'C',
    contact_phone: '1',
    contact_role: 'R',
    contact_is_primary: 'yes',
  });
  const stands = {
    erp_customer_number: '1',
    name: 'Beispiel GmbH',
    email: 'e@x.example',
    default_currency: 'EUR',
    default_language: 'de-DE',
    notes: 'n',
    billing_address: { city: 'Bern', street: 'Gasse 1' },
    shipping_address: { city: 'Genf' },
    is_active: true,
    contacts: [{ email: 'c@x.example', name: 'C', phone: '1', role: 'R', is_primary: true }],
  };
  const contact = stands.contacts[0];

  test.for([
    ['absent columns leave everything alone', customerRow({ erp_customer_number: '1' }), [], {}],
    ['a blank email clears it', { email: '' }, [], { email: null }],
    ['blank notes clear them', { notes: ' ' }, [], { notes: null }],
    [
      'a blank part of an address clears that part',
      { billing_city: '' },
      [],
      { billing_address: { street: 'Gasse 1' } },
    ],
    [
      'all parts blank clear the address',
      { billing_city: '', billing_street: '' },
      [],
      { billing_address: null },
    ],
    [
      'a part that is given leaves the others',
      { billing_city: 'Chur' },
      [],
      { billing_address: { city: 'Chur', street: 'Gasse 1' } },
    ],
    [
      'a new part joins the others',
      { shipping_country: 'ch' },
      [],
      { shipping_address: { city: 'Genf', country: 'CH' } },
    ],
    [
      'a blank name of a contact clears it',
      { contact_email: 'c@x.example', contact_name: '' },
      [],
      { contacts: [{ ...contact, name: null }] },
    ],
    [
      'a blank phone and role of a contact clear them',
      { contact_email: 'c@x.example', contact_phone: '', contact_role: '' },
      [],
      { contacts: [{ ...contact, phone: null, role: null }] },
    ],
    ['a blank contact_email names no contact', { contact_email: '' }, [], {}],
    [
      'a blank contact_is_primary leaves the flag',
      { contact_email: 'c@x.example', contact_is_primary: '' },
      [],
      {},
    ],
    [
      'contact_is_primary no takes the flag',
      { contact_email: 'c@x.example', contact_is_primary: 'no' },
      [],
      { contacts: [{ ...contact, is_primary: false }] },
    ],
    ['is_active that is blank throughout says nothing', { is_active: '' }, [], {}],
    ['is_active no sets inactive', { is_active: 'no' }, [], { is_active: false }],
    ['--blank keep leaves an email', { email: '' }, ['--blank', 'keep'], {}],
    ['--blank keep leaves notes', { notes: '' }, ['--blank', 'keep'], {}],
    [
      '--blank keep leaves the parts of an address',
      { billing_city: '', billing_street: 'Weg 2' },
      ['--blank', 'keep'],
      { billing_address: { city: 'Bern', street: 'Weg 2' } },
    ],
    [
      '--blank keep leaves the fields of a contact',
      { contact_email: 'c@x.example', contact_name: '', contact_role: 'S' },
      ['--blank', 'keep'],
      { contacts: [{ ...contact, role: 'S' }] },
    ],
    ['--blank keep leaves is_active', { is_active: '' }, ['--blank', 'keep'], {}],
  ] as const)('%s', async ([, change, flags, expected]) => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([everything]));
    expect(await setting.stored(org)).toEqual([stands]);
    const text = csv([customerRow({ erp_customer_number: '1', ...change })]);
    const { exitCode, report } = await setting.importText(org, text, { flags: [...flags] });
    expect(exitCode).toBe(0);
    expect(await setting.stored(org)).toEqual([{ ...stands, ...expected }]);
    const customerChanged = Object.keys(expected).some((key) => key !== 'contacts');
    expect(report).toMatchObject(
      customerChanged ? { updated: 1, unchanged: 0 } : { updated: 0, unchanged: 1 },
    );
    expect(report.contacts.updated).toBe('contacts' in expected ? 1 : 0);
    const before = await setting.versions(org);
    const again = await setting.importText(org, text, { flags: [...flags, '--dry-run'] });
    expect(again.report).toMatchObject({ updated: 0, unchanged: 1, contacts: { imported: 0, updated: 0 } });
    expect(await setting.versions(org)).toEqual(before);
  });

  test.for([
    ['a row that is present makes an inactive customer active', {}, [], true],
    ['a row that says no leaves it inactive', { is_active: 'falsch' }, [], false],
    ['a column that is blank throughout makes it active, as one that is absent', { is_active: '' }, [], true],
    ['--blank keep leaves it inactive too', { is_active: '' }, ['--blank', 'keep'], false],
    ['a row that says yes makes it active', { is_active: 'wahr' }, [], true],
  ] as const)('%s', async ([, change, flags, active]) => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([customerRow({ erp_customer_number: '1', is_active: '0' })]));
    expect(await setting.stored(org)).toMatchObject([{ is_active: false }]);
    const { report } = await setting.importText(
      org,
      csv([customerRow({ erp_customer_number: '1', ...change })]),
      { flags: [...flags] },
    );
    expect(await setting.stored(org)).toMatchObject([{ is_active: active }]);
    expect(report).toMatchObject(active ? { updated: 1 } : { unchanged: 1 });
  });

  test('a blank is_active of a new customer means no, with --blank keep it means yes', async () => {
    const org = await setting.newOrg();
    const rows = ['1', '2', '3'].map((number) =>
      customerRow({ erp_customer_number: number, is_active: number === '3' ? 'x' : '' }),
    );
    const { report } = await setting.importText(org, csv(rows));
    expect(report.warnings).toMatchObject([
      { row: null, line: null, column: 'is_active', code: 'blank_is_inactive' },
    ]);
    expect(report.warnings[0].warning).toBe('is_active is blank in 2 rows: these customers are set inactive');
    const other = await setting.newOrg();
    const kept = await setting.importText(other, csv(rows), { flags: ['--blank', 'keep'] });
    expect(kept.report.warnings).toEqual([]);
    expect((await setting.stored(org)).map(({ is_active: active }) => active)).toEqual([false, false, true]);
    expect((await setting.stored(other)).map(({ is_active: active }) => active)).toEqual([true, true, true]);
  });

  test.for([
    [
      'both',
      ['--default', 'currency=chf', '--default', 'language=DE-ch'],
      'name',
      { default_currency: 'CHF', default_language: 'de-CH' },
    ],
    [
      'currency alone',
      ['--default', 'currency=CHF'],
      'name,default_language',
      { default_currency: 'CHF', default_language: 'fr' },
    ],
  ] as const)(
    '--default fills required columns that the file lacks: %s',
    async ([, flags, header, expected]) => {
      const org = await setting.newOrg();
      const { exitCode } = await setting.importText(org, `${header}\nX${header === 'name' ? '' : ',fr'}\n`, {
        flags: [...flags],
      });
      expect(exitCode).toBe(0);
      expect(await setting.stored(org)).toMatchObject([expected]);
    },
  );

  test('--default fills a blank cell of a new customer', async () => {
    const org = await setting.newOrg();
    const { exitCode } = await setting.importText(org, 'name,default_currency,default_language\nX,,de\n', {
      flags: ['--default', 'currency=CHF'],
    });
    expect(exitCode).toBe(0);
    expect(await setting.stored(org)).toMatchObject([{ name: 'X', default_currency: 'CHF' }]);
  });
});

describe('an address that another program stored', () => {
  test.for([
    [
      'null parts are absent parts',
      { city: 'Bern', street: null, country: null },
      { billing_city: 'Bern', billing_street: '', billing_country: '' },
    ],
    [
      'an address of null parts is no address',
      { city: null, street: null },
      { billing_city: '', billing_street: '' },
    ],
    ['an empty object is no address', {}, { billing_city: '' }],
    [
      'keys that are not known are none of our business',
      { city: 'Bern', floor: 3, geo: { lat: null } },
      { billing_city: 'Bern' },
    ],
    ['a null of JSON is no address', 'null', { billing_city: '' }],
  ] as const)('is left alone when it says the same: %s', async ([, address, cells]) => {
    const org = await setting.newOrg();
    await store(org, address);
    const before = await setting.versions(org);
    const { report } = await setting.importText(
      org,
      csv([customerRow({ erp_customer_number: '1', ...cells })]),
    );
    expect(report).toMatchObject(counts({ rows: 1, unchanged: 1 }));
    expect(await setting.versions(org)).toEqual(expect.arrayContaining(before));
  });

  test.for([
    [
      'keeps keys that are not known',
      { city: 'Bern', floor: 3, geo: { lat: null }, tag: null },
      { billing_city: 'Chur' },
      { city: 'Chur', floor: 3, geo: { lat: null }, tag: null },
    ],
    ['keeps them when every part is cleared', { city: 'Bern', floor: 3 }, { billing_city: '' }, { floor: 3 }],
    ['takes the place of a null of JSON', 'null', { billing_city: 'Chur' }, { city: 'Chur' }],
    ['takes the place of what is no object', '"Bern"', { billing_city: 'Chur' }, { city: 'Chur' }],
    ['takes the place of a list', '["Bern"]', { billing_city: 'Chur' }, { city: 'Chur' }],
  ] as const)('changed by a file %s', async ([, address, cells, expected]) => {
    for (const flags of [[], ['--blank', 'keep']]) {
      if (flags.length > 0 && Object.values(cells).includes('')) continue;
      const org = await setting.newOrg();
      await store(org, address);
      const text = csv([customerRow({ erp_customer_number: '1', ...cells })]);
      expect((await setting.importText(org, text, { flags })).report).toMatchObject({ updated: 1 });
      expect(await setting.stored(org)).toMatchObject([{ billing_address: expected }]);
      expect((await setting.importText(org, text, { flags })).report).toMatchObject({ unchanged: 1 });
    }
  });
});

async function store(org: Organization, address: unknown): Promise<void> {
  const given = typeof address === 'string' ? {} : { billing_address: address as Address };
  const id = await insertCustomer(setting.database, org, { erp_customer_number: '1', ...given });
  if (typeof address !== 'string') return;
  await setting.database.execute(
    sql`update customer set billing_address = ${address}::jsonb where org_id = ${org.id} and id = ${id}`,
  );
}
