import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import sql, { join, raw } from 'sql-template-tag';
import type { Database } from './connect.ts';
import { describeTarget } from './connection-target.ts';
import type { ImportShape } from './import-shape.ts';
import { sameContact, sameCustomer } from './import-shape.ts';
import { failureOf } from './sqlstate.ts';

export type StagedColumn = keyof typeof stagedTypes;

const stagedTypes = {
  row_no: 'integer',
  line_no: 'integer',
  erp_customer_number: 'text',
  name: 'text',
  email: 'text',
  default_currency: 'text',
  default_language: 'text',
  notes: 'text',
  is_active: 'boolean',
  billing_address: 'jsonb',
  shipping_address: 'jsonb',
  contact_email: 'text',
  contact_name: 'text',
  contact_phone: 'text',
  contact_role: 'text',
  contact_is_primary: 'boolean',
} as const;

/**
 * The temporary tables of one import, gone with its transaction:
 * `staged`: every accepted row of the file. `matched`: the customer that a row means, and whether the file says
 * nothing new of it (`same`). `repeat_candidate`: ERP numbers that may stand in the file more than once.
 */
export async function createStaging(database: Database): Promise<void> {
  const columns = Object.entries(stagedTypes).map(([name, type]) => raw(`${name} ${type}`));
  await database.execute(sql`
    create temporary table staged (${join(columns)}) on commit drop`);
  await database.execute(sql`
    create temporary table matched (row_no integer, customer_id uuid, same boolean) on commit drop`);
  await database.execute(sql`
    create temporary table repeat_candidate (erp_customer_number text) on commit drop`);
}

/** Rows that were staged together: the pages of `staged` that they are on, and the last row before them. */
export interface StagedSlice {
  fromPage: number;
  /** The first page behind them. */
  toPage: number;
  afterRow: number;
}

/** Copies lines in COPY's text format (blank is null) into `staged`. `lines` is UTF-8. */
export async function copyToStaging(
  database: Database,
  columns: StagedColumn[],
  lines: Buffer[],
): Promise<void> {
  const copy = database.client.query(
    copyFrom(`copy staged (${columns.join(', ')}) from stdin with (null '')`),
  );
  let failed: unknown;
  const finished = new Promise<void>((resolve, reject) => {
    copy.on('finish', resolve);
    copy.on('error', (error) => {
      failed = error;
      reject(failureOf(error, describeTarget(database.target)));
    });
  });
  finished.catch(() => {});
  for (const chunk of lines) {
    if (failed !== undefined) break;
    // An error settles `finished`; only waiting for the drain would wait for ever.
    if (!copy.write(chunk)) await Promise.race([once(copy, 'drain').catch(() => {}), finished]);
  }
  if (failed === undefined) copy.end();
  await finished;
}

/** Pages of 8 kB that `staged` fills. */
export async function stagedPages(database: Database): Promise<number> {
  const [size] = await database.query<{ pages: number }>(sql`
    select (pg_relation_size('pg_temp.staged') / current_setting('block_size')::integer)::integer as pages`);
  return size?.pages ?? 0;
}

/**
 * Finds the customers that rows with an ERP number mean, for one slice or for all of `staged`.
 * Returns how many rows were found to be the same as what is stored.
 *
 * A slice reads its own pages only (a TID range scan) and looks each number up by index: while the server
 * does this, the next slice is being parsed. Hash and merge joins would read the whole customer table for
 * every slice, which is what the planner, knowing nothing of a new temporary table, sometimes prefers.
 */
export async function matchStaged(
  database: Database,
  { orgId, shape, slice }: { orgId: string; shape: ImportShape; slice?: StagedSlice },
): Promise<{ matched: number }> {
  const range =
    slice === undefined
      ? sql`true`
      : sql`s.ctid >= ${`(${slice.fromPage},0)`}::tid and s.ctid < ${`(${slice.toPage},0)`}::tid and s.row_no > ${slice.afterRow}`;
  await database.execute(sql`
    select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', ${slice === undefined ? 'on' : 'off'}, true)`);
  const contact = shape.contacts
    ? sql`
      left join customer_contact k
        on k.org_id = ${orgId}
        and k.customer_id = c.id
        and k.email = s.contact_email::citext`
    : sql``;
  const matched = await database.execute(sql`
    insert into matched (row_no, customer_id, same)
    select s.row_no, c.id, ${sameCustomer(shape)} and ${sameContact(shape)}
    from staged s
    join customer c
      on c.org_id = ${orgId}
      and c.erp_customer_number = s.erp_customer_number
    ${contact}
    where s.erp_customer_number is not null
    and ${range}`);
  await database.execute(sql`
    select set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true), set_config('enable_seqscan', 'on', true)`);
  return { matched };
}

/** Remembers ERP numbers that may repeat in the file; asked exactly when all rows are staged. */
export async function noteRepeatCandidates(database: Database, erpNumbers: string[]): Promise<void> {
  await database.execute(sql`
    insert into repeat_candidate (erp_customer_number)
    select unnest(${erpNumbers}::text[])`);
}
