import type { Context } from '../../context.ts';
import { addressPlaceOf } from '../../model/columns.ts';
import { patchCustomer } from '../../model/customer-change.ts';
import type { Customer, CustomerPatch } from '../../model/customer.ts';
import { customerPatch } from '../../model/customer.ts';
import { fields } from '../../model/fields.ts';
import { nestAddresses } from '../../model/nested-fields.ts';
import { quoted } from '../../model/printable.ts';
import { requireValid } from '../../model/validation.ts';
import { askChoice, askValue } from './ask.ts';
import { flaggedFields } from '../options/customer-options.ts';

const undone = 'nothing was changed';

/** Asks field by field what to change in a customer, until the person is done. */
export async function askForPatch(context: Context, customer: Customer): Promise<CustomerPatch> {
  const given: Record<string, string | boolean> = {};
  while (true) {
    const patch = requireValid(customerPatch, nestAddresses(given));
    const wanted = patchCustomer(customer, patch);
    const field = await askChoice(context, {
      message: 'Which field?',
      choices: [
        { name: 'Done', value: 'done' as const },
        ...flaggedFields.map((value) => ({ name: described(value, valueOf(wanted, value)), value })),
        { name: `is_active ${wanted.is_active ? 'yes' : 'no'}`, value: 'is_active' as const },
      ],
      undone,
    });
    if (field === 'done') return patch;
    if (field === 'is_active') {
      given['is_active'] = !wanted.is_active;
      continue;
    }
    given[field] = await askValue(context, {
      message: `${field}:`,
      field: fields[field],
      required: fields[field].required,
      current: valueOf(wanted, field),
      undone,
    });
  }
}

function described(field: string, value: string | undefined): string {
  return value === undefined ? field : `${field} ${quoted(value)}`;
}

function valueOf(customer: Customer, field: (typeof flaggedFields)[number]): string | undefined {
  const place = addressPlaceOf(field);
  const value =
    place === undefined ? customer[field as keyof Customer] : customer[place.column]?.[place.part];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
