import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { csv, customerRow, readCsvRows } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';

/*
 * Files that bring only a part of what a customer has, or only some customers; and rows that only the database can refuse.
 */

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

/** Customers 0010, 0020 and, inactive, 0030; of 0010 all is known. */
async function filled(): Promise<Organization> {
  const org = await setting.newOrg();
  await insertCustomer(setting.database, org, {
    erp_customer_number: '0010',
    name: 'Zehn GmbH',
    default_currency: 'CHF',
    email: 'alt@zehn.example',
    billing_address: { street: 'Weg 1', city: 'Ulm' },
    contacts: [{ email: 'a@zehn.example', name: 'Anna' }],
  });
  await insertCustomer(setting.database, org, { erp_customer_number: '0020', name: 'Zwanzig AG' });
  await insertCustomer(setting.database, org, {
    erp_customer_number: '0030',
    name: 'Dreißig KG',
    is_active: false,
  });
  return org;
}

const codes = (report: { errors: { row: number; code: string }[] }) =>
  report.errors.map(({ row, code }) => [row, code]);

describe('--only update', () => {
  const update = ['--only', 'update'];

  test.for([
    ['emails', 'erp_customer_number,email', 'neu@zehn.example', { email: 'neu@zehn.example' }],
    [
      'addresses',
      'erp_customer_number,billing_city',
      'Bonn',
      { billing_address: { street: 'Weg 1', city: 'Bonn' } },
    ],
    [
      'contacts',
      'erp_customer_number,contact_email',
      'b@zehn.example',
      { contacts: [{ email: 'a@zehn.example' }, { email: 'b@zehn.example' }] },
    ],
  ] as const)(
    'takes a file of %s: what it has is changed, all else stays',
    async ([, header, cell, expected]) => {
      const org = await filled();
      const [, twenty, thirty] = await setting.stored(org);
      const text = `${header}\n0010,${cell}\n0040,${cell}\n`;
      const dry = await setting.importText(org, text, { flags: [...update, '--dry-run'] });
      const { report, exitCode } = await setting.importText(org, text, { flags: update, name: 'part.csv' });
      expect(exitCode).toBe(3);
      expect(report).toMatchObject({ rows: 2, imported: 0, failed: 1, errors_total: 1 });
      expect(report.imported + report.updated + report.unchanged + report.superseded + report.failed).toBe(2);
      expect(report.errors).toEqual([
        {
          row: 3,
          line: 3,
          column: 'erp_customer_number',
          value: '0040',
          code: 'customer_not_found',
          error: 'no customer has the ERP number "0040"',
          hint: 'correct the number, or leave --only update out to create the customer',
        },
      ]);
      expect(dry.report.errors).toEqual(report.errors);
      const [ten, ...others] = await setting.stored(org);
      expect(ten).toMatchObject({ name: 'Zehn GmbH', default_currency: 'CHF', ...expected });
      expect(others).toEqual([twenty, thirty]);
      expect(readCsvRows(await setting.file(`part.csv.${org.slug}.rejected.csv`))).toMatchObject([
        {
          erp_customer_number: '0040',
          _row: '3',
          _line: '3',
          _column: 'erp_customer_number',
          _code: 'customer_not_found',
        },
      ]);
      const before = await setting.versions(org);
      await setting.importText(org, text, { flags: update });
      expect(await setting.versions(org)).toEqual(expect.arrayContaining(before));
    },
  );

  test('does not make a customer active for being in a part', async () => {
    const org = await filled();
    await setting.importText(org, 'erp_customer_number,notes\n0030,x\n', { flags: update });
    expect((await setting.stored(org))[2]).toMatchObject({ notes: 'x', is_active: false });
    await setting.importText(org, csv([customerRow({ erp_customer_number: '0030' })]), { flags: update });
    expect((await setting.stored(org))[2]).toMatchObject({ is_active: true });
  });

  test('rejects all rows of an unknown customer, and counts them once', async () => {
    const org = await filled();
    const text =
      'erp_customer_number,contact_email\n0040,a@x.example\n0010,b@x.example\n0040,c@x.example\n0010,d@x.example\n';
    const { report } = await setting.importText(org, text, { flags: update });
    expect(report).toMatchObject({
      rows: 4,
      imported: 0,
      updated: 0,
      unchanged: 1,
      superseded: 1,
      failed: 2,
    });
    expect(report.contacts).toEqual({ imported: 2, updated: 0, unchanged: 0 });
    expect(codes(report)).toEqual([
      [2, 'customer_not_found'],
      [4, 'customer_not_found'],
    ]);
  });

  test('cannot clear a required field; with --blank keep a blank one stays', async () => {
    const org = await filled();
    const text = 'erp_customer_number,name,email\n0010,,x@zehn.example\n';
    expect(codes((await setting.importText(org, text, { flags: update })).report)).toEqual([
      [2, 'name_required'],
    ]);
    const { report } = await setting.importText(org, text, { flags: [...update, '--blank', 'keep'] });
    expect(report).toMatchObject({ updated: 1, failed: 0 });
    expect((await setting.stored(org))[0]).toMatchObject({ name: 'Zehn GmbH', email: 'x@zehn.example' });
  });

  test('needs the column that finds the customers', async () => {
    const org = await filled();
    const { exitCode, report } = await setting.importText(org, 'name,email\nA,a@x.example\n', {
      flags: update,
    });
    expect([exitCode, report.error.code]).toEqual([5, 'missing_column']);
  });

  test('is counted by --max-errors and --atomic before anything is written', async () => {
    const org = await filled();
    const before = await setting.stored(org);
    const text = 'erp_customer_number,notes\n0010,x\n0040,x\n';
    for (const flags of [['--atomic'], ['--max-errors', '0'], ['--max-errors', '49%']]) {
      const { exitCode } = await setting.importText(org, text, { flags: [...update, ...flags] });
      expect(exitCode).toBe(6);
    }
    expect(await setting.stored(org)).toEqual(before);
    expect((await setting.importText(org, text, { flags: [...update, '--max-errors', '1'] })).exitCode).toBe(
      3,
    );
  });

  test('reads standard input once more for the rejects file, with what else was rejected', async () => {
    const org = await filled();
    const text = Buffer.from('erp_customer_number;notes\n0040;"a;\nb"\n0010;\x01\n0050;c\n');
    const { report } = await setting.importText(org, null, {
      name: '-',
      stdin: text,
      flags: [...update, '--rejects', 'stdin.csv'],
    });
    expect(codes(report)).toEqual([
      [2, 'customer_not_found'],
      [3, 'control_character'],
      [4, 'customer_not_found'],
    ]);
    expect(report.errors.map(({ line }: { line: number }) => line)).toEqual([2, 4, 5]);
    const rejects = readCsvRows(await setting.file('stdin.csv'), ';');
    expect(new Set(rejects.map(({ notes }) => notes))).toEqual(new Set(['\x01', 'a;\nb', 'c']));
  });
});

test('--only create never changes a customer', async () => {
  const org = await filled();
  const before = await setting.stored(org);
  const text = csv([
    customerRow({ erp_customer_number: '0010', name: 'Anders' }),
    customerRow({ erp_customer_number: '0020', name: 'Zwanzig AG' }),
    customerRow({ erp_customer_number: '0040', name: 'Neu' }),
  ]);
  const { report } = await setting.importText(org, text, { flags: ['--only', 'create'] });
  expect(report).toMatchObject({ rows: 3, imported: 1, updated: 0, unchanged: 0, failed: 2 });
  expect(report.errors).toMatchObject([
    { row: 2, code: 'customer_exists', error: 'customer 0010 "Zehn GmbH" exists' },
    { row: 3, code: 'customer_exists' },
  ]);
  expect(await setting.stored(org)).toEqual([...before, expect.objectContaining({ name: 'Neu' })]);
});

test('a number that has only lost its leading zeros is an error', async () => {
  const org = await filled();
  const text = csv(
    ['10', '020', '00030', '40', '1'].map((number) => customerRow({ erp_customer_number: number })),
  );
  const { report } = await setting.importText(org, text);
  expect(report).toMatchObject({ imported: 4, failed: 1 });
  expect(report.errors).toMatchObject([
    {
      row: 2,
      column: 'erp_customer_number',
      value: '10',
      code: 'lost_leading_zeros',
      error: '"10" is the number of customer 0010 "Zehn GmbH" without its leading zeros',
    },
  ]);
});

const file = (...rows: Record<string, string>[]) => csv(rows.map((row) => customerRow(row)));

const line = ([name, primary]: readonly [string, string]) => ({
  name: 'Eins',
  contact_email: `${name}@eins.example`,
  contact_is_primary: primary,
});

describe('rows without a number', () => {
  test('a correction creates no duplicate: the row is rejected and names the customer', async () => {
    const org = await setting.newOrg();
    await setting.importText(
      org,
      file({ name: 'Müller GmbH', billing_city: 'Ulm' }, { name: 'Huber', billing_city: 'Bonn' }),
    );
    const corrected = file(
      { name: 'Müller GmbH', billing_city: 'Neu-Ulm' },
      { name: 'MUELLER  Gmbh.', billing_city: 'Ulm' },
      { name: 'Huber', billing_city: 'Bonn' },
      { name: 'Maier', billing_city: 'Köln' },
    );
    const { report } = await setting.importText(org, corrected);
    expect(report).toMatchObject({ imported: 1, updated: 0, unchanged: 1, failed: 2 });
    expect(codes(report)).toEqual([
      [2, 'possible_duplicate'],
      [3, 'possible_duplicate'],
    ]);
    expect(report.errors[0].error).toMatch(
      /^customer "Müller GmbH" \(id [0-9a-f-]{36}\) has the same name, and the row has no ERP number$/,
    );
    const before = await setting.versions(org);
    expect((await setting.importText(org, corrected)).report).toMatchObject({
      imported: 0,
      unchanged: 2,
      failed: 2,
    });
    expect(await setting.versions(org)).toEqual(expect.arrayContaining(before));
    const allowed = await setting.importText(org, corrected, { flags: ['--allow-duplicates'] });
    expect(allowed.report).toMatchObject({ imported: 2, unchanged: 2, failed: 0 });
  });

  test('the same email, or the name of a customer with a number, is enough', async () => {
    const org = await filled();
    const { report } = await setting.importText(
      org,
      file({ name: 'Anders', email: 'ALT@zehn.example' }, { name: 'DREISSIG K.G.' }, { name: 'Vierzig' }),
    );
    expect(report).toMatchObject({ imported: 1, failed: 2 });
    expect(report.errors).toMatchObject([
      {
        row: 2,
        column: 'email',
        error: expect.stringContaining('customer 0010 "Zehn GmbH" has the same email'),
      },
      { row: 3, column: 'name', error: expect.stringContaining('customer 0030') },
    ]);
  });

  test('two that resemble each other in one file do not both become customers', async () => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(
      org,
      file({ name: 'Weiß', billing_city: 'Ulm' }, { name: 'Weiss', billing_city: 'Bonn' }),
    );
    expect(report).toMatchObject({ imported: 1, failed: 1 });
    expect(report.errors).toMatchObject([
      { row: 3, error: 'row 2 of this file has the same name, and this row has no ERP number' },
    ]);
  });

  test('one line for each contact is one customer, and stays one', async () => {
    const org = await setting.newOrg();
    const lines = ['a', 'b', 'c'].map((name) => ({ name: 'Eins', contact_email: `${name}@eins.example` }));
    const { report } = await setting.importText(org, file(...lines));
    expect(report).toMatchObject({ rows: 3, imported: 1, superseded: 2, failed: 0 });
    expect(report.contacts).toEqual({ imported: 3, updated: 0, unchanged: 0 });
    const before = await setting.versions(org);
    const again = await setting.importText(org, file(...lines));
    expect(again.report).toMatchObject({ imported: 0, updated: 0, unchanged: 3, failed: 0 });
    expect(await setting.versions(org)).toEqual(expect.arrayContaining(before));
    const more = await setting.importText(
      org,
      file(...lines, { name: 'Eins', contact_email: 'd@eins.example' }),
    );
    expect(more.report).toMatchObject({ imported: 0, failed: 0, contacts: { imported: 1, unchanged: 3 } });
    expect(await setting.stored(org)).toMatchObject([{ name: 'Eins', contacts: [{}, {}, {}, {}] }]);
  });

  test.for([
    ['of one contact', ['a', 'true'], ['a', 'false']],
    ['of two contacts', ['b', 'true'], ['a', 'true']],
  ] as const)('the last row says which contact is primary, the second time too: %s', async ([, ...rows]) => {
    const org = await setting.newOrg();
    await setting.importText(org, file(line(['a', 'true'])));
    await setting.importText(org, file(...rows.map(line)));
    const before = await setting.versions(org);
    const again = await setting.importText(org, file(...rows.map(line)));
    expect(again.report).toMatchObject({ imported: 0, updated: 0, contacts: { imported: 0, updated: 0 } });
    expect(await setting.versions(org)).toEqual(expect.arrayContaining(before));
  });

  test('a contact that differs alone is a possible duplicate, too', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, file({ name: 'Eins', contact_email: 'a@eins.example', contact_name: 'A' }));
    const { report } = await setting.importText(
      org,
      file({ name: 'Eins', contact_email: 'a@eins.example', contact_name: 'Ä' }),
    );
    expect(codes(report)).toEqual([[2, 'possible_duplicate']]);
  });
});

test('another organization’s customers are not seen', async () => {
  await filled();
  const org = await setting.newOrg();
  const { report } = await setting.importText(
    org,
    csv([customerRow({ name: 'Zehn GmbH', erp_customer_number: '10' }), customerRow({ name: 'Zwanzig AG' })]),
  );
  expect(report).toMatchObject({ imported: 2, failed: 0 });
  const known = await setting.database.query(sql`select from customer where org_id = ${org.id}`);
  expect(known).toHaveLength(2);
});
