import { appendFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import type { Organization } from '../../src/model/organization.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportRunResult, ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const rows = [customerRow({ erp_customer_number: 1 }), customerRow({ erp_customer_number: 2 })];

/** Seconds of a day in the past, for the time of a file. */
const noon = 1_790_000_000;

async function writtenAt(name: string, seconds: number, text = ''): Promise<void> {
  const file = path.join(setting.directory, name);
  await writeFile(file, text);
  await utimes(file, seconds, seconds);
}

describe('--done', () => {
  test.for([
    ['one that is newer', 60, [], 0],
    ['one of the same time', 0, [], 0],
    ['one of the same time, with a source', 0, ['--source', 'erp', '--snapshot'], 0],
    ['one that is older', -1, [], 5],
    ['one that is older, in a dry run', -1, ['--dry-run'], 5],
    ['none', undefined, [], 5],
    ['none, in a dry run', undefined, ['--dry-run'], 5],
  ] as [string, number | undefined, string[], number][])('with %s', async ([, seconds, flags, expected]) => {
    const org = await setting.newOrg();
    await writtenAt('customers.csv', noon, csv(rows));
    await rm(path.join(setting.directory, 'customers.done'), { force: true });
    if (seconds !== undefined) await writtenAt('customers.done', noon + seconds, 'ready');
    const ended = await setting.importText(org, null, { flags: ['--done', 'customers.done', ...flags] });
    expect(ended.exitCode).toBe(expected);
    expect(ended.report.error?.code).toBe(expected === 5 ? 'export_not_done' : undefined);
    expect(await setting.stored(org)).toHaveLength(expected === 5 ? 0 : 2);
    expect((await setting.files()).includes('customers.done')).toBe(seconds !== undefined);
  });

  test('of standard input only has to exist', async () => {
    const org = await setting.newOrg();
    await writtenAt('piped.done', noon);
    const piped = (done: string) =>
      setting.importText(org, null, { name: '-', stdin: csv(rows), flags: ['--done', done] });
    expect(await piped('other.done')).toMatchObject({ exitCode: 5 });
    expect(await piped('piped.done')).toMatchObject({ exitCode: 0, report: { imported: 2 } });
  });
});

function settling(
  org: { slug: string },
  settle: string,
  options: { name?: string; stdin?: string } = {},
): Promise<ImportRunResult> {
  return setting.importText(org, null, { name: 'settling.csv', ...options, flags: ['--settle', settle] });
}

describe('--settle', () => {
  test.for([
    ['grows', 22, (file: string, text: string) => appendFileSync(file, text.slice(text.indexOf('\n') + 1))],
    [
      'is replaced by another of its size and time',
      1,
      (file: string, text: string) => {
        writeFileSync(`${file}.new`, text);
        utimesSync(`${file}.new`, noon, noon);
        renameSync(`${file}.new`, file);
      },
    ],
  ] as [string, number, (file: string, text: string) => void][])(
    'waits for a file that %s',
    async ([, imported, write]) => {
      const org = await setting.newOrg();
      await writtenAt('settling.csv', noon, csv(rows));
      let number = 10;
      // Far more often than the file is looked at, so that no pause of the machine ends the wait early.
      const writer = setInterval(() => {
        write(
          path.join(setting.directory, 'settling.csv'),
          csv([customerRow({ erp_customer_number: number++ })]),
        );
        if (number === 30) clearInterval(writer);
      }, 5);
      const ended = await settling(org, '1s');
      expect(ended).toMatchObject({ exitCode: 0, report: { imported } });
      expect((await setting.stored(org)).map((customer) => customer.erp_customer_number)).toContain('29');
    },
  );

  test('ends at once when it is interrupted', async () => {
    const org = await setting.newOrg();
    await writtenAt('settling.csv', noon, csv(rows));
    const interrupt = new AbortController();
    setTimeout(
      () => interrupt.abort(new Failure('interrupted', 'interrupted, rolled back: nothing was written')),
      50,
    );
    const ended = await setting.importText(org, null, {
      name: 'settling.csv',
      signal: interrupt.signal,
      flags: ['--settle', '10h'],
    });
    expect(ended).toMatchObject({ exitCode: 130, report: { error: { code: 'interrupted' } } });
  });

  test('needs an existing file', async () => {
    const org = await setting.newOrg();
    expect(await settling(org, '10h', { name: '-', stdin: csv(rows) })).toMatchObject({ exitCode: 2 });
    expect(await settling(org, '10h', { name: 'missing.csv' })).toMatchObject({
      exitCode: 2,
      report: { error: { code: 'file_not_found' } },
    });
    expect(await settling(org, '0s')).toMatchObject({ exitCode: 0 });
  });
});

describe('the columns of a source', () => {
  const first =
    'erp_customer_number,name,default_currency,default_language,Ort,Farbe\n1,Müller,EUR,de,Köln,rot\n';
  const source = ['--source', 'erp'];

  async function orgOfFirst(): Promise<Organization> {
    const org = await setting.newOrg();
    expect(await setting.importText(org, first, { flags: source })).toMatchObject({ exitCode: 0 });
    return org;
  }

  test.for([
    ['the same', first, 0],
    [
      'another order',
      'Ort,Farbe,name,erp_customer_number,default_language,default_currency\nBonn,,Müller,1,de,EUR\n',
      0,
    ],
    [
      'the same in other spellings',
      'ERP-Customer-Number, NAME ,Default Currency,default-language,ORT,farbe\n1,Müller,EUR,de,Köln,rot\n',
      0,
    ],
    [
      'a new unknown column',
      'Größe,erp_customer_number,name,default_currency,default_language,Ort,Farbe\n,1,Müller,EUR,de,Köln,\n',
      0,
    ],
    [
      'a new known column',
      'notes,erp_customer_number,name,default_currency,default_language,Ort,Farbe\n,1,Müller,EUR,de,Köln,\n',
      0,
    ],
    [
      'no unknown column',
      'erp_customer_number,name,default_currency,default_language,Ort\n1,Müller,EUR,de,Köln\n',
      0,
    ],
    ['one missing', 'erp_customer_number,name,default_currency,default_language\n1,Müller,EUR,de\n', 5],
    ['one renamed to an unknown one', first.replace('Ort', 'Platz'), 5],
    ['one renamed to another of its field', first.replace('Ort', 'Stadt'), 5],
    [
      'one that a new one makes ignored',
      first.replace('Ort', 'Ort,billing_city').replace('Köln', 'Köln,Bonn'),
      5,
    ],
  ] as [string, string, number][])('with %s', async ([, text, expected]) => {
    const org = await orgOfFirst();
    const tried = await setting.importText(org, text, { flags: [...source, '--dry-run'] });
    const ended = await setting.importText(org, text, { flags: source });
    expect([tried.exitCode, ended.exitCode]).toEqual([expected, expected]);
    expect(ended.report.error?.code).toBe(expected === 5 ? 'columns_changed' : undefined);
    expect(tried.report.error).toEqual(ended.report.error);
    expect(await setting.importText(org, text, { flags: ['--source', 'crm'] })).toMatchObject({
      exitCode: 0,
    });
    expect(await setting.importText(org, text)).toMatchObject({ exitCode: 0 });
  });

  test('are accepted by their hash, in any order, and are the usual ones then', async () => {
    const org = await orgOfFirst();
    const renamed = first.replace('Ort', 'Stadt');
    const refused = await setting.importText(org, renamed, { flags: source });
    expect(refused.report.error.message).toContain('missing: "Ort"\nnew: "Stadt"');
    const [accept = ''] = /--accept-columns [0-9a-f]{12}$/.exec(refused.report.error.hint) ?? [];
    const accepting = (text: string, flags: string) =>
      setting.importText(org, text, { flags: [...source, ...flags.split(' ')] });
    expect(await accepting(renamed, '--accept-columns 0123456789ab')).toMatchObject({ exitCode: 5 });
    expect(await accepting(renamed.replace('Stadt', 'Platz'), accept)).toMatchObject({ exitCode: 5 });
    expect(await accepting(renamed, `${accept} --dry-run`)).toMatchObject({ exitCode: 0 });
    expect(await accepting(renamed.replace('Stadt', 'stadt'), `${accept} --dry-run`)).toMatchObject({
      exitCode: 0,
    });
    const turned =
      'Stadt,Farbe,name,erp_customer_number,default_language,default_currency\nBonn,,Müller,1,de,EUR\n';
    expect(await accepting(turned, accept)).toMatchObject({ exitCode: 0 });
    expect(await setting.importText(org, renamed, { flags: source })).toMatchObject({ exitCode: 0 });
    expect(await setting.importText(org, first, { flags: source })).toMatchObject({ exitCode: 5 });
  });

  test('are those of the last file that counts: an undone, refused or tried one does not', async () => {
    const org = await orgOfFirst();
    const more = first.replace('Farbe', 'notes');
    const tried = await setting.importText(org, more, { flags: [...source, '--dry-run'] });
    const refused = await setting.importText(org, more.replace('EUR', 'EURX'), {
      flags: [...source, '--atomic'],
    });
    expect([tried.exitCode, refused.exitCode]).toEqual([0, 6]);
    expect(await setting.importText(org, first, { flags: source })).toMatchObject({ exitCode: 0 });
    const { report } = await setting.importText(org, more, { flags: source });
    expect(await setting.importText(org, first, { flags: source })).toMatchObject({ exitCode: 5 });
    const undo = (id: string) =>
      run(['runs', 'undo', id, '--org', org.slug, '--yes', '--json'], { database: setting.server });
    const undone = await undo(report.run_id);
    expect(undone.exitCode).toBe(0);
    expect(await setting.importText(org, first, { flags: [...source, '--dry-run'] })).toMatchObject({
      exitCode: 0,
    });
    expect(await undo(undone.json().run_id)).toMatchObject({ exitCode: 0 });
    expect(await setting.importText(org, first, { flags: source })).toMatchObject({ exitCode: 5 });
  });

  test.for([
    ['--accept-columns', '0123456789ab'],
    [...source, '--accept-columns', 'all'],
  ])('%j is a usage error', async (flags) => {
    const org = await setting.newOrg();
    expect(await setting.importText(org, first, { flags })).toMatchObject({ exitCode: 2 });
  });
});
