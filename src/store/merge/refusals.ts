import type { Sql } from 'sql-template-tag';
import sql, { empty, raw } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import type { ImportShape } from './shape.ts';

/** Why a valid row is rejected nevertheless: only the database can find out. */
export type RefusalCode =
  | 'ambiguous_customer'
  | 'contradicting_rows'
  | 'customer_exists'
  | 'customer_not_found'
  | 'depends_on_rejected'
  | 'duplicate_number'
  | 'lost_leading_zeros'
  | 'possible_duplicate';

export interface Refusal {
  row: number;
  line: number;
  code: RefusalCode;
  /** The field that shows it; null for the row as a whole. */
  field: 'erp_customer_number' | 'email' | 'id' | 'name' | 'of_id' | 'of_name' | 'of_number' | null;
  value: string | null;
  /** The first few customers that it is about. */
  customers: { id: string; erp_customer_number: string | null; name: string }[];
  /** The row of the file that this one resembles. */
  other_row: number | null;
}

/** How many similar customers are named. */
const named = 3;

/** `refused`: staged rows that must not be written; filled by `refuse`. */
export async function createRefused(database: Database): Promise<void> {
  await database.execute(sql`
    create temporary table refused (
      row_no integer, line_no integer, contacts integer,
      code text, field text, value text, customer_ids uuid[], other_row integer
    ) on commit drop`);
}

/**
 * Refuses the rows that `rows` selects as (row_no, field, value, customer_ids, other_row), and removes them
 * from `staged` and, once it exists, from `pending`: later checks skip them.
 */
export async function refuse(
  database: Database,
  { code, rows, matched = true }: { code: RefusalCode; rows: Sql; matched?: boolean },
): Promise<void> {
  const refused = await database.execute(sql`
    insert into refused (row_no, line_no, contacts, code, field, value, customer_ids, other_row)
    select
      s.row_no, s.line_no, (s.contact_email is not null)::integer,
      ${code}, found.field, found.value, found.customer_ids, found.other_row
    from (${rows}) as found
    join staged s on s.row_no = found.row_no`);
  if (refused === 0) return;
  for (const table of matched ? ['staged', 'pending'] : ['staged']) {
    await database.execute(sql`
      delete from ${raw(table)} s
      using refused
      where refused.row_no = s.row_no`);
  }
}

export interface RefusedCounts {
  rows: number;
  /** Of them, rows that a refused row superseded. */
  superseded: number;
  /** Rows that name a contact, and those of them that only repeat the contact of an equal row. */
  contacts: number;
  equalContacts: number;
}

/**
 * Refuses the rows that a refused one superseded, because they mean the same customer; returns what was
 * refused in all.
 */
export async function refuseSuperseded(
  database: Database,
  { anySuperseded, parts }: { anySuperseded: boolean; parts: boolean },
): Promise<RefusedCounts> {
  const part = parts ? sql`s.part` : sql`null`;
  const [own] = await database.query<{ rows: number; contacts: number }>(sql`
    select count(*)::integer as rows, coalesce(sum(contacts), 0)::integer as contacts
    from refused`);
  const { rows = 0, contacts = 0 } = own ?? {};
  if (rows === 0 || !anySuperseded) return { rows, superseded: 0, contacts, equalContacts: 0 };
  const [more] = await database.query<Omit<RefusedCounts, 'rows'>>(sql`
    with gone as (
      delete from superseded s
      using refused
      where refused.row_no = s.kept_row
      returning
        s.row_no, s.line_no, s.equal, s.contact_email is not null as contact, ${part} as part,
        refused.code, refused.field, refused.value, refused.customer_ids, refused.other_row
    ), noted as (
      insert into refused (row_no, line_no, contacts, code, field, value, customer_ids, other_row)
      select row_no, line_no, contact::integer, code, field, value, customer_ids, other_row
      from gone
      where part is null
    )
    select
      (count(*) filter (where part is null))::integer as superseded,
      (count(*) filter (where contact))::integer as contacts,
      (count(*) filter (where contact and equal))::integer as "equalContacts"
    from gone`);
  const { superseded = 0, equalContacts = 0 } = more ?? {};
  return {
    rows: rows + superseded,
    superseded,
    contacts: contacts + (more?.contacts ?? 0),
    equalContacts,
  };
}

/** Refused rows in the file's order, starting after the row `after`. */
export async function listRefused(
  database: Database,
  { orgId, after, limit }: { orgId: string; after: number; limit: number },
): Promise<Refusal[]> {
  return await database.query<Refusal>(sql`
    select
      r.row_no as row, r.line_no as line, r.code, r.field, r.value, r.other_row,
      coalesce(
        (
          select jsonb_agg(
            jsonb_build_object('id', c.id, 'erp_customer_number', c.erp_customer_number, 'name', c.name)
            order by c.erp_customer_number, c.id
          )
          from customer c
          where c.org_id = ${orgId}
          and c.id = any (r.customer_ids[1:${named}])
        ),
        '[]'
      ) as customers
    from refused r
    where r.row_no > ${after}
    order by r.row_no
    limit ${limit}`);
}

/** `--only update` creates no customer. */
export async function refuseUnknown(database: Database, { shape }: { shape: ImportShape }): Promise<void> {
  const email = shape.match === 'email' && shape.given.includes('email') ? raw('s.email') : sql`null`;
  await refuse(database, {
    code: 'customer_not_found',
    rows: sql`
      select
        p.row_no,
        case
          when ${email} is not null then 'email'
          when s.erp_customer_number is not null then 'erp_customer_number'
        end as field,
        coalesce(${email}, s.erp_customer_number) as value, null::uuid[] as customer_ids, null::integer as other_row
      from pending p
      join staged s on s.row_no = p.row_no
      where p.customer_id is null`,
  });
}

/**
 * `--only create` changes no customers. An existing customer that the file would not change is not refused.
 */
export async function refuseKnown(
  database: Database,
  { orgId, shape }: { orgId: string; shape: ImportShape },
): Promise<void> {
  const meant =
    shape.match === 'erp_customer_number'
      ? sql`c.erp_customer_number = s.erp_customer_number`
      : sql`c.id = s.customer_id`;
  await refuse(database, {
    code: 'customer_exists',
    matched: false,
    rows: sql`
      select
        s.row_no, case when s.erp_customer_number is not null then 'erp_customer_number' end as field,
        s.erp_customer_number as value, array[c.id] as customer_ids, null::integer as other_row
      from staged s
      join customer c
        on c.org_id = ${orgId}
        and ${meant}`,
  });
}

/**
 * A number that differs from an existing one only in its leading zeros: a spreadsheet removed them, and the
 * row would create the customer twice.
 */
export async function refuseLostZeros(
  database: Database,
  { orgId, shape }: { orgId: string; shape: ImportShape },
): Promise<void> {
  const byNumber = shape.match === 'erp_customer_number';
  const fresh = byNumber ? sql`p.customer_id is null` : sql`s.number_is_new`;
  // A number that the file replaces does not count, as it would not in a second import.
  const keepsNumber = sql`
      and not exists (
        select
        from pending other
        join staged replaced on replaced.row_no = other.row_no
        where other.customer_id = c.id
        and other.row_no <> p.row_no
        and replaced.number_is_new
      )`;
  await refuse(database, {
    code: 'lost_leading_zeros',
    rows: sql`
      select
        s.row_no, 'erp_customer_number' as field, s.erp_customer_number as value,
        array_agg(c.id) as customer_ids, null::integer as other_row
      from pending p
      join staged s on s.row_no = p.row_no
      join customer c
        on c.org_id = ${orgId}
        and c.erp_customer_number like '0%'
        and ltrim(c.erp_customer_number, '0') = s.erp_customer_number
        ${byNumber ? empty : keepsNumber}
      where ${fresh}
      and s.erp_customer_number ~ '^[1-9][0-9]*$'
      group by s.row_no, s.erp_customer_number`,
  });
}
