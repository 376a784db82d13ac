import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';

/** What `migrate` has to build indexes for. */
export interface StandingRows {
  /** Customers and contacts, as the server estimates them. */
  rows: number;
  seconds: number;
}

/** 200,000 customers with a contact each took 10 s (docs/performance.md). */
const secondsPerRow = 25e-6;

/** Rows whose indexes are yet to be built by the `pending` migrations, when that takes a second or more. */
export async function standingRows(
  database: Database,
  pending: readonly string[],
): Promise<StandingRows | undefined> {
  if (!pending.includes('0004_search')) return undefined;
  const [found] = await database.query<{ rows: number }>(sql`
    select coalesce(sum(greatest(reltuples, 0)), 0)::float8 as rows
    from pg_class
    where oid in (to_regclass('customer'), to_regclass('customer_contact'))`);
  const rows = found?.rows ?? 0;
  const seconds = Math.round(rows * secondsPerRow);
  return seconds < 1 ? undefined : { rows, seconds };
}
