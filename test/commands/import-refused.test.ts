import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';

/* Rows that the rules of the tool accept and the database of its owner does not. */

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterEach(async () => {
  await setting.database.execute(sql`alter table customer drop constraint if exists own_check`);
  await setting.database.execute(sql`drop index if exists own_index`);
  await setting.database.execute(sql`alter table customer_contact drop constraint if exists own_check`);
});
afterAll(() => setting.close());

/** Customer 1 is in row 2, below the header. */
const names = Array.from({ length: 300 }, (_, index) => `Kunde ${index + 1}`);

function file(changed: Record<number, string>, email: (row: number) => string = (row) => `${row}@x.example`) {
  return csv(
    names.map((name, index) =>
      customerRow({
        erp_customer_number: index + 1,
        name: changed[index + 1] ?? name,
        contact_email: email(index + 1),
      }),
    ),
  );
}

test.for([1, 2, 150, 151, 299, 300])(
  'customer %i breaks a check of the owner’s: its row is named',
  async (row) => {
    const org = await setting.newOrg();
    await setting.database.execute(sql`
    alter table customer add constraint own_check check (name <> 'Nobody')`);
    const { exitCode, report } = await setting.importText(org, file({ [row]: 'Nobody' }));
    expect(exitCode).not.toBe(0);
    expect(report.error.code).toBe('invalid_value');
    expect(report.error.message).toMatch(new RegExp(`^row ${row + 1}: .*own_check`));
    expect(await setting.stored(org)).toEqual([]);
  },
);

test('so is one whose customer exists already', async () => {
  const org = await setting.newOrg();
  await setting.importText(org, file({}));
  await setting.database.execute(sql`
    alter table customer add constraint own_check check (name <> 'Nobody')`);
  const { report } = await setting.importText(org, file({ 5: 'Other', 77: 'Nobody' }));
  expect(report.error.message).toMatch(/^row 78: /);
});

test('so is one whose contact is refused', async () => {
  const org = await setting.newOrg();
  await setting.database.execute(sql`
    alter table customer_contact add constraint own_check check (email <> 'nobody@x.example')`);
  const { report } = await setting.importText(
    org,
    file({}, (row) => (row === 42 ? 'nobody@x.example' : `${row}@x.example`)),
  );
  expect(report.error.message).toMatch(/^row 43: /);
});

test.for([
  [1, 2],
  [1, 300],
  [149, 152],
  [200, 201],
] as const)('customers %i and %i cannot both be there: both rows are named', async ([one, two]) => {
  const org = await setting.newOrg();
  await setting.database.execute(sql`
    create unique index own_index on customer (org_id, name) where name = 'Twice'`);
  const { exitCode, report } = await setting.importText(org, file({ [one]: 'Twice', [two]: 'Twice' }));
  expect(exitCode).toBe(12);
  expect(report.error.message).toMatch(new RegExp(`^row ${one + 1} and row ${two + 1}: .*own_index`));
  expect(await setting.stored(org)).toEqual([]);
});
