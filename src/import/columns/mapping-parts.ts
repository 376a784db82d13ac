import * as z from 'zod';
import type { AddressPart } from '../../model/address.ts';
import { addressParts } from '../../model/address.ts';
import type { AddressColumn, ContactColumn } from '../../model/columns.ts';
import { partFieldsOf } from '../../model/columns.ts';
import type { FieldName } from '../../model/fields.ts';

/*
 * What a row contains besides the customer itself: more contacts, or, in a row of another kind, a contact or
 * an address of a customer that has a row of its own.
 */

const oneColumn = z.string();
/** A column, or several that are joined with blanks between them. */
const columns = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z.array(oneColumn).min(1, 'at least one is needed'),
);

/**
 * `{ email: E-Mail 2, name: [Vorname 2, Name 2] }`, or `{ cell: Ansprechpartner }` for `Anna (a@x.example);
 * Uwe (u@x.example)`.
 */
export const contactPart = z
  .strictObject({
    email: columns.optional(),
    name: columns.optional(),
    phone: columns.optional(),
    role: columns.optional(),
    cell: oneColumn.optional(),
  })
  .refine(({ email, cell }) => (email === undefined) !== (cell === undefined), {
    message: 'either email or cell is needed',
  })
  .refine(({ cell, name }) => cell === undefined || name === undefined, {
    message: 'cell holds the names too; leave name out',
  });

const addressPart = z
  .partialRecord(z.enum(addressParts), columns)
  .refine((parts) => Object.keys(parts).length > 0, { message: 'at least one part is needed' });

/** What links a row to its customer: the ERP number, the exporting system's own id, or the name. */
const owner = z
  .strictObject({ number: oneColumn.optional(), id: oneColumn.optional(), name: oneColumn.optional() })
  .refine((ties) => Object.keys(ties).length > 0, { message: 'number, id or name is needed' });

export function rowKindOf<Condition extends z.ZodType>(condition: Condition) {
  return z
    .strictObject({
      /** Which rows are of this kind; by default those with a value in one of the columns of `of`. */
      when: condition.optional(),
      of: owner,
      contact: contactPart.optional(),
      billing: addressPart.optional(),
      shipping: addressPart.optional(),
    })
    .refine(({ contact, billing, shipping }) => (contact ?? billing ?? shipping) !== undefined, {
      message: 'contact, billing or shipping is needed',
    });
}

type ContactRule = z.output<typeof contactPart>;
type AddressRule = z.output<typeof addressPart>;
export interface RowRule {
  of: z.output<typeof owner>;
  contact?: ContactRule | undefined;
  billing?: AddressRule | undefined;
  shipping?: AddressRule | undefined;
}

/** Cells of the file: their positions, and the name for messages. */
export interface PartCells {
  places: number[];
  name: string;
}

export type ContactCells = { cell: PartCells; email?: undefined } | ContactColumns;
export type ContactColumns = { cell?: undefined; email: PartCells } & {
  [Column in Exclude<ContactColumn, 'email' | 'is_primary'>]?: PartCells | undefined;
};

export interface RowKind {
  matches(cells: string[]): boolean;
  of: { [By in 'number' | 'id' | 'name']?: PartCells | undefined };
  contact: ContactCells | undefined;
  addresses: { column: AddressColumn; parts: { part: AddressPart; cells: PartCells }[] }[];
}

/** What a mapping takes from rows in addition to their customers, applied to the header of a file. */
export interface Parts {
  contacts: ContactCells[];
  kinds: RowKind[];
  /** The exporting system's own id of a customer, which links rows of other kinds to it. */
  id: PartCells | undefined;
}

/** The position of a column in the file; -1 if it is missing. */
type Place = (column: string) => number;

export function findParts(
  {
    contacts,
    rows,
    id,
  }: {
    contacts: ContactRule[];
    rows: (RowRule & { matches: RowKind['matches'] | undefined })[];
    id?: string | undefined;
  },
  { header, place }: { header: string[]; place: Place },
): Parts | undefined {
  if (contacts.length === 0 && rows.length === 0) return undefined;

  function cellsOf(names: string[] | string | undefined): PartCells | undefined {
    const places = (typeof names === 'string' ? [names] : (names ?? []))
      .map(place)
      .filter((index) => index >= 0);
    if (places.length === 0) return undefined;
    return { places, name: places.map((index) => header[index]).join(' + ') };
  }

  /** Undefined if the file has no column for the email; such columns are optional. */
  function contactOf(rule: ContactRule | undefined): ContactCells | undefined {
    const cell = cellsOf(rule?.cell);
    if (cell !== undefined) return { cell };
    const email = cellsOf(rule?.email);
    if (rule === undefined || email === undefined) return undefined;
    return { email, name: cellsOf(rule.name), phone: cellsOf(rule.phone), role: cellsOf(rule.role) };
  }

  function addressOf(column: AddressColumn, rule: AddressRule | undefined): RowKind['addresses'] {
    const parts = Object.entries(rule ?? {}).flatMap(([part, names]) => {
      const cells = cellsOf(names);
      return cells === undefined ? [] : [{ part: part as AddressPart, cells }];
    });
    return parts.length === 0 ? [] : [{ column, parts }];
  }

  const kinds = rows.flatMap(({ of, contact, billing, shipping, matches }): RowKind[] => {
    const ties = { number: cellsOf(of.number), id: cellsOf(of.id), name: cellsOf(of.name) };
    const isTied = (cells: string[]): boolean => Object.values(ties).some((tie) => textOf(tie, cells) !== '');
    return [
      {
        matches: matches ?? isTied,
        of: ties,
        contact: contactOf(contact),
        addresses: [...addressOf('billing_address', billing), ...addressOf('shipping_address', shipping)],
      },
    ];
  });
  return { contacts: contacts.flatMap((rule) => contactOf(rule) ?? []), kinds, id: cellsOf(id) };
}

/** The text of some cells, without the blank ones. */
export function textOf(cells: PartCells | undefined, record: string[]): string {
  if (cells === undefined) return '';
  const [only, ...others] = cells.places;
  if (only !== undefined && others.length === 0) return (record[only] as string).trim();
  return cells.places
    .map((index) => (record[index] as string).trim())
    .filter((text) => text !== '')
    .join(' ');
}

/**
 * Columns that a file must have so that its rows can be linked. One of the columns that identify the customer
 * is enough; if that is an id, customers need theirs.
 */
export function columnsToTie(
  { rows, id }: { rows: RowRule[]; id?: string | undefined },
  place: Place,
): string[] {
  const isThere = (column: string) => place(column) >= 0;
  return rows.flatMap(({ of }) => {
    const ties = Object.values(of).filter((column) => column !== undefined);
    const needed = ties.some(isThere) ? [] : ties.slice(0, 1);
    return id !== undefined && of.id !== undefined && isThere(of.id) ? [...needed, id] : needed;
  });
}

/** Every column that a rule names, with the fields that it fills. */
export function columnsOfParts({ contacts, rows }: { contacts: ContactRule[]; rows: RowRule[] }): {
  column: string;
  field: FieldName | undefined;
}[] {
  const found: { column: string; field: FieldName | undefined }[] = [];
  const add = (names: string[] | string | undefined, field?: FieldName): void => {
    for (const column of typeof names === 'string' ? [names] : (names ?? [])) found.push({ column, field });
  };
  const addContact = ({ cell, ...contact }: ContactRule): void => {
    add(cell, 'contact_email');
    add(cell, 'contact_name');
    for (const [column, names] of Object.entries(contact)) add(names, `contact_${column as ContactColumn}`);
  };
  for (const contact of contacts) addContact(contact);
  for (const { contact, billing = {}, shipping = {} } of rows) {
    if (contact !== undefined) addContact(contact);
    for (const [part, names] of Object.entries(billing)) add(names, `billing_${part as AddressPart}`);
    for (const [part, names] of Object.entries(shipping)) add(names, `shipping_${part as AddressPart}`);
  }
  return found;
}

/** The fields that each column fills in rows in addition to their customers. */
export function partFields(
  parts: Parts | undefined,
): { places: number[]; field: FieldName; via: 'mapping' }[] {
  if (parts === undefined) return [];
  const contacts = [...parts.contacts, ...parts.kinds.flatMap(({ contact }) => contact ?? [])];
  const found: { places: number[]; field: FieldName; via: 'mapping' }[] = [];
  for (const contact of contacts) {
    for (const [column, cells] of Object.entries(contact)) {
      if (cells === undefined) continue;
      const field = column === 'cell' ? 'contact_email' : (`contact_${column as ContactColumn}` as const);
      found.push({ places: cells.places, field, via: 'mapping' });
    }
  }
  for (const { column, parts: given } of parts.kinds.flatMap(({ addresses }) => addresses)) {
    const names = new Map(partFieldsOf(column).map(({ field, part }) => [part, field]));
    for (const { part, cells } of given) {
      found.push({ places: cells.places, field: names.get(part) as FieldName, via: 'mapping' });
    }
  }
  return found;
}
