import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../errors.ts';
import type { Database } from '../store/connection/database.ts';
import type { CommittingRun } from '../store/merge/ledger.ts';
import { wasCommitted } from '../store/merge/ledger.ts';

/** Milliseconds: a server that crashed is usually running again by then. */
const patience = 30_000;
const betweenAttempts = 250;

/**
 * Finds out over a new connection whether a COMMIT without an answer succeeded, while the server restarts or
 * finishes it, for half a minute at most. Returns if the ledger shows that the run was committed; throws
 * `connection_lost` if it was not, and `failure` (`commit_unknown`) if it remains unknown.
 */
export async function requireCommitted(
  run: CommittingRun,
  {
    failure,
    reconnect,
    signal,
  }: { failure: Failure; reconnect: () => Promise<Database>; signal: AbortSignal },
): Promise<void> {
  const started = performance.now();
  while (true) {
    const committed = await ask(run, reconnect);
    if (committed === true) return;
    if (committed === false) {
      throw new Failure(
        'connection_lost',
        'the connection was lost during the commit; according to the ledger, nothing was written',
        { hint: 'run it again', cause: failure },
      );
    }
    if (signal.aborted || performance.now() - started > patience) throw failure;
    await delay(betweenAttempts, undefined, { signal }).catch(() => {});
  }
}

/** Undefined while it is unknown. */
async function ask(run: CommittingRun, reconnect: () => Promise<Database>): Promise<boolean | undefined> {
  const database = await reconnect().catch(() => undefined);
  try {
    return database === undefined ? undefined : await wasCommitted(database, run);
  } catch {
    return undefined;
  } finally {
    await database?.close();
  }
}
