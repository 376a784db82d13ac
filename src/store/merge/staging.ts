import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import sql, { join, raw } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import { describeTarget } from '../connection/target.ts';
import { failureOf } from '../connection/server-error.ts';

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
 * `staged`: every accepted row of the file. `repeat_candidate`: ERP numbers that may stand in it more than once.
 * The merge adds its own: `superseded`, `pending`, `new_customer`, `mention`.
 */
export async function createStaging(database: Database): Promise<void> {
  const columns = Object.entries(stagedTypes).map(([name, type]) => raw(`${name} ${type}`));
  await database.execute(sql`
    create temporary table staged (${join(columns)}) on commit drop`);
  await database.execute(sql`
    create temporary table repeat_candidate (erp_customer_number text) on commit drop`);
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

/** Remembers ERP numbers that may repeat in the file; asked exactly when all rows are staged. */
export async function noteRepeatCandidates(database: Database, erpNumbers: string[]): Promise<void> {
  await database.execute(sql`
    insert into repeat_candidate (erp_customer_number)
    select unnest(${erpNumbers}::text[])`);
}

/** Tells the planner what is staged: it knows nothing of a new temporary table, and autovacuum never looks at one. */
export async function analyzeStaging(database: Database): Promise<void> {
  await database.execute(sql`analyze staged (row_no, erp_customer_number, name, contact_email)`);
  await database.execute(sql`analyze repeat_candidate`);
}
