import { contactColumns } from '../../model/columns.ts';
import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import { fieldBySynonym } from './column-synonyms.ts';

const fieldByKey = new Map<string, FieldName>(fieldNames.map((name) => [headerKey(name), name]));

/** Headers match without regard to case, outer space, and `-`, `_` or space between words. */
export function headerKey(header: string): string {
  return header
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replace(/[-_\s]+/gu, '');
}

export function fieldOf(header: string): FieldName | undefined {
  return header.trimStart().startsWith('_') ? undefined : fieldByKey.get(headerKey(header));
}

/** What a header name surely means: a field by its own name, or by another that ERPs give it. */
export function knownField(header: string): FieldName | undefined {
  return fieldOf(header) ?? fieldBySynonym(header);
}

/** What a contact has beside its email. */
export const contactFields = contactColumns
  .map((column) => `contact_${column}` as const)
  .filter((field) => field !== 'contact_email');
