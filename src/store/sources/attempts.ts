import sql from 'sql-template-tag';
import type { ImportRun } from '../../model/import-run.ts';
import type { Database } from '../connection/database.ts';

/** An import that wrote nothing, or the end of a hold. */
export interface Attempt
  extends
    Pick<
      ImportRun,
      'file' | 'source' | 'snapshot' | 'outcome' | 'code' | 'message' | 'exit_code' | 'tool_version'
    >,
    Partial<Pick<ImportRun, 'rows' | 'failed'>> {
  /** Since it began. */
  milliseconds: number;
}

/** Longer messages name customer after customer; the first ones are enough. */
const keptMessage = 2000;

/** Writes an attempt into the ledger: in a transaction of its own, because the import's is rolled back. */
export async function recordAttempt(
  database: Database,
  { orgId, attempt }: { orgId: string; attempt: Attempt },
): Promise<void> {
  const { file, source, snapshot, outcome, code, message, exit_code: exitCode, milliseconds } = attempt;
  await database.execute(sql`
    insert into customer_import_run (
      org_id, file, started_at, finished_at, duration_ms, rows, failed,
      source, snapshot, outcome, code, message, exit_code, tool_version
    )
    values (
      ${orgId}, ${file}, clock_timestamp() - ${milliseconds} * interval '1 millisecond', clock_timestamp(),
      ${milliseconds}::integer, ${attempt.rows ?? 0}, ${attempt.failed ?? 0},
      ${source}, ${snapshot}, ${outcome}, ${code}, ${message?.slice(0, keptMessage) ?? null}, ${exitCode},
      ${attempt.tool_version}
    )`);
}
