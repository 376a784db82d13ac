import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import { tool } from '../../advice.ts';
import type { ImportRun } from '../../model/import-run.ts';
import type { Organization } from '../../model/organization.ts';
import { Failure } from '../../errors.ts';
import type { Database } from '../connection/database.ts';
import { writeTransaction } from '../connection/write-transaction.ts';
import type { RunScope } from './run-scope.ts';
import { ofRun } from './run-scope.ts';

/**
 * The entries of an organization's log to delete: those of a customer and its contacts, of an email, or old
 * ones.
 */
export type Erasure =
  | { customerId: string }
  /** In lower case, in each form in which it may be stored. */
  | { emails: string[] }
  /** ISO 8601. */
  | { before: string };

/** How many entries `eraseHistory` would delete now. */
export async function countErasure(
  database: Database,
  { org, erasure }: { org: Organization; erasure: Erasure },
): Promise<number> {
  const [count] = await database.query<{ total: number }>(sql`
    select count(*)::float8 as total
    from customer_change as change
    where change.org_id = ${org.id}
    and ${fits(erasure)}`);
  return count?.total ?? 0;
}

function fits(erasure: Erasure): Sql {
  if ('customerId' in erasure) return sql`change.customer_id = ${erasure.customerId}`;
  if ('before' in erasure) return sql`change.changed_at < ${erasure.before}::timestamptz`;
  return sql`customer_change_names_email(change.contact_email, change.changes, ${erasure.emails})`;
}

/**
 * Deletes them and returns how many there were. Only for an ADMIN of the organization and the tables' owner.
 */
export async function eraseHistory(
  database: Database,
  { org, erasure }: { org: Organization; erasure: Erasure },
): Promise<number> {
  const lookUp = tool('history', 'REF', '--org', org.slug);
  const [erased] = await writeTransaction(
    database,
    () => database.query<{ deleted: number }>(sql`select ${call(org.id, erasure)}::float8 as deleted`),
    { lookUp },
  );
  return erased?.deleted ?? 0;
}

/** Logins cannot delete from the table: the functions check the caller, and run as the owner. */
function call(orgId: string, erasure: Erasure): Sql {
  if ('customerId' in erasure)
    return sql`customer_change_erase_customer(of_org => ${orgId}, of_customer => ${erasure.customerId})`;
  if ('before' in erasure)
    return sql`customer_change_prune(of_org => ${orgId}, before => ${erasure.before}::timestamptz)`;
  return sql`customer_change_erase_email(of_org => ${orgId}, emails => ${erasure.emails})`;
}

/**
 * Throws `refused` if a run changed customers according to the ledger but has no entries in the log: an undo
 * would restore nothing and look successful.
 */
export async function requireEntries(
  database: Database,
  { run, scope }: { run: ImportRun; scope: RunScope },
): Promise<void> {
  const changed = run.updated + run.deactivated;
  if (changed === 0) return;
  const found = await database.query(sql`
    select
    from customer_change as change
    where ${ofRun(scope)}
    limit 1`);
  if (found.length > 0) return;
  throw new Failure(
    'refused',
    `run ${run.id} cannot be undone: its changes were deleted from the change log`,
    {
      hint: 'by history erase or history prune; correct the customers by hand or by another import',
    },
  );
}
