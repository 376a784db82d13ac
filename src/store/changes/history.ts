import type { Sql } from 'sql-template-tag';
import sql, { empty } from 'sql-template-tag';
import type { HistoryEntry, LoggedChanges } from '../../model/change-log.ts';
import { fieldsOfEntry } from '../../model/change-log.ts';
import type { Organization } from '../../model/organization.ts';
import { storedNumbers } from '../../model/typed-number.ts';
import type { Database } from '../connection/database.ts';
import { instant, uuidOrNull } from '../connection/values.ts';
import { runOfEntry, runTitle } from './run-scope.ts';
import { requireCustomer } from '../customers/customers.ts';
import { Failure } from '../../errors.ts';

/** An entry with a description of its run: `import customers.csv`. */
export interface NamedEntry extends HistoryEntry {
  run_title: string | null;
}

export interface HistoryFilter {
  orgId: string;
  customerId: string;
  /** Only changes since then, ISO 8601. */
  since: string | undefined;
  /** Only entries that change this field. */
  field: string | undefined;
}

/** The newest entries of a customer and its contacts, and how many there are in all. */
export async function listHistory(
  database: Database,
  { limit, ...filter }: HistoryFilter & { limit: number },
): Promise<{ items: NamedEntry[]; total: number }> {
  const items = await readEntries(database, { ...filter, limit });
  if (items.length < limit) return { items, total: items.length };
  const [count] = await database.query<{ total: number }>(sql`
    select count(*)::integer as total
    from customer_change as change
    where ${fits(filter)}`);
  return { items, total: count?.total ?? 0 };
}

async function readEntries(
  database: Database,
  { limit, ...filter }: HistoryFilter & { limit: number },
): Promise<NamedEntry[]> {
  const rows = await database.query<Omit<NamedEntry, 'changes'> & { changes: LoggedChanges }>(sql`
    select
      ${instant('change.changed_at')} as at,
      change.login as by,
      change.application,
      run.id as run_id,
      ${runTitle} as run_title,
      change.kind,
      change.contact_email as contact,
      change.changes
    from customer_change as change ${runOfEntry(filter.orgId)}
    where ${fits(filter)}
    order by change.id desc
    limit ${limit}`);
  return rows.map(({ changes, ...entry }) => ({ ...entry, changes: fieldsOfEntry(changes) }));
}

/** Who last changed the customer or one of its contacts; undefined if the log has no entry. */
export async function findLastChange(
  database: Database,
  { id, org_id: orgId }: { id: string; org_id: string },
): Promise<NamedEntry | undefined> {
  const filter = { orgId, customerId: id, since: undefined, field: undefined };
  const [last] = await readEntries(database, { ...filter, limit: 1 });
  return last;
}

/*
 * A sum, to keep the planner from using the index on the time in addition to the primary key: it would build
 * a bitmap of everything logged since then (10 of 14 ms among 10,000,000 entries) to exclude a few entries of
 * one customer.
 */
function fits({ orgId, customerId, since, field }: HistoryFilter): Sql {
  return sql`
    change.org_id = ${orgId}
    and change.customer_id = ${customerId}
    ${since === undefined ? empty : sql`and change.changed_at + interval '0' >= ${since}::timestamptz`}
    ${field === undefined ? empty : sql`and change.changes ? ${field}`}`;
}

/** A customer, or what the log has of a removed one. */
export interface Remembered {
  id: string;
  name: string;
  removed: boolean;
}

/** The customer that `ref` identifies, removed ones included; throws as `requireCustomer` does. */
export async function requireRemembered(
  database: Database,
  { org, ref }: { org: Organization; ref: string },
): Promise<Remembered> {
  try {
    const { id, name } = await requireCustomer(database, { org, ref });
    return { id, name, removed: false };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'not_found') throw error;
    const [removed] = await database.query<Remembered>(sql`
      select
        customer_id as id,
        case
          when kind = 'removed' and contact_id is null then changes -> 'name' ->> 0
          else customer_id::text
        end as name,
        true as removed
      from customer_change
      where org_id = ${org.id}
      and (
        -- The entry of its removal may have been erased for the email in it.
        customer_id = ${uuidOrNull(ref.trim())}::uuid
        or kind = 'removed'
        and contact_id is null
        and changes -> 'erp_customer_number' ->> 0 = any (${storedNumbers(ref)}::text[])
      )
      order by kind = 'removed' and contact_id is null desc, id desc
      limit 1`);
    if (removed === undefined) throw error;
    return removed;
  }
}
