import { utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import type { Organization } from '../../src/model/organization.ts';
import { customersNow, oldestOpenTransaction } from '../../src/store/sources/unchanged.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportRunResult, ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const source = ['--source', 'erp', '--snapshot'];
const skipping = [...source, '--skip-if-unchanged'];
const rows = [1, 2, 3].map((number) =>
  customerRow({
    erp_customer_number: number,
    name: `Kunde ${number}`,
    contact_email: `k${number}@x.example`,
  }),
);
const whole = csv(rows);

/** Imports a text that was written so many seconds after a certain noon. */
async function importAt(
  org: Organization,
  seconds: number,
  text: string,
  flags: string[] = source,
): Promise<ImportRunResult> {
  const written = new Date(1_790_000_000_000 + seconds * 1000);
  const file = path.join(setting.directory, 'customers.csv');
  await writeFile(file, text);
  await utimes(file, written, written);
  return setting.importText(org, null, { flags });
}

async function tool(...argv: string[]): Promise<any> {
  const ended = await run([...argv, '--json'], { database: setting.server });
  expect(ended.exitCode).toBe(0);
  return ended.json();
}

/** An edit that the change log does not have. */
async function unlogged(org: Organization): Promise<void> {
  const database = await setting.server.open();
  await database.transaction(async () => {
    await database.execute(sql`alter table customer disable trigger user`);
    await database.execute(sql`
      update customer
      set notes = 'ohne Protokoll'
      where org_id = ${org.id}
      and erp_customer_number = '1'`);
    await database.execute(sql`alter table customer enable trigger user`);
  });
  await database.close();
}

const update = (org: Organization) => tool('update', '1', '--org', org.slug, '--notes', 'von Hand');

describe('a file that is older than the last one of its source', () => {
  test('is refused, and nothing is written', async () => {
    const org = await setting.newOrg();
    expect(await importAt(org, 0, whole)).toMatchObject({ exitCode: 0 });
    const before = await setting.versions(org);
    const older = csv(rows.map((row) => ({ ...row, notes: 'alt' })));
    for (const flags of [[...source, '--dry-run'], source, skipping]) {
      const { exitCode, report } = await importAt(org, -1, older, flags);
      expect({ exitCode, code: report.error.code }).toEqual({ exitCode: 5, code: 'older_file' });
    }
    expect(await setting.versions(org)).toEqual(before);
    expect(await importAt(org, 0, older)).toMatchObject({ exitCode: 0 });
    expect(await importAt(org, -1, older, ['--source', 'shop'])).toMatchObject({ exitCode: 0 });
    expect(await importAt(org, -1, older, [])).toMatchObject({ exitCode: 0 });
  });

  test('is accepted when the newer one was undone, and a time in the future does not count', async () => {
    const org = await setting.newOrg();
    await importAt(org, 0, whole);
    const { report } = await importAt(org, 60, csv(rows.map((row) => ({ ...row, notes: 'falsch' }))));
    await tool('runs', 'undo', report.run_id, '--org', org.slug, '--yes');
    await tool('runs', 'resume', '--org', org.slug, '--source', 'erp');
    expect(await importAt(org, 30, whole)).toMatchObject({ exitCode: 0 });
    expect(await importAt(org, 1_000_000_000, whole)).toMatchObject({ exitCode: 0 });
    expect(await setting.importText(org, whole, { name: 'later.csv', flags: source })).toMatchObject({
      exitCode: 0,
    });
  });

  test.for([
    ['imported again', source],
    ['skipped', skipping],
  ] as [string, string[]][])(
    'is accepted when the newer one was undone, though it was %s before',
    async ([, flags]) => {
      const org = await setting.newOrg();
      await importAt(org, 0, whole, flags);
      // Fewer rows than the guard accepts, a column more, and no line break at the end.
      const wrong = csv(
        [...rows, ...rows].map((row, at) => ({ ...row, erp_customer_number: at + 1, notes: 'b' })),
      );
      const { report } = await importAt(org, 60, wrong, flags);
      const again = await importAt(org, 90, wrong, flags);
      expect(again.report).toMatchObject({ imported: 0, updated: 0 });
      const undoing = await tool('runs', 'undo', report.run_id, '--org', org.slug, '--yes');
      await tool('runs', 'resume', '--org', org.slug, '--source', 'erp');
      expect(await importAt(org, 30, whole, [...flags, '--dry-run'])).toMatchObject({ exitCode: 0 });
      await tool('runs', 'undo', undoing.run_id, '--org', org.slug, '--yes');
      await tool('runs', 'resume', '--org', org.slug, '--source', 'erp');
      expect(await importAt(org, 30, whole, flags)).toMatchObject({
        exitCode: 5,
        report: { error: { code: 'older_file' } },
      });
    },
  );

  test('is refused if a newer one changed something after the undone one', async () => {
    const org = await setting.newOrg();
    const flags = ['--source', 'erp'];
    await importAt(org, 0, whole, flags);
    const { report } = await importAt(org, 60, whole.replace('Kunde 1', 'Kundin 1'), flags);
    await importAt(org, 90, whole.replace('Kunde 2', 'Kundin 2'), flags);
    await tool('runs', 'undo', report.run_id, '--org', org.slug, '--yes');
    expect(await importAt(org, 80, whole, flags)).toMatchObject({ exitCode: 5 });
    expect(await importAt(org, 90, whole, flags)).toMatchObject({ exitCode: 0 });
  });

  test('is refused also when a pipe came between', async () => {
    const org = await setting.newOrg();
    const flags = ['--source', 'erp'];
    await importAt(org, 0, whole, flags);
    for (const piped of [whole, whole]) {
      expect(await setting.importText(org, null, { name: '-', stdin: piped, flags })).toMatchObject({
        exitCode: 0,
      });
    }
    expect(await importAt(org, -1, whole, flags)).toMatchObject({ exitCode: 5 });
    expect(await importAt(org, 0, whole, flags)).toMatchObject({ exitCode: 0 });
  });
});

describe('a last line without a line break', () => {
  const open = whole.slice(0, -1);
  test.for([
    ['after one with a line break', whole, open, source, 5],
    ['in a dry run', whole, open, [...source, '--dry-run'], 5],
    ['that is accepted', whole, open, [...source, '--allow', 'missing_line_break=1'], 0],
    ['with another number', whole, open, [...source, '--allow', 'missing_line_break=2'], 5],
    ['after one without', open, open, source, 0],
    ['cut in its last value', whole, open.slice(0, -4), source, 5],
    ['cut in an earlier value', whole, open.slice(0, -30), source, 5],
    ['without a source', whole, open, [], 0],
    ['with CRLF, after one with LF', whole, whole.replaceAll('\n', '\r\n'), source, 0],
  ] as [string, string, string, string[], number][])('%s', async ([, first, second, flags, expected]) => {
    const org = await setting.newOrg();
    expect(await setting.importText(org, first, { flags: source })).toMatchObject({ exitCode: 0 });
    const { exitCode, report } = await setting.importText(org, second, { flags });
    expect(exitCode).toBe(expected);
    expect(report.error?.code).toBe(expected === 5 ? 'no_final_line_break' : undefined);
  });
});

describe('--skip-if-unchanged', () => {
  /** What happens between two nights, and whether the second file is skipped. */
  type Between = (org: Organization) => Promise<unknown>;
  const again = (text: string, flags = skipping) => ({ text, flags });

  test.for([
    ['nothing', async () => {}, again(whole), true],
    ['nothing, in a dry run', async () => {}, again(whole, [...skipping, '--dry-run']), true],
    ['a customer was updated', update, again(whole), false],
    [
      'a contact was removed',
      (org) => tool('contact', 'remove', '1', 'k1@x.example', '--org', org.slug, '--yes'),
      again(whole),
      false,
    ],
    [
      'a customer was created',
      (org) => tool('create', '--org', org.slug, '--name', 'Neu', '--currency', 'EUR', '--language', 'de-DE'),
      again(whole),
      false,
    ],
    [
      'another source changed one',
      (org) =>
        setting.importText(org, csv([{ ...rows[0], notes: 'Shop' }]), {
          name: 'shop.csv',
          flags: ['--source', 'shop'],
        }),
      again(whole),
      false,
    ],
    [
      'a customer was updated and the entry of it erased',
      async (org) => {
        await update(org);
        await tool('history', 'erase', '1', '--org', org.slug, '--yes');
      },
      again(whole),
      false,
    ],
    [
      'a contact was removed and the entry of it erased',
      async (org) => {
        await tool('contact', 'remove', '1', 'k1@x.example', '--org', org.slug, '--yes');
        await tool('history', 'erase', '1', '--org', org.slug, '--yes');
      },
      again(whole),
      false,
    ],
    ['an edit that was made while nothing was logged', unlogged, again(whole), false],
    ['another org was changed', async () => update(await orgAfter(skipping)), again(whole), true],
    [
      'a run that wrote nothing',
      (org) => setting.importText(org, csv(rows.slice(2)), { name: 'short.csv', flags: source }),
      again(whole),
      true,
    ],
    ['other bytes', async () => {}, again(`${whole}\n`), false],
    ['another flag', async () => {}, again(whole, [...skipping, '--blank', 'keep']), false],
    ['a guard', async () => {}, again(whole, [...skipping, '--guard', 'rows=none']), false],
    ['no flag', async () => {}, again(whole, source), false],
  ] as [string, Between, { text: string; flags: string[] }, boolean][])(
    'after %s',
    async ([, between, { text, flags }, skipped]) => {
      const org = await orgAfter(skipping);
      await between(org);
      const before = await setting.versions(org);
      const { exitCode, report } = await setting.importText(org, text, { flags });
      expect(exitCode).toBe(0);
      expect(report.skipped).toBe(skipped ? true : undefined);
      if (!skipped) return;
      expect(report).toMatchObject({ rows: 3, unchanged: 3, contacts: { unchanged: 3 } });
      expect(await setting.versions(org)).toEqual(before);
      const { items } = await tool('runs', 'list', '--org', org.slug);
      expect(items[0].outcome).toBe(flags.includes('--dry-run') ? 'done' : 'unchanged');
      const next = await setting.importText(org, whole, { flags: skipping });
      expect(next.report).toMatchObject({ skipped: true });
    },
  );

  async function orgAfter(flags: string[]): Promise<Organization> {
    const org = await setting.newOrg();
    const first = await setting.importText(org, whole, { flags });
    expect(first).toMatchObject({ exitCode: 0, report: { imported: 3 } });
    return org;
  }

  test('skips a file of which rows were rejected, and says how many still are', async () => {
    const org = await setting.newOrg();
    const text = csv([...rows, { ...rows[0], erp_customer_number: 4, default_currency: 'EURX' }]);
    expect(await setting.importText(org, text, { flags: skipping })).toMatchObject({ exitCode: 3 });
    for (let night = 0; night < 2; night++) {
      expect(await setting.importText(org, text, { flags: skipping })).toMatchObject({
        exitCode: 0,
        report: { ok: true, skipped: true, rows: 4, unchanged: 3, failed: 1, errors: [], errors_total: 0 },
      });
    }
    const argv = ['import', 'customers.csv', '--org', org.slug, ...skipping];
    const options = { database: setting.server, cwd: setting.directory };
    expect(await run([...argv, '--quiet'], options)).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: `${org.slug}: 1 of 4 rows of customers.csv still rejected; nothing has changed since the last import of erp\n`,
    });
    const terminal = await run(argv, { ...options, terminal: { columns: 200 } });
    expect(terminal.stdout).toContain('as after the last import of erp; 1 row still rejected');
    const status = await run(['status', '--org', org.slug, '--plugin'], options);
    expect(status.exitCode).toBe(0);
    const mended = text.replace('EURX', 'EUR');
    expect((await setting.importText(org, mended, { flags: skipping })).report).toMatchObject({
      imported: 1,
    });
  });

  test('sees what a transaction wrote that was open during the last import', async () => {
    const org = await orgAfter(source);
    const other = await setting.server.open();
    await other.transaction(async () => {
      await other.execute(sql`
        update customer
        set notes = 'offen'
        where org_id = ${org.id}
        and erp_customer_number = '1'`);
      expect(await setting.importText(org, whole, { flags: [...skipping, '--blank', 'keep'] })).toMatchObject(
        { exitCode: 0 },
      );
    });
    await other.close();
    const { report } = await setting.importText(org, whole, { flags: [...skipping, '--blank', 'keep'] });
    expect(report.skipped).toBeUndefined();
  });

  test('skips in an org with random ids, and sees a customer that was committed after the last import', async () => {
    const org = await setting.newOrg();
    const other = await setting.server.open();
    const create = (id: string) =>
      other.execute(sql`
        insert into customer (id, org_id, name, default_currency, default_language)
        values (${id}, ${org.id}, 'Alt', 'EUR', 'de-DE')`);
    await create('f47ac10b-58cc-4372-a567-0e02b2c3d479');
    const night = async () => (await setting.importText(org, whole, { flags: skipping })).report.skipped;
    expect([await night(), await night()]).toEqual([undefined, true]);
    await other.transaction(async () => {
      await create('01890a5d-ac96-774b-bcce-b302099a8057');
      expect(await night()).toBe(true);
    });
    expect([await night(), await night()]).toEqual([undefined, true]);
    await other.close();
  });

  test('with --edits keep, imports again when the entries of the edits were erased', async () => {
    const org = await setting.newOrg();
    const keeping = [...skipping, '--edits', 'keep'];
    const night = async () => (await setting.importText(org, whole, { flags: keeping })).report.skipped;
    await night();
    await tool('update', '1', '--org', org.slug, '--name', 'Von Hand');
    expect([await night(), await night()]).toEqual([undefined, true]);
    await tool('history', 'erase', '1', '--org', org.slug, '--yes');
    expect([await night(), await night()]).toEqual([undefined, true]);
  });

  test.for([
    ['another transaction has updated one', sql`update customer set notes = 'neu'`, false, true],
    ['another has, and its entry is gone', sql`update customer set notes = 'neu'`, true, true],
    ['this one has, behind a savepoint', undefined, false, false],
  ] as const)('an org is overtaken while it is compared: %s', async ([, statement, erase, overtaken]) => {
    const org = await orgAfter(source);
    const [own, other] = [await setting.server.open(), await setting.server.open()];
    await own.transaction(async () => {
      const openSince = await oldestOpenTransaction(own);
      const now = async () => customersNow(own, { orgId: org.id, openSince, keptEdits: false });
      const before = await now();
      expect(before).toBeDefined();
      await own.execute(sql`savepoint merge`);
      if (statement === undefined)
        await own.execute(sql`update customer set notes = 'hier' where org_id = ${org.id}`);
      else await other.execute(sql`${statement} where org_id = ${org.id}`);
      await own.execute(sql`release savepoint merge`);
      if (erase) await other.execute(sql`delete from customer_change where org_id = ${org.id}`);
      const after = await now();
      expect(after === undefined).toBe(overtaken);
      expect(after).not.toBe(before);
    });
    await own.close();
    await other.close();
  });

  test('a time in the future does not count after a skipped run either', async () => {
    const org = await setting.newOrg();
    await importAt(org, 0, whole, skipping);
    expect(await importAt(org, 1_000_000_000, whole, skipping)).toMatchObject({ report: { skipped: true } });
    const later = { name: 'later.csv', flags: skipping };
    expect(await setting.importText(org, `${whole}\n`, later)).toMatchObject({ exitCode: 0 });
  });

  test('a snapshot on hold is still refused', async () => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(org, whole, { flags: skipping });
    const skipped = await setting.importText(org, whole, { flags: skipping });
    const undo = ['runs', 'undo', skipped.report.run_id, '--org', org.slug, '--yes', '--json'];
    const refused = await run(undo, { database: setting.server });
    expect(refused.exitCode).toBe(5);
    expect(refused.json().error.message).toContain('(unchanged) changed nothing');
    expect((await setting.importText(org, whole, { flags: skipping })).report.skipped).toBe(true);
    await tool('runs', 'undo', report.run_id, '--org', org.slug, '--yes');
    const onHold = await setting.importText(org, whole, { flags: skipping });
    expect(onHold).toMatchObject({ exitCode: 5, report: { error: { code: 'on_hold' } } });
    // A failure without its target is half a message; a run that goes on to import names it once.
    expect(onHold.stderr.match(/^→ .*$/gm)).toHaveLength(1);
    const other = await setting.importText(org, whole, {
      flags: [...skipping, '--dry-run', '--blank', 'keep'],
    });
    expect(other.stderr.match(/^→ .*$/gm)).toHaveLength(1);
  });

  test('is interrupted while it reads standard input', async () => {
    const org = await setting.newOrg();
    const interrupt = new AbortController();
    const ended = setting.importText(org, null, {
      name: '-',
      // Interrupted when all that was written is read, and waiting for more.
      stdin: new Readable({
        read() {
          if (this.readableLength === 0 && !interrupt.signal.aborted) {
            this.push(whole);
            setImmediate(() => interrupt.abort(new Failure('interrupted', 'interrupted')));
          }
        },
      }),
      signal: interrupt.signal,
      flags: ['--source', 'erp', '--skip-if-unchanged'],
    });
    expect(await ended).toMatchObject({ exitCode: 130, report: { error: { code: 'interrupted' } } });
  });

  test.for([[['--skip-if-unchanged']], [[...skipping, '--plan-to', 'a.plan']]])(
    '%j is a usage error',
    async ([flags]) => {
      const org = await setting.newOrg();
      expect(await setting.importText(org, whole, { flags: flags as string[] })).toMatchObject({
        exitCode: 2,
      });
    },
  );
});
