import sql from 'sql-template-tag';
import type { ImportRun } from '../../model/import-run.ts';
import type { Database } from '../connection/database.ts';
import type { FileState } from './file-state.ts';
import { acceptedRuns } from './file-state.ts';

export type LastRun = Pick<
  ImportRun,
  | 'id'
  | 'rows'
  | 'superseded'
  | 'failed'
  | 'contacts_imported'
  | 'contacts_updated'
  | 'contacts_unchanged'
  | 'warnings'
> & { state: FileState | null };

/** The source's last accepted run. */
export async function lastAcceptedRun(
  database: Database,
  scope: { orgId: string; source: string },
): Promise<LastRun | undefined> {
  const [last] = await database.query<LastRun>(sql`
    select
      run.id, run.rows, run.superseded, run.failed,
      run.contacts_imported, run.contacts_updated, run.contacts_unchanged, run.warnings, run.file_state as state
    ${acceptedRuns(scope)}
    order by run.finished_at desc, run.id desc
    limit 1`);
  return last;
}

/** The oldest transaction that is open: what it writes, the statements that follow may not see. */
export async function oldestOpenTransaction(database: Database): Promise<string> {
  const [found] = await database.query<{ xmin: string }>(sql`
    select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`);
  return found?.xmin as string;
}

/**
 * Whether a customer or contact of the org may have changed since the run compared its file with them: anything written by
 * a transaction that was not over by then, but the run's own. By time, too, for in a restored database the numbers of
 * transactions begin again.
 */
export async function changedSince(
  database: Database,
  { orgId, runId, openSince }: { orgId: string; runId: string; openSince: string },
): Promise<boolean> {
  const [found] = await database.query<{ changed: boolean }>(sql`
    select
      exists (
        select
        from customer_change as change
        where change.org_id = ${orgId}
        and change.transaction >= ${openSince}::xid8
        and change.transaction < run.transaction
      )
      or exists (
        select
        from customer_change as change
        where change.org_id = ${orgId}
        and change.transaction > run.transaction
      )
      or exists (
        select
        from customer_change as change
        where change.org_id = ${orgId}
        and change.changed_at > run.finished_at
      )
      or exists (
        select
        from customer
        where org_id = ${orgId}
        and id >= access_first_id(run.finished_at)
      ) as changed
    from customer_import_run as run
    where run.org_id = ${orgId}
    and run.id = ${runId}`);
  return found?.changed !== false;
}
