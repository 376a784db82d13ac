import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../../src/model/organization.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import type { ImportShape } from '../../../src/store/merge/shape.ts';
import { prepareImportTransaction } from '../../../src/store/merge/transaction.ts';
import type { MergeOutcome } from '../../../src/store/merge/merge.ts';
import { mergeStaged } from '../../../src/store/merge/merge.ts';
import type { StagedColumn } from '../../../src/store/merge/staging.ts';
import { copyToStaging, createStaging } from '../../../src/store/merge/staging.ts';
import { insertCustomer } from '../../support/customers.ts';
import type { ImportSetting } from '../../support/import.ts';
import { importSetting } from '../../support/import.ts';
import { pidOf, untilBlocked } from '../../support/sessions.ts';

/*
 * An import on one connection, OrderFlow on another: what it does while the import runs must not fail the import.
 */

let setting: ImportSetting;
let importer: Database;
let importerPid: number;
let orderflow: Database;
beforeAll(async () => {
  setting = await importSetting();
  importer = await setting.server.open();
  importerPid = await pidOf(importer);
  orderflow = await setting.server.open();
});
afterAll(() => setting.close());

const shape: ImportShape = {
  match: 'erp_customer_number',
  parts: false,
  addressRows: { billing_address: [], shipping_address: [] },
  contactKeeps: [],
  numberGiven: true,
  given: ['name', 'default_currency', 'default_language'],
  activeGiven: false,
  addressParts: { billing_address: [], shipping_address: [] },
  contacts: true,
  contactGiven: ['name'],
  primaryGiven: true,
  fills: {
    customer: {},
    active: undefined,
    addresses: { billing_address: {}, shipping_address: {} },
    contact: {},
    primary: undefined,
  },
  blank: 'clear',
};
const columns: StagedColumn[] = [
  'row_no',
  'line_no',
  'name',
  'default_currency',
  'default_language',
  'erp_customer_number',
  'contact_email',
  'contact_name',
  'contact_is_primary',
];

interface Row {
  number: string;
  name?: string;
  contact?: string;
  contactName?: string;
  primary?: boolean;
}

/** Stages `rows`, lets `meanwhile` happen, merges, and lets `beforeCommit` happen. */
async function importRows(
  org: Organization,
  rows: Row[],
  { meanwhile, beforeCommit }: { meanwhile?: () => Promise<unknown>; beforeCommit?: () => Promise<unknown> },
): Promise<MergeOutcome> {
  return importer.transaction(async () => {
    await prepareImportTransaction(importer, { rowLockMilliseconds: 10_000 });
    await createStaging(importer);
    const lines = rows.map(({ number, name = 'From the file', contact, contactName, primary }, index) =>
      [index + 2, index + 2, name, 'EUR', 'de-DE', number, contact, contactName, primary].join('\t'),
    );
    await copyToStaging(importer, { table: 'staged', columns }, [Buffer.from(`${lines.join('\n')}\n`)]);
    await meanwhile?.();
    const outcome = await mergeStaged(importer, {
      orgId: org.id,
      shape,
      otherForms: true,
      repeatCandidates: 0,
      accepted: rows.length,
      unnumbered: 0,
    });
    await beforeCommit?.();
    return outcome;
  });
}

/** Runs `statement` in OrderFlow's session, waits until the import stands before it, and then ends it. */
async function besides(
  org: Organization,
  rows: Row[],
  { statements, end }: { statements: Sql[]; end: 'commit' | 'rollback' },
): Promise<MergeOutcome> {
  await orderflow.execute(sql`begin`);
  for (const statement of statements) await orderflow.execute(statement);
  const importing = importRows(org, rows, {});
  await untilBlocked(setting.database, importerPid);
  await orderflow.execute(end === 'commit' ? sql`commit` : sql`rollback`);
  return importing;
}

const insertAs = (org: Organization, number: string) => sql`
  insert into customer (org_id, name, erp_customer_number, default_currency, default_language)
  values (${org.id}, 'From OrderFlow', ${number}, 'EUR', 'de-DE')`;

const insertContact = (org: Organization, email: string, primary: boolean) => sql`
  insert into customer_contact (org_id, customer_id, email, name, is_primary)
  select org_id, id, ${email}, 'From OrderFlow', ${primary}
  from customer
  where org_id = ${org.id}`;

async function contactsOf(org: Organization): Promise<string[]> {
  const [customer] = await setting.stored(org);
  return (customer?.contacts ?? []).map(
    ({ email, is_primary: primary }) => `${email}${primary ? ' yes' : ''}`,
  );
}

describe('another session creates a customer that the file has', () => {
  test('between staging and merge: it is updated', async () => {
    const org = await setting.newOrg();
    const outcome = await importRows(org, [{ number: '1' }, { number: '2' }], {
      meanwhile: () => orderflow.execute(insertAs(org, '2')),
    });
    expect(outcome).toMatchObject({ imported: 1, updated: 1 });
    expect(await setting.stored(org)).toMatchObject([{ name: 'From the file' }, { name: 'From the file' }]);
  });

  test('and commits while the import waits for it: it is updated', async () => {
    const org = await setting.newOrg();
    const rows = [
      { number: '1', contact: 'a@x.example' },
      { number: '2', contact: 'b@x.example' },
    ];
    const outcome = await besides(org, rows, { statements: [insertAs(org, '2')], end: 'commit' });
    expect(outcome).toMatchObject({ imported: 1, updated: 1, contacts: { imported: 2, updated: 0 } });
    expect(await setting.stored(org)).toMatchObject([
      { erp_customer_number: '1', name: 'From the file', contacts: [{ email: 'a@x.example' }] },
      { erp_customer_number: '2', name: 'From the file', contacts: [{ email: 'b@x.example' }] },
    ]);
  });

  test('and rolls back while the import waits for it: it is imported', async () => {
    const org = await setting.newOrg();
    const outcome = await besides(org, [{ number: '1' }], {
      statements: [insertAs(org, '1')],
      end: 'rollback',
    });
    expect(outcome).toMatchObject({ imported: 1, updated: 0 });
  });

  test('repeatedly: the import continues until it succeeds', async () => {
    const org = await setting.newOrg();
    const numbers = ['1', '2', '3'];
    await orderflow.execute(sql`begin`);
    await orderflow.execute(insertAs(org, '1'));
    const importing = importRows(
      org,
      numbers.map((number) => ({ number })),
      {},
    );
    for (const number of ['2', '3', undefined]) {
      await untilBlocked(setting.database, importerPid);
      // The next one is there, not committed, before the import looks again.
      const other = number === undefined ? undefined : await setting.server.open();
      await other?.execute(sql`begin`);
      if (number !== undefined) await other?.execute(insertAs(org, number));
      await orderflow.execute(sql`commit`);
      if (other !== undefined) orderflow = other;
    }
    expect(await importing).toMatchObject({ imported: 0, updated: 3 });
  });
});

describe('another session writes to a customer that the file has', () => {
  test('the file’s values then count, and the others are those of the other session', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '1', name: 'Before', notes: 'a' });
    const outcome = await besides(org, [{ number: '1' }], {
      statements: [sql`update customer set name = 'From OrderFlow', notes = 'b' where org_id = ${org.id}`],
      end: 'commit',
    });
    expect(outcome).toMatchObject({ imported: 0, updated: 1 });
    expect(await setting.stored(org)).toMatchObject([{ name: 'From the file', notes: 'b' }]);
  });

  test('and makes it what the file says: nothing is written', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '1', name: 'Before' });
    const outcome = await besides(org, [{ number: '1' }], {
      statements: [sql`update customer set name = 'From the file' where org_id = ${org.id}`],
      end: 'commit',
    });
    expect(outcome).toMatchObject({ imported: 0, updated: 0 });
  });

  test('a row that the file leaves unchanged is not waited for', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '1', name: 'From the file' });
    await orderflow.execute(sql`begin`);
    await orderflow.execute(sql`update customer set notes = 'b' where org_id = ${org.id}`);
    expect(await importRows(org, [{ number: '1' }], {})).toMatchObject({ imported: 0, updated: 0 });
    await orderflow.execute(sql`commit`);
    expect(await setting.stored(org)).toMatchObject([{ notes: 'b' }]);
  });

  test('and deletes it: it is imported anew, for its contact needs it', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '1', name: 'Before' });
    const outcome = await besides(org, [{ number: '1', contact: 'a@x.example' }], {
      statements: [sql`delete from customer where org_id = ${org.id}`],
      end: 'commit',
    });
    expect(outcome).toMatchObject({ imported: 1, updated: 0, contacts: { imported: 1, updated: 0 } });
    expect(await setting.stored(org)).toMatchObject([{ name: 'From the file' }]);
  });
});

describe('another session writes to the contacts of a customer that the file has', () => {
  const row = { number: '1', contact: 'a@x.example', contactName: 'From the file', primary: true };
  test.for([
    ['adds the same contact', 'A@x.example', false, { imported: 0, updated: 1 }, ['A@x.example yes']],
    [
      'adds another primary one',
      'b@x.example',
      true,
      { imported: 1, updated: 0 },
      ['a@x.example yes', 'b@x.example'],
    ],
  ] as const)('and %s: the file has the last word', async ([, email, primary, contacts, expected]) => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '1', name: 'From the file' });
    const outcome = await besides(org, [row], {
      statements: [insertContact(org, email, primary)],
      end: 'commit',
    });
    expect(outcome.contacts).toMatchObject(contacts);
    expect(await contactsOf(org)).toEqual(expected);
  });

  test('and deletes one that is the same, of a customer that is to change: it is imported anew', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, {
      erp_customer_number: '1',
      name: 'Before',
      contacts: [{ email: 'a@x.example', name: 'From the file', is_primary: true }],
    });
    const outcome = await besides(org, [row], {
      statements: [
        sql`delete from customer_contact where org_id = ${org.id}`,
        sql`update customer set notes = 'b' where org_id = ${org.id}`,
      ],
      end: 'commit',
    });
    expect(outcome).toMatchObject({ updated: 1, contacts: { imported: 1, updated: 0 } });
    expect(await contactsOf(org)).toEqual(['a@x.example yes']);
  });

  test('and deletes one that is to change: it is imported anew, and counted once', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, {
      erp_customer_number: '1',
      name: 'From the file',
      contacts: [{ email: 'a@x.example', name: 'Before' }],
    });
    const outcome = await besides(org, [row], {
      statements: [sql`delete from customer_contact where org_id = ${org.id}`],
      end: 'commit',
    });
    expect(outcome.contacts).toEqual({ imported: 1, updated: 0, repeated: 0 });
    expect(await contactsOf(org)).toEqual(['a@x.example yes']);
  });
});

test('two sessions that wait for each other: the import rolls back and continues', async () => {
  const org = await setting.newOrg();
  await orderflow.execute(sql`begin`);
  await orderflow.execute(insertAs(org, '2'));
  // The import has written 1 when it comes to wait for 2.
  const importing = importRows(org, [{ number: '1' }, { number: '2' }], {});
  await untilBlocked(setting.database, importerPid);
  const [outcome] = await Promise.all([
    importing,
    orderflow.execute(insertAs(org, '1')).then(() => orderflow.execute(sql`commit`)),
  ]);
  expect(outcome).toMatchObject({ imported: 0, updated: 2 });
  expect(await setting.stored(org)).toMatchObject([{ name: 'From the file' }, { name: 'From the file' }]);
});

test('while an import is open, other customers and contacts of the org can be written', async () => {
  const org = await setting.newOrg();
  await insertCustomer(setting.database, org, {
    erp_customer_number: '1',
    contacts: [{ email: 'a@x.example' }],
  });
  await insertCustomer(setting.database, org, { erp_customer_number: '2' });
  await importRows(org, [{ number: '2' }, { number: '3', contact: 'c@x.example' }], {
    async beforeCommit() {
      await orderflow.execute(sql`begin`);
      await orderflow.execute(sql`set local lock_timeout = '1s'`);
      await orderflow.execute(
        sql`update customer set notes = 'b' where org_id = ${org.id} and erp_customer_number = '1'`,
      );
      await orderflow.execute(sql`update customer_contact set name = 'B' where org_id = ${org.id}`);
      await orderflow.execute(insertAs(org, '4'));
      await orderflow.execute(sql`update org set name = 'Renamed' where id = ${org.id}`);
      await orderflow.execute(sql`commit`);
    },
  });
  expect(await setting.stored(org)).toMatchObject([
    { erp_customer_number: '1', notes: 'b', contacts: [{ name: 'B' }] },
    { erp_customer_number: '2', name: 'From the file' },
    { erp_customer_number: '3', contacts: [{ email: 'c@x.example' }] },
    { erp_customer_number: '4' },
  ]);
});
