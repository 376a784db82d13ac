import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import type { Database } from './connect.ts';
import { anyToken, partPattern } from './search-words.ts';

/**
 * A condition by the index on words that all customers meet whose name or ERP number contains `text`, and others;
 * undefined when there is none. A name that contains the text contains its longest run of letters, and in one token:
 * which tokens do, the noted ones tell. They tell too whether any ERP number has these letters; then all customers
 * must be looked at, as for a text with fewer than three letters in a row.
 */
export async function narrowByTokens(
  database: Database,
  orgId: string,
  text: string,
): Promise<Sql | undefined> {
  const runs = text.match(/[\p{L}\p{M}]+/gu) ?? [];
  const [run = ''] = runs.toSorted((a, b) => b.length - a.length);
  if (run.length < 3) return undefined;
  const most = 300;
  const found = await database.query<{ token: string }>(sql`
    select distinct token
    from customer_search_word
    where org_id = ${orgId}
    and word like '%' || customer_search_fold(${run}) || '%'
    and token like lower(${partPattern(run)})
    limit ${most + 1}`);
  const tokens = found.map(({ token }) => token);
  if (tokens.length > most || tokens.some((token) => token.startsWith('#'))) return undefined;
  const condition = anyToken(orgId, run, new Set(tokens));
  if (condition === undefined) return sql`false`;
  return sql`customer_search(customer.org_id, customer.name, customer.billing_address, customer.shipping_address) @@ ${condition}::tsquery`;
}
