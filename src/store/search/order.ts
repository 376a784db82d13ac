import type { Sql } from 'sql-template-tag';
import sql, { empty, raw } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';

export const customerSortKeys = ['name', 'erp_customer_number', 'created_at', 'updated_at'] as const;

export interface CustomerSort {
  key: (typeof customerSortKeys)[number];
  descending: boolean;
}

/** The total order of a list of customers; those without an ERP number come last in both directions. */
export async function customerOrder(
  database: Database,
  { key, descending }: CustomerSort = { key: 'name', descending: false },
): Promise<Sql> {
  const collation = key === 'name' ? await nameOrder(database) : empty;
  return sql`${raw(`customer.${key}`)} ${collation} ${raw(descending ? 'desc nulls last' : '')}, customer.id`;
}

/**
 * The embedded database orders text by code points (imports are 60 % slower with a language's rules), which
 * puts Österreich after Zürich: names are listed by German rules there. A server's own order is its owner's
 * choice, and has an index. Empty if the server lacks ICU.
 */
async function nameOrder(database: Database): Promise<Sql> {
  if (database.target.source !== 'embedded') return empty;
  const german = await database.query(sql`select from pg_collation where collname = 'de-x-icu'`);
  return german.length > 0 ? sql`collate "de-x-icu"` : empty;
}
