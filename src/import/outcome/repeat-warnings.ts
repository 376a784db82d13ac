import type { RowWarning } from '../../model/import-report.ts';
import { quoted } from '../../model/printable.ts';
import type { LostPrimary } from '../../store/merge/primary-contacts.ts';
import type { SupersededRow } from '../../store/merge/repeats.ts';
import type { PlacedRow } from '../customer-files.ts';
import { describeRow } from '../customer-files.ts';

/** A warning about two rows, which `placeOf` finds in their files. */
type RepeatWarning = PlacedRow & Omit<RowWarning, 'file' | 'row' | 'hint'>;
type PlaceOf = (row: number) => PlacedRow;

export function supersededWarning(
  { row, line, by_row: byRow, erp_customer_number: number, equal, keyed }: SupersededRow,
  placeOf: PlaceOf,
): RepeatWarning {
  const place = placeOf(row);
  const [one, other] = [describeRow(place), describeRow(placeOf(byRow))];
  const kept = 'the last one is used, the contacts of both are kept';
  if (number !== null) {
    return {
      ...place,
      line,
      column: 'erp_customer_number',
      value: number,
      code: 'superseded',
      warning: `${one} and ${other} have the ERP number ${quoted(number)}: ${kept}`,
    };
  }
  const text = equal
    ? `${one} is equal to ${other}: one customer`
    : `${one} differs from ${other} in its contact only: one customer, the contacts of both are kept`;
  return {
    ...place,
    line,
    column: null,
    value: null,
    code: keyed ? 'superseded' : 'duplicate_row',
    warning: keyed ? `${one} and ${other} are one customer: ${kept}` : text,
  };
}

export function lostPrimaryWarning(
  { row, line, by_row: byRow, email }: LostPrimary,
  placeOf: PlaceOf,
): RepeatWarning {
  const place = placeOf(row);
  const [one, other] = [describeRow(place), describeRow(placeOf(byRow))];
  return {
    ...place,
    line,
    column: 'contact_is_primary',
    value: email,
    code: 'two_primary_contacts',
    warning: `${one} and ${other} name two primary contacts of one customer: the last one is used`,
  };
}
