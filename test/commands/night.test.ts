import { utimes } from 'node:fs/promises';
import path from 'node:path';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { CsvRow } from '../support/csv.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const nightly = ['--source', 'erp', '--snapshot'];

function customers(numbers: (number | string)[], fields: CsvRow = {}): CsvRow[] {
  return numbers.map((number) =>
    customerRow({ erp_customer_number: number, name: `Kunde ${number}`, notes: 'alt', ...fields }),
  );
}

/** With all that a guard may count. */
const full = (number: number): CsvRow => ({
  ...customers([number])[0],
  billing_city: 'Köln',
  contact_email: `k${number}@x.example`,
  contact_phone: '+49 89 1',
});

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** An org after a first night with customers 1 to `count`. */
async function orgOf(count: number, fields: CsvRow = {}): Promise<Organization> {
  const org = await setting.newOrg();
  const first = await setting.importText(org, csv(customers(upTo(count), fields)), { flags: nightly });
  expect(first).toMatchObject({ exitCode: 0, report: { imported: count, deactivated: 0 } });
  return org;
}

async function inactive(org: Organization): Promise<string[]> {
  const stored = await setting.stored(org);
  return stored
    .filter(({ is_active: active }) => !active)
    .map((customer) => customer.erp_customer_number ?? '');
}

describe('a file without rows', () => {
  const header = 'name,default_currency,default_language,erp_customer_number,notes\n';
  test.for([
    [[], 5],
    [['--dry-run'], 5],
    [['--source', 'erp'], 5],
    [['--allow', 'rows=0'], 0],
    [['--allow', 'rows=0', '--dry-run'], 0],
    [['--source', 'erp', '--allow', 'rows=0'], 0],
    [['--allow', 'rows=1', '--source', 'erp'], 5],
    [[...nightly, '--allow', 'rows=0'], 5],
    [[...nightly, '--allow', 'rows=0', '--dry-run'], 5],
  ] as [string[], number][])('with %j ends with %i', async ([flags, expected]) => {
    const org = await orgOf(3);
    const { exitCode, report } = await setting.importText(org, header, { flags });
    expect(exitCode).toBe(expected);
    expect(report.error?.code).toBe(expected === 5 ? 'no_rows' : undefined);
    expect(await inactive(org)).toEqual([]);
  });
});

describe('a snapshot', () => {
  test('deactivates the customers that are missing, and takes them up again', async () => {
    const org = await orgOf(20);
    const without = await setting.importText(org, csv(customers(upTo(19))), { flags: nightly });
    expect(without).toMatchObject({ exitCode: 0, report: { deactivated: 1, unchanged: 19, updated: 0 } });
    expect(await inactive(org)).toEqual(['20']);
    const again = await setting.importText(org, csv(customers(upTo(19))), { flags: nightly });
    expect(again.report).toMatchObject({ deactivated: 0 });
    const back = await setting.importText(org, csv(customers(upTo(20))), { flags: nightly });
    expect(back).toMatchObject({ exitCode: 0, report: { deactivated: 0, updated: 1 } });
    expect(await inactive(org)).toEqual([]);
  });

  test('writes nothing for customers that are in the file and unchanged', async () => {
    const org = await orgOf(20);
    const membership = () =>
      setting.database.query(sql`
        select customer_id, ctid::text, xmin::text
        from customer_source
        where org_id = ${org.id}
        order by customer_id`);
    const before = [await setting.stored(org), await membership()];
    expect(before[1]).toHaveLength(20);
    await setting.importText(org, csv(customers(upTo(20))), { flags: nightly });
    expect([await setting.stored(org), await membership()]).toEqual(before);
  });

  test('leaves customers of no source, of others, and without a number alone', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, csv(customers(['by hand'])));
    await setting.importText(org, csv(customers(upTo(20))), { flags: nightly });
    await setting.importText(org, csv(customers([1, 2, 'shop only'])), {
      flags: ['--source', 'shop', '--snapshot'],
    });
    await setting.importText(org, csv([...customers(upTo(20)), customerRow({ name: 'Ohne Nummer' })]), {
      flags: nightly,
    });
    await setting.importText(org, csv(customers(upTo(20).slice(2))), {
      flags: [...nightly, '--guard', 'rows=none'],
    });
    // 1 and 2 are the shop's, too.
    expect(await inactive(org)).toEqual([]);
    const dropped = await setting.importText(org, csv(customers(['shop only', 'shop 2'])), {
      flags: ['--source', 'shop', '--snapshot', '--guard', 'deactivations=none', '--guard', 'rows=none'],
    });
    expect(dropped).toMatchObject({ exitCode: 0, report: { deactivated: 2 } });
    expect(await inactive(org)).toEqual(['1', '2']);
  });

  test('needs the column of ERP numbers', async () => {
    const org = await orgOf(3);
    const { exitCode, report } = await setting.importText(org, csv([customerRow()]), { flags: nightly });
    expect({ exitCode, code: report.error.code }).toEqual({ exitCode: 5, code: 'missing_column' });
  });

  test('counts a rejected row with a readable number as present', async () => {
    const org = await orgOf(8);
    const rows = customers(upTo(8));
    rows[7] = { ...rows[7], default_currency: 'EURX' };
    const { exitCode, report } = await setting.importText(org, csv(rows), { flags: nightly });
    expect(exitCode).toBe(3);
    expect(report).toMatchObject({ failed: 1, deactivated: 0, warnings: [] });
    expect(await inactive(org)).toEqual([]);
  });

  test.for([{ erp_customer_number: '1,23E+11' }, { erp_customer_number: 'NULL' }])(
    'deactivates nothing while the number of a rejected row is not readable: %j',
    async (damage) => {
      const org = await orgOf(8);
      const rows = customers(upTo(6));
      const flags = [...nightly, '--quiet'];
      const text = csv([...rows, ...customers([9]), { ...customerRow(), ...damage }]);
      const { exitCode, report } = await setting.importText(org, text, { flags });
      expect(exitCode).toBe(3);
      expect(report).toMatchObject({ failed: 1, imported: 1, deactivated: 0 });
      expect(report.warnings[0]).toMatchObject({ code: 'deactivation_withheld' });
      expect(report.warnings[0].warning).toContain('2 missing customers were not deactivated');
      const next = await setting.importText(org, csv([...rows, ...customers([9])]), { flags });
      expect(next.report).toMatchObject({ deactivated: 2 });
    },
  );

  test('a row that lost the zeros of its number counts as the customer that it means', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, csv(customers(['0001', '0002', '0003', '0004'])), { flags: nightly });
    const { exitCode, report } = await setting.importText(
      org,
      csv(customers(['0001', '0002', '0003', '4'])),
      { flags: nightly },
    );
    expect({ exitCode, deactivated: report.deactivated }).toEqual({ exitCode: 3, deactivated: 0 });
  });
});

describe('guards', () => {
  /** What a second night is refused for, in a dry run as in the run itself; nothing may be written. */
  async function guarded(org: Organization, rows: CsvRow[], flags: string[] = nightly) {
    const before = await setting.stored(org);
    const { exitCode, report } = await setting.importText(org, csv(rows), { flags });
    if (exitCode !== 5) return { exitCode, error: undefined, guards: report.guards };
    const dry = await setting.importText(org, null, { flags: [...flags, '--dry-run'] });
    const { error, guards } = report;
    expect([dry, await setting.stored(org)]).toMatchObject([{ exitCode, report: { error, guards } }, before]);
    return { exitCode, error: report.error, guards: report.guards };
  }

  // So that the guard of rows does not speak first.
  const anyRows = [...nightly, '--guard', 'rows=none'];

  test.for([
    // Customers, and how many of them may be missing.
    [1, 0],
    [3, 0],
    [8, 2],
    [20, 5],
    [120, 6],
  ])('of %i customers at most %i are deactivated', async ([count, limit]) => {
    const org = await orgOf(count as number);
    const left = (missing: number) => customers([...upTo(count as number).slice(missing), 'X1']);
    const over = await guarded(org, left((limit as number) + 1), anyRows);
    expect(over).toMatchObject({ exitCode: 5, error: { code: 'guard_exceeded' } });
    expect(over.error.message).toMatch(
      new RegExp(
        `^${limit! + 1} of ${count} active customers of erp would be deactivated, more than ${limit}\n1 +Kunde 1`,
      ),
    );
    expect(over.error.hint).toContain(`--allow deactivations=${limit! + 1}`);
    expect(await guarded(org, left(limit as number), anyRows)).toMatchObject({ exitCode: 0 });
    expect(await inactive(org)).toHaveLength(limit as number);
  });

  test('--allow takes exactly the number', async () => {
    const org = await orgOf(8);
    const rows = customers(upTo(4));
    for (const allow of ['3', '5']) {
      const flags = [...anyRows, '--allow', `deactivations=${allow}`];
      expect(await guarded(org, rows, flags)).toMatchObject({ exitCode: 5 });
    }
    expect(await guarded(org, rows, [...anyRows, '--allow', 'deactivations=4'])).toMatchObject({
      exitCode: 0,
    });
  });

  test('what was deactivated in the last 24 hours counts, so that halves do not pass', async () => {
    const org = await orgOf(8);
    expect(await guarded(org, customers(upTo(6)), anyRows)).toMatchObject({ exitCode: 0 });
    const half = await guarded(org, customers(upTo(5)), anyRows);
    expect(half).toMatchObject({ exitCode: 5 });
    expect(half.guards).toContainEqual(
      expect.objectContaining({ name: 'deactivations', count: 3, limit: 2, of: 8 }),
    );
    await setting.database.execute(sql`
      update customer_import_run
      set started_at = started_at - interval '25 hours'
      where org_id = ${org.id}`);
    const later = await guarded(org, customers(upTo(5)), anyRows);
    expect(later).toMatchObject({ exitCode: 0 });
  });

  test('what was accepted does not count again, nor does anything while nothing is deactivated', async () => {
    const org = await orgOf(8);
    expect(await guarded(org, customers(upTo(6)), anyRows)).toMatchObject({ exitCode: 0 });
    const allowed = [...anyRows, '--allow', 'deactivations=4'];
    expect(await guarded(org, customers(upTo(4)), allowed)).toMatchObject({ exitCode: 0 });
    expect(await guarded(org, customers(upTo(4)), anyRows)).toMatchObject({ exitCode: 0 });
    expect(await guarded(org, customers(upTo(3)), anyRows)).toMatchObject({ exitCode: 0 });
    const unlimited = [...anyRows, '--guard', 'deactivations=none'];
    expect(await guarded(org, customers([1]), unlimited)).toMatchObject({ exitCode: 0 });
    expect(await guarded(org, customers([1]), anyRows)).toMatchObject({ exitCode: 0 });
    expect(await guarded(org, customers([9]), anyRows)).toMatchObject({ exitCode: 5 });
  });

  test('is_active = no counts as a deactivation', async () => {
    const org = await orgOf(8);
    const rows = customers(upTo(8)).map((row, index) => ({ ...row, is_active: index < 3 ? 'no' : 'yes' }));
    expect(await guarded(org, rows)).toMatchObject({ exitCode: 5 });
  });

  test('a short file is refused', async () => {
    const org = await orgOf(20);
    const short = await guarded(org, customers(upTo(17)));
    expect(short.error.message).toContain('the file has 17 rows, fewer than 18 (the last one had 20)');
    expect(await guarded(org, customers(upTo(17)), [...nightly, '--allow', 'rows=17'])).toMatchObject({
      exitCode: 0,
    });
  });

  test.for([
    ['notes', { notes: '' }, 'cleared.notes'],
    ['contact_phone', { contact_phone: '' }, 'cleared.contact_phone'],
    ['billing_city', { billing_city: '' }, 'cleared.billing_city'],
    ['notes', { notes: 'neu' }, 'changed.notes'],
    ['name', { name: 'neu' }, 'changed.name'],
    ['contact_phone', { contact_phone: '+49 89 2' }, 'changed.contact_phone'],
    ['billing_city', { billing_city: 'Ulm' }, 'changed.billing_city'],
    ['default_currency', { default_currency: 'CHF' }, 'changed.default_currency'],
  ] as [string, CsvRow, string][])('%s of many rows at once is refused: %j', async ([, fields, name]) => {
    const org = await setting.newOrg();
    await setting.importText(org, csv(upTo(30).map(full)), { flags: nightly });
    const rows = (count: number) =>
      upTo(30).map((number) => (number <= count ? { ...full(number), ...fields } : full(number)));
    const limit = name.startsWith('cleared') ? 5 : 20;
    const over = await guarded(org, rows(limit + 1));
    expect(over).toMatchObject({ exitCode: 5 });
    expect(over.guards).toContainEqual(
      expect.objectContaining({ name, count: limit + 1, limit, of: 30, exceeded: true }),
    );
    expect(over.error.message).toMatch(/\n1 +(Kunde 1|neu)\n/);
    expect(await guarded(org, rows(limit))).toMatchObject({ exitCode: 0 });
  });

  test('the number format has changed', async () => {
    const org = await orgOf(8);
    const { error } = await guarded(org, customers(upTo(8).map((number) => `000${number}`)));
    expect(error.message).toContain('the number format has changed');
  });

  test('without a source, a file may change and clear as much as it likes', async () => {
    const org = await orgOf(30);
    const { exitCode, report } = await setting.importText(org, csv(customers(upTo(30), { notes: '' })));
    expect({ exitCode, guards: report.guards, updated: report.updated }).toEqual({
      exitCode: 0,
      guards: [],
      updated: 30,
    });
  });

  test.for([['--snapshot'], ['--allow', 'rows=5'], ['--guard', 'deactivations=2%']])(
    '%j needs a source',
    async (flags) => {
      const org = await setting.newOrg();
      expect(await setting.importText(org, csv(customers([1])), { flags })).toMatchObject({ exitCode: 2 });
    },
  );
});

test('a file of another number of rows, or one that is old, is refused', async () => {
  const org = await orgOf(3);
  const text = csv(customers(upTo(3)));
  const codeWith = async (...flags: string[]) => {
    const { exitCode, report } = await setting.importText(await setting.newOrg(), null, {
      flags: [...nightly, ...flags],
    });
    return [exitCode, report.error?.code];
  };
  expect(await codeWith('--expect-rows', '3', '--max-file-age', '26h')).toEqual([0, undefined]);
  expect(await codeWith('--expect-rows', '4')).toEqual([5, 'row_count_differs']);
  const written = new Date(Date.now() - 25 * 3_600_000);
  await utimes(path.join(setting.directory, 'customers.csv'), written, written);
  expect(await codeWith('--max-file-age', '26h')).toEqual([0, undefined]);
  expect(await codeWith('--max-file-age', '24h')).toEqual([5, 'file_too_old']);
  const piped = (...flags: string[]) =>
    setting.importText(org, null, { name: '-', stdin: text, flags: [...nightly, ...flags] });
  expect(await piped()).toMatchObject({ exitCode: 2, report: { error: { code: 'usage' } } });
  expect(await piped('--expect-rows', '3')).toMatchObject({ exitCode: 0 });
});
