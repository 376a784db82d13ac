import { Failure } from '../../errors.ts';
import { addressColumns, isAddressColumn, partFieldsOf } from '../../model/columns.ts';
import type { CustomerPatch } from '../../model/customer.ts';
import { customerPatch } from '../../model/customer.ts';
import { nestAddresses } from '../../model/nested-fields.ts';
import { requireValid } from '../../model/validation.ts';
import { clearedFields } from './cleared-fields.ts';
import { flaggedFields, givenFields } from './customer-options.ts';

const needed = {
  name: 'a customer needs one',
  default_currency: 'a customer needs one',
  default_language: 'a customer needs one',
  is_active: 'give --inactive',
};

const clearable = [...flaggedFields.filter((field) => !(field in needed)), ...addressColumns];

/**
 * The changes that the flags ask for; undefined if there are none. `--clear billing_address` with parts of it
 * given replaces the address by these parts. Throws `invalid_value` or `usage`.
 */
export function givenPatch(options: Record<string, unknown>, clear: string[]): CustomerPatch | undefined {
  const given = givenFields(options);
  const cleared: Record<string, null> = {};
  for (const name of clearedFields(clear, { clearable, needed })) {
    const parts = isAddressColumn(name) ? partFieldsOf(name).map(({ field }) => field) : [];
    if (parts.some((part) => part in given)) {
      for (const part of parts) cleared[part] = null;
    } else if (name in given) {
      throw new Failure('usage', `${name} is both given and cleared`);
    } else {
      cleared[name] = null;
    }
  }
  const fields = { ...cleared, ...given };
  return Object.keys(fields).length === 0 ? undefined : requireValid(customerPatch, nestAddresses(fields));
}
