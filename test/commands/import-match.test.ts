import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { csv, customerRow, readCsvRows } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { foretold, importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';

/*
 * Files whose rows find their customers by an email or by an id, not by the ERP number.
 */

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

/** 10 and 20 with an email each, 30 and 31 that share one, and one without a number. */
async function filled(): Promise<{ org: Organization; ids: Record<string, string> }> {
  const org = await setting.newOrg();
  const ids: Record<string, string> = {};
  for (const [number, name, email] of [
    ['10', 'Zehn GmbH', 'Info@Zehn.example'],
    ['20', 'Zwanzig AG', 'info@zwanzig.example'],
    ['30', 'Dreißig KG', 'info@holding.example'],
    ['31', 'Einunddreißig KG', 'info@holding.example'],
    [null, 'Ohne GmbH', 'info@ohne.example'],
  ] as const) {
    ids[number ?? 'none'] = await insertCustomer(setting.database, org, {
      erp_customer_number: number,
      name,
      email,
      contacts: number === '10' ? [{ email: 'a@zehn.example' }, { email: 'b@zehn.example' }] : [],
    });
  }
  return { org, ids };
}

type Report = { errors: { row: number; code: string; column: string | null; error: string }[] };
const codes = (report: Report) => report.errors.map(({ row, code, column }) => [row, code, column]);
const errors = (report: Report) => report.errors.map(({ row, error }) => [row, error]);

/** Imports as a dry run, then in earnest, then again: the first two say the same, the third changes nothing. */
async function imported(org: Organization, text: string, flags: string[] = []) {
  const before = await setting.versions(org);
  const dry = await setting.importText(org, text, { flags: [...flags, '--dry-run'] });
  expect(await setting.versions(org)).toEqual(before);
  const real = await setting.importText(org, text, { flags });
  expect(foretold(dry.report)).toEqual(foretold(real.report));
  const standing = await setting.versions(org);
  const again = await setting.importText(org, text, { flags });
  expect(again.report).toMatchObject({ imported: 0, updated: 0, contacts: { imported: 0, updated: 0 } });
  expect(await setting.versions(org)).toEqual(expect.arrayContaining(standing));
  const { rows, imported: fresh, updated, unchanged, superseded, failed } = real.report;
  expect(fresh + updated + unchanged + superseded + failed).toBe(rows);
  return real;
}

const file = (...rows: Record<string, string>[]) => csv(rows.map((row) => customerRow(row)));

describe('--match email', () => {
  const flags = ['--match', 'email'];

  test('updates the one customer with that email, however it is spelt, and creates one for an unknown email', async () => {
    const { org } = await filled();
    const text = file(
      { name: 'Zehn neu', email: 'INFO@zehn.EXAMPLE' },
      { name: 'Ohne neu', email: 'info@ohne.example' },
      { name: 'Zehn GmbH', email: 'neu@neu.example' },
    );
    const { report } = await imported(org, text, flags);
    expect(report).toMatchObject({ imported: 1, updated: 2, failed: 0 });
    const stored = await setting.stored(org);
    expect(stored).toHaveLength(6);
    expect(stored).toMatchObject([
      { erp_customer_number: '10', name: 'Zehn neu', email: 'info@zehn.example' },
      {},
      {},
      {},
      { erp_customer_number: null, name: 'Ohne neu' },
      { erp_customer_number: null, name: 'Zehn GmbH', email: 'neu@neu.example' },
    ]);
  });

  test('rejects a row with an email of two customers, naming both; its number decides between them', async () => {
    const { org } = await filled();
    const { report } = await imported(
      org,
      file(
        { name: 'X', email: 'info@holding.example' },
        { name: 'Einunddreißig KG', email: 'info@holding.example', erp_customer_number: '31', notes: 'n' },
      ),
      flags,
    );
    expect(report).toMatchObject({ updated: 1, failed: 1 });
    expect(report.errors).toMatchObject([
      {
        row: 2,
        column: 'email',
        code: 'ambiguous_customer',
        error: 'the row fits two customers: 30 "Dreißig KG" and 31 "Einunddreißig KG"',
        hint: 'they share the email "info@holding.example": give the row the ERP number of its customer',
      },
    ]);
    expect((await setting.stored(org))[3]).toMatchObject({ notes: 'n' });
  });

  test('rejects an email of one customer beside the number of another, naming both', async () => {
    const { org } = await filled();
    const { report } = await imported(
      org,
      file({ email: 'info@zehn.example', erp_customer_number: '20' }),
      flags,
    );
    expect(errors(report)).toEqual([[2, 'the row fits two customers: 10 "Zehn GmbH" and 20 "Zwanzig AG"']]);
    expect(codes(report)).toEqual([[2, 'ambiguous_customer', 'erp_customer_number']]);
  });

  test('gives a customer the number that the row has, and leaves it where the row has none', async () => {
    const { org } = await filled();
    const { report } = await imported(
      org,
      file(
        { name: 'Ohne GmbH', email: 'info@ohne.example', erp_customer_number: '40' },
        { name: 'Zehn GmbH', email: 'info@zehn.example', erp_customer_number: '' },
        { name: 'Zwanzig AG', email: 'info@zwanzig.example', erp_customer_number: '2000' },
      ),
      flags,
    );
    expect(report).toMatchObject({ updated: 2, unchanged: 1, failed: 0 });
    expect((await setting.stored(org)).map(({ erp_customer_number: number }) => number)).toEqual([
      '10',
      '2000',
      '30',
      '31',
      '40',
    ]);
  });

  test('finds a row without a known email by its number', async () => {
    const { org } = await filled();
    const { report } = await imported(
      org,
      file(
        { name: 'Zehn GmbH', email: 'neu@zehn.example', erp_customer_number: '10' },
        { name: 'Zwanzig neu', email: '', erp_customer_number: '20' },
      ),
      [...flags, '--blank', 'keep'],
    );
    expect(report).toMatchObject({ imported: 0, updated: 2, failed: 0 });
    expect(await setting.stored(org)).toMatchObject([
      { email: 'neu@zehn.example' },
      { name: 'Zwanzig neu', email: 'info@zwanzig.example' },
      {},
      {},
      {},
    ]);
  });

  test('two numbers for one email, and one number for two, are rejected by name of the other row', async () => {
    const { org } = await filled();
    const { report } = await imported(
      org,
      file(
        { name: 'A', email: 'info@zehn.example', erp_customer_number: '10' },
        { name: 'B', email: 'info@zehn.example', erp_customer_number: '11' },
        { name: 'C', email: 'c@new.example', erp_customer_number: '50' },
        { name: 'D', email: 'd@new.example', erp_customer_number: '50' },
      ),
      flags,
    );
    expect(codes(report)).toEqual([
      [2, 'contradicting_rows', 'erp_customer_number'],
      [3, 'contradicting_rows', 'erp_customer_number'],
      [4, 'duplicate_number', 'erp_customer_number'],
      [5, 'duplicate_number', 'erp_customer_number'],
    ]);
    expect(errors(report)).toEqual([
      [2, 'row 3 of this file gives this customer another ERP number'],
      [3, 'row 2 of this file gives this customer another ERP number'],
      [4, 'row 5 of this file gives the ERP number "50" to another customer'],
      [5, 'row 4 of this file gives the ERP number "50" to another customer'],
    ]);
  });

  test('one line for each contact is one customer, new or known', async () => {
    const { org } = await filled();
    const { report } = await imported(
      org,
      file(
        { name: 'Zehn GmbH', email: 'info@zehn.example', contact_email: 'b@zehn.example' },
        { name: 'Zehn GmbH', email: 'Info@zehn.example', contact_email: 'c@zehn.example' },
        { name: 'Neu', email: 'n@neu.example', erp_customer_number: '60', contact_email: 'x@neu.example' },
        { name: 'Neu', email: 'n@neu.example', contact_email: 'y@neu.example' },
        { name: 'Neu', email: '', erp_customer_number: '60', contact_email: 'z@neu.example' },
      ),
      [...flags, '--blank', 'keep'],
    );
    expect(report).toMatchObject({ imported: 1, updated: 0, unchanged: 1, superseded: 3, failed: 0 });
    expect(report.contacts).toEqual({ imported: 4, updated: 0, unchanged: 1 });
    expect((await setting.stored(org)).map(({ contacts }) => contacts.length)).toEqual([3, 0, 0, 0, 3, 0]);
  });

  test('an email and a number that come together in one row bring all rows of the customer together', async () => {
    const { org } = await filled();
    const { report } = await imported(
      org,
      file(
        { name: 'N', email: 'neu@zehn.example', contact_email: 'x@x.example' },
        { name: 'N', email: 'neu@zehn.example', erp_customer_number: '10' },
        { name: 'N', email: '', erp_customer_number: '10', contact_email: 'y@x.example' },
        { name: 'M', email: 'info@zwanzig.example' },
        { name: 'M', email: 'andere@zwanzig.example', erp_customer_number: '20' },
        { name: 'O', email: 'gleich@x.example', erp_customer_number: '30' },
        { name: 'P', email: 'gleich@x.example', erp_customer_number: '31' },
        { name: 'Q', email: 'gleich@x.example' },
      ),
      flags,
    );
    expect(report).toMatchObject({ imported: 0, updated: 3, superseded: 2, failed: 3 });
    expect(codes(report)).toEqual([
      [5, 'contradicting_rows', 'email'],
      [6, 'contradicting_rows', 'email'],
      [9, 'ambiguous_customer', 'email'],
    ]);
    expect((await setting.stored(org))[0]).toMatchObject({
      email: 'neu@zehn.example',
      contacts: { length: 4 },
    });
  });

  test('a number that has lost its zeros is an error beside a known email, too', async () => {
    const org = await setting.newOrg();
    await insertCustomer(setting.database, org, { erp_customer_number: '0010', email: 'a@a.example' });
    const { report } = await imported(org, file({ email: 'a@a.example', erp_customer_number: '10' }), flags);
    expect(codes(report)).toEqual([[2, 'lost_leading_zeros', 'erp_customer_number']]);
  });

  test('goes with --only update and --only create', async () => {
    const { org } = await filled();
    const text = 'email,notes\ninfo@zehn.example,x\nwho@zehn.example,y\n';
    const update = await imported(org, text, [...flags, '--only', 'update']);
    expect(update.report).toMatchObject({ updated: 1, failed: 1 });
    expect(errors(update.report)).toEqual([[3, 'no customer has the email "who@zehn.example"']]);
    const fresh = await setting.importText(
      org,
      file({ email: 'info@zehn.example' }, { email: 'who@zehn.example' }),
      { flags: [...flags, '--only', 'create'] },
    );
    expect(fresh.report).toMatchObject({ imported: 1, failed: 1 });
    expect(errors(fresh.report)).toEqual([[2, 'customer 10 "Zehn GmbH" exists']]);
  });

  test('needs an email column', async () => {
    const { org } = await filled();
    const { report, exitCode } = await setting.importText(org, file({ erp_customer_number: '1' }), { flags });
    expect([exitCode, report.error.code]).toEqual([5, 'missing_column']);
  });

  test('is a setting of a mapping, too, which the flag overrides', async () => {
    const { org } = await filled();
    await writeFile(path.join(setting.directory, 'match.yaml'), 'match: email\n');
    const text = file({ name: 'Ohne GmbH', email: 'info@ohne.example', notes: 'x' });
    const byMapping = await imported(org, text, ['--mapping', 'match.yaml']);
    expect(byMapping.report).toMatchObject({ updated: 1 });
    const byFlag = await setting.importText(org, text.replace(',x', ',y'), {
      flags: ['--mapping', 'match.yaml', '--match', 'erp_customer_number'],
    });
    expect(byFlag.report.errors).toMatchObject([
      { code: 'possible_duplicate', hint: expect.stringContaining('--match email to update it') },
    ]);
  });
});

async function exported(org: Organization): Promise<string> {
  const { stdout, exitCode } = await run(['export', '--org', org.slug], { database: setting.server });
  expect(exitCode).toBe(0);
  return stdout;
}

const header = '_orderflow_id,erp_customer_number,name,default_currency,default_language,contact_email\n';
const line = (id: string | undefined, number: string, name = 'N', email = '') =>
  `${id},${number},${name},EUR,de-DE,${email}\n`;

describe('a file that export wrote', () => {
  test('changes the number of the customer that the id names', async () => {
    const { org, ids } = await filled();
    const text = (await exported(org))
      .replaceAll(',10,', ',1000,')
      .replace('Ohne GmbH', 'Mit GmbH')
      .replace(',20,', ',,');
    const { report } = await imported(org, text);
    expect(report).toMatchObject({ imported: 0, updated: 3, superseded: 1, failed: 0, warnings: [] });
    const stored = await setting.database.query(sql`
      select id, name, erp_customer_number from customer where org_id = ${org.id} order by id`);
    expect(stored).toEqual(
      expect.arrayContaining([
        { id: ids['10'], name: 'Zehn GmbH', erp_customer_number: '1000' },
        { id: ids['none'], name: 'Mit GmbH', erp_customer_number: null },
        { id: ids['20'], name: 'Zwanzig AG', erp_customer_number: null },
      ]),
    );
  });

  test('is rejected row by row where it is of another organization or another database', async () => {
    const { org, ids } = await filled();
    const other = await setting.newOrg();
    const { report } = await imported(other, await exported(org), ['--match', 'id']);
    expect(report).toMatchObject({ imported: 0, failed: 6 });
    expect(report.errors[0]).toMatchObject({
      code: 'customer_not_found',
      column: '_orderflow_id',
      value: ids['10'],
      error: `no customer has the id "${ids['10']}"`,
    });
    expect(await setting.stored(other)).toEqual([]);
    // None of its ids is known there, so its numbers decide where the ids are not asked for.
    const copied = await imported(other, await exported(org));
    expect(copied.report).toMatchObject({ imported: 5, failed: 0 });
  });

  test('with an id and the number of another customer is rejected, naming both', async () => {
    const { org, ids } = await filled();
    const { report } = await imported(org, header + line(ids['10'], '20') + line(ids['20'], '10'));
    expect(errors(report)).toEqual([
      [2, 'the row fits two customers: 10 "Zehn GmbH" and 20 "Zwanzig AG"'],
      [3, 'the row fits two customers: 10 "Zehn GmbH" and 20 "Zwanzig AG"'],
    ]);
  });

  test('with one id twice is one customer; with two numbers for it, none is written', async () => {
    const { org, ids } = await filled();
    const twice = header + line(ids['10'], '10', 'A', 'c@c.example') + line(ids['10'], '10', 'B');
    expect((await imported(org, twice)).report).toMatchObject({ updated: 1, superseded: 1 });
    expect((await setting.stored(org))[0]).toMatchObject({ name: 'B', contacts: [{}, {}, {}] });
    const { report } = await imported(
      org,
      header + line(ids['10'], '11') + line(ids['10'], '12') + line(ids['10'], ''),
    );
    expect(codes(report)).toEqual([
      [2, 'contradicting_rows', 'erp_customer_number'],
      [3, 'contradicting_rows', 'erp_customer_number'],
    ]);
  });

  test('takes new customers without an id, and rows without one by their number', async () => {
    const { org, ids } = await filled();
    const text =
      header +
      line('', '10', 'Zehn neu') +
      line('', '70', 'Siebzig', 'a@70.example') +
      line('', '70', 'Siebzig', 'b@70.example') +
      line(ids['20'], '21', 'Zwanzig AG') +
      line('', '21', 'Zwanzig AG', 'a@21.example') +
      line('', '', 'Ganz neu') +
      line('', '', 'OHNE GMBH');
    const { report } = await imported(org, text);
    expect(report).toMatchObject({ imported: 2, updated: 2, superseded: 2, failed: 1 });
    expect(codes(report)).toEqual([[8, 'possible_duplicate', 'name']]);
    expect(
      (await setting.stored(org)).map(({ erp_customer_number: number, name, contacts }) => [
        number,
        name,
        contacts.length,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['10', 'Zehn neu', 2],
        ['21', 'Zwanzig AG', 1],
        ['70', 'Siebzig', 2],
        [null, 'Ganz neu', 0],
      ]),
    );
  });

  test.for([
    ['12', 'invalid_value'],
    ['019ad5a8-0000-7000-8000-00000000000', 'invalid_value'],
    ['019ad5a8-0000-7000-8000-000000000000', 'customer_not_found'],
  ])('with the id %s rejects the row (%s)', async ([id, code]) => {
    const { org, ids } = await filled();
    const { report } = await imported(
      org,
      header + line(id, '10') + line((ids['20'] as string).toUpperCase(), '20', 'Zwei'),
    );
    expect(report).toMatchObject({ updated: 1, failed: 1 });
    expect(codes(report)).toEqual([[2, code, '_orderflow_id']]);
  });

  test('has lost its zeros in a spreadsheet: an error', async () => {
    const org = await setting.newOrg();
    const id = await insertCustomer(setting.database, org, { erp_customer_number: '0010' });
    expect(codes((await imported(org, header + line(id, '10'))).report)).toEqual([
      [2, 'lost_leading_zeros', 'erp_customer_number'],
    ]);
  });

  test('has rejected rows that find their customers again', async () => {
    const { org, ids } = await filled();
    await setting.importText(org, header + line(ids['10'], '20') + line(ids['20'], '20'), { name: 'e.csv' });
    const rejects = `e.csv.${org.slug}.rejected.csv`;
    expect(readCsvRows(await setting.file(rejects))).toHaveLength(1);
    const mended = (await setting.file(rejects)).replace(',20,', ',12,');
    const { report } = await setting.importText(org, mended);
    expect(report).toMatchObject({ updated: 1, failed: 0 });
    expect((await setting.stored(org))[0]).toMatchObject({ erp_customer_number: '12' });
  });
});

test('--match id takes a column id, as lists have it', async () => {
  const { org, ids } = await filled();
  const text = `id,notes\n${ids['10']},x\n${ids['none']},y\n`;
  const { report } = await imported(org, text, ['--match', 'id', '--only', 'update']);
  expect(report).toMatchObject({ updated: 2, failed: 0, warnings: [] });
  const { report: refused } = await setting.importText(org, 'number,notes\n1,x\n', {
    flags: ['--match', 'id', '--only', 'update'],
  });
  expect(refused.error.code).toBe('missing_column');
});

test('--match takes three words', async () => {
  const { org } = await filled();
  const { exitCode, report } = await setting.importText(org, 'x', { flags: ['--match', 'name'] });
  expect([exitCode, report.error.message]).toEqual([
    2,
    '--match takes erp_customer_number, email or id, not "name"',
  ]);
});
