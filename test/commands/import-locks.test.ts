import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sql, { raw } from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { prepareImportTransaction } from '../../src/store/merge/transaction.ts';
import { csv, customerRow } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import { urlOf } from '../support/database.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { LoginServer } from '../support/login-server.ts';
import { loginServer } from '../support/login-server.ts';
import { pgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { run } from '../support/run.ts';
import { originOf, pidOf, untilGone, untilTool } from '../support/sessions.ts';
import { buildTool, startTool } from '../support/tool.ts';

/* An import that meets a lock of another program: an open web transaction, or its own backend that outlives a kill. */

let setting: ImportSetting;
let web: Database;
let org: Organization;
beforeAll(async () => {
  setting = await importSetting();
  web = await setting.server.open();
  await buildTool();
});
beforeEach(async () => {
  org = await setting.newOrg();
  await insertCustomer(setting.database, org, {
    erp_customer_number: '1',
    contacts: [{ email: 'a@x.example' }],
  });
  await web.execute(sql`begin`);
});
afterEach(async () => {
  await web.execute(sql`rollback`);
});
afterAll(() => setting.close());

const file = csv([
  customerRow({
    erp_customer_number: '1',
    name: 'From the file',
    contact_email: 'a@x.example',
    contact_name: 'New',
  }),
  customerRow({ erp_customer_number: '2' }),
]);

const waits = sql`wait_event_type = 'Lock'`;

const locks: Record<string, () => Promise<unknown>> = {
  'a customer that is changed': () =>
    web.execute(sql`update customer set notes = 'n' where org_id = ${org.id}`),
  'a customer that is being deleted': () => web.execute(sql`delete from customer where org_id = ${org.id}`),
  'a contact that is changed': () =>
    web.execute(sql`update customer_contact set phone = '1' where org_id = ${org.id}`),
  'a customer of the same number, not committed yet': () =>
    insertCustomer(web, org, { erp_customer_number: '2' }),
  'all customers': () => web.execute(sql`lock table customer in share mode`),
};

describe.for(Object.entries(locks))('another program has locked %s', ([, lock]) => {
  test('the run says who holds it, gives up after --lock-wait, and writes nothing', async () => {
    await lock();
    const before = await setting.versions(org);
    const { exitCode, report, stderr } = await setting.importText(org, file, {
      flags: ['--lock-wait', '600ms'],
    });
    const holder = `orderflow-customers of ${setting.server.target.user} from ${await originOf(web)} \\(server process ${await pidOf(web)}\\), for \\d+ s`;
    expect(exitCode).toBe(11);
    expect(report.error).toEqual({
      code: 'locked',
      message: expect.stringMatching(
        new RegExp(`^waited 600 ms for a lock held by ${holder}; nothing was written$`),
      ),
      hint: 'run it again when that session is done, or wait longer: --lock-wait 5m',
    });
    expect(stderr).toMatch(new RegExp(`waiting for a lock held by ${holder}; giving up after 0.6 s\n`));
    expect(await setting.versions(org)).toEqual(before);
  });

  test('the run continues as soon as it is free', async () => {
    await lock();
    const ended = setting.importText(org, file, { flags: ['--lock-wait', '60s'] });
    await untilTool(setting.database, waits);
    await web.execute(sql`rollback`);
    expect(await ended).toMatchObject({ exitCode: 0, report: { imported: 1, updated: 1 } });
  });
});

test('without --lock-wait an import waits ten seconds for a lock', async () => {
  await setting.database.transaction(async () => {
    await prepareImportTransaction(setting.database, { rowLockMilliseconds: 10_000 });
    expect(await setting.database.query(sql`show lock_timeout`)).toEqual([{ lock_timeout: '10s' }]);
  });
  await web.execute(sql`update customer set notes = 'n' where org_id = ${org.id}`);
  const ended = setting.importText(org, file);
  await untilTool(setting.database, sql`${waits} and now() - query_start > interval '1 s'`);
  await web.execute(sql`commit`);
  expect((await ended).exitCode).toBe(0);
});

test('with --lock-wait 0 it gives up at once', async () => {
  await web.execute(sql`update customer set notes = 'n' where org_id = ${org.id}`);
  const { exitCode, report } = await setting.importText(org, file, { flags: ['--lock-wait', '0'] });
  expect(exitCode).toBe(11);
  expect(report.error.message).toBe('waited 0 ms for a lock held by another session; nothing was written');
});

test('a quiet run that gets the lock in the end says nothing', async () => {
  await web.execute(sql`update customer set notes = 'n' where org_id = ${org.id}`);
  const ended = setting.importText(org, file, { flags: ['--lock-wait', '1s', '--quiet'] });
  await untilTool(setting.database, sql`query like '%pg_blocking_pids%' and state = 'idle'`);
  await web.execute(sql`rollback`);
  expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
});

describe.for(pgBouncer === undefined ? [] : [pgBouncer])('by way of %s', () => {
  test('the holder is named', async () => {
    const pooler = await startPgBouncer(setting.server.target);
    await web.execute(sql`update customer set notes = 'n' where org_id = ${org.id}`);
    const { exitCode, report } = await setting.importText(org, file, {
      flags: ['--lock-wait', '1s'],
      env: { ORDERFLOW_DATABASE_URL: urlOf(pooler.target) },
    });
    await pooler.stop();
    expect(exitCode).toBe(11);
    expect(report.error.message).toContain(`server process ${await pidOf(web)}`);
  });

  test('the backend of a tool that was killed lets go at once', async () => {
    const pooler = await startPgBouncer(setting.server.target);
    expect(await runAfterKill(urlOf(pooler.target))).toBe(0);
    await pooler.stop();
  });
});

describe('a login that may not see the sessions of others', () => {
  let server: LoginServer;
  beforeAll(async () => {
    server = await loginServer();
  });
  afterAll(() => server.stop());

  test('reports the application and the login, and nothing that is unknown', async () => {
    const [owner, integrator] = [await server.owner.open(), await server.createLogin('erp')];
    const made = await run(['org', 'create', 'acme', '--name', 'Acme'], {
      env: { ORDERFLOW_DATABASE_URL: server.owner.url },
    });
    expect(made.exitCode).toBe(0);
    const granted = await run(['access', 'grant', 'erp', '--role', 'INTEGRATOR', '--org', 'acme'], {
      env: { ORDERFLOW_DATABASE_URL: server.owner.url },
    });
    expect(granted).toMatchObject({ exitCode: 0 });
    const [acme] = await owner.query<Organization>(sql`select * from org`);
    await insertCustomer(owner, acme as Organization, { erp_customer_number: '1' });
    await owner.execute(sql`begin`);
    await owner.execute(sql`set application_name = 'web service'`);
    await owner.execute(sql`update customer set notes = 'n'`);
    await writeFile(path.join(setting.directory, 'erp.csv'), file);
    const result = await run(['import', 'erp.csv', '--org', 'acme', '--lock-wait', '1s', '--json'], {
      env: { ORDERFLOW_DATABASE_URL: integrator.url },
      cwd: setting.directory,
    });
    expect(result.exitCode).toBe(11);
    expect(result.json().error.message).toBe(
      `waited 1 s for a lock held by web service of orderflow (server process ${await pidOf(owner)}); nothing was written`,
    );
    await owner.execute(sql`rollback`);
  });

  test('without a free connection reports another session', async () => {
    const owner = await server.owner.open();
    await server.administrator.execute(raw('alter role erp connection limit 1'));
    await owner.execute(sql`begin`);
    await owner.execute(sql`update customer set notes = 'n'`);
    const result = await run(['import', 'erp.csv', '--org', 'acme', '--lock-wait', '1s', '--json'], {
      env: { ORDERFLOW_DATABASE_URL: await erpUrl() },
      cwd: setting.directory,
    });
    expect(result.exitCode).toBe(11);
    expect(result.json().error.message).toBe(
      'waited 1 s for a lock held by another session; nothing was written',
    );
    await owner.execute(sql`rollback`);
  });

  async function erpUrl(): Promise<string> {
    await server.administrator.execute(raw(`alter role erp password 'known'`));
    return urlOf({ ...server.owner.target, user: 'erp', password: 'known' });
  }
});

test('the backend of a tool that was killed lets go at once, though its statement has not ended', async () => {
  expect(await runAfterKill(setting.server.url)).toBe(0);
});

/** Kills the tool while its server process waits for a lock that stays held; returns the next run's exit code. */
async function runAfterKill(url: string): Promise<number> {
  await web.execute(sql`update customer set notes = 'n' where org_id = ${org.id}`);
  await writeFile(path.join(setting.directory, 'killed.csv'), file);
  const tool = startTool(['import', 'killed.csv', '--org', org.slug, '--lock-wait', '10m'], {
    database: setting.server,
    url,
    cwd: setting.directory,
  });
  const pid = await untilTool(setting.database, waits);
  tool.kill('SIGKILL');
  await tool.ended;
  await untilGone(setting.database, pid);
  await web.execute(sql`rollback`);
  return (await setting.importText(org, file)).exitCode;
}
