/**
 * A spreadsheet runs a cell as a formula if it begins with one of = + - @ (some also accept their full-width
 * forms) or with a control character (OWASP, “CSV Injection”). Such cells, and cells that look already
 * protected, get one more apostrophe in front, so removing one restores exactly the original.
 */
const dangerous = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

export function neutralizeFormula(cell: string): string {
  return dangerous.test(cell) ? `'${cell}` : cell;
}

/**
 * As `neutralizeFormula`, for a CSV file that Excel opens directly: text that Excel would convert to a
 * number, a date or another value (`00123`, `+49 30 1234`, `1-2`, `1E5`, `TRUE`) becomes the formula
 * `="00123"`, which shows it unchanged.
 */
export function protectForExcel(cell: string): string {
  if (isFormula(cell)) return `'${cell}`;
  return isValueForExcel(cell) ? `="${cell.replaceAll('"', '""')}"` : neutralizeFormula(cell);
}

/**
 * For a workbook, whose cells are text whatever they contain: changes only what `restoreFormula` would
 * change.
 */
export function protectFromRestoring(cell: string): string {
  return restoreFormula(cell) === cell ? cell : `'${cell}`;
}

/** Undoes each of the three: returns exactly the text that was protected. */
export function restoreFormula(cell: string): string {
  if (cell.startsWith("'")) return dangerous.test(cell) ? cell.slice(1) : cell;
  if (!cell.startsWith('="')) return cell;
  const text = /^="((?:[^"]|"")*)"$/.exec(cell)?.[1];
  return text === undefined ? cell : text.replaceAll('""', '"');
}

/** A formula that can do something. What only begins with a sign and has no letter is at most a number. */
function isFormula(cell: string): boolean {
  return dangerous.test(cell) && (!/^[+-]/.test(cell) || /\p{L}/u.test(cell));
}

/** The longest text that a formula may contain. Longer cells are not numbers either. */
const longestConstant = 255;
const digit = /\p{Nd}/u;
const letters = /\p{L}[\p{L}\p{M}]*/gu;
/** Words that Excel recognises in a date, a time or an amount, in German and in English. */
const wordOfValue =
  /^(?:(?:jan|feb|mär|mrz|mar|apr|mai|may|jun|jul|aug|sep|o[kc]t|nov|de[zc])\p{L}*|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|(?:mon|tues|wednes|thurs|fri|satur|sun)day|e|a|p|m|am|pm|uhr|kr|kč|zł|ft|s?fr|dm)$/iu;
const currency = /^[A-Z]{3}$/;
const constant = /^\s*(?:wahr|falsch|true|false|#[\p{L}\d/?!]+)\s*$/iu;

/**
 * Whether Excel may convert a text to something else: a number, an amount, a date, a time, a truth value or
 * an error. Its rules depend on its language and are not published, so every text counts that has a digit and
 * no words other than those of dates and amounts. A false positive is harmless.
 */
function isValueForExcel(cell: string): boolean {
  if (cell.length > longestConstant || /[\r\n]/.test(cell)) return false;
  if (!digit.test(cell)) return constant.test(cell);
  return (cell.match(letters) ?? []).every((word) => wordOfValue.test(word) || currency.test(word));
}
