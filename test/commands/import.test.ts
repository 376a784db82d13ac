import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

describe('a customer with an ERP number', () => {
  test('is created with every field of the file', async () => {
    const org = await setting.newOrg();
    const text = csv([
      {
        name: ' Müller & Söhne "Präzision", GmbH ',
        erp_customer_number: '00042',
        email: 'Info@Mueller.Example',
        default_currency: 'eur',
        default_language: 'DE-de',
        notes: 'erste Zeile\nzweite \\ Zeile\\n\t'.trimEnd(),
        is_active: 'nein',
        billing_street: 'Straße "1"',
        billing_street2: 'Hof\\',
        billing_city: 'München',
        billing_postal_code: '01067',
        billing_state: 'BY',
        billing_country: 'de',
        shipping_city: 'Zürich',
        contact_email: 'Anna@Mueller.Example',
        contact_name: 'Anna Müller',
        contact_phone: '+49 89 123456',
        contact_role: 'Einkauf',
        contact_is_primary: 'ja',
      },
    ]);
    const { exitCode, report } = await setting.importText(org, text);
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ ok: true, ...counts({ rows: 1, imported: 1 }) });
    expect(report.contacts).toEqual({ imported: 1, updated: 0, unchanged: 0 });
    expect(await setting.stored(org)).toEqual([
      {
        erp_customer_number: '00042',
        name: 'Müller & Söhne "Präzision", GmbH',
        email: 'info@mueller.example',
        default_currency: 'EUR',
        default_language: 'de-DE',
        notes: 'erste Zeile\nzweite \\ Zeile\\n',
        is_active: false,
        billing_address: {
          street: 'Straße "1"',
          street2: 'Hof\\',
          city: 'München',
          postal_code: '01067',
          state: 'BY',
          country: 'DE',
        },
        shipping_address: { city: 'Zürich' },
        contacts: [
          {
            email: 'anna@mueller.example',
            name: 'Anna Müller',
            phone: '+49 89 123456',
            role: 'Einkauf',
            is_primary: true,
          },
        ],
      },
    ]);
  });

  test('is updated where the file differs, and only there', async () => {
    const org = await setting.newOrg();
    const first = [1, 2, 3].map((n) => customerRow({ erp_customer_number: `N${n}`, name: `Name ${n}` }));
    await setting.importText(org, csv(first));
    const before = (await setting.versions(org)) as { id: string }[];
    const changed = first.map((row, index) => (index === 1 ? { ...row, name: 'Changed' } : row));
    const { report } = await setting.importText(org, csv(changed));
    expect(report).toMatchObject(counts({ rows: 3, updated: 1, unchanged: 2 }));
    const [customer] = await setting.database.query<{ id: string }>(
      sql`select id from customer where org_id = ${org.id} and name = 'Changed'`,
    );
    const after = (await setting.versions(org)) as { id: string }[];
    const untouched = (rows: { id: string }[]) =>
      rows.filter(({ id }) => before.some((row) => row.id === id) && id !== customer?.id);
    expect(untouched(after)).toEqual(untouched(before));
    expect(untouched(before).length).toBe(before.length - 1);
    expect(after.find(({ id }) => id === customer?.id)).not.toEqual(
      before.find(({ id }) => id === customer?.id),
    );
  });

  test('has a number that is text: leading zeros and case distinguish numbers', async () => {
    const org = await setting.newOrg();
    const rows = ['7', '007', '7-0', 'a7', 'A7'].map((number) =>
      customerRow({ erp_customer_number: number, name: `Number ${number}` }),
    );
    const { report } = await setting.importText(org, csv(rows));
    expect(report).toMatchObject(counts({ rows: 5, imported: 5 }));
  });

  test('of another organization is another customer', async () => {
    const [one, two] = [await setting.newOrg(), await setting.newOrg()];
    await setting.importText(one, csv([customerRow({ erp_customer_number: '1', name: 'One' })]));
    const before = await setting.versions(one);
    const { report } = await setting.importText(
      two,
      csv([customerRow({ erp_customer_number: '1', name: 'Two' })]),
    );
    expect(report).toMatchObject(counts({ rows: 1, imported: 1 }));
    expect(await setting.versions(one)).toEqual(before);
  });

  test('may take the email that another customer has', async () => {
    const org = await setting.newOrg();
    const rows = ['1', '2'].map((number) =>
      customerRow({ erp_customer_number: number, email: 'shared@x.example' }),
    );
    expect((await setting.importText(org, csv(rows))).report).toMatchObject(counts({ rows: 2, imported: 2 }));
  });
});

test('a file imported twice changes nothing: every row keeps its place, its transaction and its updated_at', async () => {
  const org = await setting.newOrg();
  const rows = Array.from({ length: 60 }, (_, index) =>
    customerRow({
      name: `Kunde ${index % 50}`,
      erp_customer_number: index % 3 === 0 ? undefined : `K${index % 40}`,
      email: index % 4 === 0 ? undefined : `k${index}@x.example`,
      notes: index % 5 === 0 ? 'a\nb' : undefined,
      is_active: ['yes', 'no', undefined][index % 3],
      billing_city: index % 2 === 0 ? 'Wien' : undefined,
      contact_email: index % 7 === 0 ? undefined : `c${index % 30}@x.example`,
      contact_name: 'C',
      contact_is_primary: ['yes', undefined, 'no'][index % 3],
    }),
  ).map((row) =>
    row['contact_email'] === undefined
      ? { ...row, contact_name: undefined, contact_is_primary: undefined }
      : row,
  );
  const flags = ['--allow-duplicates'];
  const first = await setting.importText(org, csv(rows), { flags });
  expect(first.report.imported).toBeGreaterThan(30);
  const before = await setting.versions(org);
  const { exitCode, report } = await setting.importText(org, csv(rows), { flags });
  expect(exitCode).toBe(0);
  expect(report).toMatchObject({ imported: 0, updated: 0, failed: 0 });
  expect(report.contacts).toMatchObject({ imported: 0, updated: 0 });
  const after = await setting.versions(org);
  // The ledger has one line more; all else is as it was.
  expect(after.length).toBe(before.length + 1);
  expect(after).toEqual(expect.arrayContaining(before));
});

describe('a row without an ERP number', () => {
  const row = customerRow({
    name: 'Ohne Nummer',
    email: 'o@x.example',
    notes: undefined,
    billing_city: 'Bern',
    contact_email: 'k@x.example',
    contact_name: 'K',
  });

  test.for([
    ['is unchanged when all it says holds', {}, counts({ rows: 1, unchanged: 1 })],
    [
      'in other case of an email is the same',
      { email: 'O@X.EXAMPLE', contact_email: 'K@x.example' },
      counts({ rows: 1, unchanged: 1 }),
    ],
    ['is rejected when its name differs', { name: 'Ohne nummer' }, counts({ rows: 1, failed: 1 })],
    ['is rejected when its email differs', { email: 'p@x.example' }, counts({ rows: 1, failed: 1 })],
    ['is rejected when a blank cell stands where a value was', { email: '' }, counts({ rows: 1, failed: 1 })],
    [
      'is rejected when a part of an address differs',
      { billing_city: 'Basel' },
      counts({ rows: 1, failed: 1 }),
    ],
    [
      'is rejected when its contact differs',
      { contact_email: 'l@x.example' },
      counts({ rows: 1, failed: 1 }),
    ],
    [
      'is rejected when a field of its contact differs',
      { contact_name: 'L' },
      counts({ rows: 1, failed: 1 }),
    ],
  ] as const)('%s', async ([, change, expected]) => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([row]));
    const { report } = await setting.importText(org, csv([{ ...row, ...change }]));
    expect(report).toMatchObject(expected);
  });

  test('leaves fields without a column alone', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([row]));
    const { report } = await setting.importText(org, csv([customerRow({ name: 'Ohne Nummer' })]));
    expect(report).toMatchObject(counts({ rows: 1, unchanged: 1 }));
  });

  test('never means a customer that has a number', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([{ ...row, erp_customer_number: '1' }]));
    const { report } = await setting.importText(org, csv([row]));
    expect(report).toMatchObject(counts({ rows: 1, failed: 1 }));
    expect(report.errors).toMatchObject([{ code: 'possible_duplicate' }]);
  });

  test('makes an inactive customer active again, and is_active sets it inactive, without a copy', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([{ ...row, is_active: 'no' }]));
    expect((await setting.importText(org, csv([row]))).report).toMatchObject(counts({ rows: 1, updated: 1 }));
    expect(await setting.stored(org)).toMatchObject([{ is_active: true }]);
    const { report } = await setting.importText(org, csv([{ ...row, is_active: 'no' }]));
    expect(report).toMatchObject(counts({ rows: 1, updated: 1 }));
    expect(await setting.stored(org)).toMatchObject([{ is_active: false }]);
  });

  test('twice in a file is one customer, and the first is named as superseded', async () => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(org, csv([row, customerRow({ name: 'Other' }), row, row]));
    expect(report).toMatchObject(counts({ rows: 4, imported: 2, superseded: 2 }));
    expect(report.contacts).toEqual({ imported: 1, updated: 0, unchanged: 0 });
    expect(report.warnings).toMatchObject([
      { row: 2, line: 2, code: 'duplicate_row', warning: 'row 2 is equal to row 4: one customer' },
      { row: 4, line: 4, code: 'duplicate_row', warning: 'row 4 is equal to row 5: one customer' },
    ]);
    const again = await setting.importText(org, csv([row, customerRow({ name: 'Other' }), row, row]));
    expect(again.report).toMatchObject(counts({ rows: 4, unchanged: 2, superseded: 2 }));
    expect(again.report.contacts).toEqual({ imported: 0, updated: 0, unchanged: 1 });
  });

  test.for([
    ['the row with the contact first', false],
    ['the row with the contact last', true],
  ] as const)(
    'and another that differ in their contact and activity are one customer, as the last says: %s',
    async ([, reversed]) => {
      const org = await setting.newOrg();
      const rows = [
        { ...row, is_active: 'yes' },
        { ...row, contact_email: '', contact_name: '', is_active: 'no' },
      ];
      const text = csv(reversed ? rows.toReversed() : rows);
      expect((await setting.importText(org, text)).report).toMatchObject(
        counts({ rows: 2, imported: 1, superseded: 1 }),
      );
      const { report } = await setting.importText(org, text);
      expect(report).toMatchObject(counts({ rows: 2, unchanged: 2 }));
    },
  );

  test('and another that both fit one customer: the last says whether it is active, at every import', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([row]));
    const text = csv([
      { ...row, is_active: 'yes' },
      { ...row, contact_email: '', contact_name: '', is_active: 'no' },
    ]);
    const first = await setting.importText(org, text);
    expect(first.report).toMatchObject(counts({ rows: 2, updated: 1, unchanged: 1 }));
    expect(await setting.stored(org)).toMatchObject([{ is_active: false }]);
    const { report } = await setting.importText(org, text);
    expect(report).toMatchObject(counts({ rows: 2, unchanged: 2 }));
  });
});

test('a customer that another program stored in capitals is not rewritten for its case alone', async () => {
  const org = await setting.newOrg();
  await insertCustomer(setting.database, org, {
    erp_customer_number: '1',
    email: 'Info@X.Example',
    contacts: [{ email: 'Anna@X.Example', name: 'Anna' }],
  });
  const before = await setting.versions(org);
  const row = customerRow({
    erp_customer_number: '1',
    email: 'info@x.example',
    contact_email: 'anna@x.example',
    contact_name: 'Anna',
  });
  const { report } = await setting.importText(org, csv([row]));
  expect(report).toMatchObject(counts({ rows: 1, unchanged: 1 }));
  expect(report.contacts).toEqual({ imported: 0, updated: 0, unchanged: 1 });
  expect(await setting.versions(org)).toEqual(expect.arrayContaining(before));
});
