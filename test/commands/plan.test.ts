import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const rows = ['1', '2', '3', '4'].map((number) =>
  customerRow({
    erp_customer_number: number,
    name: `Kunde ${number}`,
    contact_email: `k${number}@x.example`,
  }),
);
const next = csv([
  { ...rows[0], name: 'Kunde 1 GmbH' },
  { ...rows[1], contact_email: 'neu@x.example' },
  rows[2] ?? {},
  customerRow({ erp_customer_number: '5', name: 'Kunde 5', contact_email: 'k5@x.example' }),
]);

/** An org and a plan of `next` for it. */
async function planned(): Promise<Organization> {
  const org = await setting.newOrg();
  await setting.importText(org, csv(rows));
  const before = await setting.versions(org);
  const { exitCode, report } = await setting.importText(org, next, {
    name: 'next.csv',
    flags: ['--plan-to', 'next.plan'],
  });
  expect([exitCode, report.dry_run, report.changes_total]).toEqual([0, true, 3]);
  expect(await setting.versions(org)).toEqual(before);
  return org;
}

function apply(org: { slug: string }, flags: string[] = [], text: string | null = next) {
  return setting.importText(org, text, { name: 'next.csv', flags: ['--plan', 'next.plan', ...flags] });
}

function byHand(org: Organization, number: string, name: string): Promise<number> {
  return setting.database.execute(sql`
    update customer set name = ${name} where org_id = ${org.id} and erp_customer_number = ${number}`);
}

test('a plan is committed as it was shown, and its file is for the user alone', async () => {
  const org = await planned();
  const { mode } = await stat(path.join(setting.directory, 'next.plan'));
  expect(mode & 0o777).toBe(0o600);
  const shown = await run(['plan', 'show', 'next.plan', '--json'], { cwd: setting.directory });
  expect(shown.json()).toMatchObject({ file: 'next.csv', org: org.slug, changes_total: 3 });
  const { exitCode, report } = await apply(org);
  expect([exitCode, report.imported, report.updated]).toEqual([0, 1, 1]);
  // It counts as done what has come about already.
  expect(await apply(org)).toMatchObject({ exitCode: 0, report: { changes_total: 0 } });
});

test('a customer of the plan that was changed since makes it stale, and nothing is written', async () => {
  const org = await planned();
  await byHand(org, '1', 'Andere');
  const before = await setting.versions(org);
  const { exitCode, report } = await apply(org);
  expect([exitCode, report.error.code]).toEqual([12, 'plan_stale']);
  expect(report.error.message).toContain('1 Kunde 1 GmbH: name "Andere" → "Kunde 1 GmbH"');
  expect(await setting.versions(org)).toEqual(before);
});

test('a customer of the plan that has the planned value already does not, nor one outside of it', async () => {
  const org = await planned();
  await byHand(org, '1', 'Kunde 1 GmbH');
  await byHand(org, '3', 'Von Hand');
  const { exitCode, report } = await apply(org);
  expect([exitCode, report.changes_total]).toEqual([0, 2]);
  const names = (await setting.stored(org)).map(({ name }) => name);
  expect(names).toEqual(['Kunde 1 GmbH', 'Kunde 2', 'Von Hand', 'Kunde 4', 'Kunde 5']);
});

test('a customer of the plan that was removed since makes it stale', async () => {
  const org = await planned();
  await setting.database.execute(sql`
    delete from customer where org_id = ${org.id} and erp_customer_number = '2'`);
  expect(await apply(org)).toMatchObject({ exitCode: 12, report: { error: { code: 'plan_stale' } } });
});

test('a plan is refused for another file, organization, flag and age', async () => {
  const org = await planned();
  const other = await setting.newOrg();
  const refusals = [
    await apply(org, [], `${next}\n`),
    await apply(other),
    await apply(org, ['--blank', 'keep']),
    await apply(org, ['--only', 'update']),
    await apply(org, ['--plan-max-age', '0s']),
  ];
  expect(refusals.map(({ exitCode, report }) => [exitCode, report.error.code])).toEqual(
    refusals.map(() => [5, 'plan_mismatch']),
  );
  expect(refusals.map(({ report }) => report.error.message)).toEqual([
    expect.stringContaining('the file is not the one'),
    expect.stringContaining(`for the organization ${org.slug}`),
    expect.stringContaining('other flags: --blank'),
    expect.stringContaining('other flags: --only'),
    expect.stringContaining('older than --plan-max-age allows'),
  ]);
});

describe('the flags of a nightly import', () => {
  const given = {
    source: ['--source', 'erp'],
    allow: ['--allow', 'rows=9', '--allow', 'deactivations=1'],
    guard: ['--guard', 'cleared.notes=1', '--guard', 'changed.notes=none'],
    default: ['--default', 'currency=EUR', '--default', 'language=de'],
  };

  async function plannedWithFlags(): Promise<Organization> {
    const org = await planned();
    const flags = [...Object.values(given).flat(), '--plan-to', 'next.plan'];
    expect(await setting.importText(org, next, { name: 'next.csv', flags })).toMatchObject({ exitCode: 0 });
    return org;
  }

  test('bind a plan in any order', async () => {
    const org = await plannedWithFlags();
    const flags = Object.values(given)
      .flatMap(([flag, ...values]) =>
        values.filter((value) => value !== flag).map((value) => [flag ?? '', value]),
      )
      .toReversed();
    expect(await apply(org, flags.flat())).toMatchObject({ exitCode: 0, report: { changes_total: 3 } });
  });

  test('are named by the refusal if they differ', async () => {
    const org = await plannedWithFlags();
    const others: [string, string[]][] = [
      ['--source', Object.values({ ...given, source: ['--source', 'crm'] }).flat()],
      ['--allow', Object.values({ ...given, allow: ['--allow', 'rows=9'] }).flat()],
      ['--guard', Object.values({ ...given, guard: [] }).flat()],
      ['--default', Object.values({ ...given, default: ['--default', 'currency=EUR'] }).flat()],
      ['--snapshot', [...Object.values(given).flat(), '--snapshot']],
      ['--edits', [...Object.values(given).flat(), '--edits', 'keep']],
      ['--missing-contacts', [...Object.values(given).flat(), '--missing-contacts', 'remove']],
      ['--accept-columns', [...Object.values(given).flat(), '--accept-columns', '0123456789ab']],
    ];
    for (const [flag, flags] of others) {
      const { exitCode, report } = await apply(org, flags);
      expect([flag, exitCode, report.error.message]).toEqual([
        flag,
        5,
        `the plan was made with other flags: ${flag}; nothing was written`,
      ]);
    }
  });
});

test('a file that is not a plan, or incomplete, is refused before anything is done', async () => {
  const org = await planned();
  const file = path.join(setting.directory, 'next.plan');
  const whole = await readFile(file);
  for (const bytes of [whole.subarray(0, whole.length / 2), Buffer.from('no plan'), Buffer.alloc(0)]) {
    await writeFile(file, bytes);
    expect(await apply(org)).toMatchObject({ exitCode: 5, report: { error: { code: 'plan_invalid' } } });
    const shown = await run(['plan', 'show', 'next.plan'], { cwd: setting.directory });
    expect(shown.exitCode).toBe(5);
  }
});
