import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';

let setting: ImportSetting;
let org: Organization;
beforeAll(async () => {
  setting = await importSetting();
  org = await setting.newOrg();
  await setting.importText(org, csv([customerRow({ erp_customer_number: '1', name: 'Alt' })]), { flags: [] });
});
afterAll(() => setting.close());

const page = () => readFile(path.join(setting.directory, 'page.html'), 'utf8');
const file = csv([
  customerRow({ erp_customer_number: '1', name: 'Neuer <Name>' }),
  customerRow({ erp_customer_number: '2', name: '' }),
]);

test('a run writes what came, what changed and what was rejected', async () => {
  const flags = ['--no-rejects', '--report-to', 'page.html', '--report-language', 'de'];
  const dry = await setting.importText(org, file, { flags: [...flags, '--dry-run'] });
  expect(dry.report).toMatchObject({ updated: 1, failed: 1 });
  expect(await page()).toMatch(/Probelauf[^]*<s>Alt<\/s> → Neuer &lt;Name&gt;/);

  await setting.importText(org, file, { flags });
  expect(await page()).toMatch(
    /1 Zeile wurde abgelehnt[^]*Der Name fehlt[^]*<s>Alt<\/s> → Neuer &lt;Name&gt;/,
  );
});

test('a run that is refused says why, and nothing else is left beside the page', async () => {
  const flags = ['--no-rejects', '--atomic', '--report-to', 'page.html'];
  const refused = await setting.importText(org, file, { flags });
  expect(refused.exitCode).toBe(6);
  expect(await page()).toMatch(/The import was refused\. Nothing was written\.[^]*\[over_error_budget\]/);
  const unread = await setting.importText(org, 'name,name\na,b\n', { flags });
  expect(unread.exitCode).toBe(5);
  expect(await page()).toMatch(/Nothing was written\.[^]*\[duplicate_column\]/);
  expect((await readdir(setting.directory)).filter((name) => name.includes('page.html'))).toEqual([
    'page.html',
  ]);
});

test('the chart has the runs of the same source, refused ones and this one among them', async () => {
  const night = (text: string, ...more: string[]) =>
    setting.importText(org, text, {
      flags: ['--no-rejects', '--source', 'erp', '--report-to', 'page.html', ...more],
    });
  const bars = async () => [
    (await page()).match(/<rect\s+class="rows"/g)?.length,
    (await page()).match(/<path\s+class="refused"/g)?.length,
  ];
  await night(csv([customerRow({ erp_customer_number: '5' })]));
  await night(csv([customerRow({ erp_customer_number: '6' })]));
  expect(await bars()).toEqual([2, undefined]);
  await night('erp_customer_number,name,default_currency,default_language\n');
  expect(await bars()).toEqual([3, 1]);
  await night(csv([customerRow({ erp_customer_number: '7' })]));
  expect(await bars()).toEqual([4, 1]);
  await setting.importText(org, csv([customerRow({ erp_customer_number: '8' })]), {
    flags: ['--no-rejects', '--source', 'shop', '--report-to', 'page.html'],
  });
  expect(await page()).not.toContain('<svg');
});

test('a place that cannot be written to stops the import before it begins', async () => {
  const before = await setting.versions(org);
  const { exitCode } = await setting.importText(org, file, {
    flags: ['--no-rejects', '--report-to', 'nowhere/page.html'],
  });
  expect(exitCode).toBe(2);
  expect(await setting.versions(org)).toEqual(before);
});
