import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import type { RunScope } from './run-scope.ts';
import { createdByRun, ofRun } from './run-scope.ts';

/*
 * What to undo of one run, as temporary tables: the net change of each field. Customers and their contacts
 * are locked before they are read, in the order of their ids, as everywhere.
 */

/** `undo_net`: for each field that the run has changed, its value before the run and after it. */
export async function collectNet(database: Database, scope: RunScope): Promise<void> {
  await database.execute(sql`
    create temporary table undo_net on commit drop as
    select customer_id, contact_id, contact_email, field, before, after, last_id
    from (${netOf(sql`select change.* from customer_change as change where ${ofRun(scope)}`)}) as net
    where before is distinct from after`);
  await database.execute(sql`analyze undo_net`);
}

/** The net change of the entries, field by field: the first old value and the last new one. */
export function netOf(entries: Sql): Sql {
  return sql`
    select
      entry.customer_id,
      entry.contact_id,
      field.key as field,
      (array_agg(entry.contact_email order by entry.id desc))[1] as contact_email,
      (array_agg(field.value -> 0 order by entry.id))[1] as before,
      (array_agg(field.value -> 1 order by entry.id desc))[1] as after,
      max(entry.id) as last_id
    from (${entries}) as entry,
      jsonb_each(entry.changes) as field
    group by entry.customer_id, entry.contact_id, field.key`;
}

/** Locks the customers that the run changed or created, and the contacts that it changed. */
export async function lockChanged(database: Database, scope: RunScope): Promise<void> {
  const { orgId } = scope;
  await database.execute(sql`
    create temporary table undo_created on commit drop as
    select customer.id
    from customer
    where ${createdByRun(scope)}`);
  await database.execute(sql`analyze undo_created`);
  await database.query(sql`
    select count(*)
    from (
      select
      from customer as c
      where c.org_id = ${orgId}
      and c.id in (select customer_id from undo_net union all select id from undo_created)
      order by c.id
      for no key update
    ) as locked`);
  await database.query(sql`
    select count(*)
    from (
      select
      from customer_contact as k
      where k.org_id = ${orgId}
      and k.customer_id in (select customer_id from undo_net where contact_id is not null)
      order by k.id
      for update
    ) as locked`);
}
