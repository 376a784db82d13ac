import { Failure } from '../../errors.ts';
import type { Context } from '../../context.ts';
import { namesOfFiles } from '../../model/file-names.ts';
import type { ImportReport } from '../../model/import-report.ts';
import { openDatabase } from '../../store/connection/database.ts';
import { findOrganization } from '../../store/orgs/organizations.ts';
import { recordAttempt } from '../../store/sources/attempts.ts';
import { version } from '../../version.ts';
import { writeMetrics } from './metrics.ts';
import type { ImportOptions } from '../options/import-options.ts';

/** What is known of a run, however it ends. */
export interface ImportSeen {
  /** The organization was found. */
  reached: boolean;
  report: ImportReport | undefined;
  /** Why it was refused, if it has a report nevertheless. */
  refused: Failure | undefined;
}

/** Runs an import and records how it went: in the ledger if it wrote nothing, in the metrics always. */
export async function noting(
  context: Context,
  files: readonly string[],
  options: ImportOptions,
  work: (seen: ImportSeen) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  const seen: ImportSeen = { reached: false, report: undefined, refused: undefined };
  let failure: unknown;
  try {
    await work(seen);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    const { report, reached } = seen;
    failure ??= seen.refused;
    const milliseconds = Math.round(performance.now() - started);
    if (failure !== undefined) {
      await noteAttempt(context, files, options, { failure, report, reached, milliseconds });
    }
    const exitCode = failure === undefined ? context.exitCode : exitCodeOf(failure);
    await writeMetrics(context, options, { exitCode, milliseconds, report });
  }
}

function exitCodeOf(failure: unknown): number {
  return failure instanceof Failure ? failure.exitCode : 1;
}

/** Failures that no ledger can record, or that the person who caused them sees. */
const unrecorded: ReadonlySet<string> = new Set([
  'usage',
  'configuration',
  'no_database_configured',
  'not_found',
  'not_permitted',
  'interrupted',
  'terminated',
  'commit_unknown',
]);

/** Milliseconds for the statement that records it: a failed import does not wait for what made it fail. */
const patience = 5000;

/**
 * Records a refused or failed import in the ledger, on a connection of its own, after the rollback. One that
 * failed before the database was opened is recorded if it has a source, because a nightly run's output is not
 * watched. Never throws, because the failure itself is to be reported.
 */
async function noteAttempt(
  context: Context,
  files: readonly string[],
  options: ImportOptions,
  attempt: { failure: unknown; report: ImportReport | undefined; reached: boolean; milliseconds: number },
): Promise<void> {
  const { failure, report, reached, milliseconds } = attempt;
  const { org: ref, source, dryRun } = options;
  if (dryRun === true || (!reached && source === undefined) || context.io.signal.aborted) return;
  const code = failure instanceof Failure ? failure.code : 'unexpected';
  if (unrecorded.has(code)) return;
  try {
    const { target } = await context.database();
    const database = await openDatabase(target, { statementTimeout: patience });
    try {
      const org = await findOrganization(database, ref);
      if (org === undefined) return;
      const exitCode = exitCodeOf(failure);
      await recordAttempt(database, {
        orgId: org.id,
        attempt: {
          file: namesOfFiles(files),
          source: source ?? null,
          snapshot: options.snapshot === true,
          outcome: exitCode === 5 || exitCode === 6 ? 'refused' : 'failed',
          code,
          message: failure instanceof Error ? failure.message : String(failure),
          exit_code: exitCode,
          tool_version: version,
          milliseconds,
          ...(report === undefined ? {} : { rows: report.rows, failed: report.failed }),
        },
      });
    } finally {
      await database.close();
    }
  } catch {
    // The database itself failed, for example: then `status` notices the age of the last success.
  }
}
