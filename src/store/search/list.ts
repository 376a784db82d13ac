import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import type { CustomerListing } from '../../model/customer.ts';
import { storedNumbers } from '../../model/typed-number.ts';
import type { Database } from '../connection/database.ts';
import { partPattern } from '../connection/like-pattern.ts';
import { readInBatches } from '../connection/snapshot.ts';
import { contactCount, customerRow } from '../customers/columns.ts';
import type { Place } from './places.ts';
import { isAt } from './places.ts';
import { narrowByTokens } from './narrow.ts';
import type { CustomerSort } from './order.ts';
import { customerOrder } from './order.ts';

export interface CustomerFilter {
  orgId: string;
  /**
   * Contained in the name or the ERP number, without regard to case; `%`, `_` and `\` are ordinary
   * characters.
   */
  q?: string | undefined;
  /** The whole ERP number. */
  erpNumber?: string | undefined;
  active?: boolean | undefined;
  /** Of the billing or the shipping address, all in the same one. */
  place?: Place | undefined;
}

/** One page of the customers, by name unless `sort` is given. `page` counts from 1. */
export async function listCustomers(
  database: Database,
  {
    page,
    perPage,
    sort,
    ...filter
  }: CustomerFilter & { page: number; perPage: number; sort?: CustomerSort | undefined },
): Promise<{ items: CustomerListing[]; total: number }> {
  const skipped = (page - 1) * perPage;
  // The words in the index do not include addresses.
  if (filter.q !== undefined && filter.place === undefined) {
    const narrowed = await narrowByTokens(database, filter.orgId, filter.q);
    if (narrowed === 'none') return { items: [], total: 0 };
    if (narrowed !== 'all') return listNarrowed(database, filter, { ...narrowed, sort, skipped, perPage });
  }
  const order = await customerOrder(database, sort);
  const items = await database.query<CustomerListing>(
    listed(filter, { order, limit: perPage, offset: skipped }),
  );
  // A page that is not full is the last one, so it determines the total.
  const isLast = items.length < perPage && (items.length > 0 || page === 1);
  return { items, total: isLast ? skipped + items.length : await countCustomers(database, filter) };
}

/**
 * A page and the total in one pass: with the index on words, finding the rows is the expensive part, and
 * following the index on names until a page is full may read all of it.
 */
async function listNarrowed(
  database: Database,
  { orgId, q = '', ...others }: CustomerFilter,
  {
    word,
    sort,
    skipped,
    perPage,
  }: { word: string; sort: CustomerSort | undefined; skipped: number; perPage: number },
): Promise<{ items: CustomerListing[]; total: number }> {
  const order = await customerOrder(database, sort);
  const conditions = conditionsOf(others);
  // Of the matching rows, no more is kept than is needed to cut a page.
  const rows = await database.query<CustomerListing & { total: number }>(sql`
    with fitting as materialized (
      select customer.id, ${raw(`customer.${sort?.key ?? 'name'}`)}
      from customer_search_listed(
        of_org => ${orgId}, words => ${[word]}, pattern => lower(${partPattern(q)})
      ) as customer
      ${conditions.length === 0 ? empty : sql`where ${join(conditions, ' and ')}`}
    ),
    page as (
      select id
      from fitting as customer
      order by ${order}
      limit ${perPage}
      offset ${skipped}
    ),
    counted as (
      select count(*)::int as total
      from fitting
    )
    select ${customerRow},
      ${contactCount(orgId)},
      counted.total
    from counted
    left join page on true
    left join customer
      on customer.org_id = ${orgId}
      and customer.id = page.id
    order by ${order}`);
  const total = rows[0]?.total ?? 0;
  const items = rows.flatMap(({ total: _total, ...item }) => (item.id === null ? [] : [item]));
  return { items, total };
}

export async function countCustomers(database: Database, filter: CustomerFilter): Promise<number> {
  const [counted] = await database.query<{ total: number }>(sql`
    select count(*)::int as total
    from customer
    where ${fits(filter)}`);
  return counted?.total ?? 0;
}

/**
 * All customers that pass the filter, or the first `limit`, as `listCustomers` has them, batch by batch. To
 * be called within `withSnapshot`.
 */
export async function* streamCustomers(
  database: Database,
  { sort, limit, ...filter }: CustomerFilter & { sort: CustomerSort | undefined; limit: number | undefined },
): AsyncGenerator<CustomerListing[]> {
  const order = await customerOrder(database, sort);
  yield* readInBatches<CustomerListing>(database, listed(filter, { order, limit: limit ?? null, offset: 0 }));
}

/** The page is cut first, so that contacts are counted only for its rows. */
function listed(
  filter: CustomerFilter,
  { order, limit, offset }: { order: Sql; limit: number | null; offset: number },
): Sql {
  return sql`
    select ${customerRow}, ${contactCount(filter.orgId)}
    from (
      select *
      from customer
      where ${fits(filter)}
      order by ${order}
      limit ${limit}
      offset ${offset}
    ) as customer
    order by ${order}`;
}

/** The filter as a condition on a `customer` row. */
export function fits({ orgId, ...others }: CustomerFilter): Sql {
  return join([sql`customer.org_id = ${orgId}`, ...conditionsOf(others)], '\n      and ');
}

function conditionsOf({ q, erpNumber, active, place }: Omit<CustomerFilter, 'orgId'>): Sql[] {
  const pattern = partPattern(q ?? '');
  return [
    q === undefined
      ? empty
      : sql`(lower(customer.name) like lower(${pattern}) or lower(customer.erp_customer_number) like lower(${pattern}))`,
    erpNumber === undefined
      ? empty
      : sql`customer.erp_customer_number = any (${storedNumbers(erpNumber)}::text[])`,
    active === undefined ? empty : sql`customer.is_active = ${active}`,
    place === undefined ? empty : isAt(place),
  ].filter((condition) => condition !== empty);
}
