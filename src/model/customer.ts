import * as z from 'zod';
import type { Address, AddressPart } from './address.ts';
import type { AddressColumn, CustomerColumn } from './columns.ts';
import { partFieldsOf } from './columns.ts';
import type { Contact } from './contact.ts';
import { fields } from './fields.ts';
import { findDamagedPostalCodeOf } from './postal-code.ts';
import { addProblem, yesOrNo, optionalText, requiredText } from './validation.ts';

/** A customer as OrderFlow's API shows it; instants in ISO 8601, UTC. */
export interface Customer {
  id: string;
  org_id: string;
  name: string;
  erp_customer_number: string | null;
  email: string | null;
  default_currency: string;
  default_language: string;
  billing_address: Address | null;
  shipping_address: Address | null;
  notes: string | null;
  is_active: boolean;
  created_at: string;
  updated_at: string;
}

export interface CustomerWithContacts extends Customer {
  contacts: Contact[];
}

export interface CustomerListing extends Customer {
  contact_count: number;
}

const name = requiredText(fields.name);
const currency = requiredText(fields.default_currency);
const language = requiredText(fields.default_language);
const erpNumber = optionalText(fields.erp_customer_number);
const email = optionalText(fields.email);
const notes = optionalText(fields.notes);
const isActive = yesOrNo(fields.is_active.parse);

/** Parts of an address by the rules of their fields. */
function addressOf(column: AddressColumn) {
  const rules = partFieldsOf(column).map(({ field, part }) => [part, optionalText(fields[field]).optional()]);
  type Rule = z.ZodOptional<ReturnType<typeof optionalText>>;
  return z.strictObject(Object.fromEntries(rules) as Record<AddressPart, Rule>);
}

/** A whole address: its parts, or null if it has no parts. */
function wholeAddressOf(column: AddressColumn) {
  return addressOf(column)
    .nullable()
    .transform((parts, context): Address | null => {
      const given = Object.entries(parts ?? {}).filter(([, value]) => value);
      const address: Address | null = given.length === 0 ? null : Object.fromEntries(given);
      const damaged = findDamagedPostalCodeOf(address);
      if (damaged !== undefined) addProblem(context, damaged, ['postal_code']);
      return address;
    })
    .prefault(null);
}

/** A new customer; absent fields are null, and it is active. */
export const customerInput = z.strictObject({
  name: name.prefault(null),
  erp_customer_number: erpNumber.prefault(null),
  email: email.prefault(null),
  default_currency: currency.prefault(null),
  default_language: language.prefault(null),
  billing_address: wholeAddressOf('billing_address'),
  shipping_address: wholeAddressOf('shipping_address'),
  notes: notes.prefault(null),
  is_active: isActive.default(true),
} satisfies Record<CustomerColumn, z.ZodType>);
export type CustomerInput = z.infer<typeof customerInput>;

/**
 * A patch of a customer: an absent key leaves the field unchanged, null and blank clear it. The parts of an
 * address work the same way; an address that is null is cleared as a whole.
 */
export const customerPatch = z.strictObject({
  name: name.optional(),
  erp_customer_number: erpNumber.optional(),
  email: email.optional(),
  default_currency: currency.optional(),
  default_language: language.optional(),
  billing_address: addressOf('billing_address').nullable().optional(),
  shipping_address: addressOf('shipping_address').nullable().optional(),
  notes: notes.optional(),
  is_active: isActive.optional(),
} satisfies Record<CustomerColumn, z.ZodType>);
export type CustomerPatch = z.infer<typeof customerPatch>;
