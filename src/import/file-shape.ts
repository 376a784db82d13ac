import type { AddressPart } from '../model/address.ts';
import type { AddressColumn } from '../model/columns.ts';
import { addressPlaceOf } from '../model/columns.ts';
import type { ImportShape } from '../store/merge/shape.ts';
import { plainColumns, plainContactColumns } from '../store/merge/shape.ts';
import type { ColumnDefaults, Columns } from './columns/columns.ts';
import { defaultOf } from './columns/columns.ts';

/** What the file's columns, and the values given for missing ones, let an import say. */
export function shapeOf(
  columns: Columns,
  { blank, defaults }: { blank: 'clear' | 'keep'; defaults: ColumnDefaults },
): ImportShape {
  const parts = (of: AddressColumn): AddressPart[] =>
    columns.mapped.flatMap(({ field }) => {
      const place = addressPlaceOf(field);
      return place?.column === of ? [place.part] : [];
    });
  return {
    given: plainColumns.filter((column) => columns.has(column) || defaultOf(column, defaults) !== undefined),
    activeGiven: columns.has('is_active'),
    addressParts: { billing_address: parts('billing_address'), shipping_address: parts('shipping_address') },
    contacts: columns.has('contact_email'),
    contactGiven: plainContactColumns.filter((column) => columns.has(`contact_${column}`)),
    primaryGiven: columns.has('contact_is_primary'),
    blank,
  };
}
