import type { Sql } from 'sql-template-tag';
import sql, { join, raw } from 'sql-template-tag';
import { contactColumns } from '../../model/columns.ts';
import type { Database } from '../connection/database.ts';
import { columnNames } from '../customers/columns.ts';
import type { ImportShape } from './shape.ts';
import { partAddresses } from './shape.ts';

/*
 * What rows of a file contain besides their own customer: more contacts, and contacts and addresses of a
 * customer that has a row of its own. Once their customer is known, contacts are handled like those of
 * superseded rows: `superseded` has a column `part`, 'contact' for one in the customer's own row and 'row'
 * for a row that is linked to another.
 */

/**
 * Finds the customer of each linked row: a row of the file or, by number and name, a customer of the org.
 * Rows that cannot be linked are refused.
 */
export async function tieParts(
  database: Database,
  { orgId, only }: { orgId: string; only: 'create' | 'update' | undefined },
): Promise<void> {
  await database.execute(sql`analyze staged_part (row_no, tied_by, tied_to)`);
  await database.execute(sql`set local enable_nestloop to off`);
  await database.execute(sql`
    create temporary table part_owner on commit drop as
    select by, value, max(row_no) as row_no, min(row_no) as first_row, count(distinct customer) as customers
    from (
      select 'number' as by, erp_customer_number as value, row_no, erp_customer_number as customer
      from staged
      union all
      select 'id', source_id, row_no, source_id
      from staged
      union all
      select 'name', name, row_no, coalesce(erp_customer_number, source_id, '')
      from staged
    ) as known
    where (by, value) in (select tied_by, tied_to from staged_part)
    group by by, value`);
  await database.execute(sql`analyze part_owner`);
  await database.execute(sql`
    create temporary table customer_owner on commit drop as
    select by, value, (array_agg(id order by id))[1:3] as customer_ids
    from (
      select 'number' as by, c.erp_customer_number as value, c.id
      from customer c
      where c.org_id = ${orgId}
      and c.erp_customer_number in (${unowned('number')})
      union all
      select 'name', c.name, c.id
      from customer c
      where c.org_id = ${orgId}
      and c.name in (${unowned('name')})
      -- A name that the file replaces would not be found by its second import.
      and not exists (
        select
        from staged s
        where s.erp_customer_number = c.erp_customer_number
        and s.name is not null
      )
    ) as known
    group by by, value`);
  await database.execute(sql`
    create temporary table tie on commit drop as
    select
      p.row_no, p.line_no, p.contacts, p.tied_by, p.tied_to,
      f.row_no as of_row, f.first_row, f.customers, c.customer_ids
    from (
      select row_no, line_no, tied_by, tied_to, count(contact_email)::integer as contacts
      from staged_part
      where tied_by is not null
      group by row_no, line_no, tied_by, tied_to
    ) as p
    left join part_owner f
      on f.by = p.tied_by
      and f.value = p.tied_to
    left join customer_owner c
      on c.by = p.tied_by
      and c.value = p.tied_to`);
  await database.execute(sql`analyze tie`);
  await database.execute(sql`
    insert into refused (row_no, line_no, contacts, code, field, value, customer_ids, other_row)
    select
      row_no, line_no, contacts,
      case
        when customers > 1 or cardinality(customer_ids) > 1 then 'ambiguous_customer'
        when customer_ids is not null and ${only === 'create'} then 'customer_exists'
        else 'customer_not_found'
      end,
      'of_' || tied_by, tied_to, customer_ids, first_row
    from tie t
    where customers > 1
    or of_row is null
    and (coalesce(cardinality(customer_ids), 0) <> 1 or ${only === 'create'} or ${bringsAddress})`);
  await database.execute(sql`
    delete from tie t
    using refused
    where refused.row_no = t.row_no`);
  await database.execute(sql`set local enable_nestloop to default`);
}

/** Only keys that the file itself does not contain are looked up among the org's customers. */
function unowned(by: 'name' | 'number'): Sql {
  return sql`
        select tied_to
        from staged_part
        where tied_by = ${by}
        except
        select value
        from part_owner
        where by = ${by}`;
}

/** An address needs a row of the file, because only that has the customer's other values. */
const bringsAddress = sql`exists (
      select
      from staged_part p
      where p.row_no = t.row_no
      and (${join(
        partAddresses.map((column) => sql`p.${raw(column)} is not null`),
        ' or ',
      )})
    )`;

/** Puts contacts among the superseded rows, and gives addresses to the rows that their rows are linked to. */
export async function joinParts(database: Database, { shape }: { shape: ImportShape }): Promise<void> {
  await database.execute(sql`set local enable_nestloop to off`);
  await database.execute(sql`
    create temporary table if not exists superseded on commit drop as
    select s.*, null::integer as by_row, null::integer as kept_row, false as equal
    from staged s
    where false`);
  await database.execute(sql`
    create temporary table part on commit drop as
    select
      p.*,
      case when p.tied_by is null then 'contact' else 'row' end as part,
      coalesce(k.kept_row, t.of_row, p.row_no) as kept_row
    from staged_part p
    left join tie t on t.row_no = p.row_no
    left join superseded k on k.row_no = coalesce(t.of_row, p.row_no)
    where p.tied_by is null or t.row_no is not null`);
  await database.execute(sql`analyze part`);
  const contact = columnNames(contactColumns.map((column) => `contact_${column}`));
  await database.execute(sql`alter table superseded add column part text`);
  await database.execute(sql`
    insert into superseded (row_no, line_no, ${contact}, kept_row, equal, part)
    select row_no, line_no, ${contact}, kept_row, false, part
    from part`);
  await database.execute(sql`analyze superseded`);
  for (const column of partAddresses) {
    const given = shape.addressRows[column];
    if (given.length === 0) continue;
    const name = raw(column);
    // A part of the address that its row leaves blank is cleared, unless blank values are kept.
    const blank = shape.blank === 'keep' ? {} : Object.fromEntries(given.map((part) => [part, null]));
    await database.execute(sql`
      update staged s
      set ${name} = coalesce(s.${name}, '{}') || ${JSON.stringify(blank)}::jsonb || found.address
      from (
        select distinct on (kept_row) kept_row, ${name} as address
        from part
        where part = 'row'
        and ${name} is not null
        order by kept_row, row_no desc
      ) as found
      where found.kept_row = s.row_no`);
  }
  await database.execute(sql`set local enable_nestloop to default`);
}

/** Makes sure that each customer of a part is compared, whatever its own row contains. */
export async function pendParts(database: Database, { unnumbered }: { unnumbered: number }): Promise<void> {
  if (unnumbered > 0) {
    // Rows that were superseded since.
    await database.execute(sql`
      update superseded s
      set kept_row = m.kept_row
      from superseded m
      where s.part is not null
      and m.part is null
      and m.row_no = s.kept_row`);
    await database.execute(sql`
      insert into pending (row_no, customer_id, contact_only)
      select u.row_no, u.customer_id, true
      from unnumbered u
      where u.customer_id is not null
      and u.row_no in (select kept_row from superseded where part is not null)
      and not exists (select from pending p where p.row_no = u.row_no)`);
  }
  await database.execute(sql`
    insert into pending (row_no, customer_id, contact_only)
    select row_no, customer_ids[1], true
    from tie
    where of_row is null`);
}

/** Refuses rows that are linked to a refused one. */
export async function refuseTied(database: Database): Promise<void> {
  await database.execute(sql`
    with gone as (
      delete from superseded s
      using refused
      where refused.row_no = s.kept_row
      and s.part = 'row'
      returning s.row_no
    )
    insert into refused (row_no, line_no, contacts, code, field, value)
    select row_no, line_no, contacts, 'customer_not_found', 'of_' || tied_by, tied_to
    from tie
    where row_no in (select row_no from gone)`);
}

/** Rows that are linked to another one and were not refused with it. */
export async function countTied(database: Database): Promise<number> {
  const [count] = await database.query<{ rows: number }>(sql`
    select count(distinct row_no)::integer as rows
    from superseded
    where part = 'row'`);
  return count?.rows ?? 0;
}
