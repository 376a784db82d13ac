import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';

/**
 * A session that holds a lock, as far as this login may see it: of other logins, the server shows the name
 * but not the times.
 */
export interface LockHolder {
  /** 0 for a prepared transaction, which has no session. */
  pid: number;
  application: string;
  login: string | null;
  client: string | null;
  seconds: number | null;
}

/** Columns of a `LockHolder`; `pid` is its server process, `a` its row of pg_stat_activity, if any. */
export function holderColumns(pid: Sql): Sql {
  return sql`
  ${pid} as pid,
  coalesce(nullif(a.application_name, ''), 'a session') as application,
  a.usename as login,
  case when a.client_port = -1 then 'a local connection' else host(a.client_addr) end as client,
  extract(epoch from now() - a.xact_start)::integer as seconds`;
}

export function describeHolder({ application, login, client, pid, seconds }: LockHolder): string {
  if (pid === 0) return 'a prepared transaction (see pg_prepared_xacts)';
  const from = client === null ? '' : ` from ${client}`;
  const since = seconds === null ? '' : `, for ${seconds} s`;
  return `${application} of ${login ?? 'another login'}${from} (server process ${pid})${since}`;
}

/** The sessions that `pid` waits for, the oldest transaction first. */
export async function findBlockers(database: Database, pid: number): Promise<LockHolder[]> {
  return database.query<LockHolder>(sql`
    select ${holderColumns(sql`blocking.pid`)}
    from unnest(pg_blocking_pids(${pid})) as blocking (pid)
    left join pg_stat_activity a on a.pid = blocking.pid
    order by a.xact_start nulls last, blocking.pid`);
}
