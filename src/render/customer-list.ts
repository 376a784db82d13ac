import type { Advice, ToolCommand } from '../advice.ts';
import { advice } from '../advice.ts';
import type { Style } from './text/style.ts';
import type { AddressColumn } from '../model/columns.ts';
import { customerColumns, isAddressColumn, partFieldsOf } from '../model/columns.ts';
import type { DuplicateMember, DuplicateReason } from '../model/duplicate.ts';
import type { CustomerListing } from '../model/customer.ts';
import type { ListingLayout } from './text/listing.ts';
import { formatCount } from './text/numbers.ts';
import type { Column } from './text/table.ts';
import { renderTable } from './text/table.ts';

export interface CustomerPage {
  items: CustomerListing[];
  total: number;
  page: number;
  per_page: number;
  total_pages: number;
}

const id: Column<CustomerListing> = { title: 'ID', value: (customer) => customer.id };

const erpNumber: Column<CustomerListing> = {
  title: 'ERP NUMBER',
  value: (customer) => customer.erp_customer_number ?? '',
};

const erpNumberOrId: Column<CustomerListing> = {
  title: 'ERP NUMBER OR ID',
  value: (customer) => customer.erp_customer_number ?? customer.id,
};

const columns: Column<CustomerListing>[] = [
  { title: 'NAME', value: ({ name }) => name, shrinksTo: 24 },
  {
    title: 'CITY',
    value: (customer) => customer.billing_address?.city ?? customer.shipping_address?.city ?? '',
    shrinksTo: 8,
    drops: 3,
  },
  { title: 'CURRENCY', value: (customer) => customer.default_currency, drops: 2 },
  { title: 'LANGUAGE', value: (customer) => customer.default_language, drops: 1 },
  { title: 'CONTACTS', value: (customer) => formatCount(customer.contact_count), align: 'right', drops: 4 },
  { title: 'ACTIVE', value: (customer) => (customer.is_active ? 'yes' : 'no'), drops: 5 },
];

/** The keys of an item, with its own columns as in `shown`. */
const keys = (shown: (column: AddressColumn) => string[]) => [
  'id',
  'org_id',
  ...customerColumns.flatMap((column) => (isAddressColumn(column) ? shown(column) : [column])),
  'created_at',
  'updated_at',
  'contact_count',
];
const partKeys = (column: AddressColumn) => partFieldsOf(column).map(({ field }) => field);

/**
 * A list of customers. On a terminal the first column is the reference for `show`: the ERP number, or for a
 * customer without one the id. When piped, both have columns of their own, first and last.
 */
export const customerListing: ListingLayout<CustomerListing> = {
  names: keys((column) => [column, ...partKeys(column)]),
  flat: keys(partKeys),
  table(first, style) {
    if (!style.terminal) return { columns: [erpNumber, ...columns, id] };
    const everyoneHasOne = first.every((customer) => customer.erp_customer_number !== null);
    return {
      columns: [everyoneHasOne ? erpNumber : erpNumberOrId, ...columns],
      options: { dimmed: (customer) => !customer.is_active },
    };
  },
};

const reasons: Record<DuplicateReason, string> = {
  email: 'email',
  phone: 'phone',
  name_and_postal_code: 'name and postcode',
  number: 'number but for zeros',
};

/** Probable duplicates, the customers of a group below each other. */
export const duplicateListing: ListingLayout<DuplicateMember> = {
  names: [
    'group',
    'reasons',
    'group_size',
    'id',
    'erp_customer_number',
    'name',
    'email',
    'city',
    'postal_code',
    'is_active',
    'contact_count',
    'updated_at',
  ],
  table(_first, { terminal }) {
    const why = ({ reasons: found }: DuplicateMember) =>
      terminal
        ? found
            .split(',')
            .map((each) => reasons[each as DuplicateReason])
            .join(', ')
        : found;
    return {
      columns: [
        { title: 'GROUP', value: ({ group }) => String(group), align: 'right' },
        { title: 'THE SAME', value: why, shrinksTo: 12 },
        {
          title: terminal ? 'ERP NUMBER OR ID' : 'ERP NUMBER',
          value: (customer) => customer.erp_customer_number ?? (terminal ? customer.id : ''),
        },
        { title: 'NAME', value: ({ name }) => name, shrinksTo: 24 },
        { title: 'POSTCODE', value: ({ postal_code }) => postal_code ?? '', drops: 3 },
        { title: 'CITY', value: ({ city }) => city ?? '', shrinksTo: 8, drops: 2 },
        { title: 'EMAIL', value: ({ email }) => email ?? '', shrinksTo: 12, drops: 1 },
        { title: 'ACTIVE', value: (customer) => (customer.is_active ? 'yes' : 'no'), drops: 4 },
        ...(terminal ? [] : [{ title: 'ID', value: (customer: DuplicateMember) => customer.id }]),
      ],
      options: { dimmed: (customer) => !customer.is_active },
    };
  },
};

/** The list without any flags. */
export function renderCustomerList(items: CustomerListing[], style: Style): string {
  if (items.length === 0) return '';
  const { columns: shown, options } = customerListing.table(items, style);
  return renderTable(shown, items, style, options);
}

/** `1–50 of 1,234 customers`, and how to get the next page. */
export function renderPosition(
  { items, total, page, per_page, total_pages }: CustomerPage,
  next: ToolCommand,
): Advice {
  if (total === 0) return 'no customers';
  if (items.length === 0) {
    return `page ${formatCount(page)} is past the end: ${formatCount(total)} customers are ${formatCount(total_pages)} page${total_pages === 1 ? '' : 's'}`;
  }
  const first = (page - 1) * per_page + 1;
  const position = `${formatCount(first)}–${formatCount(first + items.length - 1)} of ${formatCount(total)}`;
  return page < total_pages ? advice`${position} · next: ${next}` : position;
}
