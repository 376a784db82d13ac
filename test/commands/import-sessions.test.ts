import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { csv, customerRow } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { Proxy } from '../support/proxy.ts';
import { startProxy } from '../support/proxy.ts';
import { untilTool } from '../support/sessions.ts';

/* Imports beside other sessions, and in sessions with settings of their own. */

let setting: ImportSetting;
let orderflow: Database;
let proxy: Proxy | undefined;
beforeAll(async () => {
  setting = await importSetting();
  orderflow = await setting.server.open();
});
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
});
afterAll(() => setting.close());

const file = csv(
  ['1', '2'].map((number) => customerRow({ erp_customer_number: number, name: 'From the file' })),
);

/** The database's URL with settings for each session, as PGOPTIONS has them. */
function urlWith(...settings: string[]): string {
  const url = new URL(setting.server.url);
  url.searchParams.set('options', settings.map((each) => `-c ${each}`).join(' '));
  return encoded(url);
}

/** A plus is a plus to libpq, and no space. */
function encoded(url: URL): string {
  return url.href.replaceAll('+', '%20');
}

async function createCustomer(org: Organization, number: string): Promise<void> {
  await orderflow.execute(sql`
    insert into customer (org_id, name, erp_customer_number, default_currency, default_language)
    values (${org.id}, 'From OrderFlow', ${number}, 'EUR', 'de-DE')`);
}

describe.for(['read committed', 'repeatable read', 'serializable'])(
  'where transactions are %s',
  (isolation) => {
    const settings = `default_transaction_isolation=${isolation.replace(' ', '\\ ')}`;

    test('a customer that another session creates between staging and merge is updated', async () => {
      const org = await setting.newOrg();
      const line = await startProxy(setting.server, 'savepoint merge');
      proxy = line;
      const url = new URL(line.url);
      url.searchParams.set('options', `-c ${settings}`);
      const ended = setting.importText(org, file, { env: { ORDERFLOW_DATABASE_URL: encoded(url) } });
      await line.held;
      await createCustomer(org, '2');
      line.release();
      const { exitCode, report } = await ended;
      expect([exitCode, report.error]).toEqual([0, undefined]);
      expect(report).toMatchObject({ imported: 1, updated: 1 });
    });

    test('one that it has created and not committed is waited for, and updated', async () => {
      const org = await setting.newOrg();
      await orderflow.execute(sql`begin`);
      await createCustomer(org, '2');
      const ended = setting.importText(org, file, { env: { ORDERFLOW_DATABASE_URL: urlWith(settings) } });
      await untilTool(setting.database, sql`wait_event_type = 'Lock'`);
      await orderflow.execute(sql`commit`);
      expect((await ended).report).toMatchObject({ imported: 1, updated: 1 });
    });
  },
);

test('two imports into two organizations do not wait for each other', async () => {
  const [one, two] = [await setting.newOrg(), await setting.newOrg()];
  const line = await startProxy(setting.server, 'commit\0');
  proxy = line;
  const first = setting.importText(one, file, { env: { ORDERFLOW_DATABASE_URL: line.url }, name: 'one.csv' });
  await line.held;
  expect(await setting.importText(two, file, { name: 'two.csv' })).toMatchObject({ exitCode: 0 });
  line.release();
  expect(await first).toMatchObject({ exitCode: 0 });
});

test('time limits for statements and idle transactions do not end an import that waits', async () => {
  const org = await setting.newOrg();
  await insertCustomer(orderflow, org, { erp_customer_number: '1' });
  await orderflow.execute(sql`begin`);
  await orderflow.execute(sql`update customer set notes = 'n' where org_id = ${org.id}`);
  const limits = ['statement_timeout=300ms', 'idle_in_transaction_session_timeout=300ms'];
  // Postgres 17 and newer.
  const known = await orderflow.query(sql`select from pg_settings where name = 'transaction_timeout'`);
  if (known.length > 0) limits.push('transaction_timeout=600ms');
  const ended = setting.importText(org, file, { env: { ORDERFLOW_DATABASE_URL: urlWith(...limits) } });
  await untilTool(setting.database, sql`wait_event_type = 'Lock' and now() - query_start > interval '1 s'`);
  await orderflow.execute(sql`commit`);
  const { exitCode, report } = await ended;
  expect([exitCode, report.error]).toEqual([0, undefined]);
  expect(report).toMatchObject({ imported: 1, updated: 1 });
});

test('a server that takes no writes is named as such', async () => {
  const org = await setting.newOrg();
  const readOnly = urlWith('default_transaction_read_only=on');
  const { exitCode, report } = await setting.importText(org, file, {
    env: { ORDERFLOW_DATABASE_URL: readOnly },
  });
  expect([exitCode, report.error?.code]).toEqual([7, 'database_read_only']);
});
