import type { AddressPart } from './address.ts';
import { addressParts } from './address.ts';

/*
 * What a customer and a contact consist of. The names of `fields`, the SQL of every statement, flags and
 * lists are derived from these two tables; the compiler requires the rules (`fields.ts`) and the shapes
 * (`customer.ts`, `contact.ts`) to match.
 */

/** The type of a database column. */
export type Kind = 'text' | 'email' | 'boolean' | 'address';

/** The customer's columns, in display order. */
export const customerKinds = {
  name: 'text',
  erp_customer_number: 'text',
  email: 'email',
  default_currency: 'text',
  default_language: 'text',
  billing_address: 'address',
  shipping_address: 'address',
  notes: 'text',
  is_active: 'boolean',
} as const satisfies Record<string, Kind>;

/** A contact's columns, in display order. */
export const contactKinds = {
  email: 'email',
  name: 'text',
  phone: 'text',
  role: 'text',
  is_primary: 'boolean',
} as const satisfies Record<string, Kind>;

export type CustomerColumn = keyof typeof customerKinds;
export type ContactColumn = keyof typeof contactKinds;
export type AddressColumn = {
  [Column in CustomerColumn]: (typeof customerKinds)[Column] extends 'address' ? Column : never;
}[CustomerColumn];
export type AddressSide = AddressColumn extends `${infer Side}_address` ? Side : never;
export type AddressField = `${AddressSide}_${AddressPart}`;
export type ContactField = `contact_${ContactColumn}`;

/** The fields that can identify a row's customer. */
export const customerKeys = ['erp_customer_number', 'email', 'id'] as const;
export type CustomerKey = (typeof customerKeys)[number];

export const customerColumns = Object.keys(customerKinds) as CustomerColumn[];
export const contactColumns = Object.keys(contactKinds) as ContactColumn[];
export const addressColumns = customerColumns.filter(isAddressColumn);

export function isAddressColumn(name: string): name is AddressColumn {
  return Object.hasOwn(customerKinds, name) && customerKinds[name as CustomerColumn] === 'address';
}

/** The fields of one address: `billing_street`, `billing_street2`, … */
export function partFieldsOf(column: AddressColumn): { field: AddressField; part: AddressPart }[] {
  const side = column.replace('_address', '') as AddressSide;
  return addressParts.map((part) => ({ field: `${side}_${part}`, part }));
}

const places = new Map(
  addressColumns.flatMap((column) =>
    partFieldsOf(column).map(({ field, part }) => [field as string, { column, part }] as const),
  ),
);

/** Where the value of `billing_city` is stored; undefined for a field that is not part of an address. */
export function addressPlaceOf(field: string): { column: AddressColumn; part: AddressPart } | undefined {
  return places.get(field);
}
