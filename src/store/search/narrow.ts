import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import { anyToken } from './words.ts';
import { partPattern } from '../connection/like-pattern.ts';

/**
 * A word for the index (as `anyToken` returns it) that matches all customers whose name or ERP number
 * contains `text`, and others; `none` if no customer does, `all` if the index cannot decide. A name
 * that contains the text contains its longest run of letters in one token; the recorded tokens show which
 * ones. They also show whether any ERP number contains these letters; then all customers must be scanned, as
 * for a text with fewer than three letters in a row.
 */
export async function narrowByTokens(
  database: Database,
  orgId: string,
  text: string,
): Promise<{ word: string } | 'none' | 'all'> {
  const runs = text.match(/[\p{L}\p{M}]+/gu) ?? [];
  const [run = ''] = runs.toSorted((a, b) => b.length - a.length);
  if (run.length < 3) return 'all';
  const most = 300;
  const found = await database.query<{ token: string }>(sql`
    select token
    from customer_search_words_like(
      of_org => ${orgId}, patterns => array['%' || customer_search_fold(${run}) || '%']
    ) as token
    where token like lower(${partPattern(run)})
    limit ${most + 1}`);
  const tokens = found.map(({ token }) => token);
  if (tokens.length > most || tokens.some((token) => token.startsWith('#'))) return 'all';
  const word = anyToken(run, new Set(tokens));
  return word === undefined ? 'none' : { word };
}
