import type { Sql } from 'sql-template-tag';
import sql, { empty } from 'sql-template-tag';
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

/** The oldest open transaction: later statements may not see what it writes. */
export async function oldestOpenTransaction(database: Database): Promise<string> {
  const [found] = await database.query<{ xmin: string }>(sql`
    select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`);
  return found?.xmin as string;
}

/**
 * Identifies the stored version of the org's customers and contacts: equal to an earlier answer if and only
 * if no row was created, changed or removed in between, by any program, logged or not. What else decides a
 * file's effect, the entries that `keptEdits` are found by, is counted where it matters. Reads only each
 * row's header: far less than an import would.
 *
 * Undefined if a transaction that was open at `openSince` has committed meanwhile: this one may have seen the
 * customers as they were before it.
 */
export async function customersNow(
  database: Database,
  { orgId, openSince, keptEdits }: { orgId: string; openSince?: string; keptEdits: boolean },
): Promise<string | undefined> {
  const [found] = await database.query<{ state: string; overtaken: boolean }>(sql`
    with version as materialized (
      select writer, count(*) as rows, sum(hashtextextended(id::text, 0)) as ids
      from (
        select id, xmin::text::bigint as writer
        from customer
        where org_id = ${orgId}
        union all
        select id, xmin::text::bigint
        from customer_contact
        where org_id = ${orgId}
      ) as stored
      group by writer
    )
    select
      (
        select concat_ws(
          ' ', coalesce(sum(rows), 0), coalesce(sum(hashtextextended(concat_ws(' ', writer, rows, ids), 0)), 0)
        )
        from version
      )${
        keptEdits
          ? sql` || ' ' || (
            select count(*)
            from customer_change
            where org_id = ${orgId}
          )`
          : empty
      } as state,
      ${openSince === undefined ? sql`false` : wasOvertaken({ orgId, openSince })} as overtaken`);
  return found === undefined || found.overtaken ? undefined : found.state;
}

/**
 * From the log and, for what it does not cover, from the rows. Rows contain the lower half of their writer's
 * number; those that this transaction wrote contain its savepoints' numbers, which are in progress like
 * itself.
 */
function wasOvertaken({ orgId, openSince }: { orgId: string; openSince: string }): Sql {
  return sql`(
    exists (
      select
      from customer_change as change
      where change.org_id = ${orgId}
      and change.transaction >= ${openSince}::xid8
      and change.transaction <> pg_current_xact_id()
    )
    or exists (
      select
      from (
        select
          ${openSince}::bigint as first,
          (writer - ${openSince}::bigint) & 4294967295 as behind,
          pg_snapshot_xmax(pg_current_snapshot())::text::bigint - ${openSince}::bigint as behind_last
        from version
      ) as later
      where case
        when behind < behind_last then pg_xact_status((first + behind)::text::xid8) = 'committed'
      end
    )
  )`;
}
