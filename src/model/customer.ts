import * as z from 'zod';
import type { Address } from './address.ts';
import { addressParts } from './address.ts';
import type { Contact } from './contact.ts';
import { fields } from './fields.ts';
import { yesOrNo, optionalText, requiredText } from './validation.ts';

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

function addressOf(kind: 'billing' | 'shipping') {
  return z.strictObject({
    street: optionalText(fields[`${kind}_street`]).optional(),
    street2: optionalText(fields[`${kind}_street2`]).optional(),
    city: optionalText(fields[`${kind}_city`]).optional(),
    postal_code: optionalText(fields[`${kind}_postal_code`]).optional(),
    state: optionalText(fields[`${kind}_state`]).optional(),
    country: optionalText(fields[`${kind}_country`]).optional(),
  });
}

/** A whole address: the parts it has, null when it has none. */
function wholeAddressOf(kind: 'billing' | 'shipping') {
  return addressOf(kind)
    .nullable()
    .transform((parts): Address | null => {
      const address: Address = {};
      for (const part of addressParts) if (parts?.[part]) address[part] = parts[part];
      return Object.keys(address).length === 0 ? null : address;
    })
    .prefault(null);
}

/** A new customer; what is not given is null, and it is active. */
export const customerInput = z.strictObject({
  name: name.prefault(null),
  erp_customer_number: erpNumber.prefault(null),
  email: email.prefault(null),
  default_currency: currency.prefault(null),
  default_language: language.prefault(null),
  billing_address: wholeAddressOf('billing'),
  shipping_address: wholeAddressOf('shipping'),
  notes: notes.prefault(null),
  is_active: isActive.default(true),
});
export type CustomerInput = z.infer<typeof customerInput>;

/**
 * What is to change in a customer: an absent key leaves the field alone, null and blank clear it.
 * So do the parts of an address; an address that is null is cleared as a whole.
 */
export const customerPatch = z.strictObject({
  name: name.optional(),
  erp_customer_number: erpNumber.optional(),
  email: email.optional(),
  default_currency: currency.optional(),
  default_language: language.optional(),
  billing_address: addressOf('billing').nullable().optional(),
  shipping_address: addressOf('shipping').nullable().optional(),
  notes: notes.optional(),
  is_active: isActive.optional(),
});
export type CustomerPatch = z.infer<typeof customerPatch>;
