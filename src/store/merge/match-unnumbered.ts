import sql, { empty } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import { joinContact } from './join-contact.ts';
import type { MatchScope } from './match-scope.ts';
import { refuse } from './refusals.ts';
import { ownIdentity } from './repeats.ts';
import type { ImportShape } from './shape.ts';
import { hasKey, newValue, sameContact, sameFields, wantedActive } from './shape.ts';

/**
 * A row without an ERP number means a customer that has no number either and that already has everything in
 * the row, its contact included. If several do, one with no value where the row is blank comes first (with
 * `--blank keep` others may match), then one with the row's `is_active`, then the oldest; if several rows
 * mean one customer, the last decides whether it is active. So a second import changes nothing.
 *
 * Rows that differ only in their contact are one customer. So a row without a match adds one more contact to
 * the customer that another of these rows means; if none of them has a match, the last one creates the
 * customer and supersedes the others. Returns how many were superseded this way, and how many rows of
 * existing customers have to be compared together.
 */
export async function matchUnnumbered(
  database: Database,
  scope: MatchScope,
): Promise<{ moved: number; joined: number }> {
  const { orgId, shape, only, allowDuplicates } = scope;
  await collectUnnumbered(database, { orgId, shape });
  await database.execute(sql`
    create temporary table unnumbered on commit drop as
    select
      s.row_no,
      found.id as customer_id,
      found.same,
      found.exact,
      min(s.row_no) over (partition by ${ownIdentity}) as first_row
    from staged s
    left join lateral (
      select
        c.id,
        c.is_active is not distinct from ${wantedActive(shape)} as same,
        ${sameFields({ ...shape, blank: 'clear' })} as exact
      from unnumbered_customer c
      ${shape.contacts ? joinContact(orgId, 'unnumbered_contact') : empty}
      where c.name = ${newValue(shape, 'name')}
      and ${sameFields(shape)}
      and ${sameContact(shape)}
      order by exact desc, same desc, c.created_at, c.id
      limit 1
    ) as found on true
    where not (${hasKey(shape)})`);
  await database.execute(sql`
    create temporary table unnumbered_group on commit drop as
    select
      first_row,
      max(row_no) as last_row,
      max(row_no) filter (where customer_id is null) as kept_row,
      coalesce(
        array_agg(distinct customer_id) filter (where exact),
        array_agg(distinct customer_id) filter (where customer_id is not null)
      ) as customer_ids
    from unnumbered
    group by first_row
    having bool_or(customer_id is null)`);
  if (only === 'create') {
    await refuse(database, {
      code: 'customer_exists',
      rows: sql`${knownRows} where customer_ids is not null`,
    });
  } else if (!allowDuplicates) {
    await refuse(database, {
      code: 'possible_duplicate',
      rows: sql`${knownRows} where customer_id is null and cardinality(customer_ids) > 1`,
    });
  }
  await database.execute(sql`
    insert into pending (row_no, customer_id, contact_only)
    select row_no, customer_id, false
    from (
      select
        u.row_no,
        u.first_row,
        u.customer_id,
        u.same,
        row_number() over (partition by u.customer_id order by u.row_no desc) as from_last
      from unnumbered u
      join staged s on s.row_no = u.row_no
      where u.customer_id is not null
    ) as matched
    where from_last = 1
    and not same
    and not exists (
      select
      from unnumbered_group g
      where g.first_row = matched.first_row
      and cardinality(g.customer_ids) = 1
    )`);
  // All of such a group, because its last row decides which contact is primary, and whether the customer is
  // active.
  const joined = await database.execute(sql`
    insert into pending (row_no, customer_id, contact_only)
    select
      u.row_no,
      c.id,
      u.row_no <> g.last_row or c.is_active is not distinct from ${wantedActive(shape)}
    from unnumbered u
    join staged s on s.row_no = u.row_no
    join unnumbered_group g on g.first_row = u.first_row
    join customer c
      on c.org_id = ${orgId}
      and c.id = g.customer_ids[1]
    where cardinality(g.customer_ids) = 1`);
  return { moved: await createGroups(database), joined };
}

/** Customers that rows with a key mean are left to these rows. */
const foundByOthers = sql`and not exists (select from staged s where s.customer_id = c.id)`;

/** Each row with the customers that it and equal rows mean. */
const knownRows = sql`
      select *
      from (
        select
          u.row_no, u.customer_id, null as field, null as value, null::integer as other_row,
          case when u.customer_id is null then g.customer_ids else array[u.customer_id] end as customer_ids
        from unnumbered u
        left join unnumbered_group g on g.first_row = u.first_row
      ) as known`;

/** Of rows that create one customer, the last one stays in `staged`; all keep their contacts. */
async function createGroups(database: Database): Promise<number> {
  await database.execute(sql`
    insert into pending (row_no, customer_id, contact_only)
    select u.row_no, null, false
    from unnumbered u
    join staged s on s.row_no = u.row_no
    join unnumbered_group g on g.first_row = u.first_row
    where u.row_no = g.kept_row
    and (g.customer_ids is null or cardinality(g.customer_ids) > 1)`);
  const moved = await database.execute(sql`
    insert into superseded
    select s.*, g.kept_row, g.kept_row, false
    from staged s
    join unnumbered u on u.row_no = s.row_no
    join unnumbered_group g on g.first_row = u.first_row
    where u.customer_id is null
    and u.row_no <> g.kept_row
    and (g.customer_ids is null or cardinality(g.customer_ids) > 1)`);
  if (moved === 0) return 0;
  await database.execute(sql`
    delete from staged s
    using superseded
    where superseded.row_no = s.row_no`);
  await database.execute(sql`analyze superseded`);
  return moved;
}

/**
 * The customers that such rows may mean, and their contacts, in analyzed tables. Looking each row up in the
 * org's own tables was tried: if statistics miss the customers without a number, which is usual, each row
 * read all of the org's customers or contacts (2,000 rows: 5 to 12 million). Without nested loops, both are
 * read once.
 */
async function collectUnnumbered(
  database: Database,
  { orgId, shape }: { orgId: string; shape: ImportShape },
): Promise<void> {
  await database.execute(sql`set local enable_nestloop to off`);
  await database.execute(sql`
    create temporary table unnumbered_customer on commit drop as
    select c.*
    from customer c
    where c.org_id = ${orgId}
    and c.erp_customer_number is null
    and c.name in (select ${newValue(shape, 'name')} from staged s where not (${hasKey(shape)}))
    ${shape.match === 'erp_customer_number' ? empty : foundByOthers}`);
  await database.execute(sql`create index on unnumbered_customer (name)`);
  await database.execute(sql`analyze unnumbered_customer`);
  if (shape.contacts) {
    await database.execute(sql`
      create temporary table unnumbered_contact on commit drop as
      select k.*
      from unnumbered_customer c
      join customer_contact k
        on k.org_id = ${orgId}
        and k.customer_id = c.id`);
    await database.execute(sql`create index on unnumbered_contact (customer_id)`);
    await database.execute(sql`analyze unnumbered_contact`);
  }
  await database.execute(sql`set local enable_nestloop to default`);
}
