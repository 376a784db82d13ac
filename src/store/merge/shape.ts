import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import type { AddressPart } from '../../model/address.ts';

/**
 * What a file speaks of, decided by its header and options, once for all of its rows. The statements of an
 * import are built from it: a column that is absent appears in none of them.
 */
export interface ImportShape {
  /** Staged customer columns that the file gives, `is_active` apart. */
  given: CustomerColumn[];
  /** True when the file says whether a customer is active; else a present row makes it active. */
  activeGiven: boolean;
  /** The address parts that the file has columns for. */
  addressParts: { billing_address: AddressPart[]; shipping_address: AddressPart[] };
  /** True when the file has contacts. */
  contacts: boolean;
  contactGiven: ContactColumn[];
  primaryGiven: boolean;
  /** What a blank cell does: clear the field, or leave it as it is. */
  blank: 'clear' | 'keep';
}

export type CustomerColumn = 'name' | 'email' | 'default_currency' | 'default_language' | 'notes';
export type ContactColumn = 'name' | 'phone' | 'role';

const sides = ['billing_address', 'shipping_address'] as const;

/*
 * In every fragment `s` is the staged row, `c` the customer and `k` the contact that stand for it.
 */

/** The value a customer column is to have. */
export function wantedValue(shape: ImportShape, column: CustomerColumn): Sql {
  return shape.blank === 'keep' ? raw(`coalesce(s.${column}, c.${column})`) : raw(`s.${column}`);
}

export function wantedActive(shape: ImportShape): Sql {
  if (!shape.activeGiven) return sql`true`;
  return shape.blank === 'keep' ? sql`coalesce(s.is_active, c.is_active)` : sql`s.is_active`;
}

/**
 * The address a customer is to have: the parts that the file has columns for are taken from it, everything else
 * that stands there stays. A part that is null and one that is absent are the same; an address without parts is null.
 */
export function wantedAddress(shape: ImportShape, side: (typeof sides)[number]): Sql {
  const wanted = mergedAddress(shape, side);
  return sql`case when jsonb_strip_nulls(${wanted}) <> '{}' then ${wanted} end`;
}

function mergedAddress(shape: ImportShape, side: (typeof sides)[number]): Sql {
  const given = raw(`coalesce(s.${side}, '{}')`);
  const kept =
    shape.blank === 'keep'
      ? storedAddress(side)
      : sql`(${storedAddress(side)} - ${raw(`array[${shape.addressParts[side].map((part) => `'${part}'`).join(', ')}]`)})`;
  return sql`(${kept} || ${given})`;
}

/** Other programs store JSON's own null too where there is no address (SQLAlchemy does by default). */
function storedAddress(side: (typeof sides)[number]): Sql {
  return raw(`case when jsonb_typeof(c.${side}) = 'object' then c.${side} else '{}' end`);
}

/** Whether the file says nothing new of the customer's own fields, `is_active` apart. */
export function sameFields(shape: ImportShape): Sql {
  const fields = shape.given.map((column) => {
    if (column === 'email') {
      // Stored addresses are nearly always lower-case already: comparing bytes first spares folding both.
      const same = sql`(c.email::text is not distinct from s.email or c.email is not distinct from s.email::citext)`;
      return shape.blank === 'keep' ? sql`(s.email is null or ${same})` : same;
    }
    return sql`c.${raw(column)} is not distinct from ${wantedValue(shape, column)}`;
  });
  const addresses = sides
    .filter((side) => shape.addressParts[side].length > 0)
    .map((side) => {
      const column = raw(side);
      return sql`(c.${column} is not distinct from s.${column} or jsonb_strip_nulls(${storedAddress(side)}) = jsonb_strip_nulls(${mergedAddress(shape, side)}))`;
    });
  return join([...fields, ...addresses], ' and ');
}

export function sameCustomer(shape: ImportShape): Sql {
  return sql`${sameFields(shape)} and c.is_active is not distinct from ${wantedActive(shape)}`;
}

/** Whether the file says nothing new of the contact, or names none. */
export function sameContact(shape: ImportShape): Sql {
  if (!shape.contacts) return sql`true`;
  return sql`(s.contact_email is null or k.id is not null ${sameContactFields(shape)})`;
}

function sameContactFields(shape: ImportShape): Sql {
  const fields = shape.contactGiven.map((column) => {
    const given = raw(`s.contact_${column}`);
    const same = sql`k.${raw(column)} is not distinct from ${given}`;
    return shape.blank === 'keep' ? sql` and (${given} is null or ${same})` : sql` and ${same}`;
  });
  const primary = shape.primaryGiven
    ? [sql` and (s.contact_is_primary is null or k.is_primary = s.contact_is_primary)`]
    : [];
  const all = [...fields, ...primary];
  return all.length === 0 ? empty : join(all, '');
}

/** `column = value, …` for everything that the file says of a customer. */
export function customerAssignments(shape: ImportShape): Sql {
  return join([
    ...shape.given.map((column) => sql`${raw(column)} = ${wantedValue(shape, column)}`),
    ...sides
      .filter((side) => shape.addressParts[side].length > 0)
      .map((side) => sql`${raw(side)} = ${wantedAddress(shape, side)}`),
    sql`is_active = ${wantedActive(shape)}`,
  ]);
}
