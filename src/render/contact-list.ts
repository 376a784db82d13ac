import type { Style } from './text/style.ts';
import { contactColumns as contactFields } from '../model/columns.ts';
import type { Contact } from '../model/contact.ts';
import { printable } from '../model/printable.ts';
import type { ListingLayout } from './text/listing.ts';
import { paint } from './text/paint.ts';
import type { Column } from './text/table.ts';
import { renderTable } from './text/table.ts';

export const contactColumns: Column<Contact>[] = [
  { title: 'EMAIL', value: ({ email }) => email, shrinksTo: 16 },
  { title: 'NAME', value: ({ name }) => name ?? '', shrinksTo: 10, drops: 3 },
  { title: 'PHONE', value: ({ phone }) => phone ?? '', drops: 2 },
  { title: 'ROLE', value: ({ role }) => role ?? '', shrinksTo: 6, drops: 1 },
  { title: 'PRIMARY', value: ({ is_primary }) => (is_primary ? 'primary' : '') },
];

/** A customer's contacts; when piped, with their ids at the end. */
export const contactListing: ListingLayout<Contact> = {
  names: ['id', 'org_id', 'customer_id', ...contactFields, 'created_at', 'updated_at'],
  table: (_first, style) => ({
    columns: style.terminal ? contactColumns : [...contactColumns, { title: 'ID', value: ({ id }) => id }],
  }),
};

/** `anna@m.example Anna Müller`, printable. */
export function titleOfContact({ email, name }: Contact): string {
  return printable([email, name].filter(Boolean).join(' '));
}

/**
 * `+ anna@m.example Anna Müller` for an added contact, `-` for a removed one; when piped, its line of the
 * list.
 */
export function renderContactLine(sign: '+' | '-', contact: Contact, style: Style): string {
  if (!style.terminal) {
    return renderTable(contactListing.table([contact], style).columns, [contact], style);
  }
  const color = paint(style);
  return `${sign === '+' ? color.green(sign) : color.red(sign)} ${titleOfContact(contact)}\n`;
}
