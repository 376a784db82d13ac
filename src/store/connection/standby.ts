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
 * Undefined on a server that is not a standby. The age of the last change would grow while the primary is
 * idle, so it counts only if something was received and is not yet replayed, or if nothing is received.
 */
export async function standbyLag(database: Database): Promise<StandbyLag | undefined> {
  const [found] = await database.query<{ standby: boolean; seconds: number | null; streaming: boolean }>(sql`
    select
      standby,
      streaming,
      case
        when streaming and pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
        else extract(epoch from greatest(clock_timestamp() - pg_last_xact_replay_timestamp(), interval '0'))::float
      end as seconds
    from (
      select
        pg_is_in_recovery() as standby,
        exists (select from pg_stat_wal_receiver where pid is not null) as streaming
    ) as state`);
  if (found?.standby !== true) return undefined;
  return { seconds: found.seconds, streaming: found.streaming };
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
