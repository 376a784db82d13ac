import type { Sql } from 'sql-template-tag';
import sql, { empty, raw } from 'sql-template-tag';
import { runOfEntry } from '../changes/run-scope.ts';
import type { Database } from '../connection/database.ts';
import { isManual } from './edits.ts';
import { customersOfRejectedRows } from './membership.ts';

/**
 * Removes the contacts of the file's customers that none of their rows names (`--missing-contacts remove`),
 * and returns how many. A customer with a rejected row keeps all of them, because that row may name one; with
 * `keepEdits`, contacts that a person has added or given another email are kept too.
 */
export async function removeMissingContacts(
  database: Database,
  { orgId, keyed, keepEdits }: { orgId: string; keyed: boolean; keepEdits: boolean },
): Promise<number> {
  const [aside] = await database.query<{ exists: boolean }>(sql`
    select to_regclass('pg_temp.superseded') is not null as exists`);
  const supersededRows = sql`
    union all
    select c.id, lower(s.contact_email)
    from superseded s
    join staged kept on kept.row_no = s.kept_row
    join customer c on ${isCustomerOf(orgId, 'kept', keyed)}`;
  await database.execute(sql`
    create temporary table named_contact on commit drop as
    select c.id as customer_id, lower(s.contact_email) as email
    from staged s
    join customer c on ${isCustomerOf(orgId, 's', keyed)}
    ${aside?.exists === true ? supersededRows : empty}`);
  await database.execute(sql`analyze named_contact`);
  return await database.execute(sql`
    delete from customer_contact k
    where k.org_id = ${orgId}
    and k.customer_id in (select customer_id from named_contact)
    and not exists (
      select
      from named_contact n
      where n.customer_id = k.customer_id
      and n.email = lower(k.email::text)
    )
    and k.customer_id not in (${customersOfRejectedRows(orgId)})
    and k.customer_id not in (select unnest(customer_ids) from refused where customer_ids is not null)
    ${keepEdits ? sql`and not ${isByHand(orgId)}` : empty}`);
}

function isCustomerOf(orgId: string, row: 's' | 'kept', keyed: boolean): Sql {
  const is = keyed ? `c.id = ${row}.customer_id` : `c.erp_customer_number = ${row}.erp_customer_number`;
  return sql`c.org_id = ${orgId} and ${raw(is)}`;
}

/** A person added the contact `k`, or gave it its email. */
function isByHand(orgId: string): Sql {
  return sql`
    exists (
      select
      from customer_change as change
      ${runOfEntry(orgId)}
      where change.org_id = ${orgId}
      and change.customer_id = k.customer_id
      and change.contact_id = k.id
      and (change.kind = 'created' or change.kind = 'updated' and change.changes ? 'email')
      and ${isManual}
    )`;
}
