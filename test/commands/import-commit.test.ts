import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sql, { raw } from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportRunResult, ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { Proxy } from '../support/proxy.ts';
import { startProxy } from '../support/proxy.ts';
import { untilTool } from '../support/sessions.ts';

/* What the tool says when the answer to its COMMIT does not arrive. */

let setting: ImportSetting;
let holder: Database;
let proxy: Proxy | undefined;
beforeAll(async () => {
  setting = await importSetting();
  holder = await setting.server.open();
  // A COMMIT of an import takes until lock 1 is free.
  await setting.database.execute(
    raw(`
      create function wait_for_test() returns trigger language plpgsql as $$
      begin
        perform pg_advisory_xact_lock_shared(1);
        return null;
      end $$;
      create constraint trigger wait_for_test after insert on customer_import_run
        deferrable initially deferred for each row execute function wait_for_test()`),
  );
});
afterEach(async () => {
  await holder.execute(sql`select pg_advisory_unlock_all()`);
  await proxy?.close();
  proxy = undefined;
});
afterAll(() => setting.close());

const rows = [
  customerRow({ erp_customer_number: '1', contact_email: 'a@x.example' }),
  customerRow({ erp_customer_number: '2', default_currency: 'EURX' }),
];

/** An import by way of a proxy, which stops it with the COMMIT in its hands. */
async function importToCommit(signal?: AbortSignal): Promise<{
  org: Organization;
  line: Proxy;
  ended: Promise<ImportRunResult>;
}> {
  const org = await setting.newOrg();
  const line = await startProxy(setting.server, 'commit\0');
  proxy = line;
  const ended = setting.importText(org, csv(rows), {
    name: `${org.slug}.csv`,
    ...(signal === undefined ? {} : { signal }),
    env: { ORDERFLOW_DATABASE_URL: line.url },
  });
  await line.held;
  return { org, line, ended };
}

function rejectsOf(org: Organization): string {
  return `${org.slug}.csv.${org.slug}.rejected.csv`;
}

describe('the connection is lost at COMMIT', () => {
  test('after the server had it: the run is a success, and its rejects file is there', async () => {
    const { org, line, ended } = await importToCommit();
    line.swallowAnswer();
    await untilTool(setting.database, sql`state = 'idle' and query = 'commit'`);
    line.cutTool();
    const { exitCode, report } = await ended;
    expect(exitCode).toBe(3);
    expect(report).toMatchObject({ run_id: expect.any(String), imported: 1, failed: 1 });
    expect(
      await setting.database.query(sql`select id from customer_import_run where org_id = ${org.id}`),
    ).toEqual([{ id: report.run_id }]);
    expect(await setting.files()).toContain(rejectsOf(org));
    line.closeServerEnd();
  });

  test('before the server received it: nothing was written, and the message states that', async () => {
    const { org, line, ended } = await importToCommit();
    line.cutTool();
    line.closeServerEnd();
    const { exitCode, report } = await ended;
    expect(exitCode).toBe(7);
    expect(report).toEqual({
      ok: false,
      error: {
        code: 'connection_lost',
        message: 'the connection was lost during the commit; according to the ledger, nothing was written',
        hint: 'run it again',
      },
    });
    expect(await setting.versions(org)).toHaveLength(1);
    expect(await setting.files()).not.toContain(rejectsOf(org));
    expect((await setting.files()).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('while the server still works on it: the tool waits for what becomes of it', async () => {
    await holder.execute(sql`select pg_advisory_lock(1)`);
    const { org, line, ended } = await importToCommit();
    line.swallowAnswer();
    await untilTool(setting.database, sql`query = 'commit' and wait_event_type = 'Lock'`);
    line.cutTool();
    // It has come back by another connection, and the run is not in the ledger yet.
    await untilTool(setting.database, sql`query like '%pg_xact_status%'`);
    await holder.execute(sql`select pg_advisory_unlock(1)`);
    const { exitCode, report } = await ended;
    expect({ exitCode, error: report.error }).toEqual({ exitCode: 3, error: undefined });
    expect(await setting.stored(org)).toHaveLength(1);
    expect(await setting.files()).toContain(rejectsOf(org));
    line.closeServerEnd();
  });

  test('and the server ends it during the work: nothing was written, and the message states that', async () => {
    await holder.execute(sql`select pg_advisory_lock(1)`);
    const { org, ended, line } = await importToCommit();
    line.release();
    const pid = await untilTool(setting.database, sql`query = 'commit' and wait_event_type = 'Lock'`);
    await setting.database.query(sql`select pg_terminate_backend(${pid})`);
    const { exitCode, report } = await ended;
    expect([exitCode, report.error?.code]).toEqual([7, 'connection_lost']);
    expect(await setting.versions(org)).toHaveLength(1);
  });

  test('and can be made again after a while: the tool asks until it can', async () => {
    const { org, line, ended } = await importToCommit();
    line.refuse('the next');
    line.swallowAnswer();
    line.cutTool();
    const { exitCode, report } = await ended;
    expect([exitCode, report.imported]).toEqual([3, 1]);
    expect(line.refused()).toBe(1);
    expect(await setting.stored(org)).toHaveLength(1);
    line.closeServerEnd();
  });

  test('and cannot be made again: the tool says that it does not know, and where to look', async () => {
    const interrupt = new AbortController();
    const { org, line, ended } = await importToCommit(interrupt.signal);
    line.refuse('all');
    line.swallowAnswer();
    line.cutTool();
    // It would go on trying for a while; who is at the terminal need not wait for that.
    interrupt.abort(new Failure('interrupted', 'interrupted, rolled back: nothing was written'));
    const { exitCode, report } = await ended;
    expect(exitCode).toBe(7);
    expect(report.error).toMatchObject({
      code: 'commit_unknown',
      message: expect.stringContaining('may or may not have been done'),
      hint: expect.stringMatching(/runs list.*rejected rows of this run are in .*\.rejected\.csv/),
    });
    line.closeServerEnd();
    // Whether or not the run was committed, the rows that it rejected are not lost.
    expect(await setting.file(rejectsOf(org))).toContain('invalid_currency');
  });
});

describe('the rejects file cannot get its name after the COMMIT', () => {
  test('the run is reported as written, and the rejects are kept', async () => {
    const { org, line, ended } = await importToCommit();
    // Since it was looked at, somebody has made a directory of that name.
    await mkdir(path.join(setting.directory, rejectsOf(org)));
    line.release();
    const { exitCode, report } = await ended;
    expect(exitCode).toBe(1);
    expect(report.error.message).toMatch(/^the import was written, /);
    expect(await setting.stored(org)).toHaveLength(1);
    const kept = (await setting.files()).filter((name) => name.startsWith(`.${rejectsOf(org)}`));
    expect(kept).toHaveLength(1);
    expect(await setting.file(kept[0] as string)).toContain('invalid_currency');
    expect(report.error.hint).toContain(kept[0]);
  });
});
