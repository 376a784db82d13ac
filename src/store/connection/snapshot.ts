import type { Sql } from 'sql-template-tag';
import sql, { raw } from 'sql-template-tag';
import { Failure } from '../../errors.ts';
import type { Database } from './database.ts';

/** Rows fetched at once. From 500 to 2,000 makes no difference to the time. */
const batchSize = 1_000;

/**
 * Runs `read` on one state of the database: commits by others stay invisible, so everything it reads is
 * consistent. Writing is impossible.
 */
export async function withSnapshot<Result>(database: Database, read: () => Promise<Result>): Promise<Result> {
  let result: { value: Result } | undefined;
  try {
    return await database.transaction(async () => {
      await database.execute(sql`set transaction isolation level repeatable read, read only`);
      // A reader may be slow, or a person may scroll; limits are for statements that a person waits for.
      await database.execute(sql`
        select
          set_config('statement_timeout', '0', true),
          set_config('idle_in_transaction_session_timeout', '0', true),
          set_config('cursor_tuple_fraction', '1', true),
          set_config('jit', 'off', true),
          set_config('work_mem', '64MB', true)`);
      await liftTransactionTimeout(database);
      result = { value: await read() };
      return result.value;
    });
  } catch (error) {
    // Nothing was to be committed: everything was read, so how the transaction ended does not matter.
    if (result !== undefined && error instanceof Failure && error.code === 'commit_unknown') {
      return result.value;
    }
    throw error;
  }
}

/** For the open transaction, which may take long. Postgres 17 and newer have this limit. */
export async function liftTransactionTimeout(database: Database): Promise<void> {
  await database.execute(sql`
    select set_config(name, '0', true)
    from pg_settings
    where name = 'transaction_timeout'`);
}

/**
 * The rows of a query, batch by batch, with a server cursor. At most two batches are in memory: the next one
 * is fetched while one is processed. To be called within `withSnapshot`, one at a time.
 */
export async function* readInBatches<Row>(database: Database, query: Sql): AsyncGenerator<Row[]> {
  await database.execute(sql`declare reading no scroll cursor for ${query}`);
  const fetch = () => {
    const rows = database.query<Row>(sql`fetch ${raw(String(batchSize))} from reading`);
    // Awaited below, or never if the caller stops; marked as handled until then.
    rows.catch(() => {});
    return rows;
  };
  let next = fetch();
  try {
    while (true) {
      const rows = await next;
      if (rows.length === 0) return;
      next = fetch();
      yield rows;
    }
  } finally {
    await next.catch(() => {});
    // In a failed transaction, its cursors are already closed.
    await database.execute(sql`close reading`).catch(() => {});
  }
}
