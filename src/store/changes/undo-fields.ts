import type { Sql } from 'sql-template-tag';
import sql, { raw } from 'sql-template-tag';
import { addressColumns, customerColumns, isAddressColumn, partFieldsOf } from '../../model/columns.ts';
import type { Database } from '../connection/database.ts';
import { columnNames } from '../customers/columns.ts';
import { netOf } from './undo-net.ts';

/** The part of an address that a field is: `(field, side, part)`. */
const places = raw(
  addressColumns
    .flatMap((column) =>
      partFieldsOf(column).map(({ field, part }) => `('${field}', '${column}', '${part}')`),
    )
    .join(', '),
);

/**
 * `undo_field`: the fields of existing customers and of contacts that the run updated, with their current
 * values and what to do. A field that has its old value again needs nothing.
 */
export async function compareFields(database: Database, { orgId }: { orgId: string }): Promise<void> {
  await database.execute(sql`
    create temporary table undo_field on commit drop as
    select
      net.customer_id,
      net.contact_id,
      net.contact_email,
      null::uuid as target_id,
      net.field,
      place.side,
      place.part,
      net.before,
      net.after,
      net.last_id,
      c.id is not null as is_there,
      coalesce(
        case
          when c.id is null then null
          when place.side is null then to_jsonb(c) -> net.field
          when jsonb_typeof(to_jsonb(c) -> place.side) = 'object'
            then to_jsonb(nullif(to_jsonb(c) -> place.side ->> place.part, ''))
        end,
        'null'
      ) as value
    from undo_net as net
    left join customer as c
      on c.org_id = ${orgId}
      and c.id = net.customer_id
    left join (values ${places}) as place (field, side, part) on place.field = net.field
    where net.contact_id is null`);
  // Created and removed contacts are undone as a whole (undo-contacts.ts). One that was added again has
  // another id.
  await database.execute(sql`
    insert into undo_field (
      customer_id, contact_id, contact_email, target_id, field, before, after, last_id, is_there, value
    )
    select
      net.customer_id,
      net.contact_id,
      net.contact_email,
      k.id,
      net.field,
      net.before,
      net.after,
      net.last_id,
      k.id is not null,
      coalesce(to_jsonb(k) -> net.field, 'null')
    from undo_net as net
    left join undo_contact as contact using (customer_id, contact_id)
    left join customer_contact as k
      on k.org_id = ${orgId}
      and k.id = contact.target_id
    where net.contact_id is not null
    and contact.kind = 'updated'`);
  await database.execute(sql`
    alter table undo_field add column verdict text`);
  await database.execute(sql`
    update undo_field
    set verdict = case
      when is_there and value = before then 'done'
      when is_there and value = after then 'restore'
      else 'kept'
    end`);
  await database.execute(sql`analyze undo_field`);
}

/** Restores the fields of customers; returns how many. */
export async function restoreCustomers(database: Database, { orgId }: { orgId: string }): Promise<number> {
  await freeNumbers(database, { orgId });
  const plain = customerColumns.filter((column) => !isAddressColumn(column));
  return await database.execute(sql`
    update customer as c
    set
      (${columnNames(plain)}) = (
        select ${columnNames(plain, 'given')}
        from jsonb_populate_record(c, was.fields) as given
      ),
      billing_address = ${addressBack('billing_address')},
      shipping_address = ${addressBack('shipping_address')},
      updated_at = now()
    from (
      select
        customer_id,
        coalesce(jsonb_object_agg(field, before) filter (where side is null), '{}') as fields,
        jsonb_object_agg(part, before) filter (where side = 'billing_address') as billing_address,
        jsonb_object_agg(part, before) filter (where side = 'shipping_address') as shipping_address
      from undo_field
      where contact_id is null
      and verdict = 'restore'
      group by customer_id
    ) as was
    where c.org_id = ${orgId}
    and c.id = was.customer_id`);
}

/** The address with its old parts; an address without parts is null. */
function addressBack(side: string): Sql {
  const [was, stored] = [
    raw(`was.${side}`),
    raw(`(case when jsonb_typeof(c.${side}) = 'object' then c.${side} else '{}' end)`),
  ];
  const address = sql`(
        (${stored} || ${was}) - array(select key from jsonb_each(${was}) where value = 'null')
      )`;
  return sql`case
        when ${was} is null then c.${raw(side)}
        when jsonb_strip_nulls(${address}) <> '{}' then ${address}
      end`;
}

/**
 * An ERP number that another customer now has stays with it. If numbers were passed on within the run, the
 * current ones are released first: the constraint checks each row as it is written.
 */
async function freeNumbers(database: Database, { orgId }: { orgId: string }): Promise<void> {
  const leaving = sql`
    select customer_id
    from undo_field
    where field = 'erp_customer_number'
    and contact_id is null
    and verdict = 'restore'`;
  await database.execute(sql`
    update undo_field
    set verdict = 'kept'
    where field = 'erp_customer_number'
    and contact_id is null
    and verdict = 'restore'
    and exists (
      select
      from customer as other
      where other.org_id = ${orgId}
      and other.erp_customer_number = undo_field.before #>> '{}'
      and other.id not in (${leaving})
    )`);
  await database.execute(sql`
    update customer as c
    set erp_customer_number = null
    where c.org_id = ${orgId}
    and c.id in (${leaving})
    and c.erp_customer_number in (
      select before #>> '{}'
      from undo_field
      where field = 'erp_customer_number'
      and verdict = 'restore'
    )`);
}

/** Deactivates the customers that the run created, unless they changed since; returns how many. */
export async function deactivateCreated(database: Database, { orgId }: { orgId: string }): Promise<number> {
  await database.execute(sql`
    create temporary table undo_created_later on commit drop as
    select customer_id, contact_id, contact_email, field, before, after, last_id
    from (
      ${netOf(sql`
      select change.*
      from undo_created as created
      join customer_change as change
        on change.org_id = ${orgId}
        and change.customer_id = created.id`)}
    ) as net
    where before is distinct from after`);
  return await database.execute(sql`
    update customer as c
    set is_active = false, updated_at = now()
    from undo_created as created
    where c.org_id = ${orgId}
    and c.id = created.id
    and c.is_active
    and not exists (
      select
      from undo_created_later as later
      where later.customer_id = created.id
    )`);
}
