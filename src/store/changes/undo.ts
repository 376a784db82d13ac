import sql, { raw } from 'sql-template-tag';
import type { KeptField, UndoCounts } from '../../model/undo-report.ts';
import type { Database } from '../connection/database.ts';
import { instant } from '../connection/values.ts';
import type { RunScope } from './run-scope.ts';
import { runOfEntry, runTitle } from './run-scope.ts';
import {
  addRemoved,
  collectContacts,
  removeAdded,
  restoreContacts,
  restorePrimaries,
} from './undo-contacts.ts';
import { compareFields, deactivateCreated, restoreCustomers } from './undo-fields.ts';
import { collectNet, lockChanged } from './undo-net.ts';

/**
 * Undoes the runs, the newest first, in the open transaction: a field that still has the run's value gets its
 * previous value, everything else is kept. Set-based: no statement handles a single customer. `listKept`
 * lists what was kept.
 */
export async function undoRuns(database: Database, scopes: RunScope[]): Promise<UndoCounts> {
  const counts: UndoCounts = {
    updated: 0,
    deactivated: 0,
    contacts_added: 0,
    contacts_updated: 0,
    contacts_removed: 0,
  };
  await database.execute(sql`
    create temporary table undo_kept (
      customer_id uuid,
      contact_id uuid,
      contact_email text,
      field text,
      value jsonb,
      last_id bigint
    ) on commit drop`);
  for (const scope of scopes) {
    const undone = await undoRun(database, scope);
    for (const name of Object.keys(counts) as (keyof UndoCounts)[]) counts[name] += undone[name];
  }
  return counts;
}

const tables = 'undo_net, undo_created, undo_contact, undo_field, undo_primary, undo_created_later';

async function undoRun(database: Database, scope: RunScope): Promise<UndoCounts> {
  await collectNet(database, scope);
  await lockChanged(database, scope);
  await collectContacts(database, scope);
  await compareFields(database, scope);
  const updated = await restoreCustomers(database, scope);
  const contactsUpdated = await restoreContacts(database, scope);
  const removed = await removeAdded(database, scope);
  const added = await addRemoved(database, scope);
  await restorePrimaries(database, scope);
  const deactivated = await deactivateCreated(database, scope);
  await noteKept(database, scope);
  await database.execute(sql`drop table ${raw(tables)}`);
  return {
    updated,
    deactivated,
    contacts_added: added,
    contacts_updated: contactsUpdated,
    contacts_removed: removed,
  };
}

/** What the run changed and was not undone; a created customer that is already inactive needs nothing. */
async function noteKept(database: Database, { orgId }: RunScope): Promise<void> {
  await database.execute(sql`
    insert into undo_kept (customer_id, contact_id, contact_email, field, value, last_id)
    select customer_id, contact_id, contact_email, field, value, last_id
    from undo_field
    where verdict = 'kept'
    union all
    select customer_id, contact_id, contact_email, null, null, last_id
    from undo_contact
    where verdict = 'kept'
    union all
    select later.customer_id, null, null, null, null, min(later.last_id) - 1
    from undo_created_later as later
    join customer as c
      on c.org_id = ${orgId}
      and c.id = later.customer_id
    where c.is_active
    group by later.customer_id`);
}

/** The first of what was kept, each with who changed it last, and the total. */
export async function listKept(
  database: Database,
  { orgId, limit }: { orgId: string; limit: number },
): Promise<{ kept: KeptField[]; total: number }> {
  const kept = await database.query<KeptField>(sql`
    select
      c.erp_customer_number,
      kept.customer_id as id,
      c.name,
      kept.contact_email as contact,
      kept.field,
      kept.value,
      ${instant('later.changed_at')} as at,
      later.login as by,
      later.application,
      later.run_id,
      later.run_title
    from (
      select *
      from undo_kept
      order by customer_id, contact_email nulls first, field
      limit ${limit}
    ) as kept
    left join customer as c
      on c.org_id = ${orgId}
      and c.id = kept.customer_id
    left join lateral (
      select
        change.changed_at,
        change.login,
        change.application,
        run.id as run_id,
        ${runTitle} as run_title
      from customer_change as change ${runOfEntry(orgId)}
      where change.org_id = ${orgId}
      and change.customer_id = kept.customer_id
      and change.id > kept.last_id
      and change.transaction <> pg_current_xact_id()
      and (
        change.contact_id is null and change.kind = 'removed'
        or (kept.field is null or change.changes ? kept.field)
        -- Who is primary is a choice among all of them.
        and (kept.contact_id is null or change.contact_id = kept.contact_id or kept.field = 'is_primary')
        and (kept.field is null or (change.contact_id is null) = (kept.contact_id is null))
      )
      order by change.id desc
      limit 1
    ) as later on true
    order by kept.customer_id, kept.contact_email nulls first, kept.field`);
  const [count] = await database.query<{ total: number }>(
    sql`select count(*)::integer as total from undo_kept`,
  );
  return { kept, total: count?.total ?? 0 };
}
