import { readFile, stat } from 'node:fs/promises';
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

const nightly = ['--source', 'erp', '--snapshot'];
const upTo = (count: number) =>
  csv(Array.from({ length: count }, (_, index) => customerRow({ erp_customer_number: index + 1 })));

function tool(...argv: string[]) {
  return run(argv, { database: setting.server, cwd: setting.directory });
}

async function runsOf(org: Organization) {
  return (await tool('runs', 'list', '--org', org.slug, '--json')).json().items;
}

/** As if the runs so far had been so many hours earlier. */
async function ago(org: Organization, hours: number): Promise<void> {
  await setting.database.execute(sql`
    update customer_import_run
    set started_at = started_at - ${hours} * interval '1 hour', finished_at = finished_at - ${hours} * interval '1 hour'
    where org_id = ${org.id}`);
}

describe('attempts', () => {
  test.for([
    ['a file that is missing', null, 'missing.csv', nightly, 'failed', 'file_not_found', 2],
    [
      'a file without rows',
      'name,default_currency,default_language\n',
      'a.csv',
      ['--source', 'erp'],
      'refused',
      'no_rows',
      5,
    ],
    ['a short file', upTo(15), 'a.csv', nightly, 'refused', 'guard_exceeded', 5],
    [
      'too many rejected rows',
      csv([customerRow({ default_currency: 'EURX' })]),
      'a.csv',
      ['--atomic'],
      'refused',
      'over_error_budget',
      6,
    ],
    ['a missing column', 'name\nX\n', 'a.csv', nightly, 'refused', 'missing_column', 5],
  ] as const)('%s is listed', async ([, text, name, flags, outcome, code, exitCode]) => {
    const org = await setting.newOrg();
    await setting.importText(org, upTo(20), { flags: nightly });
    const result = await setting.importText(org, text, { name, flags: [...flags] });
    expect(result.exitCode).toBe(exitCode);
    const [last, first, ...more] = await runsOf(org);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ outcome: 'done', code: null, source: 'erp', snapshot: true, rows: 20 });
    expect(last).toMatchObject({ file: name, outcome, code, exit_code: exitCode, imported: 0 });
    expect(last.message).toBe(result.report.error.message);
    const shown = await tool('runs', 'show', last.id, '--org', org.slug);
    expect(shown.stdout).toContain(`code\t${code}`);
  });

  test.for([
    [['--dry-run', ...nightly], 'missing_column', 'name\nX\n'],
    [[], 'missing_column', 'name\nX\n'],
    [['--snapshot'], 'usage', 'name\nX\n'],
  ] as const)('with %j, one that ends with %s is not', async ([flags, code, text]) => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(org, text, { flags: [...flags] });
    expect(report.error.code).toBe(code);
    expect(await runsOf(org)).toEqual([]);
  });
});

/** The status as JSON, and as a line for Nagios. */
async function status(org: Organization, ...flags: string[]) {
  const told = await tool('status', '--org', org.slug, '--json', ...flags);
  const plugin = await tool('status', '--org', org.slug, '--plugin', ...flags);
  expect(plugin.stdout).toMatch(
    /^ORDERFLOW (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \|( '[^'=]+'=\d+s?;\d*;\d*;0)+)?\n$/,
  );
  return { exitCode: told.exitCode, ...told.json(), plugin: plugin.exitCode, line: plugin.stdout };
}

describe('status', () => {
  test('follows a source through its nights', async () => {
    const org = await setting.newOrg();
    expect(await status(org)).toMatchObject({ exitCode: 14, healthy: false, items: [], plugin: 3 });
    await setting.importText(org, upTo(20), { flags: nightly });
    expect(await status(org)).toMatchObject({ exitCode: 0, healthy: true, plugin: 0 });
    await ago(org, 24);
    expect(await status(org)).toMatchObject({ exitCode: 0, plugin: 0 });
    expect(await status(org, '--max-age', '23h')).toMatchObject({ exitCode: 14, plugin: 2 });
    await ago(org, 3);
    const stale = await status(org);
    expect(stale).toMatchObject({ exitCode: 14, plugin: 2 });
    expect(stale.items[0].problems).toEqual(['erp: the last success is 27 h old']);
    await setting.importText(org, upTo(3), { flags: nightly });
    const refused = await status(org, '--max-age', '2d');
    expect(refused).toMatchObject({ exitCode: 14, plugin: 2 });
    expect(refused.line).toContain('erp: the last import was refused (guard_exceeded)');
    expect(refused.items[0]).toMatchObject({
      last_attempt: { outcome: 'refused', exit_code: 5 },
      last_success: { rows: 20 },
    });
    await setting.importText(org, upTo(20), { flags: nightly });
    expect(await status(org)).toMatchObject({ exitCode: 0, plugin: 0 });
    expect(await status(org, '--source', 'shop')).toMatchObject({ exitCode: 14, plugin: 3 });
  });

  test('with --plugin is UNKNOWN if it cannot be checked', async () => {
    const result = await tool('status', '--org', 'nobody', '--plugin');
    expect(result).toMatchObject({
      exitCode: 3,
      stdout: 'ORDERFLOW UNKNOWN - nobody org "nobody" not found\n',
    });
  });

  test('a source with an undone run is on hold until it is resumed', async () => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(org, upTo(20), { flags: nightly });
    expect(await tool('runs', 'undo', report.run_id, '--org', org.slug)).toMatchObject({ exitCode: 0 });
    const held = await setting.importText(org, upTo(20), { flags: nightly });
    expect(held).toMatchObject({ exitCode: 5, report: { error: { code: 'on_hold' } } });
    expect(await setting.importText(org, upTo(20), { flags: ['--source', 'erp'] })).toMatchObject({
      exitCode: 0,
    });
    expect(await status(org)).toMatchObject({ exitCode: 14, plugin: 1 });
    const resumed = await tool('runs', 'resume', '--org', org.slug, '--source', 'erp', '--json');
    expect(resumed.json()).toEqual({ source: 'erp', resumed: true });
    expect(await setting.importText(org, upTo(20), { flags: nightly })).toMatchObject({ exitCode: 0 });
    expect(await status(org)).toMatchObject({ exitCode: 0, plugin: 0 });
    const again = await tool('runs', 'resume', '--org', org.slug, '--source', 'erp', '--json');
    expect(again.json()).toEqual({ source: 'erp', resumed: false });
  });
});

test('--metrics-to keeps the last success after a failure', async () => {
  const org = await setting.newOrg();
  const file = path.join(setting.directory, 'erp.prom');
  const flags = [...nightly, '--metrics-to', 'erp.prom'];
  const metrics = async () =>
    Object.fromEntries(
      (await readFile(file, 'utf8'))
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('# '))
        .map((line) => {
          const [, name, labels, value] = /^(orderflow_import_\w+)\{(.*)\} ([\d.]+)$/.exec(line) ?? [];
          expect(labels).toBe(`org="${org.slug}",source="erp"`);
          return [name?.replace('orderflow_import_', ''), Number(value)];
        }),
    );
  await setting.importText(org, upTo(20), { flags, now: () => new Date(1_000_000) });
  expect((await stat(file)).mode & 0o777).toBe(0o644);
  expect(await metrics()).toMatchObject({
    last_success_timestamp_seconds: 1000,
    last_attempt_timestamp_seconds: 1000,
    last_exit_code: 0,
    rows: 20,
    created_customers: 20,
  });
  await setting.importText(org, upTo(2), { flags, now: () => new Date(2_000_000) });
  expect(await metrics()).toMatchObject({
    last_success_timestamp_seconds: 1000,
    last_attempt_timestamp_seconds: 2000,
    last_exit_code: 5,
    rows: 2,
  });
  await setting.importText(org, null, { name: 'missing.csv', flags, now: () => new Date(3_000_000) });
  expect(await metrics()).toMatchObject({ last_success_timestamp_seconds: 1000, last_exit_code: 2 });
});
