import type { Sql } from 'sql-template-tag';
import sql, { raw } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import { refuse } from './refusals.ts';
import type { ImportShape } from './shape.ts';
import type { PlainColumn } from './shape.ts';
import { hasKey, newValue, wantedValue } from './shape.ts';

/**
 * Refuses rows without an ERP number that would create a customer although one with the same name, in any
 * spelling, or the same email exists, or is created by another row of the file. Most of them are corrections
 * of a customer for which the file lacks the number.
 *
 * Existing customers are compared with the names and emails that the file gives them. If the old ones counted,
 * a row could be refused by the first import of a file and accepted by the second.
 *
 * The names of the org's customers are folded in one pass (200,000: about half a second), and only if there
 * are such rows.
 */
export async function refusePossibleDuplicates(
  database: Database,
  { orgId, shape }: { orgId: string; shape: ImportShape },
): Promise<void> {
  await database.execute(sql`
    create temporary table newcomer on commit drop as
    select
      s.row_no,
      not (${hasKey(shape)}) as unnumbered,
      ${nameKey(newValue(shape, 'name'))} as name_key,
      lower(${newValue(shape, 'email')}) as email_key
    from pending p
    join staged s on s.row_no = p.row_no
    where p.customer_id is null`);
  await database.execute(sql`analyze newcomer`);
  await database.execute(sql`
    create temporary table resembled on commit drop as
    select *
    from (
      select c.id, ${nameKey(raw('c.name'))} as name_key, lower(c.email) as email_key
      from (
        select c.id, ${afterwards(shape, 'name')} as name, ${afterwards(shape, 'email')} as email
        from customer c
        left join (
          pending p
          join staged s on s.row_no = p.row_no
        ) on p.customer_id = c.id and not p.contact_only
        where c.org_id = ${orgId}
      ) as c
    ) as known
    where name_key in (select name_key from newcomer where unnumbered)
    or email_key in (select email_key from newcomer where unnumbered)`);
  await database.execute(sql`analyze resembled`);
  await refuse(database, {
    code: 'possible_duplicate',
    rows: sql`
      select
        row_no, min(field) as field, null as value,
        array_agg(distinct id) as customer_ids, null::integer as other_row
      from (
        select n.row_no, 'name' as field, r.id
        from newcomer n
        join resembled r on r.name_key = n.name_key
        where n.unnumbered
        union all
        select n.row_no, 'email', r.id
        from newcomer n
        join resembled r on r.email_key = n.email_key
        where n.unnumbered
      ) as alike
      group by row_no`,
  });
  await refuse(database, {
    code: 'possible_duplicate',
    rows: sql`
      select row_no, min(field) as field, null as value, null::uuid[] as customer_ids, min(first_row) as other_row
      from (
        select
          row_no, unnumbered, 'name' as field,
          first_value(row_no) over (partition by name_key order by unnumbered, row_no) as first_row
        from newcomer
        where name_key is not null
        union all
        select
          row_no, unnumbered, 'email',
          first_value(row_no) over (partition by email_key order by unnumbered, row_no)
        from newcomer
        where email_key is not null
      ) as alike
      where unnumbered
      and first_row <> row_no
      group by row_no`,
  });
}

/** The value of the customer `c` when its row `s`, if it has one, is written. */
function afterwards(shape: ImportShape, column: PlainColumn): Sql {
  const stored = raw(`c.${column}::text`);
  if (!shape.given.includes(column)) return stored;
  return sql`case when s.row_no is null then ${stored} else (${wantedValue(shape, column)})::text end`;
}

/**
 * A name without case, accents, punctuation and spaces, and with ae, oe, ue as a, o, u: equal for names that
 * differ only in spelling. Null if nothing remains. Plain ASCII skips the many steps that other letters need.
 */
function nameKey(name: Sql): Sql {
  return sql`
      nullif(
        replace(replace(replace(
          case
            when octet_length(${name}) = length(${name}) then regexp_replace(lower(${name}), '[^a-z0-9%_]+', '', 'g')
            else replace(customer_search_fold(${name}), ' ', '')
          end,
          'ae', 'a'), 'oe', 'o'), 'ue', 'u'),
        ''
      )`;
}
