import type { Sql } from 'sql-template-tag';
import sql, { join } from 'sql-template-tag';
import { nearWords, spellingsOf } from './text.ts';
import type { Database } from '../connection/database.ts';
import { partPattern } from '../connection/like-pattern.ts';

/** How many tokens a word may match; a prefix of one letter would match thousands. */
const mostTokens = 300;

/** Sorts after every text that begins with what precedes it. */
export const lastCharacter = '\u{10ffff}';

export interface WordTokens {
  /** For each word of the search, the stored tokens that it may mean. */
  tokens: Map<string, Set<string>>;
  /** False if some word matches more tokens than were read. */
  complete: boolean;
}

export interface FoundTokens extends WordTokens {
  /** For each piece of a word, the tokens that have it as a word. */
  pieces: Map<string, Set<string>>;
}

/**
 * The tokens in which the org's customers have these plain words: as whole words, prefixes, or parts;
 * `joined` words as whole words or prefixes; `pieces` of words only as whole words.
 */
export async function findTokens(
  database: Database,
  {
    orgId,
    words,
    joined = [],
    pieces = [],
  }: { orgId: string; words: string[]; joined?: string[]; pieces?: string[] },
): Promise<FoundTokens> {
  const begun = [...words, ...joined].map((word) => begunTokens(orgId, word));
  const parts = words
    // Short parts occur in nearly every word, unless they contain % or _.
    .filter((word) => word.length >= 3 || /[%_]/.test(word))
    .map(
      (word) => sql`
        (
          select ${word}::text as word, token
          from customer_search_words_like(
            of_org => ${orgId}, patterns => ${spellingsOf(word).map(partPattern)}
          ) as token
          limit ${mostTokens + 1}
        )`,
    );
  const whole = pieces.length === 0 ? [] : [wholeTokens(orgId, pieces)];
  const found = await tokensOf(database, [...begun, ...parts, ...whole]);
  const take = (keys: string[], prefix = '') =>
    new Map(keys.map((key) => [key, found.get(prefix + key) ?? new Set<string>()]));
  const tokens = take([...words, ...joined]);
  return { tokens, complete: isComplete(tokens), pieces: take(pieces, piece) };
}

function begunTokens(orgId: string, word: string): Sql {
  const begun = join(
    spellingsOf(word).map((spelling) => sql`(word >= ${spelling} and word < ${spelling + lastCharacter})`),
    ' or ',
  );
  return sql`
        (
          select ${word}::text as word, token
          from customer_search_word
          where org_id = ${orgId}
          and (${begun})
          order by length(customer_search_word.word)
          limit ${mostTokens + 1}
        )`;
}

/** Distinguishes the tokens of a piece from those of an equal word. No word contains a space. */
const piece = ' ';

function wholeTokens(orgId: string, pieces: string[]): Sql {
  return sql`
        (
          select ${piece}::text || asked.word as word, known.token
          from unnest(${pieces}::text[]) as asked (word)
          cross join lateral (
            select token
            from customer_search_word
            where org_id = ${orgId}
            and word = asked.word
            limit ${mostTokens}
          ) as known
        )`;
}

/** The tokens that contain a plain word one typo away from these. */
export async function findNearTokens(
  database: Database,
  { orgId, words }: { orgId: string; words: string[] },
): Promise<WordTokens> {
  const tokens = await tokensOf(
    database,
    words.map(
      (word) => sql`
        (
          select ${word}::text as word, token
          from customer_search_word
          where org_id = ${orgId}
          and customer_search_word.word = any(${nearWords(word)})
          limit ${mostTokens + 1}
        )`,
    ),
  );
  return { tokens, complete: isComplete(tokens) };
}

async function tokensOf(database: Database, branches: Sql[]): Promise<Map<string, Set<string>>> {
  const tokens = new Map<string, Set<string>>();
  if (branches.length === 0) return tokens;
  const found = await database.query<{ word: string; token: string }>(
    sql`${join(branches, '\n        union all')}`,
  );
  for (const { word, token } of found) tokens.set(word, (tokens.get(word) ?? new Set()).add(token));
  return tokens;
}

function isComplete(tokens: Map<string, Set<string>>): boolean {
  return [...tokens.values()].every((each) => each.size <= mostTokens);
}

/**
 * One word in the form of the look-ups: any of its tokens, separated by spaces. A word of digits is a token
 * by itself, and may be a prefix (customer_search_condition). Undefined if no customer can have it.
 */
export function anyToken(word: string, tokens: Set<string>): string | undefined {
  const all = /^\d+$/.test(word) ? [...tokens, word] : [...tokens];
  return all.length === 0 ? undefined : all.join(' ');
}
