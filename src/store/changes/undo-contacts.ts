import sql, { raw } from 'sql-template-tag';
import { contactColumns } from '../../model/columns.ts';
import type { Database } from '../connection/database.ts';
import { columnNames } from '../customers/columns.ts';

/*
 * Contacts that a run created or removed are undone as a whole, and a customer's primary contact is one
 * choice: the contact that the run made primary becomes an ordinary one and the previous one is primary
 * again, unless a later choice prevents it.
 */

/** Which contact is primary is settled separately. */
export const plainColumns = contactColumns.filter((column) => column !== 'is_primary');

/** A contact `k` in the form of the log. */
const pairs = raw(contactColumns.map((column) => `'${column}', k.${column}`).join(', '));

/**
 * `undo_contact`: what the run did with each contact, which contact it is now, and what the run left of it. A
 * contact has another id if it was removed and added again.
 */
export async function collectContacts(database: Database, { orgId }: { orgId: string }): Promise<void> {
  await database.execute(sql`
    create temporary table undo_contact on commit drop as
    select
      net.*,
      coalesce(
        (
          select k.id
          from customer_contact as k
          where k.org_id = ${orgId}
          and k.customer_id = net.customer_id
          and k.id = net.contact_id
        ),
        (
          select k.id
          from customer_contact as k
          where k.org_id = ${orgId}
          and k.customer_id = net.customer_id
          and k.email = net.contact_email::citext
        )
      ) as target_id,
      null::text as verdict
    from (
      select
        customer_id,
        contact_id,
        min(contact_email) as contact_email,
        max(last_id) as last_id,
        case
          when bool_or(field = 'email' and before = 'null') then 'created'
          when bool_or(field = 'email' and after = 'null') then 'removed'
          else 'updated'
        end as kind,
        jsonb_strip_nulls(jsonb_object_agg(field, before)) as before,
        jsonb_strip_nulls(jsonb_object_agg(field, after)) as after
      from undo_net
      where contact_id is not null
      group by customer_id, contact_id
    ) as net`);
  await database.execute(sql`
    update undo_contact as contact
    set verdict = case
      when contact.kind = 'removed' then
        case
          when contact.target_id is not null then 'done'
          when exists (select from customer as c where c.org_id = ${orgId} and c.id = contact.customer_id) then 'restore'
          else 'kept'
        end
      when contact.target_id is null then 'done'
      when contact.after = (
        select
          jsonb_strip_nulls(jsonb_build_object(${pairs}))
        from customer_contact as k
        where k.org_id = ${orgId}
        and k.id = contact.target_id
      ) then 'restore'
      else 'kept'
    end
    where contact.kind <> 'updated'`);
  await database.execute(sql`analyze undo_contact`);
}

/** Restores the fields of contacts, except which one is primary; returns how many. */
export async function restoreContacts(database: Database, { orgId }: { orgId: string }): Promise<number> {
  return await database.execute(sql`
    update customer_contact as k
    set
      (${columnNames(plainColumns)}) = (
        select ${columnNames(plainColumns, 'given')}
        from jsonb_populate_record(k, was.fields) as given
      ),
      updated_at = now()
    from (
      select target_id, jsonb_object_agg(field, before) as fields
      from undo_field
      where contact_id is not null
      and field <> 'is_primary'
      and verdict = 'restore'
      group by target_id
    ) as was
    where k.org_id = ${orgId}
    and k.id = was.target_id`);
}

/** Removes the contacts that the run added, unless they changed since; returns how many. */
export async function removeAdded(database: Database, { orgId }: { orgId: string }): Promise<number> {
  return await database.execute(sql`
    delete from customer_contact as k
    using undo_contact as contact
    where k.org_id = ${orgId}
    and k.id = contact.target_id
    and contact.kind = 'created'
    and contact.verdict = 'restore'`);
}

/** Adds the contacts that the run removed, not yet as primary ones; returns how many. */
export async function addRemoved(database: Database, { orgId }: { orgId: string }): Promise<number> {
  return await database.execute(sql`
    insert into customer_contact (org_id, customer_id, ${columnNames(plainColumns)})
    select ${orgId}, undo_contact.customer_id, ${columnNames(plainColumns, 'given')}
    from undo_contact,
      jsonb_populate_record(null::customer_contact, before) as given
    where kind = 'removed'
    and verdict = 'restore'
    order by undo_contact.customer_id, contact_id`);
}

/** Settles which contact is primary, in two steps, because two at a time are never allowed. */
export async function restorePrimaries(database: Database, { orgId }: { orgId: string }): Promise<void> {
  await database.execute(sql`
    update customer_contact as k
    set is_primary = false, updated_at = now()
    from undo_field as was
    where k.org_id = ${orgId}
    and k.id = was.target_id
    and was.field = 'is_primary'
    and was.before = 'false'
    and was.verdict = 'restore'`);
  // The run's own choice, if it made one, must have been undone by this undo: otherwise there is a later
  // choice, even if that is “no primary contact”.
  await database.execute(sql`
    create temporary table undo_primary on commit drop as
    select was.customer_id, was.contact_id, k.id as target_id
    from (
      select customer_id, contact_id, target_id, contact_email
      from undo_field
      where field = 'is_primary'
      and contact_id is not null
      and before = 'true'
      and verdict = 'restore'
      union all
      select customer_id, contact_id, null, before ->> 'email'
      from undo_contact
      where kind = 'removed'
      and verdict = 'restore'
      and before -> 'is_primary' = 'true'
    ) as was
    join customer_contact as k
      on k.org_id = ${orgId}
      and k.customer_id = was.customer_id
      and (k.id = was.target_id or was.target_id is null and k.email = was.contact_email::citext)
    where not exists (
      select
      from customer_contact as other
      where other.org_id = ${orgId}
      and other.customer_id = was.customer_id
      and other.is_primary
    )
    and not exists (
      select
      from undo_net as chosen
      left join undo_field as field using (customer_id, contact_id, field)
      left join undo_contact as contact using (customer_id, contact_id)
      where chosen.customer_id = was.customer_id
      and chosen.field = 'is_primary'
      and chosen.contact_id is not null
      and chosen.after = 'true'
      and coalesce(field.verdict, contact.verdict) is distinct from 'restore'
    )`);
  await database.execute(sql`
    update customer_contact as k
    set is_primary = true, updated_at = now()
    from undo_primary as chosen
    where k.org_id = ${orgId}
    and k.id = chosen.target_id`);
  await database.execute(sql`
    update undo_field as field
    set verdict = 'kept'
    where field.field = 'is_primary'
    and field.contact_id is not null
    and field.before = 'true'
    and field.verdict = 'restore'
    and not exists (
      select
      from undo_primary as chosen
      where chosen.customer_id = field.customer_id
      and chosen.contact_id = field.contact_id
    )`);
}
