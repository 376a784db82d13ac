import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { buildTool } from '../support/tool.ts';

const samples = new URL('../../samples/nightly/', import.meta.url).pathname;
const bin = new URL('../../bin/orderflow-customers.js', import.meta.url).pathname;

let setting: ImportSetting;
let org: Organization;
beforeAll(async () => {
  [setting] = await Promise.all([importSetting(), buildTool()]);
  org = await setting.newOrg();
  const tool = path.join(setting.directory, 'orderflow-customers');
  await writeFile(tool, `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
  await chmod(tool, 0o755);
  await mkdir(path.join(setting.directory, 'drop'));
});
afterAll(() => setting.close());

/** Runs the sample script; what a mail would hold is in `said`. */
function tonight(): Promise<{ code: number; said: string }> {
  const env = { PATH: `${setting.directory}:/usr/bin:/bin`, ORDERFLOW_DATABASE_URL: setting.server.url };
  const words = [path.join(samples, 'import-tonight.sh'), org.slug, 'drop'];
  return new Promise((resolve) => {
    execFile('/bin/sh', words, { cwd: setting.directory, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr }),
    );
  });
}

const drop = (...names: string[]) => path.join(setting.directory, 'drop', ...names);
const rows = Array.from({ length: 40 }, (_, index) =>
  customerRow({ erp_customer_number: String(index + 1) }),
);

test('the script says nothing of a good night and archives its file', async () => {
  await writeFile(drop('customers.csv'), csv(rows));
  expect(await tonight()).toEqual({ code: 0, said: '' });
  expect(await readdir(drop('archive'))).toHaveLength(1);
  expect((await readdir(drop())).toSorted()).toEqual(
    [`${org.slug}-erp.prom`, 'archive', 'report.html'].toSorted(),
  );
});

test('it says of a bad night what happened, and the file stays', async () => {
  await writeFile(drop('customers.csv'), csv(rows.slice(0, 20)));
  const half = await tonight();
  expect(half).toMatchObject({
    code: 5,
    said: expect.stringContaining('--allow rows=20 --allow deactivations=20'),
  });
  expect(half.said).toContain(org.slug);
  expect(await readdir(drop())).toContain('customers.csv');

  const longAgo = new Date(Date.now() - 48 * 3600 * 1000);
  await utimes(drop('customers.csv'), longAgo, longAgo);
  expect(await tonight()).toMatchObject({ code: 5, said: expect.stringContaining('error: ') });
  expect(await readdir(drop('archive'))).toHaveLength(1);
});
