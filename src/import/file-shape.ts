import type { AddressPart } from '../model/address.ts';
import type { AddressColumn } from '../model/columns.ts';
import { addressPlaceOf } from '../model/columns.ts';
import { fieldNames } from '../model/fields.ts';
import type { ImportShape, PlainContactColumn } from '../store/merge/shape.ts';
import { plainColumns, plainContactColumns } from '../store/merge/shape.ts';
import type { Columns } from './columns/columns.ts';
import type { ContactCells, Parts } from './columns/mapping-parts.ts';
import { missingFields } from './columns/required-columns.ts';

/** What an import can set, given the file's columns and the values for missing columns and blank cells. */
export function shapeOf(
  columns: Columns,
  {
    blank,
    activeSaid,
    keepEdits = false,
  }: { blank: 'clear' | 'keep'; activeSaid: boolean; keepEdits?: boolean },
): ImportShape {
  const { fills } = columns;
  const parts = (of: AddressColumn): AddressPart[] =>
    columns.mapped.flatMap(({ field }) => {
      const place = addressPlaceOf(field);
      return place?.column === of ? [place.part] : [];
    });
  /**
   * The fields of each kind of contact in the file: the row's own, further ones, and those with rows of their
   * own.
   */
  const contacts = [
    ...(columns.has('contact_email')
      ? [new Set(plainContactColumns.filter((column) => columns.has(`contact_${column}`)))]
      : []),
    ...contactsOf(columns.parts).map(
      (contact) => new Set(plainContactColumns.filter((column) => hasColumn(contact, column))),
    ),
  ];
  const partsOfRows = (of: AddressColumn): AddressPart[] => [
    ...new Set(
      columns.parts?.kinds.flatMap(({ addresses }) =>
        addresses.flatMap(({ column, parts: given }) => (column === of ? given.map(({ part }) => part) : [])),
      ),
    ),
  ];
  return {
    match: columns.match,
    numberGiven: columns.has('erp_customer_number'),
    given: plainColumns.filter((column) => columns.has(column)),
    // A column that is blank throughout is ignored, like a missing one.
    activeGiven: columns.has('is_active') && (activeSaid || blank === 'keep'),
    partial: missingFields(columns).length > 0,
    addressParts: { billing_address: parts('billing_address'), shipping_address: parts('shipping_address') },
    parts: columns.parts !== undefined,
    addressRows: {
      billing_address: partsOfRows('billing_address'),
      shipping_address: partsOfRows('shipping_address'),
    },
    contacts: contacts.length > 0,
    contactGiven: plainContactColumns.filter((column) => contacts.some((given) => given.has(column))),
    contactKeeps: plainContactColumns.filter((column) => contacts.some((given) => !given.has(column))),
    primaryGiven: columns.has('contact_is_primary'),
    fills: {
      customer: defined(plainColumns.map((field) => [field, fills[field]])),
      active: flag(fills.is_active),
      addresses: {
        billing_address: addressFills('billing_address'),
        shipping_address: addressFills('shipping_address'),
      },
      contact: defined(plainContactColumns.map((field) => [field, fills[`contact_${field}`]])),
      primary: flag(fills.contact_is_primary),
    },
    blank,
    keepEdits,
  };

  function addressFills(of: AddressColumn): Partial<Record<AddressPart, string>> {
    return defined(
      fieldNames.flatMap((field): [AddressPart, string | undefined][] => {
        const place = addressPlaceOf(field);
        return place?.column === of ? [[place.part, fills[field]]] : [];
      }),
    );
  }
}

function contactsOf(parts: Parts | undefined): ContactCells[] {
  return [...(parts?.contacts ?? []), ...(parts?.kinds.flatMap(({ contact }) => contact ?? []) ?? [])];
}

function hasColumn(contact: ContactCells, column: PlainContactColumn): boolean {
  return contact.cell === undefined ? contact[column] !== undefined : column === 'name';
}

function defined<Name extends string>(entries: [Name, string | undefined][]): Partial<Record<Name, string>> {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Partial<
    Record<Name, string>
  >;
}

function flag(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : value === 'true';
}
