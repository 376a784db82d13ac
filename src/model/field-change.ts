import { isSameEmail } from './email-key.ts';
import { quoted } from './printable.ts';

/** The possible values of a customer's or contact's field; an absent part of an address is null. */
export type FieldValue = string | boolean | null;

/** One field that differs. A part of an address has the name of the file's column: `billing_city`. */
export interface FieldChange {
  field: string;
  from: FieldValue;
  to: FieldValue;
}

/** The fields that differ, in the order in which `before` lists them; both objects list the same fields. */
export function changesBetween(
  before: Record<string, FieldValue>,
  after: Record<string, FieldValue>,
): FieldChange[] {
  return Object.entries(before).flatMap(([field, from]) => {
    const to = after[field] ?? null;
    return isSame(field, from, to) ? [] : [{ field, from, to }];
  });
}

/** Emails are compared without regard to case and to the form of the domain. */
function isSame(field: string, one: FieldValue, other: FieldValue): boolean {
  if (field !== 'email' || typeof one !== 'string' || typeof other !== 'string') return one === other;
  return isSameEmail(one, other);
}

/** `billing_city "Koln" → "Köln"`; of long texts, only the part around the first difference. */
export function describeChange({ field, from, to }: FieldChange): string {
  const start = typeof from === 'string' && typeof to === 'string' ? startOfDifference(from, to) : 0;
  return `${field} ${describeValue(from, start)} → ${describeValue(to, start)}`;
}

const shown = 120;

/** `"Köln"`, `yes`, `none`; of a long text, the part from `start`. */
export function describeValue(value: FieldValue, start = 0): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return start === 0 ? quoted(value, shown) : `…${quoted(value.slice(start), shown)}`;
}

/** Where to start so that the difference is among the characters shown; 0 shows the whole text. */
function startOfDifference(one: string, other: string): number {
  if (one.length <= shown && other.length <= shown) return 0;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  if (at < shown / 2) return 0;
  const start = at - 20;
  // Not between the halves of a surrogate pair.
  return /[\udc00-\udfff]/.test(one[start] ?? '') ? start - 1 : start;
}
