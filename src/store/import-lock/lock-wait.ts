import { sqlstate, sqlstateOf } from '../connection/sqlstate.ts';
import { Failure } from '../../errors.ts';
import type { Database } from '../connection/database.ts';
import { openDatabase } from '../connection/database.ts';
import { describeHolder, findBlockers } from './lock-holder.ts';

export interface LockWait {
  /** The session that the import waits for. */
  holder: string;
  /** How long it waits for one lock, in milliseconds. */
  limit: number;
}

/** Milliseconds: a statement that takes longer may be waiting for a lock. */
const betweenLooks = 3000;
/** Milliseconds. A pooler may have no connection for the query. */
const patience = 5000;
/** Further ones are only counted: each transaction queued before this one is a blocker. */
const named = 3;

/**
 * Finds out which session the session `pid` of an import waits for. The waiting session cannot ask, so
 * another connection does, opened when a statement takes long, and kept for the next query. If none is
 * available (a limit on connections), the import still waits but cannot name the holder.
 */
export function watchLockWaits(
  database: Database,
  { pid, limit, onWait }: { pid: number; limit: number; onWait: (wait: LockWait) => void },
) {
  const pause = Math.max(50, Math.min(betweenLooks, limit / 4));
  let asking: Database | undefined;
  let stopped = false;
  let last: { key: string; holder: string } | undefined;
  let timer = setTimeout(look, pause).unref();

  function look(): void {
    void (database.busyMilliseconds() < pause ? Promise.resolve() : ask())
      .then(() => {
        if (!stopped) timer = setTimeout(look, pause).unref();
      })
      // Not tried again: each attempt would be a line in the server's log.
      .catch(() => {});
  }

  async function ask(): Promise<void> {
    asking ??= await openDatabase(
      { ...database.target, connectTimeout: patience },
      { statementTimeout: patience },
    );
    if (stopped) return await asking.close();
    const blockers = await findBlockers(asking, pid);
    if (blockers.length === 0 || stopped) return;
    const more = blockers.length > named ? ` and ${blockers.length - named} more` : '';
    const holder = `${blockers.slice(0, named).map(describeHolder).join(', ')}${more}`;
    const key = blockers.map((blocker) => blocker.pid).join(' ');
    if (key !== last?.key) onWait({ holder, limit });
    last = { key, holder };
  }

  return {
    /** `error`, or the failure it means if the server gave up waiting for a lock. */
    explain(error: unknown): unknown {
      if (sqlstateOf(error) !== sqlstate.lockNotAvailable) return error;
      const holder = last?.holder ?? 'another session';
      return new Failure(
        'locked',
        `waited ${seconds(limit)} for a lock held by ${holder}; nothing was written`,
        { hint: 'run it again when that session is done, or wait longer: --lock-wait 5m', cause: error },
      );
    },
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await asking?.close().catch(() => {});
    },
  };
}

export function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`;
}
