import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import type { RefusalCode } from './refusals.ts';
import { refuse } from './refusals.ts';
import type { ImportShape } from './shape.ts';
import { keepsBlank } from './shape.ts';

/** Refuses rows of `fitting` that match no customer, or two. */
export async function refuseUnfit(
  database: Database,
  { shape: { match } }: { shape: ImportShape },
): Promise<void> {
  if (match === 'id') {
    await refuse(database, {
      code: 'customer_not_found',
      matched: false,
      rows: sql`
      select row_no, 'id' as field, own_key as value,
        case when number_id is not null then array[number_id] end as customer_ids, null::integer as other_row
      from fitting
      where own_key is not null
      and customer_ids is null`,
    });
  }
  await refuse(database, {
    code: 'ambiguous_customer',
    matched: false,
    rows: sql`
      select
        row_no,
        case when number_id is null then ${match} else 'erp_customer_number' end as field,
        case when number_id is null then own_key else number end as value,
        case when number_id is null then customer_ids else number_id || customer_ids end as customer_ids,
        null::integer as other_row
      from fitting
      where not number_fits
      and (cardinality(customer_ids) > 1 or customer_ids is not null and number_id is not null)`,
  });
}

/** Refuses rows of `meant` that contradict others of the file. */
export async function refuseContradictions(
  database: Database,
  { shape: { match } }: { shape: ImportShape },
): Promise<void> {
  await refuse(database, {
    code: 'ambiguous_customer',
    matched: false,
    rows: sql`
      select row_no, 'email' as field, own_key as value, fits as customer_ids, null::integer as other_row
      from meant
      where fits is not null`,
  });
  await refusePairs(database, {
    code: 'duplicate_number',
    same: 'number',
    different: 'key',
    field: 'erp_customer_number',
  });
  await refusePairs(database, {
    code: 'contradicting_rows',
    same: 'key',
    different: 'number',
    field: 'erp_customer_number',
  });
  if (match === 'email') {
    await refusePairs(database, {
      code: 'contradicting_rows',
      same: 'key',
      different: 'own_key',
      field: 'email',
    });
  }
}

/** Refuses all rows that agree in `same` but not in `different`, each naming another one of them. */
async function refusePairs(
  database: Database,
  {
    code,
    same,
    different,
    field,
  }: { code: RefusalCode; same: MeantColumn; different: MeantColumn; field: string },
): Promise<void> {
  const [one, other] = [raw(same), raw(different)];
  await refuse(database, {
    code,
    matched: false,
    rows: sql`
      select
        row_no, ${field} as field, ${field === 'email' ? sql`own_key` : sql`number`} as value,
        case when customer_id is not null then array[customer_id] end as customer_ids,
        case when ${other} = first_value then last_row else first_row end as other_row
      from (
        select
          row_no, number, own_key, key, customer_id,
          first_value(${other}) over alike as first_value,
          last_value(${other}) over alike as last_value,
          first_value(row_no) over alike as first_row,
          last_value(row_no) over alike as last_row
        from meant
        where ${one} is not null
        and ${other} is not null
        and row_no in (select row_no from staged)
        window alike as (
          partition by ${one} order by ${other}, row_no
          rows between unbounded preceding and unbounded following
        )
      ) as compared
      where first_value <> last_value`,
  });
}

/**
 * Refuses the rows of customers that would take or give up an email or a number that a refused row has. If
 * they were written, a second import could find another customer for the refused row. So a rejected row
 * remains rejected until it is corrected.
 */
export async function refuseDependent(
  database: Database,
  { orgId, shape, otherForms }: { orgId: string; shape: ImportShape; otherForms: boolean },
): Promise<void> {
  const refusedRows = await database.execute(sql`
    create temporary table refused_row on commit drop as
    select f.row_no, m.fits is not null as shared
    from fitting f
    left join meant m on m.row_no = f.row_no
    where f.row_no in (select row_no from refused where code <> 'customer_not_found')`);
  if (refusedRows === 0) return;
  // Only the rows that are left: refused ones are no longer in `staged`.
  await database.execute(sql`
    create temporary table meant_token on commit drop as
    select m.key, token, min(f.row_no) as row_no
    from meant m
    join staged s on s.row_no = m.row_no
    join fitting f on f.row_no = m.row_no ${tokensOf}
    where token is not null
    and m.key is not null
    group by m.key, token`);
  // An email that two customers get remains ambiguous.
  await database.execute(sql`
    create temporary table refused_token on commit drop as
    select token, min(f.row_no) as row_no
    from fitting f
    join refused_row r on r.row_no = f.row_no ${tokensOf}
    where token is not null
    and not (
      r.shared
      and token = 'email ' || f.email_key
      and token in (select token from meant_token group by token having count(*) > 1)
    )
    group by token`);
  await database.execute(sql`
    create temporary table changed_token on commit drop as
    select one.key, token
    from (
      select
        m.key, min(m.customer_id::text)::uuid as customer_id,
        max(m.number) as number, max(f.email_key) as email
      from meant m
      join staged s on s.row_no = m.row_no
      join fitting f on f.row_no = m.row_no
      where m.key is not null
      group by m.key
    ) as one
    left join customer c
      on c.org_id = ${orgId}
      and c.id = one.customer_id
    ${otherForms ? sql`left join email_form given on given.form = lower(c.email::text)` : empty}
    cross join lateral (values ${join(identityChanges(shape, otherForms))}) as identity (before, after)
    cross join lateral unnest(array[before, after]) as token
    where before is distinct from after
    and token is not null`);
  // Without it, the planner expects millions of steps from a few rows, and fills 256 MB with zeros for them.
  await database.execute(sql`analyze meant_token, refused_token, changed_token`);
  await refuse(database, {
    code: 'depends_on_rejected',
    matched: false,
    rows: sql`
      with recursive dependent as (
        select c.key, r.token, r.row_no
        from refused_token r
        join changed_token c on c.token = r.token
        union
        select c.key, n.token, n.row_no
        from dependent d
        join meant_token n on n.key = d.key
        join changed_token c on c.token = n.token
        where c.key <> d.key
      ), found as (
        select distinct on (key)
          key, row_no as other_row,
          case when token like 'email %' then 'email' else 'erp_customer_number' end as field
        from dependent
        order by key, row_no
      )
      select
        m.row_no, found.field, case found.field when 'email' then m.own_key else m.number end as value,
        case when m.customer_id is not null then array[m.customer_id] end as customer_ids, found.other_row
      from found
      join meant m on m.key = found.key`,
  });
}

/** The number and the email of a row of `fitting`, as tokens that cannot be mistaken for each other. */
const tokensOf = sql`
    cross join lateral (values ('number ' || f.number), ('email ' || f.email_key)) as own (token)`;

/** What the rows `one` make of the number and the email of the customer `c`: pairs of tokens. */
function identityChanges(shape: ImportShape, otherForms: boolean): Sql[] {
  const { match, numberGiven, blank } = shape;
  const stored = sql`c.erp_customer_number`;
  const clears = match === 'id' && numberGiven && blank === 'clear';
  const number = clears ? sql`one.number` : sql`coalesce(one.number, ${stored})`;
  const pairs = [sql`('number ' || ${stored}, 'number ' || ${number})`];
  if (match !== 'email') return pairs;
  const own = otherForms ? sql`coalesce(given.key, lower(c.email::text))` : sql`lower(c.email::text)`;
  const email = keepsBlank(shape, 'email') ? sql`coalesce(one.email, ${own})` : sql`one.email`;
  return [...pairs, sql`('email ' || ${own}, 'email ' || ${email})`];
}

type MeantColumn = 'key' | 'number' | 'own_key';
