import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import { addressColumns, contactColumns } from '../../model/columns.ts';
import { listedMessages } from '../../model/import-report.ts';
import type { Database } from '../connection/database.ts';
import { collectEdits } from './edits.ts';
import { compareEdits, givenParts, literal } from './edited-values.ts';
import type { ImportShape } from '../merge/shape.ts';
import { keepsBlankContact } from '../merge/shape.ts';

/** A value that a person has written and that the file overwrites because it has changed too. */
export interface OverwrittenEdit {
  row: number;
  line: number;
  /** The name of a file's column. */
  field: string;
  /**
   * The previous value in the source's file, the value in the database now, and the value in this file; null
   * if blank.
   */
  before: string | null;
  edit: string | null;
  file: string | null;
}

export interface EditOutcome {
  /** Values that people have written and that are kept, because the file's own have not changed since. */
  kept: number;
  /** The first of them, as many as a report lists. */
  overwritten: OverwrittenEdit[];
  overwrittenTotal: number;
}

interface Scope {
  orgId: string;
  shape: ImportShape;
  source: string;
  anySuperseded: boolean;
}

/** For the statements of an import that keeps edits (`wantedActive`). */
export async function createKeptActive(database: Database): Promise<void> {
  await database.execute(sql`
    create temporary table kept_active (customer_id uuid) on commit drop`);
}

/**
 * Keeps what people have edited (`--edits keep`): in the rows of `pending`, a value that equals the one from
 * before the edit is replaced by the edit's, so that nothing differs and the following statements need not
 * know. Only rows with changes are examined, so the log is queried about few customers, and nothing of an
 * earlier file has to be stored: the log has the value that an edit replaced.
 */
export async function keepEdits(database: Database, scope: Scope): Promise<EditOutcome> {
  const { orgId, source, anySuperseded } = scope;
  await collectEdits(database, { orgId, source });
  await database.execute(sql`
    create temporary table naming_row on commit drop as
    select s.row_no, s.line_no, p.customer_id, ${contactCells}
    from pending p
    join staged s on s.row_no = p.row_no
    where p.customer_id is not null
    ${
      anySuperseded
        ? sql`
          union all
          select s.row_no, s.line_no, p.customer_id, ${contactCells}
          from superseded s
          join pending p on p.row_no = s.kept_row
          where p.customer_id is not null`
        : empty
    }`);
  await compareEdits(database, scope);
  await database.execute(sql`
    insert into kept_active (customer_id)
    select customer_id
    from edited_value
    where keeps
    and field = 'is_active'`);
  const removed = scope.shape.contacts ? await keepRemoved(database, scope) : 0;
  const [count] = await database.query<{ kept: number; overwritten: number }>(sql`
    select
      (count(*) filter (where keeps))::integer as kept,
      (count(*) filter (where not keeps))::integer as overwritten
    from edited_value`);
  const { kept = 0, overwritten: overwrittenTotal = 0 } = count ?? {};
  if (kept > 0) await writeEditsBack(database, scope);
  const overwritten = await database.query<OverwrittenEdit>(sql`
    select row_no as row, line_no as line, field, base as before, current as edit, file
    from edited_value
    where not keeps
    order by row_no, field
    limit ${listedMessages}`);
  return { kept: kept + removed, overwritten, overwrittenTotal };
}

const contactCells = raw(contactColumns.map((column) => `s.contact_${column}`).join(', '));

/**
 * A contact that a person has removed, or given another email, is not created again while the file's row is
 * unchanged.
 */
async function keepRemoved(database: Database, { orgId, shape, anySuperseded }: Scope): Promise<number> {
  const same = shape.contactGiven.map((column) => {
    const given = raw(`s.contact_${column}`);
    const name = literal(column);
    // An edit of the contact before it was removed is a separate edit.
    const left = sql`case when coalesce(b.bases ? ${name}, false) then b.bases ->> ${name} else r.changes -> ${name} ->> 0 end`;
    const equal = sql`${given} is not distinct from ${left}`;
    return sql`and (r.kind = 'updated' or ${keepsBlankContact(shape, column) ? sql`${given} is null or ${equal}` : equal})`;
  });
  const kept = await database.execute(sql`
    create temporary table kept_removed on commit drop as
    select s.row_no
    from naming_row s
    join removed_contact r
      on r.customer_id = s.customer_id
      and r.email = lower(s.contact_email)
    cross join lateral (
      select jsonb_object_agg(e.field, e.base) as bases
      from edit e
      where e.customer_id = r.customer_id
      and e.contact_id = r.contact_id
    ) as b
    where not exists (
      select
      from customer_contact k
      where k.org_id = ${orgId}
      and k.customer_id = s.customer_id
      and k.email = s.contact_email::citext
    )
    ${same.length === 0 ? empty : join(same, '\n')}`);
  if (kept === 0) return 0;
  for (const table of anySuperseded ? ['staged', 'superseded'] : ['staged']) {
    await database.execute(sql`
      update ${raw(table)}
      set contact_email = null
      where row_no in (select row_no from kept_removed)`);
  }
  return kept;
}

/** Replaces the rows' values with the stored ones. */
async function writeEditsBack(database: Database, { shape, anySuperseded }: Scope): Promise<void> {
  const plain = shape.given.map((column) =>
    asEdited(column, column, sql`kept.edited ->> ${literal(column)}`),
  );
  const addresses = addressColumns.flatMap((side) => {
    const parts = givenParts(shape).filter((part) => part.side === side);
    if (parts.length === 0) return [];
    const values = parts.map(
      ({ part, field }) =>
        sql`case when kept.edited ? ${literal(field)} then jsonb_build_object(${literal(part)}, kept.edited -> ${literal(field)}) else '{}' end`,
    );
    return [
      sql`${raw(side)} = nullif(jsonb_strip_nulls(coalesce(s.${raw(side)}, '{}') || ${join(values, ' || ')}), '{}')`,
    ];
  });
  const contact = shape.contacts
    ? [
        ...shape.contactGiven.map((column) =>
          asEdited(
            `contact_${column}`,
            `contact_${column}`,
            sql`kept.edited ->> ${literal(`contact_${column}`)}`,
          ),
        ),
        // A blank value leaves the flag alone, and the current primary contact keeps it.
        asEdited('contact_is_primary', 'contact_is_primary', sql`null`),
      ]
    : [];
  await update('staged', [...plain, ...addresses, ...contact]);
  if (anySuperseded) await update('superseded', contact);

  async function update(table: string, assignments: Sql[]): Promise<void> {
    if (assignments.length === 0) return;
    await database.execute(sql`
      update ${raw(table)} s
      set ${join(assignments)}
      from (
        select row_no, jsonb_object_agg(field, current) as edited
        from edited_value
        where keeps
        group by row_no
      ) as kept
      where s.row_no = kept.row_no`);
  }
}

/** The SQL assignment of a staged row's column, if an edit of `field` is kept. */
function asEdited(field: string, column: string, value: Sql): Sql {
  return sql`${raw(column)} = case when kept.edited ? ${literal(field)} then ${value} else s.${raw(column)} end`;
}
