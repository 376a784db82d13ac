import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import { Failure } from '../../errors.ts';
import type { ImportRun } from '../../model/import-run.ts';
import type { Database } from '../connection/database.ts';
import { instant } from '../connection/values.ts';

/**
 * The transaction whose changes are read: its number and its times, as SQL. The log's entries and the
 * ledger's row of a run share the number and the start time, which only the server writes.
 */
export interface RunScope {
  orgId: string;
  transaction: Sql;
  began: Sql;
  /** When it had created its last customer. */
  ended: Sql;
}

/** What the open transaction has changed so far: how a run reads its own changes before it commits. */
export function ownChanges(orgId: string): RunScope {
  return { orgId, transaction: sql`pg_current_xact_id()`, began: sql`now()`, ended: sql`clock_timestamp()` };
}

/** What a run in the ledger has changed; throws `refused` for a run from before the change log. */
export async function requireRunScope(
  database: Database,
  { orgId, run }: { orgId: string; run: ImportRun },
): Promise<RunScope> {
  const [found] = await database.query<{ transaction: string | null; began: string; ended: string }>(sql`
    select
      transaction::text as transaction,
      ${instant('created_at')} as began,
      ${instant('coalesce(finished_at, created_at)')} as ended
    from customer_import_run
    where org_id = ${orgId}
    and id = ${run.id}`);
  if (found === undefined || found.transaction === null) {
    throw new Failure(
      'refused',
      `run ${run.id} is from before the change log: its changes are not recorded`,
      {
        hint: 'the log begins with the migration 0009_change_log',
      },
    );
  }
  const { transaction, began, ended } = found;
  return {
    orgId,
    transaction: sql`${transaction}::xid8`,
    began: sql`${began}::timestamptz`,
    ended: sql`${ended}::timestamptz`,
  };
}

/** The condition on `customer_change as change`: the entries of the run. */
export function ofRun({ orgId, transaction, began }: RunScope): Sql {
  return sql`
    change.org_id = ${orgId}
    and change.transaction = ${transaction}
    and change.began = ${began}`;
}

/** Joins the `run` in the ledger that an entry `change` belongs to, if any. */
export function runOfEntry(orgId: string): Sql {
  return sql`
    left join customer_import_run as run
      on run.org_id = ${orgId}
      and run.transaction = change.transaction
      and run.created_at = change.began`;
}

/** A description of that run: `import customers.csv`, `undo of customers.csv`. */
export const runTitle = sql`case when run.settings ? 'undo' then run.file else 'import ' || run.file end`;

/**
 * The condition on `customer`: those that the run created. Their ids have its time and its number, and their
 * creation time is its start on the server's clock.
 */
export function createdByRun({ orgId, transaction, began, ended }: RunScope): Sql {
  return sql`
    customer.org_id = ${orgId}
    and customer.id >= access_first_id(${began})
    and customer.id < access_first_id(${ended} + interval '1 second')
    and customer.created_at = ${began}
    and substring(uuid_send(customer.id) from 13) = customer_change_mark(${transaction})`;
}
