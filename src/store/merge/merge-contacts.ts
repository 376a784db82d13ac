import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import { takeStoredMentions } from './email-forms.ts';
import type { LostPrimaries } from './primary-contacts.ts';
import { demotePrimaries, givesPrimary, settlePrimaries } from './primary-contacts.ts';
import type { ImportShape, PlainContactColumn } from './shape.ts';
import { keepsBlankContact } from './shape.ts';

interface MergeScope {
  orgId: string;
  shape: ImportShape;
  /** True if rows were superseded: then a customer may have several contacts in the file. */
  anySuperseded: boolean;
  /** True if the file has addresses that can be written in two forms. */
  otherForms: boolean;
}

export interface ContactOutcome extends LostPrimaries {
  imported: number;
  updated: number;
  /** Rows that name a contact which a later row names again. */
  repeated: number;
}

/**
 * Locks the contacts of the customers that will be written, before these customers: some programs delete both
 * in this order.
 */
export async function holdContacts(database: Database, { orgId }: { orgId: string }): Promise<void> {
  await database.query(sql`
    select count(*)
    from (
      select
      from pending p
      join customer_contact k
        on k.org_id = ${orgId}
        and k.customer_id = p.customer_id
      order by k.customer_id, k.id
      for no key update of k
    ) as held`);
}

/**
 * Contacts of customers that were just created from one row each: they cannot conflict, so they are inserted
 * unchanged.
 */
export async function insertContactsOfNewCustomers(
  database: Database,
  { orgId, shape, anySuperseded }: MergeScope,
): Promise<number> {
  const single = anySuperseded ? sql`and row_no not in (select kept_row from superseded)` : sql``;
  return await database.execute(sql`
    insert into customer_contact (org_id, customer_id, email, ${newColumns(shape)} is_primary)
    select
      ${orgId}, id, contact_email,
      ${newValues(shape, 's.contact_')} coalesce(contact_is_primary, ${shape.fills.primary === true})
    from new_customer s
    where contact_email is not null
    ${single}`);
}

/** Creates and updates all other contacts in the file, each with the values of its last row. */
export async function mergeContacts(database: Database, scope: MergeScope): Promise<ContactOutcome> {
  const { orgId, shape } = scope;
  const mentioned = await collectMentions(database, scope);
  const noneLost = { lostPrimaries: [], lostPrimariesTotal: 0 };
  if (mentioned.contacts === 0) return { imported: 0, updated: 0, repeated: 0, ...noneLost };
  const lost = scope.anySuperseded && givesPrimary(shape) ? await settlePrimaries(database) : noneLost;
  const differs = sql`not (${sameMention(shape)})`;
  // Locked, so that a contact that another session deletes meanwhile counts only as imported.
  const [changed] = await database.query<{ contacts: number }>(sql`
    select count(*)::integer as contacts
    from (
      select
      from mention s
      join customer_contact k
        on k.org_id = ${orgId}
        and k.customer_id = s.customer_id
        and k.email = s.email::citext
      where ${differs}
      for no key update of k
    ) as locked`);
  if (givesPrimary(shape)) await demotePrimaries(database, orgId);
  await database.execute(sql`
    update customer_contact k
    set ${mentionAssignments(shape)}, updated_at = now()
    from mention s
    where k.org_id = ${orgId}
    and k.customer_id = s.customer_id
    and k.email = s.email::citext
    and ${differs}`);
  const imported = await database.execute(sql`
    insert into customer_contact (org_id, customer_id, email, ${newColumns(shape)} is_primary)
    select ${orgId}, customer_id, email, ${newValues(shape, 's.')} coalesce(is_primary, false)
    from mention s
    where not exists (
      select
      from customer_contact k
      where k.org_id = ${orgId}
      and k.customer_id = s.customer_id
      and k.email = s.email::citext
    )
    order by customer_id, row_no`);
  return {
    imported,
    updated: changed?.contacts ?? 0,
    repeated: mentioned.rows - mentioned.contacts,
    ...lost,
  };
}

/** `mention`: one row for each contact to compare, from the last row of the file that names it. */
async function collectMentions(
  database: Database,
  { orgId, shape, anySuperseded, otherForms }: MergeScope,
): Promise<{ rows: number; contacts: number }> {
  const columns = sql`s.row_no, s.line_no, s.contact_email as email, ${columnsOf(shape)}`;
  const primary = raw('s.contact_is_primary as is_primary');
  const { primary: fill } = shape.fills;
  const newPrimary =
    fill === undefined ? primary : sql`coalesce(s.contact_is_primary, ${fill}) as is_primary`;
  const sources = [
    sql`
      select p.customer_id, ${columns} ${primary}
      from pending p
      join staged s on s.row_no = p.row_no
      where p.customer_id is not null
      and s.contact_email is not null`,
  ];
  if (anySuperseded) {
    sources.push(
      sql`
      select s.id as customer_id, ${columns} ${newPrimary}
      from new_customer s
      where s.row_no in (select kept_row from superseded)
      and s.contact_email is not null`,
      sql`
      select p.customer_id, ${columns} ${primary}
      from superseded s
      join pending p
        on p.row_no = s.kept_row
        and p.customer_id is not null
      where not s.equal
      and s.contact_email is not null`,
      sql`
      select made.id as customer_id, ${columns} ${newPrimary}
      from superseded s
      join new_customer made on made.row_no = s.kept_row
      where not s.equal
      and s.contact_email is not null`,
    );
  }
  const rows = await database.execute(sql`
    create temporary table naming on commit drop as ${join(sources, '\n      union all')}`);
  // Before the last row of each contact is taken: two forms of an address are one contact.
  if (otherForms) {
    await database.execute(sql`analyze naming`);
    await takeStoredMentions(database, orgId);
  }
  const contacts = await database.execute(sql`
    create temporary table mention on commit drop as
    select distinct on (customer_id, email) *
    from naming
    order by customer_id, email, row_no desc`);
  await database.execute(sql`analyze mention`);
  return { rows, contacts };
}

/** Columns of a staged row, each under its name in `customer_contact`; `name, …, ` with a trailing comma. */
function columnsOf({ contactGiven }: ImportShape): Sql {
  return raw(contactGiven.map((column) => `s.contact_${column} as ${column}, `).join(''));
}

/** The columns with values for a new contact. */
function newContactColumns({ contactGiven, fills }: ImportShape): PlainContactColumn[] {
  return [...new Set([...contactGiven, ...(Object.keys(fills.contact) as PlainContactColumn[])])];
}

function newColumns(shape: ImportShape): Sql {
  return raw(
    newContactColumns(shape)
      .map((column) => `${column}, `)
      .join(''),
  );
}

function newValues(shape: ImportShape, prefix: string): Sql {
  const values = newContactColumns(shape).map((column) => {
    const fill = shape.fills.contact[column];
    const given = raw(`${prefix}${column}`);
    if (fill === undefined) return sql`${given}, `;
    return shape.contactGiven.includes(column) ? sql`coalesce(${given}, ${fill}), ` : sql`${fill}, `;
  });
  return values.length === 0 ? empty : join(values, '');
}

function wanted(shape: ImportShape, column: PlainContactColumn): Sql {
  return raw(keepsBlankContact(shape, column) ? `coalesce(s.${column}, k.${column})` : `s.${column}`);
}

function sameMention(shape: ImportShape): Sql {
  const same = shape.contactGiven.map(
    (column) => sql`k.${raw(column)} is not distinct from ${wanted(shape, column)}`,
  );
  return join([...same, sql`k.is_primary = coalesce(s.is_primary, k.is_primary)`], ' and ');
}

function mentionAssignments(shape: ImportShape): Sql {
  const assignments = shape.contactGiven.map((column) => sql`${raw(column)} = ${wanted(shape, column)}`);
  return join([...assignments, sql`is_primary = coalesce(s.is_primary, k.is_primary)`]);
}
