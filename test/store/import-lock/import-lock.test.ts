import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import type { Organization } from '../../../src/model/organization.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { lockImports } from '../../../src/store/import-lock/import-lock.ts';
import { prepareImportTransaction } from '../../../src/store/merge/transaction.ts';
import { csv, customerRow } from '../../support/csv.ts';
import type { ImportSetting } from '../../support/import.ts';
import { importSetting } from '../../support/import.ts';
import { originOf, pidOf, until, untilTool } from '../../support/sessions.ts';

let setting: ImportSetting;
let holder: Database;
beforeAll(async () => {
  setting = await importSetting();
  holder = await setting.server.open();
});
afterAll(() => setting.close());

const file = csv([customerRow({ erp_customer_number: '1' })]);

/** Lets `holder` have the lock of `org`, as an import would, while `work` runs. */
async function whileHeld<Result>(org: Organization, work: () => Promise<Result>): Promise<Result> {
  return holder.transaction(async () => {
    await lockImports(holder, { orgId: org.id, slug: org.slug, waitMilliseconds: 0 });
    return work();
  });
}

const waitsForLock = sql`wait_event_type = 'Lock' and wait_event = 'advisory'`;

describe('a second import into an organization', () => {
  test('exits 11 at once, names who holds the lock, and writes nothing', async () => {
    const org = await setting.newOrg();
    const { exitCode, report } = await whileHeld(org, () => setting.importText(org, file));
    expect(exitCode).toBe(11);
    expect(report).toEqual({
      ok: false,
      error: {
        code: 'locked',
        message: expect.stringMatching(
          new RegExp(
            `^another import into ${org.slug} is running: orderflow-customers of ${setting.server.target.user} from ${await originOf(holder)} \\(server process ${await pidOf(holder)}\\), for \\d+ s$`,
          ),
        ),
        hint: 'wait until it has ended, or let this one wait: --lock-wait 60s',
      },
    });
    expect(await setting.stored(org)).toEqual([]);
  });

  test('exits 11 for a dry run as well, and with the organization named by its id', async () => {
    const org = await setting.newOrg();
    await whileHeld(org, async () => {
      expect((await setting.importText(org, file, { flags: ['--dry-run'] })).exitCode).toBe(11);
      expect((await setting.importText({ slug: org.id }, file)).exitCode).toBe(11);
    });
  });

  test('waits with --lock-wait until the first has ended, and then sees what it wrote', async () => {
    const org = await setting.newOrg();
    let second: ReturnType<ImportSetting['importText']> | undefined;
    await whileHeld(org, async () => {
      second = setting.importText(org, file, { flags: ['--lock-wait', '60s'] });
      await untilTool(setting.database, waitsForLock);
      await holder.execute(sql`
        insert into customer (org_id, name, erp_customer_number, default_currency, default_language)
        values (${org.id}, 'From the first', '1', 'EUR', 'de-DE')`);
    });
    expect(await second).toMatchObject({ exitCode: 0, report: { imported: 0, updated: 1 } });
  });

  test('gives up when the time to wait is over', async () => {
    const org = await setting.newOrg();
    const started = performance.now();
    const { exitCode, report } = await whileHeld(org, () =>
      setting.importText(org, file, { flags: ['--lock-wait', '200ms'] }),
    );
    expect(exitCode).toBe(11);
    expect(performance.now() - started).toBeGreaterThanOrEqual(200);
    expect(report.error).toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`server process ${await pidOf(holder)}`),
      hint: 'it still ran when the time to wait was over; nothing was written',
    });
  });

  test('that waits can be interrupted', async () => {
    const org = await setting.newOrg();
    const interrupt = new AbortController();
    await whileHeld(org, async () => {
      const waiting = setting.importText(org, file, {
        flags: ['--lock-wait', '60s'],
        signal: interrupt.signal,
      });
      await untilTool(setting.database, waitsForLock);
      interrupt.abort(new Failure('interrupted', 'interrupted, rolled back: nothing was written'));
      expect(await waiting).toMatchObject({ exitCode: 130, report: { error: { code: 'interrupted' } } });
    });
  });

  test('continues as soon as the first is rolled back', async () => {
    const org = await setting.newOrg();
    const dropped = whileHeld(org, async () => {
      throw new Error('dropped');
    });
    await expect(dropped).rejects.toThrow('dropped');
    expect((await setting.importText(org, file)).exitCode).toBe(0);
  });

  test('into an organization that both make finds the first just the same', async () => {
    const slug = 'made-by-both';
    let waiting: ReturnType<ImportSetting['importText']> | undefined;
    await holder.transaction(async () => {
      const [org] = await holder.query<{ id: string }>(
        sql`insert into org (slug, name) values (${slug}, ${slug}) returning id`,
      );
      await lockImports(holder, { orgId: org?.id as string, slug, waitMilliseconds: 0 });
      const second = await setting.importText({ slug }, file, { flags: ['--create-org'] });
      expect(second).toMatchObject({ exitCode: 11, report: { error: { code: 'locked' } } });
      waiting = setting.importText({ slug }, file, { flags: ['--create-org', '--lock-wait', '60s'] });
      await untilTool(setting.database, sql`wait_event_type = 'Lock'`);
    });
    expect(await waiting).toMatchObject({ exitCode: 0, report: { imported: 1 } });
  });
});

test('imports into other organizations run at the same time', async () => {
  const [one, two] = [await setting.newOrg(), await setting.newOrg()];
  const { exitCode } = await whileHeld(one, () => setting.importText(two, file));
  expect(exitCode).toBe(0);
  expect(await setting.stored(two)).toHaveLength(1);
});

test('two imports at once: one runs, or both in turn, and the file is imported once', async () => {
  const org = await setting.newOrg();
  const results = await Promise.all(
    Array.from({ length: 4 }, (_, index) =>
      setting.importText(org, file, { name: `at-once-${index}.csv`, flags: ['--lock-wait', '60s'] }),
    ),
  );
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
  expect(results.map(({ report }) => report.imported).filter((imported) => imported > 0)).toEqual([1]);
  expect(await setting.stored(org)).toHaveLength(1);
});

test.for(['60', '60s', '500ms', '5m', '24h'])('--lock-wait %j is understood', async (text) => {
  const org = await setting.newOrg();
  const { exitCode } = await setting.importText(org, file, { flags: [`--lock-wait=${text}`] });
  expect(exitCode).toBe(0);
});

test.for(['', '-1', '1d', '25h', 'long', '1.5s'])('--lock-wait %j is a usage error', async (text) => {
  const org = await setting.newOrg();
  const { exitCode, report } = await setting.importText(org, file, { flags: [`--lock-wait=${text}`] });
  expect([exitCode, report.error.code]).toEqual([2, 'usage']);
});

test('the settings of an import are gone with its transaction', async () => {
  const database = await setting.server.open();
  const names = sql`
    select name, setting
    from pg_settings
    where name in ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'jit', 'work_mem')
    order by name`;
  const before = await database.query(names);
  const org = await setting.newOrg();
  await database.transaction(async () => {
    await prepareImportTransaction(database, { rowLockMilliseconds: 10_000 });
    await lockImports(database, { orgId: org.id, slug: org.slug, waitMilliseconds: 1000 });
    expect(await database.query(names)).not.toEqual(before);
  });
  expect(await database.query(names)).toEqual(before);
  await until(
    setting.database,
    sql`
    select where not exists (
      select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
    )`,
  );
});
