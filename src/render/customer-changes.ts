import type { Style } from './text/style.ts';
import type { Customer, CustomerWithContacts } from '../model/customer.ts';
import type { FieldChange } from '../model/field-change.ts';
import { describeChange } from '../model/field-change.ts';
import { printable } from '../model/printable.ts';
import { renderCustomerList } from './customer-list.ts';
import { paint } from './text/paint.ts';

/** The reference for `show`: the ERP number, or the id if there is no number that can be typed. */
export function referenceOf({ erp_customer_number: number, id }: Customer): string {
  return number === null || number.startsWith('-') || printable(number) !== number ? id : number;
}

/** `10001 Müller GmbH` */
function titleOf(customer: Customer): string {
  return `${printable(customer.erp_customer_number ?? customer.id)} ${printable(customer.name)}`;
}

/** A new customer: `+ 10001 Müller GmbH`, or when piped its line of `list`. */
export function renderCreatedCustomer(customer: CustomerWithContacts, style: Style): string {
  if (!style.terminal) {
    return renderCustomerList([{ ...customer, contact_count: customer.contacts.length }], style);
  }
  return `${paint(style).green('+')} ${titleOf(customer)}\n`;
}

/** `~ 10001 Müller GmbH` and a line for each field that differs; `= 10001 Müller GmbH: no changes`. */
export function renderCustomerChanges(customer: Customer, changes: FieldChange[], style: Style): string {
  return renderChanges(titleOf(customer), changes, style);
}

/** The same for anything with a `title`. */
export function renderChanges(title: string, changes: FieldChange[], style: Style): string {
  if (changes.length === 0) return `= ${title}: no changes\n`;
  return [
    `${paint(style).yellow('~')} ${title}`,
    ...changes.map((change) => `  ${describeChange(change)}`),
    '',
  ].join('\n');
}
