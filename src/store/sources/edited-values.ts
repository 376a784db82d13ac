import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import type { AddressPart } from '../../model/address.ts';
import type { AddressColumn } from '../../model/columns.ts';
import { addressColumns } from '../../model/columns.ts';
import type { Database } from '../connection/database.ts';
import type { ImportShape } from '../merge/shape.ts';
import { keepsBlank, keepsBlankContact, wantedActive } from '../merge/shape.ts';

/**
 * `edited_value`: each edited value that differs in the file, and whether the file's value is unchanged
 * since.
 */
export async function compareEdits(
  database: Database,
  { orgId, shape }: { orgId: string; shape: ImportShape },
): Promise<void> {
  const customers = sql`
    select
      s.row_no, s.line_no, p.customer_id, given.field, given.file, given.current, e.base,
      given.file is not distinct from ${baseOf} as keeps
    from pending p
    join staged s on s.row_no = p.row_no
    join customer c
      on c.org_id = ${orgId}
      and c.id = p.customer_id
    cross join lateral (values ${join(customerValues(shape))}) as given (field, file, current, is_given)
    join edit e
      on e.customer_id = c.id
      and e.contact_id is null
      and e.field = given.field
    where given.is_given
    and given.file is distinct from given.current`;
  const contacts = sql`
    union all
    select
      s.row_no, s.line_no, s.customer_id, 'contact_' || given.field, given.file, given.current, e.base,
      given.file is not distinct from e.base as keeps
    from naming_row s
    join customer_contact k
      on k.org_id = ${orgId}
      and k.customer_id = s.customer_id
      and k.email = s.contact_email::citext
    cross join lateral (values ${join(contactValues(shape))}) as given (field, file, current, is_given)
    join edit e
      on e.customer_id = s.customer_id
      and e.contact_id = k.id
      and e.field = given.field
    where given.is_given
    and given.file is distinct from given.current`;
  await database.execute(sql`
    create temporary table edited_value on commit drop as
    ${customers}
    ${shape.contacts ? contacts : empty}`);
}

/** The case of an email is irrelevant. */
const baseOf = sql`case when e.field = 'email' then lower(e.base) else e.base end`;

/** Name, value in the file, value in the database, and whether the file gives a value at all. */
function customerValues(shape: ImportShape): Sql[] {
  const plain = shape.given.map((column) => {
    const given = column === 'email' ? sql`lower(s.email)` : raw(`s.${column}`);
    const stored = column === 'email' ? sql`lower(c.email::text)` : raw(`c.${column}`);
    return sql`(${literal(column)}, ${given}, ${stored}, ${givesValue(given, keepsBlank(shape, column))})`;
  });
  const parts = givenParts(shape).map(({ side, part, field }) => {
    const given = raw(`s.${side} ->> '${part}'`);
    const keepsNull = shape.blank === 'keep' || shape.fills.addresses[side][part] !== undefined;
    return sql`(${literal(field)}, ${given}, nullif(${raw(`c.${side} ->> '${part}'`)}, ''), ${givesValue(given, keepsNull)})`;
  });
  return [...plain, ...parts, sql`('is_active', (${wantedActive(shape)})::text, c.is_active::text, true)`];
}

function contactValues(shape: ImportShape): Sql[] {
  const plain = shape.contactGiven.map((column) => {
    const given = raw(`s.contact_${column}`);
    return sql`(${literal(column)}, ${given}, ${raw(`k.${column}`)}, ${givesValue(given, keepsBlankContact(shape, column))})`;
  });
  const primary = sql`s.contact_is_primary`;
  return [...plain, sql`('is_primary', ${primary}::text, k.is_primary::text, ${primary} is not null)`];
}

/** A name of the model as an SQL literal: a parameter's type would be unknown here. */
export function literal(name: string): Sql {
  return raw(`'${name}'`);
}

interface GivenPart {
  side: AddressColumn;
  part: AddressPart;
  field: string;
}

export function givenParts({ addressParts }: ImportShape): GivenPart[] {
  return addressColumns.flatMap((side) =>
    addressParts[side].map((part) => ({ side, part, field: `${side.replace('_address', '')}_${part}` })),
  );
}

/** A blank cell gives no value for a column that keeps its values on blank. */
function givesValue(given: Sql, keepsBlanks: boolean): Sql {
  return keepsBlanks ? sql`${given} is not null` : sql`true`;
}
