import type { MatchedContact, MatchedField } from '../../model/customer-search.ts';
import { withoutLegalForm } from './legal-forms.ts';
import { nearWords, spellingsOf } from './text.ts';
import type { TypedText } from './typed.ts';

/** How well a text fits, the best first. */
export const tiers = ['exact', 'prefix', 'contains', 'near'] as const;
export type Tier = (typeof tiers)[number];

/** A folded text of a customer, in the order in which fields are named if several fit equally well. */
export interface FieldText {
  field: MatchedField;
  text: string;
  words: string[];
  contact: MatchedContact | null;
}

interface Word {
  spellings: string[];
  /** Whether another word is one typo away. */
  isNear: (part: string) => boolean;
}

interface Across {
  match: MatchedField;
  contact: MatchedContact | null;
  tier: Tier;
}

/**
 * How well the typed words fit a text, and the fields of a customer together. `tierOf` returns undefined for a
 * text that fits no better than `best`.
 */
export function createTextFit(typed: TypedText): {
  tierOf(field: FieldText, best: Tier | undefined): Tier | undefined;
  acrossFields(fields: FieldText[]): Across | undefined;
} {
  const whole = spellingsOf(typed.words.join(' '));
  const compact = [...new Set(whole.map(withoutSpaces))];
  const core = new Set(spellingsOf(typed.core.join(' ')).map(withoutSpaces));
  const words = typed.words.map(readWord);
  const joined = typed.joined.map((word) => spellingsOf(word));
  const isCut = typed.core.length < typed.words.length;
  const coreWords = isCut ? typed.core.map(readWord) : words;

  function tierOf(field: FieldText, best: Tier | undefined): Tier | undefined {
    if (words.length === 0 || best === 'exact') return undefined;
    const { text, words: parts } = field;
    if (whole.includes(text) || compact.includes(withoutSpaces(text))) return 'exact';
    if (best === 'prefix') return undefined;
    if (whole.some((spelling) => text.startsWith(spelling))) return 'prefix';
    const places = compact.map((each) => spanOf(parts, each));
    if (places.includes(0)) return 'prefix';
    if (field.field === 'name' && core.has(withoutLegalForm(parts).join(''))) return 'prefix';
    if (best === 'contains') return undefined;
    if (places.some((place) => place < parts.length) || whole.some((spelling) => text.includes(spelling)))
      return 'contains';
    if (words.every((word) => isIn(field, word))) return 'contains';
    if (joined.length > 0 && joined.every((spellings) => spellings.some((each) => begins(field, each))))
      return 'contains';
    if (best === 'near') return undefined;
    if (field.field === 'erp_customer_number' || field.field === 'postal_code') return undefined;
    if (words.every((word) => isIn(field, word) || parts.some(word.isNear))) return 'near';
    return isCut && field.field === 'name' && coreWords.every((word) => isIn(field, word))
      ? 'near'
      : undefined;
  }

  /** Each word in some field: as good as its worst word, and named after the field of its first. */
  function acrossFields(fields: FieldText[]): Across | undefined {
    let tier: Tier = 'contains';
    let first: FieldText | undefined;
    for (const word of words) {
      let found = fields.find((field) => isIn(field, word));
      if (found === undefined) {
        found = fields.find((field) => field.words.some(word.isNear));
        tier = 'near';
      }
      if (found === undefined) return undefined;
      first ??= found;
    }
    return first === undefined ? undefined : { match: first.field, contact: first.contact, tier };
  }

  return { tierOf, acrossFields };
}

function readWord(word: string): Word {
  let near: Set<string> | undefined;
  return {
    spellings: spellingsOf(word),
    isNear: (part) => (near ??= new Set(nearWords(word))).has(part),
  };
}

/** Whether a word is part of the text, or two or more of the text's words together. */
function isIn({ field, text, words }: FieldText, { spellings }: Word): boolean {
  // The 5 of a street is not the 15 of another.
  if (field === 'street' && /^\d+$/.test(spellings[0] ?? ''))
    return words.some((word) => word === spellings[0]);
  return spellings.some((spelling) => text.includes(spelling) || spanOf(words, spelling) < words.length);
}

function begins({ text, words }: FieldText, wanted: string): boolean {
  return ` ${text}`.includes(` ${wanted}`) || spanOf(words, wanted) < words.length;
}

/**
 * Where the words begin that are written as one in `wanted`, which may be incomplete. Their number if they do
 * not occur.
 */
export function spanOf(words: string[], wanted: string): number {
  for (let start = 0; start < words.length - 1; start++) {
    let span = words[start] ?? '';
    for (let next = start + 1; next < words.length && wanted.startsWith(span); next++) {
      const rest = wanted.length - span.length;
      span += words[next];
      if (span === wanted || (rest >= 2 && span.startsWith(wanted))) return start;
    }
  }
  return words.length;
}

function withoutSpaces(text: string): string {
  return text.replaceAll(' ', '');
}
