import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';

// Excel and LibreOffice always write the sign of the exponent; "12E4" without one is somebody's number.
const scientific = /^[+-]?\d+(?:[.,]\d+)?E[+-]\d+$/i;
const errorValue =
  /^#(?:REF!|BEZUG!|NAME\?|VALUE!|WERT!|N\/A|NV|DIV\/0!|NUM!|ZAHL!|NULL!|SPILL!|ÜBERLAUF!|CALC!|KALK!|FIELD!|FELD!|GETTING_DATA|#+)$/i;
const timestamp = /^\d{4}-\d\d-\d\d[ T]00:00:00(?:\.0+)?$/;
const germanDate = /^\d{1,2}\. ?(?:Jan|Feb|Mrz|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)(?:[. ]+\d{2,4})?$/;
// "12345,00" is a number with decimals; "10.200" and "4711.0" may well be somebody's ERP numbers.
const commaDecimals = /^\d+,0+$/;
const anyDecimals = /^\d+[.,]0$/;

// Every form above has one of these; most numbers have none, and that is one test instead of five.
const suspect = /[#,.:]|E[+-]/i;

const exportAsText = 'format the column as text in the spreadsheet and export it again';

/** A cell that is nothing but a spreadsheet's error value, such as `#NAME?`. */
export function findErrorValue(text: string): Problem | undefined {
  return text.charCodeAt(0) === 0x23 && errorValue.test(text)
    ? damage(text, 'is an error value of a spreadsheet')
    : undefined;
}

/** An ERP number that a spreadsheet has rewritten; only forms that no system hands out itself. */
export function findDamagedNumber(text: string): Problem | undefined {
  if (!suspect.test(text)) return undefined;
  if (scientific.test(text)) return damage(text, 'is a number that a spreadsheet has rounded');
  if (commaDecimals.test(text)) return damage(text, 'has decimals that a spreadsheet added');
  if (timestamp.test(text) || germanDate.test(text))
    return damage(text, 'is a date that a spreadsheet made of a number');
  return findErrorValue(text);
}

/** As `findDamagedNumber`, for phone numbers and postal codes, which never end in ".0". */
export function findDamagedDigits(text: string): Problem | undefined {
  if (!suspect.test(text)) return undefined;
  if (anyDecimals.test(text)) return damage(text, 'has decimals that a spreadsheet added');
  return findDamagedNumber(text);
}

function damage(text: string, what: string): Problem {
  return problem('spreadsheet_damage', `${quoted(text)} ${what}`, exportAsText);
}
