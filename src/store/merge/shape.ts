import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import type { AddressPart } from '../../model/address.ts';
import type { AddressColumn, ContactColumn, CustomerColumn, CustomerKey } from '../../model/columns.ts';
import {
  addressColumns,
  contactColumns,
  customerColumns,
  customerKinds,
  isAddressColumn,
} from '../../model/columns.ts';

/**
 * The columns of a file, decided from its header and options, once for all of its rows. The statements of an
 * import are built from it: an absent column does not appear in them.
 */
export interface ImportShape {
  /** What identifies a row's customer. With an id or an email, the number is an ordinary field. */
  match: CustomerKey;
  numberGiven: boolean;
  /** The `plainColumns` that the file gives. */
  given: PlainColumn[];
  /** True if the file gives `is_active`; otherwise being in the file makes a customer active. */
  activeGiven: boolean;
  /** The file has only some fields of existing customers: being in it does not make a customer active. */
  partial?: boolean;
  /** True if rows contain contacts and addresses besides those of their own customer (`parts.ts`). */
  parts: boolean;
  /** The address parts that rows of their own have columns for. */
  addressRows: Record<AddressColumn, AddressPart[]>;
  /** Contact columns that not every contact of the file has: a blank value does not change them. */
  contactKeeps: PlainContactColumn[];
  /** The address parts that the file has columns for. */
  addressParts: Record<AddressColumn, AddressPart[]>;
  /** True if the file has contacts. */
  contacts: boolean;
  contactGiven: PlainContactColumn[];
  primaryGiven: boolean;
  /**
   * Values for new customers and contacts, for what the file leaves open: no column, or null in the staged
   * row. Existing ones keep theirs, so that an old default never overwrites a later decision.
   */
  fills: {
    customer: Partial<Record<PlainColumn, string>>;
    active: boolean | undefined;
    addresses: Record<AddressColumn, Partial<Record<AddressPart, string>>>;
    contact: Partial<Record<PlainContactColumn, string>>;
    /** For contacts of new customers. */
    primary: boolean | undefined;
  };
  /** Values that people have edited are kept while the file's do not change. */
  keepEdits?: boolean;
  /** The effect of a blank cell: clear the field, or leave it unchanged. */
  blank: 'clear' | 'keep';
}

export type PlainColumn = Exclude<CustomerColumn, AddressColumn | 'erp_customer_number' | 'is_active'>;
export type PlainContactColumn = Exclude<ContactColumn, 'email' | 'is_primary'>;

/**
 * Columns that take the file's value unchanged. The number identifies the customer; `is_active` and addresses
 * have rules.
 */
export const plainColumns = customerColumns.filter(
  (column): column is PlainColumn =>
    column !== 'erp_customer_number' && column !== 'is_active' && !isAddressColumn(column),
);

/** The same for a contact, which its email identifies. */
export const plainContactColumns = contactColumns.filter(
  (column): column is PlainContactColumn => column !== 'email' && column !== 'is_primary',
);

/** The columns that a row of its own may have. */
export const partAddresses = addressColumns;

/** The addresses for which the file has columns. */
export function givenAddresses(shape: ImportShape): AddressColumn[] {
  const { addressParts, addressRows } = shape;
  return addressColumns.filter((column) => addressParts[column].length + addressRows[column].length > 0);
}

/*
 * In every fragment `s` is the staged row (or the new customer made of it), `c` the existing customer and `k`
 * the existing contact that it means.
 */

/** Whether a row itself identifies its customer: by its number, or by another key once rows are resolved. */
export function hasKey({ match }: ImportShape): Sql {
  return match === 'erp_customer_number' ? sql`s.erp_customer_number is not null` : sql`s.key is not null`;
}

/** The new number of an existing customer, if something else identifies it. */
function numberAssignment({ match, numberGiven, blank }: ImportShape): { column: Sql; value: Sql }[] {
  if (match === 'erp_customer_number' || !numberGiven) return [];
  // An email may identify customers of a file that has numbers for only some of them.
  const clears = match === 'id' && blank === 'clear';
  const value = clears
    ? sql`s.erp_customer_number`
    : sql`coalesce(s.erp_customer_number, c.erp_customer_number)`;
  return [{ column: sql`erp_customer_number`, value }];
}

/** The new value of an existing customer's column. */
export function wantedValue(shape: ImportShape, column: PlainColumn): Sql {
  return keepsBlank(shape, column) ? raw(`coalesce(s.${column}, c.${column})`) : raw(`s.${column}`);
}

/** Whether a blank cell leaves this column of an existing customer unchanged. */
export function keepsBlank({ blank, fills }: ImportShape, column: PlainColumn): boolean {
  return blank === 'keep' || fills.customer[column] !== undefined;
}

/** The value of a new customer's column. */
export function newValue({ fills }: ImportShape, column: PlainColumn): Sql {
  const fill = fills.customer[column];
  return fill === undefined ? raw(`s.${column}`) : sql`coalesce(s.${raw(column)}, ${fill})`;
}

/** The columns of a new customer that the file or a fill has values for. */
export function newCustomerColumns(shape: ImportShape): { column: string; value: Sql }[] {
  const { given, fills, addressParts, addressRows } = shape;
  const filled = (Object.keys(fills.customer) as PlainColumn[]).filter((name) => !given.includes(name));
  const addresses = addressColumns.filter(
    (side) =>
      addressParts[side].length > 0 ||
      addressRows[side].length > 0 ||
      Object.keys(fills.addresses[side]).length > 0,
  );
  return [
    ...[...given, ...filled].map((column) => ({ column, value: newValue(shape, column) })),
    ...addresses.map((side) => ({ column: side, value: newAddress(shape, side) })),
    { column: 'is_active', value: newActive(shape) },
  ];
}

function newAddress({ fills, addressRows }: ImportShape, side: AddressColumn): Sql {
  const fill = fills.addresses[side];
  // An address with its own row has nulls for the parts that it clears.
  const given = addressRows[side].length > 0 ? sql`jsonb_strip_nulls(s.${raw(side)})` : raw(`s.${side}`);
  if (Object.keys(fill).length === 0) return given;
  return sql`${JSON.stringify(fill)}::jsonb || coalesce(${given}, '{}')`;
}

function newActive({ activeGiven, fills }: ImportShape): Sql {
  if (activeGiven) return sql`coalesce(s.is_active, true)`;
  return fills.active === false ? sql`false` : sql`true`;
}

export function wantedActive(shape: ImportShape): Sql {
  if (shape.keepEdits !== true) return activeOf(shape);
  return sql`case when c.id in (select customer_id from kept_active) then c.is_active else ${activeOf(shape)} end`;
}

function activeOf(shape: ImportShape): Sql {
  if (!shape.activeGiven) {
    return shape.fills.active === undefined && shape.partial !== true ? sql`true` : sql`c.is_active`;
  }
  return shape.blank === 'keep' ? sql`coalesce(s.is_active, c.is_active)` : sql`s.is_active`;
}

/**
 * The new address of a customer: the parts that the file has columns for come from it, everything else is
 * kept. A part that is null and one that is absent are the same; an address without parts is null.
 */
export function wantedAddress(shape: ImportShape, column: AddressColumn): Sql {
  const wanted = mergedAddress(shape, column);
  const stored = shape.addressRows[column].length > 0 ? sql`jsonb_strip_nulls(${wanted})` : wanted;
  return sql`case when jsonb_strip_nulls(${wanted}) <> '{}' then ${stored} end`;
}

function mergedAddress(shape: ImportShape, side: AddressColumn): Sql {
  const given = raw(`coalesce(s.${side}, '{}')`);
  const cleared =
    shape.blank === 'keep'
      ? []
      : shape.addressParts[side].filter((part) => shape.fills.addresses[side][part] === undefined);
  const kept =
    cleared.length === 0
      ? storedAddress(side)
      : sql`(${storedAddress(side)} - ${raw(`array[${cleared.map((part) => `'${part}'`).join(', ')}]`)})`;
  return sql`(${kept} || ${given})`;
}

/** Other programs also store JSON's own null for a missing address (SQLAlchemy does by default). */
function storedAddress(column: AddressColumn): Sql {
  return raw(`case when jsonb_typeof(c.${column}) = 'object' then c.${column} else '{}' end`);
}

/** Whether the file changes nothing in the customer's own fields, except `is_active`. */
export function sameFields(shape: ImportShape): Sql {
  const fields = shape.given.map((column) => {
    if (customerKinds[column] === 'email') {
      const [stored, given] = [raw(`c.${column}`), raw(`s.${column}`)];
      // Stored addresses are nearly always lower-case already: comparing bytes first avoids folding both.
      const same = sql`(${stored}::text is not distinct from ${given} or ${stored} is not distinct from ${given}::citext)`;
      return keepsBlank(shape, column) ? sql`(${given} is null or ${same})` : same;
    }
    return sql`c.${raw(column)} is not distinct from ${wantedValue(shape, column)}`;
  });
  const addresses = givenAddresses(shape).map((column) => {
    const name = raw(column);
    return sql`(c.${name} is not distinct from s.${name} or jsonb_strip_nulls(${storedAddress(column)}) = jsonb_strip_nulls(${mergedAddress(shape, column)}))`;
  });
  const number = numberAssignment(shape).map(
    ({ column, value }) => sql`c.${column} is not distinct from ${value}`,
  );
  return join([sql`true`, ...number, ...fields, ...addresses], ' and ');
}

export function sameCustomer(shape: ImportShape): Sql {
  return sql`${sameFields(shape)} and c.is_active is not distinct from ${wantedActive(shape)}`;
}

/** Whether the file changes nothing in the contact, or names none. */
export function sameContact(shape: ImportShape): Sql {
  if (!shape.contacts) return sql`true`;
  return sql`(s.contact_email is null or k.id is not null ${sameContactFields(shape)})`;
}

/** Whether a blank cell leaves this column of an existing contact unchanged. */
export function keepsBlankContact(
  { blank, fills, contactKeeps }: ImportShape,
  column: PlainContactColumn,
): boolean {
  return blank === 'keep' || contactKeeps.includes(column) || fills.contact[column] !== undefined;
}

function sameContactFields(shape: ImportShape): Sql {
  const fields = shape.contactGiven.map((column) => {
    const given = raw(`s.contact_${column}`);
    const same = sql`k.${raw(column)} is not distinct from ${given}`;
    return keepsBlankContact(shape, column) ? sql` and (${given} is null or ${same})` : sql` and ${same}`;
  });
  const primary = shape.primaryGiven
    ? [sql` and (s.contact_is_primary is null or k.is_primary = s.contact_is_primary)`]
    : [];
  const all = [...fields, ...primary];
  return all.length === 0 ? empty : join(all, '');
}

/** `column = value, …` for everything that the file gives for a customer. */
export function customerAssignments(shape: ImportShape): Sql {
  return join([
    ...numberAssignment(shape).map(({ column, value }) => sql`${column} = ${value}`),
    ...shape.given.map((column) => sql`${raw(column)} = ${wantedValue(shape, column)}`),
    ...givenAddresses(shape).map((column) => sql`${raw(column)} = ${wantedAddress(shape, column)}`),
    sql`is_active = ${wantedActive(shape)}`,
  ]);
}
