import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CsvRow } from '../support/csv.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

/** Rows of one customer, each with a contact: `a yes` is a@x.example with the flag, `a` leaves it blank. */
function contactRows(...said: string[]): CsvRow[] {
  return said.map((text) => {
    const [local, primary] = text.split(' ');
    return customerRow({
      erp_customer_number: '1',
      contact_email: local === '-' ? '' : `${local}@x.example`,
      contact_is_primary: primary,
    });
  });
}

/** `a yes` for each contact that stands, by email. */
async function contactsOf(org: { id: string }): Promise<string[]> {
  const [customer] = await setting.stored(org);
  return (customer?.contacts ?? []).map(
    ({ email, is_primary: primary }) => `${email.split('@')[0]}${primary ? ' yes' : ''}`,
  );
}

describe('contacts of one customer', () => {
  test.for([
    // what stands, what the file says, what stands then, [imported, updated, unchanged]
    ['a new one joins, those not in the file stay', ['a yes', 'b'], ['c'], ['a yes', 'b', 'c'], [1, 0, 0]],
    ['is found whatever its case', ['a yes'], ['A'], ['a yes'], [0, 0, 1]],
    ['a new primary takes over', ['a yes', 'b'], ['c yes'], ['a', 'b', 'c yes'], [1, 0, 0]],
    ['one that stands takes over', ['a yes', 'b'], ['b yes'], ['a', 'b yes'], [0, 1, 0]],
    ['the primary one again is unchanged', ['a yes'], ['a yes'], ['a yes'], [0, 0, 1]],
    ['the flag is taken away by a no', ['a yes', 'b'], ['a no'], ['a', 'b'], [0, 1, 0]],
    ['no is nothing new for one without the flag', ['a yes', 'b'], ['b no'], ['a yes', 'b'], [0, 0, 1]],
    ['several lines, one per contact', [], ['a', 'b yes', 'c'], ['a', 'b yes', 'c'], [3, 0, 0]],
    [
      'several lines beside those that stand',
      ['a yes', 'b'],
      ['c', 'b yes', 'd'],
      ['a', 'b yes', 'c', 'd'],
      [2, 1, 0],
    ],
    ['lines without a contact take none away', ['a yes'], ['b', '-'], ['a yes', 'b'], [1, 0, 0]],
    ['the old primary may be named too', ['a yes'], ['a', 'b yes'], ['a', 'b yes'], [1, 0, 1]],
    ['swapped in one file', ['a yes', 'b'], ['a no', 'b yes'], ['a', 'b yes'], [0, 2, 0]],
    ['swapped the other way round', ['a yes', 'b'], ['b yes', 'a no'], ['a', 'b yes'], [0, 2, 0]],
    ['two new primaries: the last wins', [], ['a yes', 'b yes'], ['a', 'b yes'], [2, 0, 0]],
    [
      'two primaries take over from one that stands',
      ['c yes'],
      ['a yes', 'b yes'],
      ['a', 'b yes', 'c'],
      [2, 0, 0],
    ],
    [
      'the one that stands may lose against a later one',
      ['a yes'],
      ['a yes', 'b yes'],
      ['a', 'b yes'],
      [1, 1, 0],
    ],
    ['the one that stands may win, being last', ['a yes'], ['b yes', 'a yes'], ['a yes', 'b'], [1, 0, 1]],
    ['three primaries: the last wins', [], ['a yes', 'b yes', 'c yes'], ['a', 'b', 'c yes'], [3, 0, 0]],
    ['the same contact twice is one', [], ['a', 'a'], ['a'], [1, 0, 0]],
    ['the same contact twice, the last says no', [], ['a yes', 'a no'], ['a'], [1, 0, 0]],
    ['the same contact twice, the last leaves the flag', [], ['a yes', 'a'], ['a yes'], [1, 0, 0]],
    ['a flag left blank later is not a later claim', [], ['a yes', 'b yes', 'a'], ['a', 'b yes'], [2, 0, 0]],
    ['a claim taken back gives way', [], ['a yes', 'b yes', 'b no'], ['a yes', 'b'], [2, 0, 0]],
    [
      'a flag given first and left blank later takes over',
      ['b yes'],
      ['a yes', 'a'],
      ['a yes', 'b'],
      [1, 0, 0],
    ],
  ] as const)('%s', async ([, stands, says, expected, [imported, updated, unchanged]]) => {
    const org = await setting.newOrg();
    if (stands.length > 0) await setting.importText(org, csv(contactRows(...stands)));
    const text = csv(contactRows(...says));
    const { exitCode, report } = await setting.importText(org, text);
    expect(exitCode).toBe(0);
    expect(await contactsOf(org)).toEqual(expected);
    expect(report.contacts).toEqual({ imported, updated, unchanged });
    const before = await setting.versions(org);
    const again = await setting.importText(org, text);
    expect(again.report.contacts).toMatchObject({ imported: 0, updated: 0 });
    expect(again.report.contacts.unchanged).toBe(imported + updated + unchanged);
    expect(await setting.versions(org)).toEqual(expect.arrayContaining(before));
  });
});

test('a contact is updated where the file differs, and its customer is not touched for it', async () => {
  const org = await setting.newOrg();
  const row = customerRow({
    erp_customer_number: '1',
    contact_email: 'a@x.example',
    contact_name: 'A',
    contact_phone: '1',
    contact_role: 'R',
  });
  await setting.importText(org, csv([row]));
  const customer = sql`select ctid::text, xmin::text, updated_at::text from customer where org_id = ${org.id}`;
  const before = await setting.database.query(customer);
  const { report } = await setting.importText(
    org,
    csv([{ ...row, contact_email: 'A@X.EXAMPLE', contact_name: 'Ä', contact_phone: '' }]),
  );
  expect(report).toMatchObject({ updated: 0, unchanged: 1, contacts: { updated: 1 } });
  expect((await setting.stored(org))[0]?.contacts).toEqual([
    { email: 'a@x.example', name: 'Ä', phone: null, role: 'R', is_primary: false },
  ]);
  expect(await setting.database.query(customer)).toEqual(before);
});

test('a file with contacts of existing customers changes only the contacts', async () => {
  const org = await setting.newOrg();
  const rows = ['1', '2'].map((number) =>
    customerRow({ erp_customer_number: number, notes: 'n', email: 'e@x.example' }),
  );
  await setting.importText(org, csv(rows));
  const text = csv(
    ['1', '2'].map((number) =>
      customerRow({ erp_customer_number: number, contact_email: 'shared@x.example', contact_is_primary: 1 }),
    ),
  );
  const { report } = await setting.importText(org, text);
  expect(report).toMatchObject({ updated: 0, unchanged: 2, contacts: { imported: 2 } });
  expect(await setting.stored(org)).toMatchObject(
    ['1', '2'].map((number) => ({
      erp_customer_number: number,
      notes: 'n',
      email: 'e@x.example',
      contacts: [{ email: 'shared@x.example', is_primary: true }],
    })),
  );
});

test('contacts of another organization with the same email are left alone', async () => {
  const [one, two] = [await setting.newOrg(), await setting.newOrg()];
  await setting.importText(one, csv(contactRows('a yes')));
  const before = await setting.versions(one);
  await setting.importText(two, csv(contactRows('a no', 'b yes')));
  expect(await setting.versions(one)).toEqual(before);
});

test.for([
  ['contact_name', 'Anna'],
  ['contact_phone', '+49 89 1'],
  ['contact_role', 'Einkauf'],
  ['contact_is_primary', 'ja'],
] as const)('a row with %s and no contact_email is rejected', async ([column, value]) => {
  const org = await setting.newOrg();
  const { exitCode, report } = await setting.importText(
    org,
    csv([customerRow({ contact_email: '', [column]: value })]),
  );
  expect(exitCode).toBe(3);
  expect(report.errors).toMatchObject([{ row: 2, column: 'contact_email', code: 'contact_email_required' }]);
});

describe('the same ERP number twice', () => {
  test('the last row wins, and the warning names both rows', async () => {
    const org = await setting.newOrg();
    const { exitCode, report } = await setting.importText(
      org,
      csv([
        customerRow({ erp_customer_number: '1', name: 'First', notes: 'a', is_active: 'no' }),
        customerRow({ erp_customer_number: '2', name: 'Other', is_active: 'yes' }),
        customerRow({ erp_customer_number: '1', name: 'Second', is_active: 'no' }),
        customerRow({ erp_customer_number: ' 1 ', name: 'Third', is_active: 'yes' }),
      ]),
    );
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ ok: true, rows: 4, imported: 2, superseded: 2, failed: 0 });
    expect(await setting.stored(org)).toMatchObject([
      { erp_customer_number: '1', name: 'Third', notes: null, is_active: true },
      { erp_customer_number: '2', name: 'Other' },
    ]);
    expect(report.warnings_total).toBe(2);
    expect(report.warnings).toEqual([
      {
        row: 2,
        line: 2,
        column: 'erp_customer_number',
        value: '1',
        code: 'superseded',
        warning:
          'row 2 and row 4 have the ERP number "1": the last one is used, the contacts of both are kept',
        hint: null,
      },
      {
        row: 4,
        line: 4,
        column: 'erp_customer_number',
        value: '1',
        code: 'superseded',
        warning:
          'row 4 and row 5 have the ERP number "1": the last one is used, the contacts of both are kept',
        hint: null,
      },
    ]);
  });

  test('a row that is rejected supersedes none and is superseded by none', async () => {
    const org = await setting.newOrg();
    const rows = [
      customerRow({ erp_customer_number: '1', name: 'Good' }),
      customerRow({ erp_customer_number: '1', name: 'Bad', default_currency: 'EURX' }),
    ];
    for (const text of [csv(rows), csv(rows.toReversed())]) {
      const { report } = await setting.importText(org, text);
      expect(report).toMatchObject({ rows: 2, superseded: 0, failed: 1, warnings: [] });
      expect(await setting.stored(org)).toMatchObject([{ name: 'Good' }]);
    }
  });

  test('two primary contacts are warned of, and the rows are named', async () => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(org, csv(contactRows('a yes', 'b yes', 'c')));
    expect(report.warnings).toContainEqual({
      row: 2,
      line: 2,
      column: 'contact_is_primary',
      value: 'a@x.example',
      code: 'two_primary_contacts',
      warning: 'row 2 and row 3 name two primary contacts of one customer: the last one is used',
      hint: null,
    });
  });

  test('a withdrawn primary contact causes no warning', async () => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(org, csv(contactRows('a yes', 'a no', 'b yes')));
    expect(report.warnings.map(({ code }: { code: string }) => code)).toEqual(['superseded', 'superseded']);
    expect(await contactsOf(org)).toEqual(['a', 'b yes']);
  });

  test('of all warnings a thousand are listed, and all are counted', async () => {
    const org = await setting.newOrg();
    const rows = Array.from({ length: 2200 }, (_, index) =>
      customerRow({
        erp_customer_number: String((index % 1100) + 1),
        contact_email: `${index}@x.example`,
        contact_is_primary: 'yes',
      }),
    );
    const { report } = await setting.importText(org, csv(rows));
    expect(report).toMatchObject({ imported: 1100, superseded: 1100, warnings_total: 2200 });
    expect(report.warnings).toHaveLength(1000);
    expect(report.contacts).toEqual({ imported: 2200, updated: 0, unchanged: 0 });
  });

  test('counts even if the rows are tens of thousands apart, with the contacts of all', async () => {
    const org = await setting.newOrg();
    const filler = Array.from({ length: 45_000 }, (_, index) => ({ number: `F${index}`, name: 'F' }));
    const rows = [
      { number: 'R', name: 'First' },
      ...filler.slice(0, 21_000),
      { number: 'R', name: 'Second' },
      ...filler.slice(21_000),
      { number: 'R', name: 'Third' },
    ];
    const text = ['name,erp_customer_number,contact_email']
      .concat(
        rows.map(({ number, name }) => `${name},${number},${number === 'R' ? `${name}@x.example` : ''}`),
      )
      .concat('')
      .join('\n');
    const flags = ['--default', 'currency=EUR', '--default', 'language=de'];
    const { report } = await setting.importText(org, text, { flags });
    expect(report).toMatchObject({ rows: 45_003, imported: 45_001, superseded: 2, failed: 0 });
    expect(report.warnings.map(({ row }: { row: number }) => row)).toEqual([2, 21_003]);
    expect(report.contacts).toEqual({ imported: 3, updated: 0, unchanged: 0 });
    const [customer] = await setting.database.query<{ name: string; contacts: number }>(sql`
      select c.name, count(k.id)::integer as contacts
      from customer c
      join customer_contact k on k.org_id = c.org_id and k.customer_id = c.id
      where c.org_id = ${org.id}
      and c.erp_customer_number = 'R'
      group by c.id`);
    expect(customer).toEqual({ name: 'Third', contacts: 3 });
    const again = await setting.importText(org, text, { flags: [...flags, '--dry-run'] });
    expect(again.report).toMatchObject({ imported: 0, updated: 0, unchanged: 45_001, superseded: 2 });
  });
});
