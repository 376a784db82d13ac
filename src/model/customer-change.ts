import type { Address } from './address.ts';
import { addressParts } from './address.ts';
import { addressColumns, customerColumns, isAddressColumn, partFieldsOf } from './columns.ts';
import type { Customer, CustomerPatch } from './customer.ts';
import type { FieldChange, FieldValue } from './field-change.ts';
import { isSameEmail } from './email-key.ts';
import { changesBetween } from './field-change.ts';
import { findDamagedPostalCodeOf } from './postal-code.ts';
import type { FieldProblem } from './validation.ts';

/**
 * The customer after the patch. Fields that the patch does not name are unchanged, other parts of an address
 * included.
 */
export function patchCustomer<Patched extends Customer>(customer: Patched, patch: CustomerPatch): Patched {
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const patched: Patched = { ...customer, ...given };
  for (const column of addressColumns) patched[column] = patchAddress(customer[column], patch[column]);
  // The database treats them as the same address: it is not rewritten only because of its case.
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

/**
 * What is wrong with an address after the patch although each part alone is valid. An unchanged address is
 * not checked.
 */
export function patchedAddressProblems(before: Customer, after: Customer): FieldProblem[] {
  return (['billing', 'shipping'] as const).flatMap((side) => {
    const address = after[`${side}_address`];
    const found = address === before[`${side}_address`] ? undefined : findDamagedPostalCodeOf(address);
    return found === undefined ? [] : [{ field: `${side}_postal_code`, problem: found }];
  });
}

/** The differences between two states of a customer, in display order. */
export function customerChanges(before: Customer, after: Customer): FieldChange[] {
  return changesBetween(fieldsOfCustomer(before), fieldsOfCustomer(after));
}

/** A value for each field; an address has one for each part. */
export function fieldsOfCustomer(customer: Customer): Record<string, FieldValue> {
  const values = customerColumns.flatMap((column): [string, FieldValue][] => {
    const value = customer[column];
    if (!isAddressColumn(column)) return [[column, value as FieldValue]];
    return partFieldsOf(column).map(({ field, part }) => [field, textOf((value as Address | null)?.[part])]);
  });
  return Object.fromEntries(values);
}

/** Other programs store blank parts too, or a postcode as a number. */
function textOf(part: unknown): string | null {
  return typeof part === 'string' || typeof part === 'number' ? String(part) || null : null;
}
