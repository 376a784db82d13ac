import { setTimeout as delay } from 'node:timers/promises';
import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';

/**
 * Runs the work in a transaction, once no other `migrate` is in one. Between two attempts there is no
 * transaction: waiting in one keeps its snapshot, and an index that the other session builds meanwhile waits
 * for old snapshots to end.
 */
export async function underLock<Result>(
  database: Database,
  { dryRun, onWait }: { dryRun: boolean; onWait: (() => void) | undefined },
  work: () => Promise<Result>,
): Promise<Result> {
  for (let reported = false; ; await delay(200)) {
    const attempt = await transactionOf(database, { dryRun }, async () =>
      (await takeLock(database)) ? { result: await work() } : undefined,
    );
    if (attempt !== undefined) return attempt.result;
    if (!reported) onWait?.();
    reported = true;
  }
}

/** A transaction that is rolled back at its end if it is a rehearsal. */
async function transactionOf<Result>(
  database: Database,
  { dryRun }: { dryRun: boolean },
  work: () => Promise<Result>,
): Promise<Result> {
  if (!dryRun) return database.transaction(work);
  await database.execute(sql`begin`);
  try {
    return await work();
  } finally {
    await database.execute(sql`rollback`);
  }
}

/**
 * Keeps any other `migrate` out of this database; false if one is running. node-pg-migrate's own lock belongs
 * to the session and would outlive a failed unlock; this one ends with the transaction.
 */
async function takeLock(database: Database): Promise<boolean> {
  // A later snapshot than the lock: what the other session committed meanwhile must be visible.
  await database.execute(sql`set transaction isolation level read committed`);
  const key = 5_701_923_046n;
  const [attempt] = await database.query<{ taken: boolean }>(sql`
    select
      pg_try_advisory_xact_lock(${key}) as taken,
      set_config('statement_timeout', '0', true),
      set_config('lock_timeout', '0', true),
      set_config('idle_in_transaction_session_timeout', '0', true),
      set_config('client_min_messages', 'notice', true)`);
  return attempt?.taken === true;
}
