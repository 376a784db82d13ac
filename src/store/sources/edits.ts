import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import { runOfEntry } from '../changes/run-scope.ts';
import type { Database } from '../connection/database.ts';

/**
 * The ledger's `run` of an entry is an edit by a person: by this tool, another program, or a file without a
 * source.
 */
export const isManual = sql`(run.id is null or (run.source is null and not run.settings ? 'undo'))`;

/** A run that was undone, and its undoing, are ignored. */
export function isUndone(orgId: string): Sql {
  return sql`
    (
      coalesce(run.settings ? 'undo', false)
      or exists (
        select
        from customer_import_run as undoing
        where undoing.org_id = ${orgId}
        and undoing.settings -> 'undo' ? run.id::text
      )
    )`;
}

/**
 * Reads from the log what people have changed in the customers in `pending` since the source last wrote the
 * same field: `edit` contains these fields, each with the value that the source had left. `removed_contact`
 * contains contacts that are gone, or have another email. What happened before the source first named the
 * customer is not an edit of its values.
 */
export async function collectEdits(
  database: Database,
  { orgId, source }: { orgId: string; source: string },
): Promise<void> {
  await database.execute(sql`
    create temporary table edit_entry on commit drop as
    select
      change.id, change.customer_id, change.contact_id, lower(change.contact_email) as email, change.kind, change.changes,
      coalesce(run.source = ${source}, false) as own,
      ${isManual} as manual
    from (select distinct customer_id from pending where customer_id is not null) as p
    join customer_source m
      on m.org_id = ${orgId}
      and m.customer_id = p.customer_id
      and m.source = ${source}
    join customer_change as change
      on change.org_id = ${orgId}
      and change.customer_id = p.customer_id
      and change.changed_at > m.created_at
    ${runOfEntry(orgId)}
    where not ${isUndone(orgId)}`);
  await database.execute(sql`
    create temporary table edit on commit drop as
    select distinct on (customer_id, contact_id, field) customer_id, contact_id, field, base
    from (
      select
        e.id, e.customer_id, e.contact_id, part.key as field, part.value ->> 0 as base,
        coalesce(max(e.id) filter (where e.own) over same_field, 0) as last_own,
        max(e.id) filter (where e.manual) over same_field as last_manual
      from edit_entry e, jsonb_each(e.changes) as part
      where e.kind = 'updated'
      window same_field as (partition by e.customer_id, e.contact_id, part.key)
    ) as entry
    where id > last_own
    and last_manual > last_own
    order by customer_id, contact_id, field, id`);
  await database.execute(sql`
    create temporary table removed_contact on commit drop as
    select *
    from (
      select distinct on (customer_id, email) *
      from (
        select id, customer_id, contact_id, email, kind, changes, own, manual
        from edit_entry
        where contact_id is not null
        and not (kind = 'updated' and changes ? 'email')
        union all
        select id, customer_id, contact_id, lower(changes -> 'email' ->> 0), kind, changes, own, manual
        from edit_entry
        where contact_id is not null
        and kind = 'updated'
        and changes ? 'email'
      ) as named
      order by customer_id, email, id desc
    ) as latest
    where manual
    and (kind = 'removed' or changes ? 'email' and kind = 'updated')`);
  await database.execute(sql`analyze edit`);
}
