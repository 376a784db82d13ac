import sql from 'sql-template-tag';
import { listedMessages } from '../../model/import-report.ts';
import type { Database } from '../connection/database.ts';
import type { ImportShape } from './shape.ts';

/** A primary contact in the file that a later row of the file replaced. */
export interface LostPrimary {
  row: number;
  line: number;
  by_row: number;
  email: string;
}

export interface LostPrimaries {
  /** The first of them, as many as a report lists. */
  lostPrimaries: LostPrimary[];
  lostPrimariesTotal: number;
}

/** Whether anything marks a contact as the primary one. */
export function givesPrimary({ primaryGiven, fills }: ImportShape): boolean {
  return primaryGiven || fills.primary === true;
}

/**
 * Of several primary contacts of one customer, the last row wins. A row that leaves its contact's flag blank
 * does not change it: an earlier row's flag counts.
 */
export async function settlePrimaries(database: Database): Promise<LostPrimaries> {
  await database.execute(sql`
    create temporary table claim on commit drop as
    select
      customer_id,
      email,
      row_no,
      line_no,
      is_primary and row_number() over last_first = 1 as is_primary,
      case when is_primary then nullif(first_value(row_no) over last_first, row_no) end as lost_to
    from (
      select distinct on (customer_id, email) *
      from naming
      where is_primary is not null
      order by customer_id, email, row_no desc
    ) as said
    window last_first as (partition by customer_id, is_primary order by row_no desc)`);
  await database.execute(sql`
    update mention s
    set is_primary = claim.is_primary
    from claim
    where claim.customer_id = s.customer_id
    and claim.email = s.email
    and claim.is_primary is distinct from s.is_primary`);
  const lostPrimaries = await database.query<LostPrimary>(sql`
    select row_no as row, line_no as line, lost_to as by_row, email
    from claim
    where lost_to is not null
    order by row_no
    limit ${listedMessages}`);
  const [count] = await database.query<{ lost: number }>(sql`
    select count(lost_to)::integer as lost
    from claim`);
  return { lostPrimaries, lostPrimariesTotal: count?.lost ?? 0 };
}

/** The old primary contact is reset before the new one is set, because two at a time are never allowed. */
export async function demotePrimaries(database: Database, orgId: string): Promise<void> {
  await database.execute(sql`
    update customer_contact k
    set is_primary = false, updated_at = now()
    from mention s
    where s.is_primary
    and k.org_id = ${orgId}
    and k.customer_id = s.customer_id
    and k.is_primary
    and k.email <> s.email::citext`);
}
