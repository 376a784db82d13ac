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
  near: Set<string>;
}

interface Across {
  match: MatchedField;
  contact: MatchedContact | null;
  tier: Tier;
}

/** How well the typed words fit a text, and the fields of a customer together. */
export function createTextFit(typed: TypedText): {
  tierOf(field: FieldText): Tier | undefined;
  acrossFields(fields: FieldText[]): Across | undefined;
} {
  const whole = spellingsOf(typed.words.join(' '));
  const compact = new Set(whole.map(withoutSpaces));
  const core = new Set(spellingsOf(typed.core.join(' ')).map(withoutSpaces));
  const words = wordsOf(typed.words);
  const joined = typed.joined.map((word) => spellingsOf(word));
  const isCut = typed.core.length < typed.words.length;
  const coreWords = wordsOf(typed.core);

  function tierOf(field: FieldText): Tier | undefined {
    if (words.length === 0) return undefined;
    const { text, words: parts } = field;
    if (whole.includes(text) || compact.has(withoutSpaces(text))) return 'exact';
    if (whole.some((spelling) => text.startsWith(spelling))) return 'prefix';
    const place = Math.min(...[...compact].map((each) => spanOf(parts, each)));
    if (place === 0) return 'prefix';
    if (field.field === 'name' && core.has(withoutLegalForm(parts).join(''))) return 'prefix';
    if (place < parts.length || whole.some((spelling) => text.includes(spelling))) return 'contains';
    if (words.every((word) => isIn(field, word))) return 'contains';
    if (joined.length > 0 && joined.every((spellings) => spellings.some((each) => begins(field, each)))) {
      return 'contains';
    }
    if (field.field === 'erp_customer_number' || field.field === 'postal_code') return undefined;
    if (words.every((word) => isIn(field, word) || parts.some((part) => word.near.has(part)))) return 'near';
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
        found = fields.find((field) => field.words.some((part) => word.near.has(part)));
        tier = 'near';
      }
      if (found === undefined) return undefined;
      first ??= found;
    }
    return first === undefined ? undefined : { match: first.field, contact: first.contact, tier };
  }

  return { tierOf, acrossFields };
}

function wordsOf(words: string[]): Word[] {
  return words.map((word) => ({ spellings: spellingsOf(word), near: new Set(nearWords(word)) }));
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
