import type { Sql } from 'sql-template-tag';
import sql, { empty, raw } from 'sql-template-tag';
import { runOfEntry } from '../changes/run-scope.ts';
import type { Database } from '../connection/database.ts';
import { isManual } from './edits.ts';

/** The system that a file comes from. */
export interface SourceInput {
  name: string;
  /** The file has all of its customers: missing ones are deactivated. */
  snapshot: boolean;
  /** A number of the file could not be read, so it is unknown which customers are missing. */
  withheld: boolean;
}

export interface SourceOutcome {
  /** Missing customers that were deactivated, or would have been if that were not withheld. */
  deactivated: number;
  withheld: number;
}

/** Records the numbers of rejected rows: their customers are in the file. */
export async function noteRejectedNumbers(database: Database, erpNumbers: string[]): Promise<void> {
  await database.execute(sql`
    insert into rejected_number (erp_customer_number)
    select unnest(${erpNumbers}::text[])`);
}

/**
 * Compares the merged file with the customers that the source has named before, and writes the differences:
 * new ones, returning ones, and for a snapshot missing ones. A missing customer is deactivated unless another
 * source has it; one without an ERP number never is. Unchanged customers are only read: one pass over both
 * sides.
 */
export async function mergeSource(
  database: Database,
  {
    orgId,
    source,
    keyed,
    keepEdits,
  }: { orgId: string; source: SourceInput; keyed: boolean; keepEdits: boolean },
): Promise<SourceOutcome> {
  // An id or an email may have found a customer whose row has no number.
  const foundByKey = keyed
    ? sql`
      union
      select c.id
      from staged s
      join customer c
        on c.org_id = ${orgId}
        and c.id = s.customer_id`
    : empty;
  const { name, snapshot, withheld } = source;
  await database.execute(sql`
    create temporary table source_difference on commit drop as
    select coalesce(f.id, m.customer_id) as customer_id, f.id is null as missing
    from (
      select c.id
      from staged s
      join customer c
        on c.org_id = ${orgId}
        and c.erp_customer_number = s.erp_customer_number
      ${foundByKey}
    ) as f
    ${raw(snapshot ? 'full' : 'left')} join (
      select customer_id, dropped_at
      from customer_source
      where org_id = ${orgId}
      and source = ${name}
    ) as m on m.customer_id = f.id
    where m.customer_id is null
    or f.id is null
    or m.dropped_at is not null`);
  await database.execute(sql`
    delete from source_difference
    where missing
    and (
      customer_id in (${customersOfRejectedRows(orgId)})
      or customer_id in (select unnest(customer_ids) from refused)
    )`);
  await database.execute(sql`
    insert into customer_source (org_id, customer_id, source)
    select ${orgId}, customer_id, ${name}
    from (
      select customer_id
      from source_difference
      where not missing
      union
      ${customersOfRejectedRows(orgId)}
    ) as named
    on conflict (org_id, customer_id, source) do update
    set dropped_at = null
    where customer_source.dropped_at is not null`);
  if (!snapshot) return { deactivated: 0, withheld: 0 };
  const isMissing = sql`${isToDeactivate(orgId, name)} ${keepEdits ? sql`and not ${wasTakenUp(orgId, name)}` : empty}`;
  if (withheld) return { deactivated: 0, withheld: await countToDeactivate(database, { orgId, isMissing }) };
  await database.execute(sql`
    update customer_source m
    set dropped_at = now()
    from source_difference d
    where d.missing
    and m.org_id = ${orgId}
    and m.customer_id = d.customer_id
    and m.source = ${name}
    and m.dropped_at is null`);
  const deactivated = await database.execute(sql`
    update customer c
    set is_active = false, updated_at = now()
    from source_difference d
    where c.org_id = ${orgId}
    and c.id = d.customer_id
    and ${isMissing}`);
  return { deactivated, withheld: 0 };
}

/** Their rows are in the file, though nothing of them was staged. */
export function customersOfRejectedRows(orgId: string): Sql {
  return sql`
    select c.id
    from rejected_number r
    join customer c
      on c.org_id = ${orgId}
      and c.erp_customer_number = r.erp_customer_number`;
}

/** Of the customer `c` that the difference `d` is about. */
function isToDeactivate(orgId: string, source: string): Sql {
  return sql`
    d.missing
    and c.is_active
    and c.erp_customer_number is not null
    and not exists (
      select
      from customer_source other
      where other.org_id = ${orgId}
      and other.customer_id = c.id
      and other.source <> ${source}
      and other.dropped_at is null
    )`;
}

/** A person has activated the customer again since the source dropped it. */
function wasTakenUp(orgId: string, source: string): Sql {
  return sql`
    exists (
      select
      from customer_source m
      join customer_change as change
        on change.org_id = ${orgId}
        and change.customer_id = m.customer_id
        and change.changed_at > m.dropped_at
      ${runOfEntry(orgId)}
      where m.org_id = ${orgId}
      and m.customer_id = c.id
      and m.source = ${source}
      and change.contact_id is null
      and change.changes -> 'is_active' = '[false, true]'
      and ${isManual}
    )`;
}

async function countToDeactivate(
  database: Database,
  { orgId, isMissing }: { orgId: string; isMissing: Sql },
): Promise<number> {
  const [count] = await database.query<{ customers: number }>(sql`
    select count(*)::integer as customers
    from source_difference d
    join customer c
      on c.org_id = ${orgId}
      and c.id = d.customer_id
    where ${isMissing}`);
  return count?.customers ?? 0;
}
