import sql from 'sql-template-tag';
import { Failure } from '../../errors.ts';
import type { Database } from './database.ts';

/** How far a standby is behind its primary. */
export interface StandbyLag {
  /**
   * Since the last change that it shows; 0 if it has replayed everything it received; null before the first
   * change.
   */
  seconds: number | null;
  /** False if it no longer receives changes: then it does not know what it lacks. */
  streaming: boolean;
}

/**
 * Undefined on a server that is not a standby. The age of the last change would grow while the primary is idle, so it
 * counts only if something was received and is not replayed within `patience` milliseconds, or if nothing is received.
 * Without that time, a standby that replays at once would seem as far behind as its last change is old, whenever a
 * record is on its way; the rest of a record can follow after 200 ms (`wal_writer_delay`).
 */
export async function standbyLag(
  database: Database,
  { patience = 250 }: { patience?: number } = {},
): Promise<StandbyLag | undefined> {
  const [found] = await database.query<StandbyLag & { standby: boolean; pending: string | null }>(sql`
    select
      standby,
      streaming,
      case when not streaming or received > pg_last_wal_replay_lsn() then age else 0 end as seconds,
      case when streaming and received > pg_last_wal_replay_lsn() then received::text end as pending
    from (
      select
        pg_is_in_recovery() as standby,
        exists (select from pg_stat_wal_receiver where pid is not null) as streaming,
        pg_last_wal_receive_lsn() as received,
        extract(epoch from greatest(clock_timestamp() - pg_last_xact_replay_timestamp(), interval '0'))::float as age
    ) as state`);
  if (found?.standby !== true) return undefined;
  const { seconds, streaming, pending } = found;
  const isReplayed = pending !== null && (await replays(database, pending, patience));
  return { seconds: isReplayed ? 0 : seconds, streaming };
}

/** Whether a position of the log (`pg_lsn`) is replayed in time. */
async function replays(database: Database, position: string, patience: number): Promise<boolean> {
  const pause = 10;
  for (let waited = 0; waited < patience; waited += pause) {
    // Node's promises of timers take each look-up time to load, and few meet a standby that is behind.
    await new Promise((resolve) => setTimeout(resolve, pause));
    const [found] = await database.query<{ done: boolean }>(sql`
      select pg_last_wal_replay_lsn() >= ${position}::pg_lsn as done`);
    if (found?.done === true) return true;
  }
  return false;
}

/** Whether two servers are copies of one cluster; undefined if a login may not query that. */
export async function isCopyOf(database: Database, other: Database): Promise<boolean | undefined> {
  const [one, two] = await Promise.all([database, other].map(clusterOf));
  return one === undefined || two === undefined ? undefined : one === two;
}

async function clusterOf(database: Database): Promise<string | undefined> {
  const [found] = await database
    .query<{ cluster: string }>(
      sql`select system_identifier || '/' || current_database() as cluster from pg_control_system()`,
    )
    .catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'not_permitted') return [];
      throw error;
    });
  return found?.cluster;
}
