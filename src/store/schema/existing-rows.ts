import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';

/** How much `migrate` has to index. */
export interface ExistingRows {
  /** Customers and contacts, as the server estimates them. */
  rows: number;
  seconds: number;
}

/**
 * Migrations that build indexes on existing rows. 200,000 customers with a contact each took 10 s in all
 * (docs/performance.md), the last migration a small part of it.
 */
const building = [
  { migration: '0004_search', tables: ['customer', 'customer_contact'], secondsPerRow: 25e-6 },
  { migration: '0008_customer_id_hash', tables: ['customer'], secondsPerRow: 2e-6 },
];

/** Rows whose indexes the `pending` migrations have yet to build, if that takes a second or more. */
export async function existingRows(
  database: Database,
  pending: readonly string[],
): Promise<ExistingRows | undefined> {
  const first = building.find(({ migration }) => pending.includes(migration));
  if (first === undefined) return undefined;
  const [found] = await database.query<{ rows: number }>(sql`
    select coalesce(sum(greatest(reltuples, 0)), 0)::float8 as rows
    from pg_class
    join unnest(${first.tables}::text[]) as name on pg_class.oid = to_regclass(name)`);
  const rows = found?.rows ?? 0;
  const seconds = Math.round(rows * first.secondsPerRow);
  return seconds < 1 ? undefined : { rows, seconds };
}
