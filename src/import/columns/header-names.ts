import { contactColumns } from '../../model/columns.ts';
import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import { fieldBySynonym } from './column-synonyms.ts';

const fieldByKey = new Map<string, FieldName>(fieldNames.map((name) => [headerKey(name), name]));

/** Headers match without regard to case, outer spaces, and `-`, `_` or spaces between words. */
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

/** The field that a header name means unambiguously: by the field's own name, or by an ERP name for it. */
export function knownField(header: string): FieldName | undefined {
  return fieldOf(header) ?? fieldBySynonym(header);
}

/** A contact's fields other than its email. */
export const contactFields = contactColumns
  .map((column) => `contact_${column}` as const)
  .filter((field) => field !== 'contact_email');
