import { spellingsOf } from './text.ts';
import type { TypedText } from './typed.ts';
import type { FoundTokens, WordTokens } from './words.ts';
import { anyToken } from './words.ts';

/* A text in other words: a typed word may be stored as two (Coca Cola, A.T.U), or two as one. */

/** Words of longer texts are not split: what they were copied from has spaces. */
const mostSplit = 3;
const mostLetters = 24;
/** The most ways to split a word that are looked up. */
const mostReadings = 6;

/** Each way to cut a folded word in two, and into its letters if it may be an abbreviation. */
function splitsOf(word: string): string[][] {
  if (word.length > mostLetters || isDigits(word)) return [];
  const halves = Array.from({ length: word.length - 1 }, (_, at) => [
    word.slice(0, at + 1),
    word.slice(at + 1),
  ]);
  return word.length > 2 && word.length <= 5 ? [...halves, Array.from(word)] : halves;
}

/** The possible parts of words, in every spelling: the database shows which ones exist. */
export function piecesOf(words: string[]): string[] {
  if (words.length > mostSplit) return [];
  const parts = words.flatMap((word) => splitsOf(word).flat()).filter((part) => !isDigits(part));
  return [...new Set(parts.flatMap(spellingsOf))];
}

/** The other readings of a text whose words occur among the customers, each as `wordsOf` returns it. */
export function otherReadings({ words, joined }: TypedText, found: FoundTokens): string[][] {
  const tokensOf = (part: string) => spellingsOf(part).flatMap((each) => [...(found.pieces.get(each) ?? [])]);
  const splits = words.length > mostSplit ? [] : splitsInto(words, (part) => tokensOf(part).length > 0);
  const pieces = {
    tokens: new Map(splits.flat().map((word) => [word, new Set(tokensOf(word))])),
    complete: true,
  };
  return [
    ...(joined.length === 0 ? [] : [wordsOf(joined, [found])]),
    ...splits.map((split) => wordsOf(split, [found, pieces])),
  ].filter((reading) => reading !== undefined);
}

/** The texts with one of the words split into known ones, the longest parts first. */
function splitsInto(words: string[], isKnown: (part: string) => boolean): string[][] {
  return words
    .flatMap((word, index) =>
      splitsOf(word)
        .filter((split) => split.every((part) => isDigits(part) || isKnown(part)))
        .map((split) => ({ shortest: Math.min(...split.map((part) => part.length)), split, index })),
    )
    .toSorted((one, other) => other.shortest - one.shortest)
    .slice(0, mostReadings)
    .map(({ split, index }) => words.toSpliced(index, 1, ...split));
}

/** Each word with its tokens; undefined if a word does not occur in any customer. */
export function wordsOf(words: string[], sources: WordTokens[]): string[] | undefined {
  const known = words.flatMap((word) => {
    const tokens = new Set(sources.flatMap((source) => [...(source.tokens.get(word) ?? [])]));
    return anyToken(word, tokens) ?? [];
  });
  return words.length > 0 && known.length === words.length ? known : undefined;
}

function isDigits(text: string): boolean {
  return /^\d+$/.test(text);
}
