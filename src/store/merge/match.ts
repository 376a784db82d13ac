import type { Sql } from 'sql-template-tag';
import sql, { empty, raw } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import type { ImportShape } from './shape.ts';
import { newValue, sameContact, sameCustomer, sameFields, wantedActive } from './shape.ts';

/**
 * Compares all that is staged with what stands, and puts the rows that say something new into `pending`, each with
 * the customer it means, or null when there is none yet. A row of which everything holds already goes nowhere.
 * `contact_only` marks the rows whose customer is as they say already, so that only a contact is to be written.
 *
 * One statement over the whole file, so that the planner can choose: for a file of the org's size it reads both
 * sides once and hashes them (200,000 rows: 0.8 s), for a small file it looks each number up. Matching slice by
 * slice while the file is read was tried: by index look-ups only, it took twice the server's time.
 */
export async function matchStaged(
  database: Database,
  scope: { orgId: string; shape: ImportShape; anySuperseded: boolean; unnumbered: number },
): Promise<{ pending: number; changed: number; contactOnly: number }> {
  const { orgId, shape, anySuperseded, unnumbered } = scope;
  // A row that supersedes others is looked at again, however it compares: a row set aside may have said more.
  const supersedes = anySuperseded ? sql`or s.row_no in (select kept_row from superseded)` : empty;
  await database.execute(sql`
    create temporary table pending on commit drop as
    select
      s.row_no,
      c.id as customer_id,
      coalesce(c.id is not null and ${sameCustomer(shape)}, false) as contact_only
    from staged s
    left join customer c
      on c.org_id = ${orgId}
      and c.erp_customer_number = s.erp_customer_number
    ${shape.contacts ? joinContact(orgId, 'customer_contact') : empty}
    where s.erp_customer_number is not null
    and (
      c.id is null
      or not (${sameCustomer(shape)} and ${sameContact(shape)})
      ${supersedes}
    )`);
  if (unnumbered > 0) await matchUnnumbered(database, scope);
  await database.execute(sql`analyze pending`);
  const [count] = await database.query<{ pending: number; changed: number; contactOnly: number }>(sql`
    select
      count(*)::integer as pending,
      count(customer_id)::integer as changed,
      count(*) filter (where contact_only)::integer as "contactOnly"
    from pending`);
  return count as { pending: number; changed: number; contactOnly: number };
}

/**
 * A row without an ERP number means a customer that has none either and of which everything the row says holds,
 * its contact included. Several may: one that is active or not as the row says is taken first, then the oldest,
 * and of several rows that mean one customer the last says whether it is active; so a second import changes nothing.
 */
async function matchUnnumbered(
  database: Database,
  { orgId, shape }: { orgId: string; shape: ImportShape },
): Promise<void> {
  await collectUnnumbered(database, { orgId, shape });
  await database.execute(sql`
    insert into pending (row_no, customer_id, contact_only)
    select row_no, customer_id, false
    from (
      select
        s.row_no,
        found.id as customer_id,
        found.same,
        row_number() over (partition by found.id order by s.row_no desc) as from_last
      from staged s
      left join lateral (
        select c.id, c.is_active is not distinct from ${wantedActive(shape)} as same
        from unnumbered_customer c
        ${shape.contacts ? joinContact(orgId, 'unnumbered_contact') : empty}
        where c.name = ${newValue(shape, 'name')}
        and ${sameFields(shape)}
        and ${sameContact(shape)}
        order by same desc, c.created_at, c.id
        limit 1
      ) as found on true
      where s.erp_customer_number is null
    ) as matched
    where customer_id is null
    or (from_last = 1 and not same)`);
}

/**
 * The customers that such rows may mean, and their contacts, in tables that the planner knows. Looking each row up in
 * the org's own tables was tried: where statistics miss the customers without a number, which is most of the time, each
 * row read all of the org's customers or contacts (2,000 rows: 5 to 12 million). Without nested loops, both are read once.
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
    and c.name in (select ${newValue(shape, 'name')} from staged s where erp_customer_number is null)`);
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

/**
 * By the customer's few contacts, not by the index on email: a look-up there folds the case of both sides some
 * twenty times, and an address that many customers share would be read again for each.
 */
function joinContact(orgId: string, contacts: 'customer_contact' | 'unnumbered_contact'): Sql {
  return sql`
    left join ${raw(contacts)} k
      on k.org_id = ${orgId}
      and k.customer_id = c.id
      and (k.email::text = s.contact_email or k.email = s.contact_email::citext)`;
}
