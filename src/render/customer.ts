import type { Style } from './text/style.ts';
import { isAddressColumn } from '../model/columns.ts';
import type { CustomerWithContacts } from '../model/customer.ts';
import { printable } from '../model/printable.ts';
import { addressLines } from './address.ts';
import { contactColumns } from './contact-list.ts';
import type { LastChange } from './changes/history.ts';
import { titleOf } from './changes/history.ts';
import { formatCount } from './text/numbers.ts';
import { paint } from './text/paint.ts';
import { renderTable } from './text/table.ts';
import { formatLocalTime } from './text/time.ts';

/** One customer with contacts: a page on a terminal, otherwise `field<tab>value` lines. */
export function renderCustomer(customer: CustomerWithContacts, style: Style, last?: LastChange): string {
  return style.terminal ? customerPage(customer, style, last) : customerLines(customer);
}

function customerPage(customer: CustomerWithContacts, style: Style, last: LastChange | undefined): string {
  const { bold, dim, yellow } = paint(style);
  const state = customer.is_active ? '' : `  ${yellow('inactive')}`;
  const fields: [string, string[]][] = [
    ['ERP number', [printable(customer.erp_customer_number ?? '')]],
    ['Email', [printable(customer.email ?? '')]],
    ['Currency', [printable(customer.default_currency)]],
    ['Language', [printable(customer.default_language)]],
    ['Billing', addressLines(customer.billing_address)],
    ['Shipping', addressLines(customer.shipping_address)],
    ['Notes', (customer.notes ?? '').split('\n').map(printable)],
    ['Created', [formatLocalTime(customer.created_at)]],
    ['Updated', [formatLocalTime(customer.updated_at)]],
    ['Changed', [last === undefined ? '' : describeLastChange(last)]],
    ['Id', [customer.id]],
  ];
  const lines = [`${bold(printable(customer.name))}${state}`, ''];
  for (const [title, values] of fields) {
    if (values.every((value) => value === '')) continue;
    lines.push(
      ...values.map((value, index) => `${dim((index === 0 ? title : '').padEnd(10))}  ${value}`.trimEnd()),
    );
  }
  const { contacts } = customer;
  if (contacts.length === 0) return `${[...lines, '', dim('no contacts')].join('\n')}\n`;
  lines.push('', bold(`Contacts (${formatCount(contacts.length)})`), '');
  return `${lines.join('\n')}\n${renderTable(contactColumns, contacts, style)}`;
}

/**
 * Every field, uncut; then a line per contact: `contact`, email, name, phone, role, and `primary` or an empty
 * column.
 */
function customerLines({ contacts, ...customer }: CustomerWithContacts): string {
  const lines = [
    ...Object.entries(customer).map(([name, value]) => [
      name,
      printable(
        isAddressColumn(name)
          ? addressLines(customer[name]).join(', ')
          : String((value as string | boolean | null) ?? ''),
      ),
    ]),
    ...contacts.map((contact) => [
      'contact',
      ...contactColumns.map(({ value }) => printable(value(contact))),
    ]),
  ];
  return lines.map((values) => `${values.join('\t')}\n`).join('');
}

/** `2026-11-29 12:30 by irma (import customers.csv)`, for a customer or a contact. */
function describeLastChange(last: LastChange): string {
  return `${formatLocalTime(last.at)} by ${printable(last.by)} (${printable(titleOf(last))})`;
}
