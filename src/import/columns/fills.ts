import type { FieldName } from '../../model/fields.ts';
import { fields } from '../../model/fields.ts';
import type { Mapping } from './mapping.ts';

/**
 * Whether a mapping's value for missing or blank cells is used only for new customers and contacts. Two
 * fields identify the customer or contact, so for them the value counts as the file's own.
 */
export function canFill(field: FieldName): boolean {
  return field !== 'erp_customer_number' && field !== 'contact_email';
}

/** The value that a field stores for a text of a mapping; undefined if the field refuses it. */
export function storedAs(
  field: FieldName,
  text: string,
  mapping: Pick<Mapping, 'strict_values'> | undefined,
): string | undefined {
  const { parse, parseCode = parse } = fields[field];
  const stored = (mapping?.strict_values === true ? parseCode : parse)(text);
  return typeof stored === 'string' && stored !== '' ? stored : undefined;
}

/**
 * The value that a mapping gives blank cells of a column (`values: { '': de-DE }`), as a fill of its fields.
 * Undefined if it counts as the file's own value: a flag such as *Gesperrt* is blank for no, and an existing
 * customer should follow it.
 */
export function blankFill(
  into: readonly FieldName[],
  { values, split }: { values?: Record<string, string> | undefined; split?: unknown },
  mapping: Mapping,
): [FieldName, string][] | undefined {
  const text = values?.[''];
  if (text === undefined || split !== undefined) return undefined;
  const filled = into.map((field): [FieldName, string | undefined] => [
    field,
    canFill(field) && !isFlag(field) ? storedAs(field, text, mapping) : undefined,
  ]);
  return filled.every((fill): fill is [FieldName, string] => fill[1] !== undefined) ? filled : undefined;
}

function isFlag(field: FieldName): boolean {
  return field === 'is_active' || field === 'contact_is_primary';
}
