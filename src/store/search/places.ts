import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import { partPattern } from '../connection/like-pattern.ts';
import { addressColumns } from '../../model/columns.ts';
import { foldText, spellingsOf } from './text.ts';

/**
 * Customers with every word in their name or address. Streets and postcodes have no index, because every
 * import would have to maintain it: all customers of the org are scanned, or those with the `named` words in
 * name or city. A rough pattern is tested first, because folding a text takes ten times as long as comparing
 * it.
 */
export function byPlace(orgId: string, { words, named }: { words: string[]; named?: string[] }): Sql {
  const rough = words.map(roughPattern);
  const folded = words.map((word) => spellingsOf(word).map((spelling) => `%${stemPattern(spelling)}%`));
  const conditions = folded.map(
    (patterns) => sql`customer_search_fold(address) like any (${patterns}::text[])`,
  );
  return sql`
      with placed as materialized (
        select customer.id,
          concat_ws(
            ' ', customer.name, customer.billing_address ->> 'street', customer.billing_address ->> 'postal_code',
            customer.billing_address ->> 'city', customer.shipping_address ->> 'street',
            customer.shipping_address ->> 'postal_code', customer.shipping_address ->> 'city'
          ) as address
        from customer
        where customer.org_id = ${orgId}
        ${
          named === undefined
            ? empty
            : sql`and customer_search(org_id, name, billing_address, shipping_address)
          @@ customer_search_condition(${orgId}, ${named})`
        }
      ),
      rough as materialized (
        select id, address
        from placed
        where lower(address) like all (${rough}::text[])
      )
      select id
      from rough
      where ${join(conditions, ' and ')}`;
}

/** `hauptstrasse` and `hauptstr` count as the same. */
function stemPattern(word: string): string {
  const stem = word.replace(/(?:strasse|str)$/, '');
  return stem === word ? partPattern(word).slice(1, -1) : `${partPattern(stem).slice(1, -1)}%str`;
}

/** What a folded word may look like before folding: any number of vowels, other letters with any accent. */
function roughPattern(word: string): string {
  return `%${stemPattern(word)
    .replaceAll(/[aeiouy ]+|ss/g, '%')
    .replaceAll(/[cdglnrstz](?!tr$)/g, '_')}%`;
}

export interface Place {
  /** In any spelling. */
  city?: string | undefined;
  /** With or without spaces. */
  postalCode?: string | undefined;
  /** ISO 3166-1. */
  country?: string | undefined;
}

/** The condition that one of the addresses of a `customer` row is there. */
export function isAt({ city, postalCode, country }: Place): Sql {
  const name = city === undefined ? undefined : foldText(city);
  const addresses = addressColumns.map((column) => {
    const address = raw(`customer.${column}`);
    const conditions = [
      name === undefined
        ? empty
        : sql`lower(${address} ->> 'city') like ${roughPattern(name)}
        and customer_search_fold(${address} ->> 'city') = any (${spellingsOf(name)}::text[])`,
      postalCode === undefined
        ? empty
        : sql`upper(replace(${address} ->> 'postal_code', ' ', '')) = ${postalCode.replaceAll(/\s+/g, '').toUpperCase()}`,
      country === undefined ? empty : sql`${address} ->> 'country' = ${country}`,
    ];
    return sql`(${join(
      conditions.filter((condition) => condition !== empty),
      ' and ',
    )})`;
  });
  return sql`(${join(addresses, ' or ')})`;
}
