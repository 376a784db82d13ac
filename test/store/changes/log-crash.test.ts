import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../../src/store/connection/database.ts';
import { csv, customerRow } from '../../support/csv.ts';
import type { LoginServer } from '../../support/login-server.ts';
import { loginServer } from '../../support/login-server.ts';
import { run } from '../../support/run.ts';
import { pidOf, untilBlocked, untilTool } from '../../support/sessions.ts';
import type { ThrowAwayDirectory } from '../../support/throw-away.ts';
import { throwAwayDirectory } from '../../support/throw-away.ts';

/*
 * A process of the server is killed (kill -9), and the server recovers from that by itself, ending every session. Whatever
 * was under way: what the log has of a customer is what the customer has become.
 */

let server: LoginServer;
let directory: ThrowAwayDirectory;
let writer: Database;
let other: Database;
let turn = 0;
beforeAll(async () => {
  server = await loginServer();
  directory = await throwAwayDirectory();
  await open();
  await writer.execute(raw("insert into org (slug, name) values ('acme', 'Acme')"));
  await importFile('first');
});
beforeEach(() => {
  turn++;
});
afterAll(async () => {
  await server.stop();
  await directory.remove();
});

/** Two sessions, once the server takes some again. */
async function open(): Promise<void> {
  for (const started = performance.now(); ;) {
    try {
      [writer, other] = [await server.owner.open(), await server.owner.open()];
      return;
    } catch (error) {
      if (performance.now() - started > 20_000) throw error;
      await delay(10);
    }
  }
}

/** Once the server is back, log and data agree. */
async function recover(): Promise<void> {
  await open();
  expect(await disagreeing(writer)).toEqual([]);
}

async function importFile(notes: string) {
  const rows = Array.from({ length: 50 }, (_, index) =>
    customerRow({
      erp_customer_number: index + 1,
      notes,
      contact_email: `${index}@x.example`,
      contact_phone: notes,
    }),
  );
  await writeFile(path.join(directory.path, 'file.csv'), csv(rows));
  return run(['import', 'file.csv', '--org', 'acme', '--json'], {
    env: { ORDERFLOW_DATABASE_URL: server.owner.url },
    cwd: directory.path,
  });
}

/** As another program does it, up to its COMMIT. */
async function write(): Promise<void> {
  await writer.client.query('begin');
  await writer.client.query(`update customer set notes = 'written ${turn}'`);
  await writer.client.query(`update customer_contact set phone = 'written ${turn}'`);
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await Promise.all([writer, other].map((database) => database.close().catch(() => {})));
}

/** Customers and contacts whose last entry, if any, is not what they are; entries that do not go on from one another. */
async function disagreeing(database: Database): Promise<unknown[]> {
  return database.query(sql`
    with entry as (
      select
        coalesce(contact_id, customer_id) as id,
        changes -> field ->> 0 as before,
        changes -> field ->> 1 as after,
        lag(changes -> field ->> 1) over of_one as earlier,
        row_number() over of_one as number,
        count(*) over (partition by coalesce(contact_id, customer_id)) as entries
      from customer_change, lateral (select case when contact_id is null then 'notes' else 'phone' end as field) as logged
      window of_one as (partition by coalesce(contact_id, customer_id) order by customer_change.id)
    ), stands as (
      select id, notes as value
      from customer
      union all
      select id, phone
      from customer_contact
    )
    select id, 'last' as what
    from stands
    left join entry using (id)
    where coalesce(number = entries, true)
    and value <> coalesce(after, 'first')
    union all
    select id, 'between'
    from entry
    where before <> coalesce(earlier, 'first')`);
}

/** Whether this turn's values are there. */
async function written(value: string): Promise<{ customers: number; entries: number }> {
  const [found] = await writer.query<{ customers: number; entries: number }>(sql`
    select
      (select count(*)::integer from customer where notes = ${value}) as customers,
      (select count(*)::integer from customer_change where changes -> 'notes' ->> 1 = ${value}) as entries`);
  return found as { customers: number; entries: number };
}

test('killed before its COMMIT, another program leaves neither data nor log', async () => {
  await write();
  await kill(await pidOf(writer));
  await recover();
  expect(await written(`written ${turn}`)).toEqual({ customers: 0, entries: 0 });
});

test.each([
  ['in the middle of its statement', `select from customer where erp_customer_number = '30' for update`],
  ['while the trigger writes the log', 'lock table customer_change in share mode'],
])('killed %s, another program leaves neither data nor log', async (_when, lock) => {
  await other.client.query('begin');
  await other.client.query(lock);
  const pid = await pidOf(writer);
  const ended = write().catch(() => {});
  await untilBlocked(other, pid);
  await kill(pid);
  await ended;
  await recover();
  expect(await written(`written ${turn}`)).toEqual({ customers: 0, entries: 0 });
});

test.each([1, 2])('killed with its COMMIT on the way, it leaves both or neither: %i', async () => {
  await write();
  const pid = await pidOf(writer);
  const ended = writer.client.query('commit').catch(() => {});
  await kill(pid);
  await ended;
  await recover();
  const { customers, entries } = await written(`written ${turn}`);
  expect([0, 50]).toContain(customers);
  expect(entries).toBe(customers);
});

test.each([
  ['while the trigger writes the log', 'lock table customer_change in share mode'],
  ['before its row in the ledger', 'lock table customer_import_run in exclusive mode'],
])('killed %s, an import leaves neither data nor log nor run', async (_when, lock) => {
  const before = await writer.query(sql`select id from customer_import_run`);
  await other.client.query('begin');
  await other.client.query(lock);
  const ended = importFile(`imported ${turn}`);
  const pid = await untilTool(writer, sql`wait_event_type = 'Lock'`);
  await kill(pid);
  expect((await ended).exitCode).toBe(7);
  await recover();
  expect(await written(`imported ${turn}`)).toEqual({ customers: 0, entries: 0 });
  const done = await writer.query(sql`select id from customer_import_run where outcome = 'done'`);
  expect(done).toHaveLength(before.length);
  expect((await importFile(`again ${turn}`)).json()).toMatchObject({ updated: 50 });
  expect(await written(`again ${turn}`)).toEqual({ customers: 50, entries: 50 });
  expect(await disagreeing(writer)).toEqual([]);
});
