import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import { addressColumns, contactColumns } from '../../model/columns.ts';
import type { Database } from '../connection/database.ts';
import { columnNames } from '../customers/columns.ts';
import { keepEarlierValues } from './earlier-values.ts';
import type { ImportShape } from './shape.ts';
import { hasKey, plainColumns } from './shape.ts';

/** A row that a later row of the same file replaced. */
export interface SupersededRow {
  row: number;
  line: number;
  by_row: number;
  /** Null for rows without an ERP number. */
  erp_customer_number: string | null;
  /** True if an id or an email shows that the rows are one customer. */
  keyed: boolean;
  /** True if the rows are equal in everything, including their contact. */
  equal: boolean;
}

/** The result of `setSupersededAside`. */
export interface SetAside {
  superseded: number;
  equalContacts: number;
  otherNames: OtherNames;
}

/** Rows that another one supersedes although it names another company; the first of them as an example. */
export interface OtherNames {
  rows: number;
  row?: number;
  line?: number;
  name?: string;
  kept_row?: number;
  kept_line?: number;
  kept_name?: string;
}

/**
 * Removes rows from `staged` that a later one supersedes, so that each customer is in it once: the same ERP
 * number twice, or two equal rows without a number. They go to `superseded`, because their contacts are kept.
 * Returns how many there are, and how many of them only repeat the contact of an equal row without an ERP
 * number; the table exists only if there are some.
 */
export async function setSupersededAside(
  database: Database,
  {
    shape,
    repeatCandidates,
    unnumbered,
  }: { shape: ImportShape; repeatCandidates: number; unnumbered: number },
): Promise<SetAside> {
  const byNumber = shape.match === 'erp_customer_number';
  const sources = [
    ...(byNumber ? (repeatCandidates > 0 ? [repeatedNumbers] : []) : [repeatedKeys]),
    ...(unnumbered > 0 ? [repeatedUnnumbered(shape)] : []),
  ];
  if (sources.length === 0) return nothingAside;
  const superseded = await database.execute(sql`
    create temporary table superseded on commit drop as
    select *
    from (${join(sources, '\n      union all')}) as repeated
    where by_row is not null`);
  if (superseded === 0) return nothingAside;
  await database.execute(sql`analyze superseded`);
  await database.execute(sql`
    delete from staged s
    using superseded
    where superseded.row_no = s.row_no`);
  const otherNames = await findOtherNames(database);
  await keepEarlierValues(database, shape);
  if (unnumbered === 0) return { superseded, equalContacts: 0, otherNames };
  const [count] = await database.query<{ contacts: number }>(sql`
    select count(contact_email)::integer as contacts
    from superseded
    where equal`);
  return { superseded, equalContacts: count?.contacts ?? 0, otherNames };
}

const nothingAside: SetAside = { superseded: 0, equalContacts: 0, otherNames: { rows: 0 } };

/** Names that differ only in case, spaces and punctuation count as equal. */
const foldedName = (table: string): Sql =>
  raw(`lower(regexp_replace(${table}.name, '[^[:alnum:]]+', '', 'g'))`);

async function findOtherNames(database: Database): Promise<OtherNames> {
  const [found] = await database.query<OtherNames>(sql`
    select
      count(*) over ()::integer as rows,
      s.row_no as row, s.line_no as line, s.name,
      kept.row_no as kept_row, kept.line_no as kept_line, kept.name as kept_name
    from superseded s
    join staged kept on kept.row_no = s.kept_row
    where not s.equal
      and ${foldedName('s')} <> ${foldedName('kept')}
    order by s.row_no
    limit 1`);
  return found ?? { rows: 0 };
}

const laterRows = sql`
        lead(s.row_no) over same_customer as by_row,
        last_value(s.row_no) over (same_customer rows between unbounded preceding and unbounded following) as kept_row`;

const repeatedNumbers = sql`
      select s.*, ${laterRows}, false as equal
      from staged s
      where s.erp_customer_number in (select erp_customer_number from repeat_candidate)
      window same_customer as (partition by s.erp_customer_number order by s.row_no)`;

const repeatedKeys = sql`
      select s.*, ${laterRows}, false as equal
      from staged s
      where s.key in (select key from staged group by key having count(*) > 1)
      window same_customer as (partition by s.key order by s.row_no)`;

/** A row's values for the customer itself, except `is_active` and the number. */
const ownColumns = [...plainColumns, ...addressColumns];

/** What rows without an ERP number have in common if they differ only in their contact. */
export const ownIdentity = columnNames(ownColumns, 's');

/** All values of a row without an ERP number, except `is_active`: two equal rows are one customer. */
const identity = columnNames([...ownColumns, ...contactColumns.map((column) => `contact_${column}`)], 's');

const repeatedUnnumbered = (shape: ImportShape): Sql => sql`
      select s.*, ${laterRows}, true as equal
      from staged s
      where not (${hasKey(shape)})
      window same_customer as (partition by ${identity} order by s.row_no)`;

/**
 * The first `limit` superseded rows, in the file's order, and how many there are; with `contradicting`, only
 * those whose values for the customer differ from the row that counts.
 */
export async function listSuperseded(
  database: Database,
  {
    limit,
    contradicting,
    keyed,
    parts,
  }: { limit: number; contradicting: boolean; keyed: boolean; parts: boolean },
): Promise<{ rows: SupersededRow[]; total: number }> {
  const against = contradicting
    ? sql`
    join staged kept
      on kept.row_no = s.kept_row
      and (${customerFields('s')}) is distinct from (${customerFields('kept')})`
    : empty;
  const found = await database.query<SupersededRow & { total: number }>(sql`
    select
      s.row_no as row, s.line_no as line, s.by_row, s.erp_customer_number, s.equal,
      ${keyed ? sql`s.key is not null` : sql`false`} as keyed,
      count(*) over ()::integer as total
    from superseded s ${against}
    ${parts ? sql`where s.part is null` : empty}
    order by s.row_no
    limit ${limit}`);
  return { rows: found.map(({ total: _total, ...row }) => row), total: found[0]?.total ?? 0 };
}

function customerFields(table: string): Sql {
  return columnNames([...ownColumns, 'is_active'], table);
}
