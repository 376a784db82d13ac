import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { openDatabase } from '../../src/store/connection/database.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { TestDatabase } from '../support/database.ts';
import { emptyDatabase, urlOf } from '../support/database.ts';
import type { Pooler } from '../support/pgbouncer.ts';
import { pgBouncer, poolSize, startPgBouncer } from '../support/pgbouncer.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';
import { until, untilTool } from '../support/sessions.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';

/*
 * PgBouncer in transaction mode hands each transaction to another session of the server: what one statement leaves
 * behind in a session, the next does not find, and somebody else does.
 */

/** The server is shared with other test files. */
const isOwnAdvisory = sql`locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;

/** PgBouncer itself sets these for whoever is next; the last is that of the transaction that asks. */
const carried = [
  'application_name',
  'client_encoding',
  'DateStyle',
  'TimeZone',
  'standard_conforming_strings',
  'transaction_isolation',
];

function writeNotes(client: Client, number: number, notes: string): Promise<unknown> {
  const values = [notes, String(number)];
  return client.query(`update customer set notes = $1 where erp_customer_number = $2`, values);
}

test('PgBouncer is installed, or this is a machine that may do without: apt-get install pgbouncer', () => {
  expect(process.env['CI'] === undefined || pgBouncer !== undefined).toBe(true);
});

describe.for(pgBouncer === undefined ? [] : [pgBouncer])('by way of %s', () => {
  let server: TestDatabase;
  let direct: Database;
  let pooler: Pooler;
  let directory: ThrowAwayDirectory;
  const rows = Array.from({ length: 500 }, (_, index) =>
    customerRow({
      erp_customer_number: String(index + 1),
      name: `Kunde ${index + 1}`,
      contact_email: `k${index + 1}@example.com`,
    }),
  );

  beforeAll(async () => {
    server = await emptyDatabase();
    direct = await server.open();
    pooler = await startPgBouncer(server.target);
    const first = await openDatabase(pooler.target);
    await first.query(sql`select 1`);
    await until(
      direct,
      sql`
        select
        from pg_stat_activity
        where datname = current_database()
        and pid <> pg_backend_pid()
        having count(*) = ${poolSize}`,
    );
    await first.close();
    directory = await throwAwayDirectory();
    await writeFile(path.join(directory.path, 'all.csv'), csv(rows));
  });
  afterAll(async () => {
    await pooler.stop();
    await server.close();
    await directory.remove();
  });

  const tool = (argv: string[], options: RunOptions = {}) =>
    run([...argv, '--json'], {
      env: { ORDERFLOW_DATABASE_URL: urlOf(pooler.target) },
      cwd: directory.path,
      ...options,
    });

  test('everything works as it does without', async () => {
    expect((await tool(['migrate', '--dry-run'])).exitCode).toBe(0);
    expect((await tool(['org', 'list'])).exitCode).toBe(8);
    expect((await tool(['migrate'])).exitCode).toBe(0);
    expect((await tool(['migrate'])).json()).toMatchObject({ applied: [] });
    const dry = await tool(['import', 'all.csv', '--org', 'acme', '--create-org', '--dry-run']);
    expect(dry.json()).toMatchObject({ imported: 500, dry_run: true });
    const first = await tool(['import', 'all.csv', '--org', 'acme', '--create-org']);
    expect(first.json()).toMatchObject({ imported: 500, contacts: { imported: 500 } });
    const second = await tool(['import', 'all.csv', '--org', 'acme']);
    expect(second.json()).toMatchObject({ unchanged: 500, imported: 0 });
    expect((await tool(['list', '--org', 'acme', '--q', 'kunde 7'])).json()).toMatchObject({ total: 11 });
    expect((await tool(['show', '7', '--org', 'acme'])).json()).toMatchObject({ name: 'Kunde 7' });
    const { items } = (await tool(['runs', 'list', '--org', 'acme'])).json();
    expect(items).toHaveLength(2);
    expect((await tool(['runs', 'show', items[0].id, '--org', 'acme'])).exitCode).toBe(0);
  });

  test('a second import into the org is kept out, or waits', async () => {
    await direct.client.query('begin');
    await direct.execute(sql`lock table customer in exclusive mode`);
    await writeFile(
      path.join(directory.path, 'other.csv'),
      csv(rows.map((row) => ({ ...row, notes: 'new' }))),
    );
    const first = tool(['import', 'other.csv', '--org', 'acme']);
    await untilTool(direct, sql`wait_event_type = 'Lock'`);
    expect((await tool(['import', 'all.csv', '--org', 'acme'])).exitCode).toBe(11);
    const waiting = tool(['import', 'other.csv', '--org', 'acme', '--lock-wait', '60s']);
    await until(direct, sql`select from pg_locks where ${isOwnAdvisory} and not granted`);
    await direct.client.query('commit');
    expect((await first).json()).toMatchObject({ updated: 500 });
    expect((await waiting).json()).toMatchObject({ unchanged: 500 });
  });

  test('an interrupt ends the import on the server too, and a look-up has its time limit', async () => {
    await direct.client.query('begin');
    await direct.execute(sql`lock table customer in access exclusive mode`);
    const interrupt = new AbortController();
    const ended = tool(['import', 'all.csv', '--org', 'acme'], { signal: interrupt.signal });
    const pid = await untilTool(direct, sql`wait_event_type = 'Lock'`);
    interrupt.abort(new Failure('interrupted', 'interrupted'));
    expect((await ended).exitCode).toBe(130);
    // PgBouncer closes the session, or has it rolled back and hands it on.
    await until(
      direct,
      sql`select where not exists (select from pg_stat_activity where pid = ${pid} and state <> 'idle')`,
    );
    expect((await tool(['list', '--org', 'acme', '--timeout', '200ms'])).json()).toMatchObject({
      error: { code: 'database_timeout' },
    });
    await direct.client.query('rollback');
    expect((await tool(['list', '--org', 'acme'])).json()).toMatchObject({ total: 500 });
  });

  /** As a web service does it: a client of the pooler with a name of its own. */
  async function program(name: string): Promise<Client> {
    const { host, port, user, password, database } = pooler.target;
    const client = new Client({ host, port, user, password, database, application_name: name });
    await client.connect();
    return client;
  }

  test('each program is logged under its own name, and apart from the import between its statements', async () => {
    const [shop, desk] = [await program('shop'), await program('desk')];
    const file = csv([{ ...rows[2], notes: 'imported', contact_email: 'k3@example.com' }]);
    await writeFile(path.join(directory.path, 'pooled.csv'), file);
    await shop.query('begin');
    await writeNotes(shop, 1, 'shop');
    await writeNotes(desk, 2, 'desk');
    expect((await tool(['import', 'pooled.csv', '--org', 'acme'])).json()).toMatchObject({ updated: 1 });
    await shop.query(`update customer_contact set phone = 'shop' where email = 'k1@example.com'`);
    await shop.query('commit');
    await desk.query('begin');
    await writeNotes(desk, 4, 'rolled back');
    await desk.query('rollback');
    // In turn by each session of the pool, the one that imported included.
    for (let turn = 0; turn < 2 * poolSize; turn++)
      await writeNotes(turn % 2 === 0 ? shop : desk, 5, `${turn % 2 === 0 ? 'shop' : 'desk'} ${turn}`);
    await Promise.all([shop.end(), desk.end()]);

    const entries = await direct.query<{
      number: string;
      application: string;
      file: string | null;
      value: string;
    }>(
      sql`
        select
          customer.erp_customer_number as number,
          change.application,
          run.file,
          coalesce(change.changes -> 'notes' ->> 1, change.changes -> 'phone' ->> 1) as value
        from customer_change as change
        join customer on customer.id = change.customer_id
        left join customer_import_run as run
          on run.org_id = change.org_id
          and run.transaction = change.transaction
          and run.created_at = change.began
        where coalesce(change.changes -> 'notes' ->> 1, change.changes -> 'phone' ->> 1) <> 'new'
        and change.login = ${server.target.user}
        order by number, change.id`,
    );
    expect(
      entries.map(({ number, application, file: of, value }) => [number, application, of, value]),
    ).toEqual([
      ['1', 'shop', null, 'shop'],
      ['1', 'shop', null, 'shop'],
      ['2', 'desk', null, 'desk'],
      ['3', 'orderflow-customers', 'pooled.csv', 'imported'],
      ...Array.from({ length: 2 * poolSize }, (_, turn) => {
        const name = turn % 2 === 0 ? 'shop' : 'desk';
        return ['5', name, null, `${name} ${turn}`];
      }),
    ]);
  });

  test('nothing is left behind in the sessions that others get next', async () => {
    const pooled = await openDatabase(pooler.target);
    const sessions = new Set<number>();
    for (let turn = 0; turn < 4 * poolSize; turn += 1) {
      const [session] = await pooled.query<{ pid: number; changed: string[]; prepared: number }>(sql`
        select
          pg_backend_pid() as pid,
          array(
            select name
            from pg_settings
            where source = 'session'
            and not name = any (${carried})
          ) as changed,
          (select count(*)::int from pg_prepared_statements) as prepared`);
      sessions.add(session?.pid ?? 0);
      expect(session).toMatchObject({ changed: [], prepared: 0 });
    }
    // Each that is there was looked at; one was closed when the import was interrupted, and is replaced in a while.
    expect(sessions.size).toBeGreaterThan(1);
    await pooled.close();
    expect(await direct.query(sql`select from pg_locks where ${isOwnAdvisory}`)).toEqual([]);
    expect(
      await direct.query(sql`select relname from pg_class where relpersistence = 't' and relkind = 'r'`),
    ).toEqual([]);
  });
});
