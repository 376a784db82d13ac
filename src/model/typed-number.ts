import { parseIdentifier } from './identifier.ts';

/** No-break spaces, narrow and wide: what a word processor or a web page puts in place of a space. */
const otherSpaces = /[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g;

/**
 * How an ERP number that a person types or pastes may be stored, the likeliest first: unchanged, as another
 * program may have stored it; normalised by the rules for files; and with the other kind of space inside.
 */
export function storedNumbers(typed: string): string[] {
  const parsed = parseIdentifier(typed, { max: 100 }, 'erp_number');
  const stored = typeof parsed === 'string' ? parsed : typed.trim().normalize('NFC');
  const spaced = stored.replaceAll(otherSpaces, ' ');
  return [...new Set([typed, stored, spaced, spaced.replaceAll(' ', '\u00a0')])].filter(
    (number) => number !== '',
  );
}

/** The most leading zeros with which a number is looked up. */
const mostZeros = 12;

/** The number as it may be written elsewhere: with any number of leading zeros, in any case. */
export function numberSpellings(number: string): string[] {
  const plain = withoutZeros(number);
  const cases = new Set([plain, plain.toUpperCase(), plain.toLowerCase()]);
  const zeros = Array.from({ length: mostZeros }, (_, count) => '0'.repeat(count));
  return [...new Set([number, ...[...cases].flatMap((each) => zeros.map((zero) => zero + each))])];
}

/** As people read it aloud: in one case, without leading zeros, spaces, hyphens and dots. */
export function plainNumber(number: string): string {
  return withoutZeros(number.toLowerCase().replaceAll(/[\s./_-]+/g, ''));
}

/** The number with each possible separator between its letters and its digits: K2001 as K-2001. */
export function separatedNumbers(number: string): string[] {
  const bare = number.replaceAll(/[\s./_-]+/g, '');
  const [, letters = '', digits = ''] = /^(\p{L}+)(\d\S*)$/u.exec(bare) ?? [];
  if (letters === '') return [number, bare];
  return [...new Set([number, ...['', '-', ' ', '.', '/', '_'].map((sign) => letters + sign + digits)])];
}

/** Without leading zeros, which spreadsheets remove and people omit. */
export function withoutZeros(number: string): string {
  return number.replace(/^0+(?=.)/, '');
}
