import type { Problem } from './problem.ts';
import { findNull, findNumberPlaceholder } from './placeholder.ts';
import type { IdentifierKind } from './spreadsheet-damage.ts';
import { findDamagedIdentifier, undoneIdentifier } from './spreadsheet-damage.ts';
import type { TextRule } from './text.ts';
import { parseText } from './text.ts';

/** What most numbers consist of, with nothing to undo or reject: digits and common separators. */
const ordinary: Record<IdentifierKind, RegExp> = {
  erp_number: /^(?:0*[1-9]\d*|[A-Z]{1,2}[- ]?\d+|[A-Z]+\d+|\d+[A-DF-Z])$/,
  phone: /^[+\d(](?:[\d ()/-]*\d)?$/,
  postal_code: /^(?:[A-Z]{1,2}-?)?\d+$/,
};

/**
 * An ERP number, a phone number or a postcode as it is stored, or what is wrong with it: the same rules for a
 * CSV file, a workbook, a flag and JSON. Damage that can be undone unambiguously is undone; most values come
 * back as the very same string.
 */
export function parseIdentifier(text: string, rule: TextRule, kind: IdentifierKind): string | Problem {
  if (text.length <= rule.max && ordinary[kind].test(text)) return text;
  const parsed = parseText(text, rule);
  if (typeof parsed !== 'string' || parsed === '') return parsed;
  const undone = undoneIdentifier(parsed);
  const value = undone === parsed ? parsed : parseText(undone, rule);
  if (typeof value !== 'string' || value === '') return value;
  const placeholder = kind === 'erp_number' ? findNumberPlaceholder(value) : findNull(value);
  const problem = placeholder ?? findDamagedIdentifier(value, kind);
  if (problem !== undefined) return problem;
  const stored = spaced(value, kind);
  // Judged as it is stored, or a second import could refuse what the first one accepted.
  return stored === value ? value : parseIdentifier(stored, rule, kind);
}

/** Phones and postcodes copied from a word processor: a no-break space among digits becomes a space. */
function spaced(value: string, kind: IdentifierKind): string {
  return kind === 'erp_number' ? value : value.replaceAll(/[\u00a0\u202f\u2007\u2009]/g, ' ');
}
