import sql, { join } from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { firstOfIds, idAfter } from '../../../src/store/merge/new-ids.ts';
import { csv, customerRow } from '../../support/csv.ts';
import type { ImportSetting } from '../../support/import.ts';
import { importSetting } from '../../support/import.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

/** The `n`th ids counted from `first`. */
async function counted(first: string, ns: number[]): Promise<string[]> {
  const rows = await setting.database.query<{ id: string }>(sql`
    select ${idAfter(sql`first`, sql`n`)} as id
    from (${firstOfIds(sql`${first}::uuid`)}) as first, unnest(array[${join(ns)}]::bigint[]) as n
    order by n`);
  return rows.map(({ id }) => id);
}

// Time, version, counter, variant and what remains: 2026-11-30T03:10:27.000Z.
test.each([
  [0, '01a22a6d-c97e-7000-b447-9df9d412e184'],
  [1, '01a22a6d-c97e-7001-b447-9df9d412e184'],
  [4095, '01a22a6d-c97e-7fff-b447-9df9d412e184'],
  [4096, '01a22a6d-c97f-7000-b447-9df9d412e184'],
  [10_000_000, '01a22a6d-d307-7680-b447-9df9d412e184'],
])('id %i after the first one', async (n, expected) => {
  expect(await counted('01a22a6d-c97e-7abc-b447-9df9d412e184', [n])).toEqual([expected]);
});

test.each(['00000000-0000-7000-8000-000000000000', 'ffffffff-0000-7fff-bfff-ffffffffffff'])(
  'ids counted from %s are of version 7, in order, and distinct',
  async (first) => {
    const ids = await counted(
      first,
      Array.from({ length: 10_000 }, (_, n) => n),
    );
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(10_000);
    expect(ids.filter((id) => !/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab]/.test(id))).toEqual([]);
  },
);

test('new customers of two imports get ids in the order of their contacts’ emails', async () => {
  const org = await setting.newOrg();
  for (const run of [1, 2]) {
    const rows = ['c', 'a', 'b'].map((letter, index) =>
      customerRow({
        erp_customer_number: `${run}${index + 1}`,
        contact_email: `${letter}${run}@example.com`,
        contact_name: 'Anna',
      }),
    );
    expect((await setting.importText(org, csv(rows))).exitCode).toBe(0);
  }
  const made = await setting.database.query<{ email: string }>(sql`
    select k.email
    from customer c
    join customer_contact k on k.customer_id = c.id
    where c.org_id = ${org.id}
    order by c.id`);
  expect(made.map(({ email }) => email)).toEqual(
    ['a1', 'b1', 'c1', 'a2', 'b2', 'c2'].map((name) => `${name}@example.com`),
  );
});
