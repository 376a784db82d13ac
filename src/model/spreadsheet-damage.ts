import { monthNumber } from './month-names.ts';
import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';

/**
 * The kind of a field of digits. A name such as `10.200` may be an ERP number, and 1.234.567 a phone number.
 */
export type IdentifierKind = 'erp_number' | 'phone' | 'postal_code';

// Excel and LibreOffice write the exponent with a sign, Java without; "12E4" may be a real number.
const scientific = /^([+-]?)(\d+)(?:[.,](\d+))?E([+-]?)(\d{1,3})$/i;
/**
 * Excel's error words in the languages of Microsoft 365 that do not end in ! or ?, and those of Google
 * Sheets.
 */
const errorWord =
  /^#(?:N\/[ABDEV]|NV|ND|I\/T|Н\/Д|N\/DISP\.?|N\/D\.?|YOK|HIÁNYZIK|GETTING_DATA|DATEN_ABRUFEN|#+)$/iu;
/** `#VALEUR!`, `#NOM?`, `#DIV/0!`, in every language. */
const errorSign = /^#[\p{L}\d/_.\- ]{1,24}[!?]$/u;
/** The error values that a name is compared with: #LECKER! may be a company. */
const errorValueOfName =
  /^#(?:REF|BEZUG|NAME|NOM|NOMBRE|NAAM|NOME|VALUE|WERT|VALEUR|VALOR|VALORE|WAARDE|ARG|DIV\/0|NUM|ZAHL|NOMBRE|NUL|NULL|NULO|NULLO|SPILL|ÜBERLAUF|CALC|KALK|FIELD|FELD|RIF|VERW|CONNECT|BLOCKED|UNKNOWN|BUSY|ERROR|FEHLER|NIPOPIS|ADR)[!?]$/i;
/** LibreOffice: Err:508, Fehler:508, Fehler: 508 … */
const errorNumber = /^(?:Err|Error|Fehler|Fout|Errore|Erreur|Chyba|Błąd) ?: ?\d{3}$/i;

const timestamp = /^(?:19|20)\d\d-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?$/;
const numericDate = /^(\d{1,2})([./-])(\d{1,2})\2(?:19|20)\d\d(?: \d\d:\d\d(?::\d\d)?)?$/;
const dayAndMonth = /^(\d{1,2})(?:\. ?|[ /-])(\p{L}{3,})\.?(?:[. /-]{1,2}(\d{2}|\d{4}))?$/u;
const monthAndYear = /^(\p{L}{3,})\.?[ /-](\d{2}|\d{4})$/u;

const decimals = /^(\d+)[.,]0+$/;
/**
 * Thousands separators of either kind, with decimals or at least two separators; 10.200 alone may be a real
 * number.
 */
const grouped =
  /^\d{1,3}(?:(?:\.\d{3})+(?:,\d+)|(?:\.\d{3}){2,}|(?:,\d{3})+(?:\.\d+)?|(?:['’]\d{3})+(?:\.\d+)?)$/;
const oneGroup = /^\d{1,3}\.\d{3}$/;
/** The thousands separators of French and Swiss formats. */
const spacedGroups = /^\d{1,3}(?:[\u00a0\u202f\u2009]\d{3})+(?:,\d+)?$/;
const invisible = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/;

const exportAsText = 'format the column as text in the spreadsheet and export it again';

/**
 * The meaning of `="00123"` and `'00123`, which is 00123: ways to stop a spreadsheet from turning it into a
 * number. Invisible characters at the ends are already removed. Returns the same string if there is nothing
 * to undo.
 */
export function undoneIdentifier(text: string): string {
  const first = text.charCodeAt(0);
  if (first === 0x3d) return /^="([^"]*)"$/.exec(text)?.[1]?.trim() ?? text;
  if (first === 0x27 || first === 0x2019) return /^['’](?=[\d+(])([^'’]*)$/.exec(text)?.[1] ?? text;
  return text;
}

/** A number, phone or postcode that a spreadsheet or a program has rewritten, and its probable original. */
export function findDamagedIdentifier(text: string, kind: IdentifierKind): Problem | undefined {
  return (
    findHidden(text) ??
    findRewrittenNumber(text, kind) ??
    findDate(text, kind) ??
    findErrorWord(text, (word) => errorSign.test(word) || errorWord.test(word) || errorNumber.test(word))
  );
}

/** A cell that contains only a spreadsheet's error value, such as `#NAME?`. */
export function findErrorValue(text: string): Problem | undefined {
  const first = text.charCodeAt(0);
  if (first !== 0x23 && !errorNumber.test(text)) return undefined;
  return findErrorWord(
    text,
    (word) => errorValueOfName.test(word) || errorWord.test(word) || errorNumber.test(word),
  );
}

/** An ERP number such as 10.200, which may be one, or 10200 as a spreadsheet shows it. */
export function isPerhapsGrouped(text: string): boolean {
  return oneGroup.test(text);
}

function findErrorWord(text: string, isError: (text: string) => boolean): Problem | undefined {
  return isError(text) ? damage(text, 'is an error value of a spreadsheet') : undefined;
}

function findHidden(text: string): Problem | undefined {
  if (!/[^\x20-\x7e]/.test(text)) return undefined;
  if (spacedGroups.test(text)) return damage(text, 'is a number with thousands separators', digitsOf(text));
  const found = invisible.exec(text);
  if (found === null) return undefined;
  const rest = text.replaceAll(new RegExp(invisible, 'g'), '');
  return damage(text, 'contains an invisible character', rest);
}

function findRewrittenNumber(text: string, kind: IdentifierKind): Problem | undefined {
  const exponent = scientific.exec(text);
  if (exponent !== null) {
    const [, , whole = '', fraction, sign, power] = exponent;
    // "1E5" may be a real number; one with a fraction or a sign is not.
    if (fraction === undefined && sign === '' && kind === 'erp_number') return undefined;
    return damage(
      text,
      'is a number that a spreadsheet has rounded',
      shifted({ whole, fraction, sign, power }),
    );
  }
  if (kind === 'phone' ? /^\d+[.,]0+$/.test(text) : decimals.test(text)) {
    return damage(text, 'has decimals that a spreadsheet added', decimals.exec(text)?.[1]);
  }
  const thousands =
    kind === 'phone' ? /^\d{1,3}(?:\.\d{3})+,\d+$/ : kind === 'postal_code' ? groupedPostal : grouped;
  if (thousands.test(text)) return damage(text, 'is a number with thousands separators', digitsOf(text));
  return undefined;
}

const groupedPostal = new RegExp(`${grouped.source}|${oneGroup.source.replace('{1,3}', '{1,2}')}`);

/** The digits before the decimals; undefined unless the decimals are all zeros. */
function digitsOf(text: string): string | undefined {
  const [, whole = '', decimal = ''] = /^(.*?)(?:[.,](\d{1,2}|0+))?$/.exec(text) ?? [];
  return /^0*$/.test(decimal) ? whole.replaceAll(/\D/g, '') : undefined;
}

/** 1.0045678E7 is 10045678; undefined if digits are missing, because they are lost. */
function shifted(number: {
  whole: string;
  fraction: string | undefined;
  sign: string | undefined;
  power: string | undefined;
}): string | undefined {
  const { whole, fraction = '', sign, power = '' } = number;
  const zeros = Number(power) - fraction.length;
  if (sign === '-' || zeros < 0 || zeros > 2 || fraction.length < 3) return undefined;
  return `${whole}${fraction}${'0'.repeat(zeros)}`;
}

function findDate(text: string, kind: IdentifierKind): Problem | undefined {
  const what = 'is a date that a spreadsheet made of a number';
  if (timestamp.test(text)) return damage(text, what);
  const date = numericDate.exec(text);
  if (date !== null && kind !== 'phone' && isDay(date[1]) && isDay(date[3])) return damage(text, what);
  const [, day, dayMonth, year] = dayAndMonth.exec(text) ?? [];
  if (day !== undefined && dayMonth !== undefined && isDay(day)) {
    const month = monthNumber(dayMonth);
    if (month === undefined) return undefined;
    return damage(text, what, year === undefined ? `${day}-${month} or ${month}-${day}` : undefined);
  }
  const [, word, number] = monthAndYear.exec(text) ?? [];
  const month = word === undefined ? undefined : monthNumber(word);
  return month === undefined ? undefined : damage(text, what, `${month}-${number}`);
}

function isDay(text: string | undefined): boolean {
  const day = Number(text);
  return day >= 1 && day <= 31;
}

function damage(text: string, what: string, original?: string): Problem {
  const hint = original === undefined ? exportAsText : `probably ${original}; ${exportAsText}`;
  return problem('spreadsheet_damage', `${quoted(text)} ${what}`, hint);
}
