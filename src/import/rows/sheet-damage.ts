import { parseCountry } from '../../model/country.ts';
import type { SheetMark, SheetMarks } from '../../files/table.ts';
import type { FieldName } from '../../model/fields.ts';
import { findDamagedPostalCode } from '../../model/postal-code.ts';
import { quoted } from '../../model/printable.ts';
import type { Problem } from '../../model/problem.ts';
import { problem } from '../../model/problem.ts';
import type { Finding, Judgement } from '../finding.ts';

const formatAsText = 'format the column as text, write the value again, and save';

/** Damage to any column, whatever it contains. */
const damagedAnywhere: Partial<Record<SheetMark, { what: string; hint: string }>> = {
  error: {
    what: 'is an error value of a spreadsheet',
    hint: 'fix the formula, or replace it with its value',
  },
  uncalculated: {
    what: 'is a formula whose result is not in the file',
    hint: 'open the workbook in Excel or LibreOffice and save it',
  },
  unreadable: { what: 'is stored as a number but is not one', hint: formatAsText },
};

const damagedIdentifier: Partial<Record<SheetMark, string>> = {
  scientific: 'is a number that the spreadsheet shows in scientific notation',
  rounded: 'is a number of more than 15 digits, and a spreadsheet keeps only 15',
  fraction: 'is a number with decimals',
  date: 'is a date that a spreadsheet made of it',
};

/**
 * The one place that decides which numbers a spreadsheet may have damaged.
 *
 * ERP numbers, phones and postal codes are texts of digits, but a spreadsheet turns them into numbers: long
 * ones are rounded, or shown in scientific notation; 10-11 becomes a date. Beyond that:
 * - An ERP number that is an integer is accepted: it may have had leading zeros, but most had none. A number
 *   format that shows zeros (`00000`) is what the person saw, and is kept.
 * - A phone begins with +, 0 or a bracket; a number cannot, so that beginning is lost.
 * - A postal code that is valid in its country only with leading zeros has lost them: 1067 in Germany.
 *   Without a country, one of fewer than four digits is certainly damaged, and one of four may be correct (in
 *   Vienna).
 */
export function findSheetDamage(
  field: FieldName | undefined,
  { text, mark, country }: { text: string; mark: SheetMark; country: string | undefined },
): Problem | undefined {
  const anywhere = damagedAnywhere[mark];
  if (anywhere !== undefined) {
    return problem(
      'spreadsheet_damage',
      `${text === '' ? 'the cell' : quoted(text)} ${anywhere.what}`,
      anywhere.hint,
    );
  }
  if (mark === 'date' && field !== undefined && isNeverDate(field)) {
    return damage(text, 'is a date that a spreadsheet made of it');
  }
  const kind = field === undefined ? undefined : identifierKind(field);
  if (kind === undefined) return undefined;
  const what = damagedIdentifier[mark];
  if (what !== undefined) return damage(text, what);
  if (kind === 'phone' && !/^[+0(]/.test(text)) {
    return damage(text, 'is stored as a number: the + or 0 that it began with is lost');
  }
  return kind === 'postal_code' ? findLostZeros(text, country) : undefined;
}

/** Errors and warnings of a row, without those that `known` already has for the same columns. */
export type SheetCheck = (cells: string[], marks: SheetMarks, known: Finding[]) => Judgement;

/**
 * Compiles the check of whole rows for the columns of one file; columns without a field may contain anything.
 * A cell that a mapping makes of others (its column then has their names, and comes after them) has their
 * marks.
 */
export function createSheetCheck(
  header: string[],
  mapped: { index: number; name: string; field?: FieldName }[],
): SheetCheck {
  const countries = new Map(
    mapped.flatMap(({ index, field }) =>
      field?.endsWith('_country') === true ? [[sideOf(field), index] as const] : [],
    ),
  );
  const checked = mapped.map(({ index, name, field }) => ({
    index,
    name,
    field,
    sources: index < header.length ? [index] : sourcesOf(name, header),
    country: field === undefined ? -1 : (countries.get(sideOf(field)) ?? -1),
  }));
  const doubt = createNumbersWarning(mapped);
  return (cells, marks, known) => {
    const errors = checked.flatMap(({ index, name, field, sources, country }) => {
      const text = cells[index] ?? '';
      let found: Problem | undefined;
      for (const source of sources) {
        const mark = marks[source];
        if (mark !== undefined) found ??= findSheetDamage(field, { text, mark, country: cells[country] });
      }
      if (found === undefined) return [];
      const isKnown = known.some(
        (finding) => finding.column === name && finding.problem.code === found?.code,
      );
      return isKnown ? [] : [{ column: name, value: text, problem: found }];
    });
    return { errors, warnings: doubt(cells, marks) };
  };
}

/**
 * Warns, at the first such row, that ERP numbers are stored as numbers: one that had leading zeros has lost
 * them, and nothing shows which. Most files have no such numbers, so it is a warning, and once per file is
 * enough.
 */
function createNumbersWarning(
  mapped: { index: number; name: string; field?: FieldName }[],
): (cells: string[], marks: SheetMarks) => Finding[] {
  const column = mapped.find(({ field }) => field === 'erp_customer_number');
  let reported = column === undefined;
  return (cells, marks) => {
    if (reported || column === undefined || marks[column.index] !== 'number') return [];
    const text = cells[column.index] ?? '';
    if (!/^[1-9]\d*$/.test(text)) return [];
    reported = true;
    const found = {
      code: 'number_for_text',
      message: `${quoted(text)} is stored as a number, and others may be too: leading zeros, if there were any, are lost`,
      hint: 'this is fine if no ERP number begins with 0; otherwise format the column as text and export it again',
    };
    return [{ column: column.name, value: text, problem: found }];
  };
}

function sourcesOf(name: string, header: string[]): number[] {
  const names = name.split(' + ');
  return header.flatMap((column, index) => (names.includes(column) || column === name ? [index] : []));
}

function sideOf(field: FieldName): string {
  return field.slice(0, field.indexOf('_'));
}

function findLostZeros(text: string, country: string | undefined): Problem | undefined {
  const code = country === undefined || country.trim() === '' ? '' : parseCountry(country);
  if (typeof code === 'string' && code !== '') return findDamagedPostalCode(text, code);
  return text.length < 4 ? damage(text, 'is stored as a number and has lost zeros') : undefined;
}

/** A date may be intended in a note, but not as a name, street or city. */
function isNeverDate(field: FieldName): boolean {
  return field === 'name' || field === 'contact_name' || /_(?:street2?|city|state)$/.test(field);
}

function identifierKind(field: FieldName): 'erp_number' | 'phone' | 'postal_code' | undefined {
  if (field === 'erp_customer_number') return 'erp_number';
  if (field === 'contact_phone') return 'phone';
  return field.endsWith('_postal_code') ? 'postal_code' : undefined;
}

function damage(text: string, what: string): Problem {
  return problem('spreadsheet_damage', `${quoted(text)} ${what}`, formatAsText);
}
