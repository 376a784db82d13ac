import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import { contactColumns, customerColumns } from '../../model/columns.ts';
import type { Database } from '../connection/database.ts';
import { columnNames } from '../customers/columns.ts';
import { refuseContradictions, refuseDependent, refuseUnfit } from './contradictions.ts';
import type { ImportShape } from './shape.ts';

/**
 * Finds the customer of each staged row if ids or emails identify customers, and refuses rows that mean no
 * customer, or two. `staged` is rewritten with
 * - `key`: equal in the rows of one customer; null in rows that only their other values distinguish,
 * - `customer_id`: the existing customer,
 * - `erp_customer_number`, and the email if that identifies customers: those of any row of the customer,
 * - `number_is_new`: true if no customer has the number.
 *
 * A number finds the customers of rows that have no id, or an email that no customer has. Of several
 * customers with one email, the one with the row's number is meant. Returns how many rows have no key.
 */
export async function resolveCustomers(
  database: Database,
  { orgId, shape, otherForms }: { orgId: string; shape: ImportShape; otherForms: boolean },
): Promise<{ unnumbered: number }> {
  if (shape.match === 'email') await collectEmailOwners(database, { orgId, otherForms });
  await collectFitting(database, { orgId, shape, otherForms });
  // Each side is read once, whatever the planner expects of it.
  await database.execute(sql`set local enable_nestloop to off`);
  await refuseUnfit(database, { shape });
  await collectMeant(database);
  await refuseContradictions(database, { shape });
  await refuseDependent(database, { orgId, shape, otherForms });
  const unnumbered = await stageMeant(database, { shape });
  await database.execute(sql`set local enable_nestloop to default`);
  return { unnumbered };
}

/**
 * Whether any id in the staged rows belongs to a customer of this org. An export of another org or database
 * has no such id, and then its ids cannot decide anything.
 */
export async function hasKnownIds(database: Database, orgId: string): Promise<boolean> {
  // Both are read once, whatever the planner expects of them.
  await database.execute(sql`set local enable_nestloop to off`);
  const found = await database.query(sql`
    select
    from staged s
    where s.given_id is not null
    and exists (
      select
      from customer c
      where c.org_id = ${orgId}
      and c.id = s.given_id
    )
    limit 1`);
  await database.execute(sql`set local enable_nestloop to default`);
  return found.length > 0;
}

/**
 * By email, folded as citext folds it: a few of the customers that have it. Emails have no index, so all are
 * read once.
 */
async function collectEmailOwners(
  database: Database,
  { orgId, otherForms }: { orgId: string; otherForms: boolean },
): Promise<void> {
  const stored = raw('lower(c.email::text)');
  const email = otherForms ? sql`coalesce(f.form, ${stored})` : stored;
  await database.execute(sql`set local enable_nestloop to off`);
  await database.execute(sql`
    create temporary table email_owner on commit drop as
    select ${email} as email, (array_agg(c.id order by c.id))[1:3] as customer_ids
    from customer c
    ${otherForms ? everyForm : empty}
    where c.org_id = ${orgId}
    and ${email} in (select lower(s.email) from staged s)
    group by ${email}`);
  await database.execute(sql`set local enable_nestloop to default`);
  await database.execute(sql`analyze email_owner`);
}

/** An address that can be written in two forms has the same owners in both. */
const everyForm = sql`
    left join email_form own on own.form = lower(c.email::text)
    left join email_form f on f.key = own.key`;

/**
 * `fitting`: the customers that match a row by its own key, and by its number. `email_key` is equal for all
 * forms of an email.
 */
async function collectFitting(
  database: Database,
  {
    orgId,
    shape: { match, numberGiven },
    otherForms,
  }: { orgId: string; shape: ImportShape; otherForms: boolean },
): Promise<void> {
  const byEmail = match === 'email';
  const form = otherForms ? sql`coalesce(given.key, lower(s.email))` : sql`lower(s.email)`;
  const emailKey = byEmail ? form : sql`null::text`;
  const ownKey = byEmail ? sql`lower(s.email)` : sql`s.given_id::text`;
  const owners = byEmail
    ? sql`
    left join email_owner o on o.email = lower(s.email)
    ${otherForms ? sql`left join email_form given on given.form = lower(s.email)` : empty}`
    : sql`
    left join customer o
      on o.org_id = ${orgId}
      and o.id = s.given_id`;
  const numbered = numberGiven
    ? sql`
    left join customer n
      on n.org_id = ${orgId}
      and n.erp_customer_number = s.erp_customer_number`
    : sql`
    left join (select null::uuid as id, null::text as email) n on false`;
  await database.execute(sql`
    create temporary table fitting on commit drop as
    select
      s.row_no,
      s.erp_customer_number as number,
      ${ownKey} as own_key,
      ${emailKey} as email_key,
      ${byEmail ? sql`o.customer_ids` : sql`case when o.id is not null then array[o.id] end`} as customer_ids,
      n.id as number_id,
      coalesce(${byEmail ? sql`lower(n.email::text) = lower(s.email)` : sql`n.id = s.given_id`}, false) as number_fits
    from staged s ${owners} ${numbered}`);
  await database.execute(sql`analyze fitting`);
}

/**
 * `meant`: the customer of each row. A row with only an email, or only a number, means the customer of other
 * rows that have it.
 */
async function collectMeant(database: Database): Promise<void> {
  await database.execute(sql`
    create temporary table meant on commit drop as
    select
      row_no, number, own_key, number_is_new, fits,
      case when alone then (min(customer_id::text) over same_number)::uuid else customer_id end as customer_id,
      case
        when alone then coalesce(min(coalesce(customer_id::text, own_key)) over same_number, 'number ' || number)
        else coalesce(customer_id::text, own_key)
      end as key
    from (
      select
        row_no, own_key, number_is_new,
        case when fits[1] <> fits[2] then null else number end as number,
        coalesce(customer_id, fits[1]) as customer_id,
        coalesce(customer_id, fits[1]) is null and own_key is null and number is not null as alone,
        case when fits[1] <> fits[2] then fits end as fits
      from (
        select
          *,
          case
            when customer_id is null and own_key is not null
            then array[min(customer_id::text) over same_key, max(customer_id::text) over same_key]::uuid[]
          end as fits
        from (
          select
            row_no, number, own_key,
            number is not null and number_id is null as number_is_new,
            case when number_fits then number_id else coalesce(customer_ids[1], number_id) end as customer_id
          from fitting
          where row_no in (select row_no from staged)
        ) as found
        window same_key as (partition by own_key)
      ) as by_key
    ) as by_number
    window same_number as (partition by number)`);
  await database.execute(sql`analyze meant`);
}

async function stageMeant(database: Database, { shape: { match } }: { shape: ImportShape }): Promise<number> {
  const filled = [
    sql`max(m.number) over one_customer as erp_customer_number`,
    match === 'email' ? sql`max(s.email) over one_customer as email` : sql`s.email`,
  ];
  await database.execute(sql`alter table staged rename to read_row`);
  await database.execute(sql`
    create temporary table staged on commit drop as
    select
      s.row_no, s.line_no, ${stagedAsTheyAre()},
      ${join(filled)},
      coalesce(bool_or(m.number_is_new) over one_customer, false) as number_is_new,
      m.customer_id,
      m.key
    from read_row s
    join meant m on m.row_no = s.row_no
    window one_customer as (partition by m.key)`);
  await database.execute(sql`drop table read_row`);
  await database.execute(
    sql`analyze staged (row_no, erp_customer_number, name, contact_email, customer_id, key)`,
  );
  const [count] = await database.query<{ rows: number }>(sql`
    select count(*)::integer as rows
    from staged
    where key is null`);
  return count?.rows ?? 0;
}

function stagedAsTheyAre(): Sql {
  const own = customerColumns.filter((column) => column !== 'erp_customer_number' && column !== 'email');
  return columnNames([...own, ...contactColumns.map((column) => `contact_${column}`)], 's');
}
