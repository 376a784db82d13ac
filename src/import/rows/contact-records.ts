import { emailKey } from '../../model/email-key.ts';
import type { FieldName } from '../../model/fields.ts';
import type { ContactCells, ContactColumns, PartCells } from '../columns/mapping-parts.ts';
import { textOf } from '../columns/mapping-parts.ts';
import { contactLeftOut } from '../columns/mapping-columns.ts';
import type { Finding } from '../finding.ts';
import { contactsOf } from './contact-cell.ts';

/** The fields of a row's additional contact, in the order of its record. */
export const contactColumnsOfParts = ['email', 'name', 'phone', 'role'] as const;

/** The cells of each field. */
export function contactFieldsOf(contact: ContactCells): [FieldName, PartCells][] {
  const { cell } = contact;
  if (cell !== undefined) {
    return [
      ['contact_email', cell],
      ['contact_name', cell],
    ];
  }
  return contactColumnsOfParts.flatMap((column): [FieldName, PartCells][] => {
    const cells = contact[column];
    return cells === undefined ? [] : [[`contact_${column}`, cells]];
  });
}

/**
 * The texts of each contact in these cells. A contact without an email is omitted with a warning; one whose
 * email's key is in `known` exists already.
 */
export function contactRecords(
  contact: ContactCells,
  cells: string[],
  { warnings, known }: { warnings: Finding[]; known: Set<string> },
): string[][] {
  const { cell } = contact;
  const found =
    cell === undefined
      ? recordsByEmail(contact, cells)
      : contactsOf(rawText(cell, cells)).map((one) => [one.email, one.name, '', '']);
  return found.flatMap((record) => {
    const [address = '', ...rest] = record;
    if (address === '') {
      const shown = rest.find((text) => text !== '');
      const { name } = cell ?? contact.name ?? contact.email;
      if (shown !== undefined) warnings.push(contactLeftOut(shown, name));
      return [];
    }
    const key = emailKey(address);
    if (known.has(key)) return [];
    known.add(key);
    return [record];
  });
}

/** Several addresses in an email cell are several contacts. */
function recordsByEmail(contact: ContactColumns, cells: string[]): string[][] {
  const record = contactColumnsOfParts.map((column) => textOf(contact[column], cells));
  const several = contactsOf(rawText(contact.email, cells)).filter(({ email }) => email !== '');
  if (several.length < 2) return [record];
  const [, name = '', ...rest] = record;
  return several.map((one) => [one.email, one.name === '' ? name : one.name, ...rest]);
}

/** With its line breaks, which separate contacts. */
function rawText({ places: [place = -1] }: PartCells, cells: string[]): string {
  return cells[place] ?? '';
}
