import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import sql, { raw } from 'sql-template-tag';
import type { ContactField, CustomerColumn, Kind } from '../../model/columns.ts';
import { contactColumns, contactKinds, customerColumns, customerKinds } from '../../model/columns.ts';
import type { Database } from '../connection/database.ts';
import { describeTarget } from '../connection/target.ts';
import { failureOf } from '../connection/server-error.ts';

export type StagedColumn = 'row_no' | 'line_no' | 'given_id' | 'source_id' | CustomerColumn | ContactField;
/** What links a part to its customer, if that is not its row's own. */
export type TieColumn = 'tied_by' | 'tied_to';

/** Emails are compared as text first, so they are staged as text. */
const stagedTypes: Record<Kind, string> = {
  text: 'text',
  email: 'text',
  boolean: 'boolean',
  address: 'jsonb',
};

/**
 * The temporary tables of one import, which disappear with its transaction:
 * - `staged`: every accepted row of the file that is a customer's own,
 * - `staged_part`: what rows contain besides their customer,
 * - `repeat_candidate`: ERP numbers that may occur more than once in the file,
 * - `rejected_number`: the ERP numbers of its rejected rows.
 *
 * The merge adds its own: `superseded`, `pending`, `new_customer`, `mention`.
 */
export async function createStaging(database: Database): Promise<void> {
  const columns = [
    ...customerColumns.map((column) => `${column} ${stagedTypes[customerKinds[column]]}`),
    ...contactColumns.map((column) => `contact_${column} ${stagedTypes[contactKinds[column]]}`),
  ];
  await database.execute(sql`
    create temporary table staged (
      row_no integer, line_no integer, given_id uuid, source_id text, ${raw(columns.join(', '))}
    ) on commit drop`);
  await database.execute(sql`
    create temporary table staged_part (
      tied_by text, tied_to text, row_no integer, line_no integer, ${raw(columns.join(', '))}
    ) on commit drop`);
  await database.execute(sql`
    create temporary table repeat_candidate (erp_customer_number text) on commit drop`);
  await database.execute(sql`
    create temporary table rejected_number (erp_customer_number text) on commit drop`);
}

/** Copies lines in COPY's text format (blank is null) into a table. `lines` is UTF-8. */
export async function copyToStaging(
  database: Database,
  { table, columns }: { table: 'staged' | 'staged_part'; columns: (StagedColumn | TieColumn)[] },
  lines: Buffer[],
): Promise<void> {
  const copy = database.client.query(
    copyFrom(`copy ${table} (${columns.join(', ')}) from stdin with (null '')`),
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
    // An error settles `finished`; waiting only for the drain would never end.
    if (!copy.write(chunk)) await Promise.race([once(copy, 'drain').catch(() => {}), finished]);
  }
  if (failed === undefined) copy.end();
  await finished;
}

/** Records ERP numbers that may repeat in the file; they are checked exactly once all rows are staged. */
export async function noteRepeatCandidates(database: Database, erpNumbers: string[]): Promise<void> {
  await database.execute(sql`
    insert into repeat_candidate (erp_customer_number)
    select unnest(${erpNumbers}::text[])`);
}

/**
 * Gives the planner statistics of what is staged: a new temporary table has none, and autovacuum never
 * analyzes one.
 */
export async function analyzeStaging(database: Database): Promise<void> {
  await database.execute(sql`analyze staged (row_no, erp_customer_number, name, contact_email)`);
  await database.execute(sql`analyze repeat_candidate`);
}
