import { pastedEmail } from '../../model/email-key.ts';
import { withoutLegalForm } from './legal-forms.ts';
import { foldText } from './text.ts';

/** More words than people know about a customer; further words are ignored. */
const mostWords = 8;

/** What a person has typed or pasted, interpreted for a search. */
export interface TypedText {
  /**
   * Without remains of where it was copied from: `mailto:`, a name before `<a@b.de>`, invisible characters.
   */
  text: string;
  /** The same without `#`, `Nr.` or `Kundennummer` before a number. */
  number: string;
  /** The folded words, without `und` between two of them. */
  words: string[];
  /** The words without a legal form. */
  core: string[];
  /** Words that may be written as one: E.ON as `eon`, A T U as `atu`. Empty if no two of them may. */
  joined: string[];
  /** Whether it may be a street or a postcode, which no index covers. */
  isPlace: boolean;
}

export function readTyped(given: string): TypedText {
  const text = pastedEmail(given.replaceAll(invisible, '').trim().slice(0, 500));
  const words = plainWords(text).slice(0, mostWords);
  return {
    text,
    number: withoutLabel(text),
    words,
    core: withoutLegalForm(words),
    joined: joinedWords(text),
    isPlace: isPlace(text, words),
  };
}

/** A soft hyphen, zero-width spaces and joiners, directional marks, a byte order mark. */
const invisible = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

const label =
  /^(?:#|№|(?:(?:kunden?|kd|customer|cust|debitor(?:en)?|debtor|client|erp)?[\s.-]*(?:nummer|number|num|nr|no)(?![\p{L}])\.?)\s*[:#]*)\s*/iu;

function withoutLabel(text: string): string {
  const rest = text.replace(label, '');
  return /^\S*\d\S*$/.test(rest) ? rest : text;
}

const conjunctions = new Set(['und', 'and', 'et', 'u']);

/** The folded words of a text; between two words, `und`, `u.` and the like are ignored as `&` is. */
export function plainWords(text: string): string[] {
  const words = foldText(text).split(' ').filter(Boolean);
  if (!words.some((word) => conjunctions.has(word))) return words;
  // Not the u of A.T.U, which is not a separate word.
  const alone = new Set(
    text
      .toLowerCase()
      .split(/\s+/)
      .map((word) => word.replace(/\.$/, '')),
  );
  return withoutConjunctions(words, alone);
}

function withoutConjunctions(words: string[], alone: Set<string> = conjunctions): string[] {
  const isBetween = (index: number) => index > 0 && index < words.length - 1;
  return words.filter((word, index) => !isBetween(index) || !conjunctions.has(word) || !alone.has(word));
}

/** The longest word to which a typed text is joined. */
const mostLetters = 40;

function joinedWords(text: string): string[] {
  const chunks = withoutConjunctions(text.split(/\s+/).map((chunk) => plainWords(chunk).join('')));
  const joined: string[] = [];
  let isRun = false;
  for (const chunk of chunks.filter(Boolean)) {
    const last = joined.at(-1);
    // Single letters and pairs belong to a neighbour that is equally short, or to a number: A T U, H & M, K
    // 2001.
    if (last !== undefined && isRun && (chunk.length <= 2 || /^\d+$/.test(chunk))) {
      joined[joined.length - 1] = last + chunk;
    } else {
      joined.push(chunk);
      isRun = chunk.length <= 2;
    }
  }
  const words = plainWords(text);
  const isOther = joined.length < words.length && joined.every((word) => word.length <= mostLetters);
  return isOther ? joined.slice(0, mostWords) : [];
}

/** The end of a folded word that names a street. */
export const streetWord =
  /(?:str|strasse|straat|street|road|weg|platz|plein|gasse|allee|ring|damm|ufer|markt|laan)$/;
/** Postcodes that people search for alone: 80331, D-80331, 1012 AB, SW1A 1AA. */
const postcode = /^(?:(?:[a-z]{1,2}-)?\d{4,6}|\d{4} ?[a-z]{2}|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})$/i;

function isPlace(text: string, words: string[]): boolean {
  if (
    postcode.test(text) ||
    words.some((word) => streetWord.test(word) && (words.length > 1 || word.length > 6))
  )
    return true;
  return /\d/.test(text) && words.some((word) => /^\D{3,}$/.test(word));
}
