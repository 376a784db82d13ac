import type { AddressPart } from '../model/address.ts';
import type { FieldName } from '../model/fields.ts';
import type { ImportShape } from '../store/merge/shape.ts';
import type { ColumnDefaults, Columns } from './columns/columns.ts';

/** What the file's columns, and the values given for missing ones, let an import say. */
export function shapeOf(
  columns: Columns,
  { blank, defaults }: { blank: 'clear' | 'keep'; defaults: ColumnDefaults },
): ImportShape {
  const parts = (side: 'billing' | 'shipping') =>
    columns.mapped.flatMap(({ field }) =>
      field.startsWith(`${side}_`) ? [field.slice(side.length + 1) as AddressPart] : [],
    );
  const given = customerFields.filter(
    (field) =>
      columns.has(field) ||
      (field === 'default_currency' && defaults.currency !== undefined) ||
      (field === 'default_language' && defaults.language !== undefined),
  );
  return {
    given,
    activeGiven: columns.has('is_active'),
    addressParts: { billing_address: parts('billing'), shipping_address: parts('shipping') },
    contacts: columns.has('contact_email'),
    contactGiven: contactFields.filter((field) => columns.has(`contact_${field}`)),
    primaryGiven: columns.has('contact_is_primary'),
    blank,
  };
}

const customerFields = [
  'name',
  'email',
  'default_currency',
  'default_language',
  'notes',
] as const satisfies FieldName[];
const contactFields = ['name', 'phone', 'role'] as const;
