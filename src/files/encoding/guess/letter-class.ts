const letter = /^[\p{Ll}\p{Lu}]$/u;
/** Letters to Unicode, signs in an address. */
const signs = 'ªºµƒˆ˜';
export const upper = /^\p{Lu}$/u;
export const lower = /^\p{Ll}$/u;

export function isLetter(character: string): boolean {
  return letter.test(character) && !signs.includes(character);
}

export function scriptOf(character: string): 'latin' | 'greek' | 'cyrillic' | 'other' {
  if (/\p{Script=Latin}/u.test(character)) return 'latin';
  if (/\p{Script=Greek}/u.test(character)) return 'greek';
  return /\p{Script=Cyrillic}/u.test(character) ? 'cyrillic' : 'other';
}

export function baseOf(character: string): string {
  return character.normalize('NFD').charAt(0).toLowerCase();
}

export function isVowel(character: string): boolean {
  return 'aeiouyæœøåı'.includes(baseOf(character)) && character !== '';
}

export function isConsonant(character: string): boolean {
  return isLetter(character) && !isVowel(character);
}

export function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}
