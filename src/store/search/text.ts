import { isAscii } from '../../model/ascii.ts';

/*
 * How a typed text is compared with stored texts: without regard to case, accents and spelling. `foldText`
 * does what the function customer_search_fold does in the database.
 */

const translated: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ı: 'i',
};
const everyTranslated = new RegExp(`[${Object.keys(translated).join('')}]`, 'g');
// Combining accents and apostrophes.
const dropped = /[\u0300-\u036f'’‘ʼ`´]+/g;
// ASCII, Latin-1 and general punctuation, with spaces of any kind; % and _ are ordinary characters.
const separators =
  // oxlint-disable-next-line no-control-regex
  /[\u0001-\u0024\u0026-\u002f\u003a-\u0040\u005b-\u005e\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u3000-\u3003\ufeff]+/g;

/**
 * The words of a text, lower-case and plain, separated by single spaces: `Müller-Straße 1` as `muller strasse
 * 1`.
 */
export function foldText(text: string): string {
  const lower = text.toLowerCase();
  const plain = isAscii(lower)
    ? lower
    : lower.replaceAll(everyTranslated, (letter) => translated[letter] ?? letter).normalize('NFKD');
  return plain.replaceAll(dropped, '').replaceAll(separators, ' ').trim();
}

/** How many vowels of a word are tried with an e after them: 2 ** 3 spellings. */
const triedVowels = 3;

/**
 * The folded word and its other spellings: `mueller` is also `muller`, and `muller` may be stored as
 * `mueller`. The word itself comes first.
 */
export function spellingsOf(word: string): string[] {
  const short = shortSpelling(word);
  let spellings = [short];
  let vowels = 0;
  for (const { index } of [...short.matchAll(/[aou](?!e)/g)].toReversed()) {
    vowels += 1;
    if (vowels > triedVowels) break;
    // From the end, so that earlier positions stay valid.
    spellings = spellings.flatMap((each) => [each, `${each.slice(0, index + 1)}e${each.slice(index + 1)}`]);
  }
  return [...new Set([word, ...spellings])];
}

const alphabets = [/[a-z]/, /[а-яё]/, /[α-ω]/];
const lettersOf = [
  'abcdefghijklmnopqrstuvwxyz',
  'абвгдеёжзийклмнопрстуфхцчшщъыьэюя',
  'αβγδεζηθικλμνξοπρστυφχψως',
];

function shortSpelling(word: string): string {
  return word.replaceAll(/(?<!q)([aou])e/g, '$1');
}

/**
 * Every word that is one typo away from this one: a letter missing, doubled or wrong, or two swapped. Some 55
 * for each letter; all of them are looked up at once. Empty for words of fewer than four letters, because
 * half of all short words are similar.
 */
export function nearWords(word: string): string[] {
  if (word.length < 4 || word.length > 30) return [];
  const short = shortSpelling(word);
  const near = new Set([...edits(word), ...(short === word ? [] : edits(short))]);
  near.delete(word);
  return [...near];
}

function edits(word: string): string[] {
  const letters = lettersOf[alphabets.findIndex((alphabet) => alphabet.test(word))] ?? '';
  const edited: string[] = [];
  for (let at = 0; at <= word.length; at++) {
    const [before, after] = [word.slice(0, at), word.slice(at)];
    for (const letter of letters) edited.push(before + letter + after);
    if (after === '') continue;
    edited.push(before + after.slice(1));
    for (const letter of letters) edited.push(before + letter + after.slice(1));
    if (after.length > 1) edited.push(`${before}${after[1]}${after[0]}${after.slice(2)}`);
  }
  return edited;
}
