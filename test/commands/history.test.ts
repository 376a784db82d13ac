import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { CsvRow } from '../support/csv.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

function tool(argv: string[], options: RunOptions = {}) {
  return run(argv, { database: setting.server, cwd: setting.directory, env: { NO_COLOR: '1' }, ...options });
}

const number = '10001';
const first = customerRow({ erp_customer_number: number, name: 'Müller', contact_email: 'a@x.example' });

/** An org with one customer, of which an import, a command and another program have changed something. */
async function changedOrg(): Promise<{ org: Organization; runId: string }> {
  const org = await setting.newOrg();
  await setting.importText(org, csv([first]));
  const { report } = await setting.importText(org, csv([{ ...first, name: 'Müller GmbH' }]), {
    name: 'nightly.csv',
  });
  await tool(['update', number, '--org', org.slug, '--billing-city', 'Pirna', '--yes']);
  await tool(['contact', 'remove', number, 'a@x.example', '--org', org.slug, '--yes']);
  await setting.database.execute(sql`update customer set notes = 'by hand' where org_id = ${org.id}`);
  return { org, runId: report.run_id };
}

test('history lists who changed what, by what, the newest first', async () => {
  const { org, runId } = await changedOrg();
  const { items, total } = (await tool(['history', number, '--org', org.slug, '--json'])).json();
  const by = setting.server.target.user;
  expect(total).toBe(4);
  expect(items).toEqual([
    {
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z$/),
      by,
      application: 'orderflow-customers',
      run_id: null,
      kind: 'updated',
      contact: null,
      changes: [{ field: 'notes', before: null, after: 'by hand' }],
    },
    {
      at: expect.any(String),
      by,
      application: 'orderflow-customers contact remove',
      run_id: null,
      kind: 'removed',
      contact: 'a@x.example',
      changes: [
        { field: 'email', before: 'a@x.example', after: null },
        { field: 'is_primary', before: expect.any(Boolean), after: null },
      ],
    },
    {
      at: expect.any(String),
      by,
      application: 'orderflow-customers update',
      run_id: null,
      kind: 'updated',
      contact: null,
      changes: [{ field: 'billing_city', before: null, after: 'Pirna' }],
    },
    {
      at: expect.any(String),
      by,
      application: 'orderflow-customers',
      run_id: runId,
      kind: 'updated',
      contact: null,
      changes: [{ field: 'name', before: 'Müller', after: 'Müller GmbH' }],
    },
  ]);
});

test('a terminal shows the file of a run, the command, and the change as a sentence', async () => {
  const { org } = await changedOrg();
  const { stdout } = await tool(['history', number, '--org', org.slug], { terminal: { columns: 100 } });
  expect(stdout).toMatch(/ {2}import nightly\.csv\n {2}~ customer\n {4}name "Müller" → "Müller GmbH"\n/);
  expect(stdout).toMatch(/ {2}contact remove\n {2}- contact a@x\.example removed\n/);
  const shown = await tool(['show', number, '--org', org.slug], { terminal: { columns: 100 } });
  expect(shown.stdout).toMatch(/^Changed +\d{4}-\d\d-\d\d \d\d:\d\d by \w+ \(orderflow-customers\)$/m);
});

test('--field, --since and --limit choose among the changes', async () => {
  const { org } = await changedOrg();
  const chosen = async (...flags: string[]) =>
    (await tool(['history', number, '--org', org.slug, '--json', ...flags])).json();
  expect(await chosen('--field', 'billing_city')).toMatchObject({ total: 1 });
  expect(await chosen('--since', '1h')).toMatchObject({ total: 4 });
  expect(await chosen('--since', '2999-01-01')).toMatchObject({ total: 0, items: [] });
  const limited = await chosen('--limit', '1');
  expect([limited.items.length, limited.total]).toEqual([1, 4]);
  expect(await tool(['history', number, '--org', org.slug, '--field', 'phnoe'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('did you mean phone?'),
  });
  expect(await tool(['history', number, '--org', org.slug, '--since', 'gestern'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('such as 2026-11-01, 30d or 12h'),
  });
});

test('a customer that was removed is found by its number and id, another org’s is not', async () => {
  const { org } = await changedOrg();
  const other = await setting.newOrg();
  const [customer] = await setting.database.query<{ id: string }>(sql`
    delete from customer where org_id = ${org.id} returning id`);
  for (const ref of [number, customer?.id ?? '']) {
    const { items } = (await tool(['history', ref, '--org', org.slug, '--json'])).json();
    expect(items[0]).toMatchObject({ kind: 'removed', contact: null });
    expect(await tool(['history', ref, '--org', other.slug])).toMatchObject({ exitCode: 4 });
  }
});

function active(fields: CsvRow): CsvRow {
  return customerRow({ is_active: 'yes', ...fields });
}

const changes = {
  'base.csv': csv([
    customerRow({ erp_customer_number: '1', name: 'Eins', contact_email: 'a@x.example' }),
    customerRow({ erp_customer_number: '2', name: 'Zwei', contact_email: 'b@x.example' }),
    customerRow({ erp_customer_number: '3', name: 'Drei' }),
    customerRow({ erp_customer_number: '4', name: 'Vier' }),
  ]),
  'next.csv': csv([
    active({ erp_customer_number: '1', name: 'Eins GmbH', contact_email: 'neu@x.example' }),
    active({ erp_customer_number: '2', name: 'Zwei', contact_email: 'b@x.example' }),
    active({ erp_customer_number: '3', name: 'Drei', is_active: 'no' }),
    active({ erp_customer_number: '4', name: 'Vier' }),
    active({ erp_customer_number: '5', name: 'Fünf', contact_email: 'e@x.example' }),
  ]),
};

async function baseOrg(): Promise<Organization> {
  const org = await setting.newOrg();
  await setting.importText(org, changes['base.csv']);
  await setting.database.execute(sql`
    update customer set is_active = false where org_id = ${org.id} and erp_customer_number = '4'`);
  return org;
}

const id = expect.any(String);
const expected = {
  1: {
    erp_customer_number: '1',
    id,
    kind: 'updated',
    fields: [{ field: 'name', before: 'Eins', after: 'Eins GmbH' }],
    contacts: [
      {
        email: 'neu@x.example',
        kind: 'created',
        fields: expect.arrayContaining([{ field: 'email', before: null, after: 'neu@x.example' }]),
      },
    ],
  },
  3: {
    erp_customer_number: '3',
    id,
    kind: 'deactivated',
    fields: [{ field: 'is_active', before: true, after: false }],
    contacts: [],
  },
  4: {
    erp_customer_number: '4',
    id,
    kind: 'reactivated',
    fields: [{ field: 'is_active', before: false, after: true }],
    contacts: [],
  },
  5: {
    erp_customer_number: '5',
    id,
    kind: 'created',
    fields: expect.arrayContaining([{ field: 'name', before: null, after: 'Fünf' }]),
    contacts: [{ email: 'e@x.example', kind: 'created', fields: expect.any(Array) }],
  },
};

function byNumber(items: { erp_customer_number: string }[]): Record<string, unknown> {
  return Object.fromEntries(items.map((item) => [item.erp_customer_number, item]));
}

test('a dry run and the real run list the same changes, and runs show lists them later', async () => {
  const org = await baseOrg();
  const before = await setting.versions(org);
  const dry = await setting.importText(org, changes['next.csv'], { flags: ['--dry-run'] });
  expect(dry.report.changes_total).toBe(4);
  expect(byNumber(dry.report.changes)).toEqual(expected);
  expect(await setting.versions(org)).toEqual(before);
  const { report } = await setting.importText(org, changes['next.csv']);
  expect(byNumber(report.changes)).toEqual(expected);
  const shown = await tool(['runs', 'show', report.run_id, '--org', org.slug, '--changes', '--json']);
  expect(shown.json()).toMatchObject({ id: report.run_id, changes: report.changes, changes_total: 4 });
  const page = await tool(['runs', 'show', report.run_id, '--org', org.slug, '--changes'], {
    terminal: { columns: 80 },
  });
  expect(page.stdout).toContain('~ 1 Eins GmbH\n    name "Eins" → "Eins GmbH"\n    + neu@x.example\n');
  expect(page.stdout).toContain('- 3 Drei deactivated\n');
  expect(page.stdout).toContain('+ 5 Fünf\n');
});

test('an import that changes nothing lists nothing', async () => {
  const org = await setting.newOrg();
  await setting.importText(org, changes['base.csv']);
  const { report } = await setting.importText(org, changes['base.csv']);
  expect([report.changes, report.changes_total]).toEqual([[], 0]);
});

test('--changes-to writes all of them, a line of JSON each, for the user alone', async () => {
  const org = await baseOrg();
  const { report } = await setting.importText(org, changes['next.csv'], {
    flags: ['--dry-run', '--changes-to', 'c.ndjson'],
  });
  const file = path.join(setting.directory, 'c.ndjson');
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(report.changes);
  const before = await setting.versions(org);
  const refused = await setting.importText(org, changes['next.csv'], {
    flags: ['--changes-to', 'no/such/dir/c.ndjson'],
  });
  expect([refused.exitCode, refused.report.error.code]).toEqual([2, 'file_unwritable']);
  expect(await setting.versions(org)).toEqual(before);
});

function count(text: string): number {
  return text.match(/name\s/g)?.length ?? 0;
}

test('a terminal gets the first twenty, --changes more or fewer, a pipe only what it asks for', async () => {
  const org = await setting.newOrg();
  const rows = Array.from({ length: 30 }, (_, index) =>
    customerRow({ erp_customer_number: String(100 + index), name: `Kunde ${index}` }),
  );
  await setting.importText(org, csv(rows));
  await setting.importText(org, csv(rows.map((row) => ({ ...row, name: `${row.name} KG` }))), {
    flags: ['--dry-run'],
    name: 'more.csv',
  });
  const dry = (flags: string[], options: RunOptions = {}) =>
    tool(['import', 'more.csv', '--org', org.slug, '--dry-run', ...flags], options);
  const terminal = { terminal: { columns: 80 } };
  expect((await dry([], terminal)).stdout).toContain('… and 10 more');
  expect(count((await dry([], terminal)).stdout)).toBe(20);
  expect(count((await dry(['--changes', '30'], terminal)).stdout)).toBe(30);
  expect(count((await dry(['--changes', '0'], terminal)).stdout)).toBe(0);
  expect(count((await dry([])).stdout)).toBe(0);
  expect(count((await dry(['--changes', '5'])).stdout)).toBe(5);
});

test('a run from before the log says why its changes cannot be listed', async () => {
  const org = await setting.newOrg();
  const { report } = await setting.importText(org, changes['base.csv']);
  await setting.database.execute(sql`
    update customer_import_run set transaction = null where id = ${report.run_id}`);
  expect(await tool(['runs', 'show', report.run_id, '--org', org.slug, '--changes'])).toMatchObject({
    exitCode: 5,
    stderr: expect.stringContaining('from before the change log'),
  });
});
