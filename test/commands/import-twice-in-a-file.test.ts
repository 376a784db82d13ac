import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const flags = ['--default', 'currency=EUR', '--default', 'language=de-DE'];
const text = (...lines: string[]) => `${lines.join('\n')}\n`;

describe('one number in several rows, with --blank keep', () => {
  const columns =
    'erp_customer_number,name,email,notes,billing_street,billing_city,contact_email,contact_name';
  const file = text(
    columns,
    '1,Alpha,a@x.example,first,Ring 1,,p@x.example,Anna',
    '2,Beta,,,,,,',
    '1,Alpha,,second,,Bonn,p@x.example,',
    '1,Alpha,,,,Köln,,',
  );

  test('a blank value keeps the value of an earlier row', async () => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(org, file, { flags: [...flags, '--blank', 'keep'] });
    expect(report).toMatchObject({ imported: 2, superseded: 2, failed: 0 });
    expect(await setting.stored(org)).toMatchObject([
      {
        name: 'Alpha',
        email: 'a@x.example',
        notes: 'second',
        billing_address: { street: 'Ring 1', city: 'Köln' },
        contacts: [{ email: 'p@x.example', name: 'Anna' }],
      },
      { name: 'Beta', email: null, notes: null, billing_address: null, contacts: [] },
    ]);
    const again = await setting.importText(org, file, { flags: [...flags, '--blank', 'keep'] });
    expect(again.report).toMatchObject({ imported: 0, updated: 0, contacts: { imported: 0, updated: 0 } });
  });

  test('without it, the last row decides alone', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, file, { flags });
    expect(await setting.stored(org)).toMatchObject([
      { email: null, notes: null, billing_address: { city: 'Köln' }, contacts: [{ name: null }] },
      { name: 'Beta' },
    ]);
  });

  test('by email as well', async () => {
    const org = await setting.newOrg();
    const rows = text('email,name,notes', 'a@x.example,Alpha,first', 'a@x.example,Alpha,');
    const match = [...flags, '--blank', 'keep', '--match', 'email'];
    expect((await setting.importText(org, rows, { flags: match })).report).toMatchObject({ imported: 1 });
    expect(await setting.stored(org)).toMatchObject([{ notes: 'first' }]);
  });
});

describe('a column is_active', () => {
  test('that is blank throughout says nothing', async () => {
    const org = await setting.newOrg();
    const file = text('erp_customer_number,name,is_active', '1,Alpha,', '2,Beta, ');
    const { report } = await setting.importText(org, file, { flags });
    expect(report).toMatchObject({ imported: 2, warnings_total: 0 });
    expect(await setting.stored(org)).toMatchObject([{ is_active: true }, { is_active: true }]);
  });

  test.each([
    ['another row', '2,Beta,ja'],
    ['a rejected row', '2,,ja'],
    ['a value that is rejected', '2,Beta,vielleicht'],
  ])('that has a value in %s says no where it is blank', async (_name, other) => {
    const org = await setting.newOrg();
    const file = text('erp_customer_number,name,is_active', '1,Alpha,', other);
    const { report } = await setting.importText(org, file, { flags });
    expect(report.warnings).toMatchObject([{ code: 'blank_is_inactive' }]);
    expect((await setting.stored(org))[0]).toMatchObject({ name: 'Alpha', is_active: false });
  });
});

describe('one number for two names', () => {
  const header = 'erp_customer_number,name';
  const message =
    'the rows of lines 2 and 4 are one customer with two names, "Alpha GmbH" and "Beta KG", and --atomic does not ' +
    'allow that: nothing was written';

  test('is not allowed by --atomic', async () => {
    const org = await setting.newOrg();
    const file = text(header, '1,Alpha GmbH', '2,Gamma', '1,Beta KG');
    const { exitCode, report } = await setting.importText(org, file, { flags: [...flags, '--atomic'] });
    expect([exitCode, report.error]).toMatchObject([6, { code: 'over_error_budget', message }]);
    expect(await setting.stored(org)).toEqual([]);
    expect((await setting.importText(org, file, { flags })).report).toMatchObject({ imported: 2 });
  });

  test.each([
    ['the same name', '1,Alpha GmbH', '1,Alpha GmbH'],
    ['case, spaces and punctuation apart', '1,Alpha GmbH', '1,ALPHA  GmbH.'],
  ])('%s is one name', async (_name, ...rows) => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(org, text(header, ...rows), {
      flags: [...flags, '--atomic'],
    });
    expect(report).toMatchObject({ imported: 1, superseded: 1 });
  });
});
