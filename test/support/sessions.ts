import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import type { Database } from '../../src/store/connection/database.ts';

/** Tests wait for what the server says, for this long at most (milliseconds). */
const patience = 20_000;

/**
 * Asks until `statement` returns a row, and returns the first. In a transaction, the server would show the sessions
 * as they were at the first question.
 */
export async function until<Row>(database: Database, statement: Sql): Promise<Row> {
  for (const started = performance.now(); performance.now() - started < patience; await delay(5)) {
    await database.query(sql`select pg_stat_clear_snapshot()`);
    const [row] = await database.query<Row>(statement);
    if (row !== undefined) return row;
  }
  throw new Error(`this never came true: ${statement.text}`);
}

export async function pidOf(database: Database): Promise<number> {
  const [row] = await database.query<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return row?.pid as number;
}

/** Waits until the session `pid` waits for a lock that another session holds. */
export async function untilBlocked(database: Database, pid: number): Promise<void> {
  await until(database, sql`select where cardinality(pg_blocking_pids(${pid})) > 0`);
}

/**
 * Waits until some session of the tool in this database is as `state` says, a condition on pg_stat_activity;
 * returns its server process.
 */
export async function untilTool(database: Database, state: Sql): Promise<number> {
  const { pid } = await until<{ pid: number }>(
    database,
    sql`
      select pid
      from pg_stat_activity
      where datname = current_database()
      and pid <> pg_backend_pid()
      and starts_with(application_name, 'orderflow-customers')
      and ${state}`,
  );
  return pid;
}

/** Waits until the session `pid` is gone, and with it its transaction. */
export async function untilGone(database: Database, pid: number): Promise<void> {
  await until(database, sql`select where not exists (select from pg_stat_activity where pid = ${pid})`);
}

/** Waits until no other session is in this database: one adds what it has read to the statistics when it ends. */
export async function untilAlone(database: Database): Promise<void> {
  await until(
    database,
    sql`
      select
      where not exists (
        select
        from pg_stat_activity
        where datname = current_database()
        and pid <> pg_backend_pid()
      )`,
  );
}

/** Where a session comes from, as messages name it: servers of tests listen on a socket or on TCP. */
export async function originOf(database: Database): Promise<string> {
  const [session] = await database.query<{ origin: string }>(sql`
    select coalesce(host(inet_client_addr()), 'a local connection') as origin`);
  return session?.origin ?? '';
}
