import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { csv, customerRow } from '../support/csv.ts';
import { testDatabase } from '../support/database.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { Proxy } from '../support/proxy.ts';
import { startProxy } from '../support/proxy.ts';
import { run } from '../support/run.ts';
import { untilAlone, untilGone, untilTool } from '../support/sessions.ts';
import type { Tool } from '../support/tool.ts';
import { buildTool, startTool } from '../support/tool.ts';

/*
 * The tool as a process of its own, its connection led through a proxy that stops it at one statement: so each test
 * knows where it was when it was killed, interrupted or cut off.
 */

let setting: ImportSetting;
let proxy: Proxy | undefined;
beforeAll(async () => {
  [setting] = await Promise.all([importSetting(), buildTool()]);
});
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
});
afterAll(() => setting.close());

const good = Array.from({ length: 20 }, (_, index) =>
  customerRow({ erp_customer_number: index + 1, name: 'From the file', contact_email: `${index}@x.example` }),
);
// So many that the rejects file is on its way to the disk before the merge begins.
const bad = Array.from({ length: 400 }, () => customerRow({ default_currency: 'EURX' }));
const file = csv([...good, ...bad]);

const moments = {
  'before the first row is staged': 'copy staged',
  'before the merge': 'savepoint merge',
  'between customers and contacts': 'insert into customer_contact',
  'before the ledger': 'insert into customer_import_run',
} as const;

/** An org with one customer of the file, and a tool that imports into it, held at `statement`. */
async function holdAt(
  statement: string,
  { text = file, occurrence = 1 } = {},
): Promise<{ org: Organization; tool: Tool; line: Proxy; before: unknown }> {
  const org = await setting.newOrg();
  await setting.importText(org, csv([{ ...good[0], name: 'Before' }]), { name: 'before.csv' });
  const before = await setting.versions(org);
  await rm(directory(), { recursive: true, force: true });
  await mkdir(directory());
  await writeFile(path.join(directory(), 'crash.csv'), text);
  const line = await startProxy(setting.server, statement, occurrence);
  proxy = line;
  const tool = startTool(['import', 'crash.csv', '--org', org.slug, '--json'], {
    database: setting.server,
    url: line.url,
    cwd: directory(),
  });
  const early = tool.ended.then((result) => {
    throw new Error(`it ended before it came to “${statement}”: ${JSON.stringify(result)}`);
  });
  await Promise.race([line.held, early]);
  // From here on it may end as it likes.
  early.catch(() => {});
  return { org, tool, line, before };
}

/** Nothing of the held run is there, and the next one runs as if it had never been. */
async function expectNothing(org: Organization, before: unknown): Promise<void> {
  await noSession();
  expect(await setting.versions(org)).toEqual(before);
  const { exitCode, report } = await setting.importText(org, file, {
    name: 'next.csv',
    flags: ['--no-rejects'],
  });
  expect(exitCode).toBe(3);
  expect(report).toMatchObject({ imported: 19, updated: 1, failed: 400 });
}

/** All of the held run is there. */
async function expectAll(org: Organization): Promise<void> {
  await noSession();
  const { report } = await setting.importText(org, file, { name: 'next.csv', flags: ['--no-rejects'] });
  expect(report).toMatchObject({
    imported: 0,
    updated: 0,
    unchanged: 20,
    contacts: { imported: 0, updated: 0 },
  });
}

/** Waits until no session but the test's own is left: the server has noticed that the tool is gone. */
async function noSession(): Promise<void> {
  const others = await setting.database.query<{ pid: number }>(sql`
    select pid
    from pg_stat_activity
    where datname = current_database()
    and pid <> pg_backend_pid()`);
  for (const { pid } of others) await untilGone(setting.database, pid);
}

/** Where the held tool works. */
function directory(): string {
  return path.join(setting.directory, 'work');
}

/** What the held run left there besides its input. */
async function leftovers(): Promise<string[]> {
  return (await readdir(directory())).filter((name) => name !== 'crash.csv');
}

describe('killed', () => {
  test.for(Object.entries(moments))(
    '%s: nothing is written, and the next run needs no clean-up',
    async ([, statement]) => {
      const { org, tool, before } = await holdAt(statement);
      tool.kill('SIGKILL');
      expect((await tool.ended).exitCode).toBe(null);
      await expectNothing(org, before);
    },
  );

  test('with the COMMIT still in its hands: nothing is written', async () => {
    const { org, tool, before } = await holdAt('commit\0');
    tool.kill('SIGKILL');
    expect((await tool.ended).exitCode).toBe(null);
    await expectNothing(org, before);
  });

  test('when the server has the COMMIT: everything is written', async () => {
    const { org, tool, line } = await holdAt('commit\0');
    line.swallowAnswer();
    tool.kill('SIGKILL');
    expect((await tool.ended).exitCode).toBe(null);
    line.closeServerEnd();
    await expectAll(org);
  });
});

/*
 * What was written and rolled back leaves pages without rows, and ANALYZE makes statistics of them. What the next run
 * reads is counted, for time shows little on a busy machine (test/store/merge/plans.test.ts has more such states).
 */
describe('killed and analyzed again and again', () => {
  const count = 800;
  const rows = Array.from({ length: count }, (_, index) =>
    customerRow({
      erp_customer_number: index + 1,
      name: `Kunde ${index % 280} GmbH`,
      contact_email: `${index}@x.example`,
    }),
  );

  test.for(['insert into customer_contact', 'insert into customer_import_run'])(
    'at “%s”, the next run reads in proportion to its file',
    async (statement) => {
      const home = await testDatabase();
      try {
        const database = await home.open();
        await createOrganization(database, { slug: 'acme', name: 'Acme' });
        await writeFile(path.join(setting.directory, 'again.csv'), csv(rows));
        const argv = ['import', 'again.csv', '--org', 'acme', '--json'];
        for (let round = 0; round < 4; round++) {
          proxy = await startProxy(home, statement, 1);
          const tool = startTool(argv, { database: home, url: proxy.url, cwd: setting.directory });
          await proxy.held;
          tool.kill('SIGKILL');
          expect((await tool.ended).exitCode).toBe(null);
          await proxy.close();
          await untilAlone(database);
          await database.execute(sql`analyze`);
          await database.query(sql`select pg_stat_reset()`);
          const { exitCode } = await run(argv, { database: home, cwd: setting.directory });
          expect(exitCode).toBe(0);
          await untilAlone(database);
          const tooMuch = await database.query(sql`
            select indexrelname, idx_tup_read::integer
            from pg_stat_user_indexes
            where idx_tup_read > ${12 * count}
            union all
            select relname, seq_tup_read::integer
            from pg_stat_user_tables
            where seq_tup_read > ${12 * count}`);
          expect(tooMuch).toEqual([]);
          await database.execute(sql`delete from customer`);
          // Else what this session has read may be added after the next reset.
          await database.query(sql`select pg_stat_force_next_flush()`);
        }
      } finally {
        await home.close();
      }
    },
  );
});

describe.for([
  ['SIGINT', 130, 'interrupted', Object.entries(moments)],
  ['SIGTERM', 143, 'terminated', Object.entries(moments).slice(-1)],
] as const)('by %s', ([signal, exitCode, code, when]) => {
  test.for(when)('%s: rolled back, and no file is left behind', async ([, statement]) => {
    const { org, tool, line, before } = await holdAt(statement);
    tool.kill(signal);
    await line.cancelRequested;
    line.release();
    const result = await tool.ended;
    expect(result.exitCode).toBe(exitCode);
    expect(JSON.parse(result.stdout)).toEqual({
      ok: false,
      error: { code, message: `${code}, rolled back: nothing was written`, hint: null },
    });
    expect(await leftovers()).toEqual([]);
    await expectNothing(org, before);
  });

  test('during the COMMIT it is too late: everything is written, and the message states that', async () => {
    const { org, tool, line } = await holdAt('commit\0');
    tool.kill(signal);
    // Nothing shows that the signal has arrived; should it come later than the answer, the same must hold.
    await delay(100);
    line.release();
    const result = await tool.ended;
    expect(result.exitCode).toBe(3);
    expect(JSON.parse(result.stdout)).toMatchObject({ imported: 19, updated: 1, run_id: expect.any(String) });
    expect(await leftovers()).toEqual([`crash.csv.${org.slug}.rejected.csv`]);
    await expectAll(org);
  });
});

describe('with a part of the file staged', () => {
  const manyRows = Array.from({ length: 41_000 }, (_, index) => `Kunde ${index},F${index},EUR,de\n`);
  const large = { text: `name,erp_customer_number,default_currency,default_language\n${manyRows.join('')}` };

  test.for(['SIGKILL', 'SIGINT', 'the server'] as const)(
    'it is ended by %s: nothing is written',
    async (by) => {
      const { org, tool, line, before } = await holdAt('copy staged', { ...large, occurrence: 2 });
      if (by === 'the server') {
        const pid = await untilTool(setting.database, sql`xact_start is not null`);
        await setting.database.query(sql`select pg_terminate_backend(${pid})`);
      } else tool.kill(by);
      if (by === 'SIGINT') {
        await line.cancelRequested;
        line.release();
      }
      expect((await tool.ended).exitCode).toBe({ SIGKILL: null, SIGINT: 130, 'the server': 7 }[by]);
      expect(await leftovers()).toEqual([]);
      await expectNothing(org, before);
    },
  );
});

describe('the server ends the session', () => {
  test.for(Object.entries(moments))('%s: nothing is written', async ([, statement]) => {
    const { org, tool, line, before } = await holdAt(statement);
    const pid = await untilTool(setting.database, sql`xact_start is not null`);
    await setting.database.query(sql`select pg_terminate_backend(${pid})`);
    await untilGone(setting.database, pid);
    line.release();
    const result = await tool.ended;
    expect(result.exitCode).toBe(7);
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: false, error: { code: 'connection_lost' } });
    expect(await leftovers()).toEqual([]);
    await expectNothing(org, before);
  });
});
