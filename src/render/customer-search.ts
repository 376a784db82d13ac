import type { CustomerMatch, MatchedField, SearchResult } from '../model/customer-search.ts';
import { printable } from '../model/printable.ts';
import { customerListing } from './customer-list.ts';
import type { ListingLayout } from './text/listing.ts';
import { formatCount } from './text/numbers.ts';
import type { Column } from './text/table.ts';

const words: Record<MatchedField, string> = {
  erp_customer_number: 'ERP number',
  name: 'name',
  email: 'email',
  contact_email: 'contact email',
  contact_phone: 'contact phone',
  contact_name: 'contact name',
  city: 'city',
  street: 'street',
  postal_code: 'postcode',
  email_domain: 'email domain',
};

const id: Column<CustomerMatch> = { title: 'ID', value: (customer) => customer.id };
const erpNumber: Column<CustomerMatch> = {
  title: 'ERP NUMBER',
  value: (customer) => customer.erp_customer_number ?? '',
};
const erpNumberOrId: Column<CustomerMatch> = {
  title: 'ERP NUMBER OR ID',
  value: (customer) => customer.erp_customer_number ?? customer.id,
};
const columns: Column<CustomerMatch>[] = [
  { title: 'NAME', value: ({ name }) => name, shrinksTo: 24 },
  { title: 'CITY', value: cityOf, shrinksTo: 8, drops: 3 },
  { title: 'EMAIL', value: ({ email }) => email ?? '', shrinksTo: 12, drops: 1 },
  { title: 'ACTIVE', value: (customer) => (customer.is_active ? 'yes' : 'no'), drops: 2 },
];
const found: Column<CustomerMatch> = { title: 'FOUND IN', value: foundIn, shrinksTo: 13, drops: 4 };
const foundPlainly: Column<CustomerMatch> = { title: 'FOUND IN', value: ({ match }) => match };

/** The results of a search, the best first. Columns as in a list; see `customerListing`. */
export const searchListing: ListingLayout<CustomerMatch> = {
  names: [...customerListing.names, 'match', 'matched_contact'],
  flat: [...(customerListing.flat ?? []), 'match'],
  table(first, style) {
    if (!style.terminal) return { columns: [erpNumber, ...columns, foundPlainly, id] };
    const everyoneHasOne = first.every((customer) => customer.erp_customer_number !== null);
    return {
      columns: [everyoneHasOne ? erpNumber : erpNumberOrId, ...columns, found],
      options: { dimmed: (customer) => !customer.is_active },
    };
  },
};

/** `20 of 134 customers`, or `20 of more than 300 customers` if they were not all counted. */
export function renderFound({ items, total, total_is_exact }: SearchResult): string {
  if (total === 0) return 'no customers';
  const all = `${total_is_exact ? '' : 'more than '}${formatCount(total)} customer${total === 1 ? '' : 's'}`;
  return items.length === total && total_is_exact ? all : `${formatCount(items.length)} of ${all}`;
}

/** One line for a customer in the live prompt. */
export function renderChoice(customer: CustomerMatch): string {
  const parts = [customer.erp_customer_number ?? '', customer.name, cityOf(customer)];
  return `${parts.filter(Boolean).map(printable).join('  ')}${customer.is_active ? '' : '  (inactive)'}`;
}

/** `contact phone (Erika Kauf)`: the matching contact, unless the search was for its name. */
function foundIn({ match, matched_contact: contact }: CustomerMatch): string {
  const who = contact === null || match === 'contact_name' ? contact?.name : (contact.name ?? contact.email);
  return who === undefined || who === null ? words[match] : `${words[match]} (${who})`;
}

function cityOf({ billing_address: billing, shipping_address: shipping }: CustomerMatch): string {
  return billing?.city ?? shipping?.city ?? '';
}
