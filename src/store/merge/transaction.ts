import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import { liftTransactionTimeout } from '../connection/snapshot.ts';

/**
 * Sets an import's transaction up. All settings are local to it: nothing is left behind on a connection that
 * a pooler passes on.
 * - Time limits are for interactive statements; an import may run for minutes, or wait for a slow pipe.
 * - Compiling expressions (jit) costs more than it saves here: 0.3 s per statement at 1,000,000 rows.
 * - Sorting and hashing 1,000,000 rows needs more than 4 MB to stay in memory: with 256 MB per step (a limit,
 *   reached only by files of that size) comparing them takes 5.4 s instead of 8.8 s with 64 MB.
 * - ANALYZE samples 3,000 rows of a temporary table instead of 30,000: 0.04 s instead of 0.2 s.
 * - The wait for a lock that another session holds (a row that an open web transaction has changed) is
 *   limited.
 *
 * Returns the server process that runs the transaction: behind a pooler, the driver knows another number.
 */
export async function prepareImportTransaction(
  database: Database,
  { rowLockMilliseconds }: { rowLockMilliseconds: number },
): Promise<{ pid: number }> {
  database.statementTimeout = 0;
  // For the reason see `mergeStaged`; a server's default may be another level.
  await database.execute(sql`set transaction isolation level read committed`);
  await database.execute(sql`
    select
      set_config('statement_timeout', '0', true),
      set_config('lock_timeout', ${`${Math.max(1, rowLockMilliseconds)}ms`}, true),
      set_config('idle_in_transaction_session_timeout', '0', true),
      set_config('jit', 'off', true),
      set_config('work_mem', '256MB', true),
      set_config('hash_mem_multiplier', '1', true),
      set_config('default_statistics_target', '10', true)`);
  await liftTransactionTimeout(database);
  await watchForKilledClient(database);
  const [session] = await database.query<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return session as { pid: number };
}

/**
 * When the tool is killed, the server notices during a statement and releases the org at once, not only at
 * the end of the statement, which may take minutes. Behind a pooler, the pooler notices and closes the
 * session. A server on Windows refuses the setting: there, the lock is released when the statement ends.
 */
async function watchForKilledClient(database: Database): Promise<void> {
  await database.execute(sql`
    do $$
    begin
      perform set_config('client_connection_check_interval', '100ms', true);
    exception
      when invalid_parameter_value then null;
    end $$`);
}
