import sql, { join } from 'sql-template-tag';
import { nearWords, spellingsOf } from './text.ts';
import type { Database } from '../connection/database.ts';
import { partPattern } from '../connection/like-pattern.ts';

/** At most so many tokens stand for one word; a beginning of one letter would have thousands. */
const mostTokens = 300;

/** Behind every text that begins with what stands before it. */
export const lastCharacter = '\u{10ffff}';

export interface WordTokens {
  /** For each word asked for, the stored tokens that it may mean. */
  tokens: Set<string>[];
  /** False when some word has more tokens than were taken. */
  complete: boolean;
}

/** The tokens in which the org's customers have these plain words: as they are, begun, or as a part. */
export async function findTokens(
  database: Database,
  { orgId, words }: { orgId: string; words: string[] },
): Promise<WordTokens> {
  return tokensOf(
    database,
    words.flatMap((word, number) => {
      const spellings = spellingsOf(word);
      const begun = join(
        spellings.map((spelling) => sql`(word >= ${spelling} and word < ${spelling + lastCharacter})`),
        ' or ',
      );
      const begins = sql`
        (
          select ${number}::int as number, token
          from customer_search_word
          where org_id = ${orgId}
          and (${begun})
          order by length(word)
          limit ${mostTokens + 1}
        )`;
      // Short parts are in nearly every word; but nobody begins a word by % to find one that has it.
      if (word.length < 3 && !/[%_]/.test(word)) return [begins];
      return [
        begins,
        sql`
        (
          select ${number}::int as number, token
          from customer_search_words_like(of_org => ${orgId}, patterns => ${spellings.map(partPattern)}) as token
          limit ${mostTokens + 1}
        )`,
      ];
    }),
    words.length,
  );
}

/** The tokens of which a plain word is one typing mistake away from these. */
export async function findNearTokens(
  database: Database,
  { orgId, words }: { orgId: string; words: string[] },
): Promise<WordTokens> {
  return tokensOf(
    database,
    words.map(
      (word, number) => sql`
        (
          select ${number}::int as number, token
          from customer_search_word
          where org_id = ${orgId}
          and word = any(${nearWords(word)})
          limit ${mostTokens + 1}
        )`,
    ),
    words.length,
  );
}

async function tokensOf(
  database: Database,
  branches: ReturnType<typeof sql>[],
  words: number,
): Promise<WordTokens> {
  if (branches.length === 0) return { tokens: [], complete: true };
  const found = await database.query<{ number: number; token: string }>(
    sql`${join(branches, '\n        union all')}`,
  );
  const tokens = Array.from({ length: words }, () => new Set<string>());
  for (const { number, token } of found) tokens[number]?.add(token);
  return { tokens, complete: tokens.every((each) => each.size <= mostTokens) };
}

/**
 * One word as the look-ups take it: any of its tokens, separated by spaces. A word of digits is a token by itself, and may
 * be begun (customer_search_condition). Undefined when no customer can have it.
 */
export function anyToken(word: string, tokens: Set<string>): string | undefined {
  const all = /^\d+$/.test(word) ? [...tokens, word] : [...tokens];
  return all.length === 0 ? undefined : all.join(' ');
}
