import type { Address } from './address.ts';
import { addressParts } from './address.ts';
import type { Customer, CustomerPatch } from './customer.ts';
import type { FieldChange, FieldValue } from './field-change.ts';
import { changesBetween, isSameEmail } from './field-change.ts';

/** The customer as the patch wants it. What the patch does not name stays, other parts of an address included. */
export function patchCustomer<Patched extends Customer>(customer: Patched, patch: CustomerPatch): Patched {
  const { billing_address: billing, shipping_address: shipping, ...fields } = patch;
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const patched: Patched = {
    ...customer,
    ...given,
    billing_address: patchAddress(customer.billing_address, billing),
    shipping_address: patchAddress(customer.shipping_address, shipping),
  };
  // The same address to the database: not rewritten for its case alone.
  const keepsEmail = customer.email !== null && patched.email !== null;
  if (keepsEmail && isSameEmail(customer.email ?? '', patched.email ?? '')) patched.email = customer.email;
  return patched;
}

function patchAddress(address: Address | null, patch: CustomerPatch['billing_address']): Address | null {
  if (patch === undefined) return address;
  if (patch === null) return null;
  const patched: Address = { ...address };
  const differing = addressParts.filter(
    (part) => patch[part] !== undefined && (patch[part] ?? '') !== (address?.[part] ?? ''),
  );
  if (differing.length === 0) return address;
  for (const part of differing) {
    const value = patch[part];
    if (value) patched[part] = value;
    else delete patched[part];
  }
  return Object.keys(patched).length === 0 ? null : patched;
}

/** What differs between two states of a customer, in the order in which fields are shown. */
export function customerChanges(before: Customer, after: Customer): FieldChange[] {
  return changesBetween(fieldsOf(before), fieldsOf(after));
}

function fieldsOf(customer: Customer): Record<string, FieldValue> {
  return {
    name: customer.name,
    erp_customer_number: customer.erp_customer_number,
    email: customer.email,
    default_currency: customer.default_currency,
    default_language: customer.default_language,
    ...partsOf('billing', customer.billing_address),
    ...partsOf('shipping', customer.shipping_address),
    notes: customer.notes,
    is_active: customer.is_active,
  };
}

function partsOf(side: 'billing' | 'shipping', address: Address | null): Record<string, FieldValue> {
  return Object.fromEntries(addressParts.map((part) => [`${side}_${part}`, textOf(address?.[part])]));
}

/** Other programs store a blank part too, or a postcode that is a number. */
function textOf(part: unknown): string | null {
  return typeof part === 'string' || typeof part === 'number' ? String(part) || null : null;
}
