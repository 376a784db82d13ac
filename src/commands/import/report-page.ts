import path from 'node:path';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import { createUnfinishedFile } from '../../files/unfinished-file.ts';
import type { ListedChanges } from '../../import/outcome/changes.ts';
import type { ImportReport } from '../../model/import-report.ts';
import { errorDocument } from '../../render/failure.ts';
import type { ChartedRun } from '../../render/report-page/chart.ts';
import type { ReportLanguage } from '../../render/report-page/texts.ts';
import { requireOrganization } from '../../store/orgs/organizations.ts';
import { listRunsOfSource } from '../../store/sources/status.ts';
import { version } from '../../version.ts';

/** How many of the latest runs the page charts. */
const charted = 30;

/** The result of a run; `refusal` if it nevertheless wrote nothing. */
interface Result {
  report: ImportReport;
  changes: ListedChanges;
  refusal: Failure | undefined;
}

export interface ReportPage {
  /** The run has a result. */
  note(result: Result): void;
  /** Writes the page once the run is in the ledger; `error` is what ended it. Never throws. */
  write(error?: unknown): Promise<void>;
}

/**
 * The page of `--report-to`. Its file is opened at once, so that an unwritable path stops the import before
 * it begins; later failures are reported and do not affect the run.
 */
export async function openReportPage(
  context: Context,
  about: {
    target: string;
    language: ReportLanguage;
    org: string;
    source: string | undefined;
    file: string;
  },
): Promise<ReportPage> {
  const { io } = context;
  const { target, language, org, source, file } = about;
  const page = createUnfinishedFile(path.resolve(io.cwd, target), { signal: io.signal });
  await page.open().catch((error: Error) => {
    throw new Failure('file_unwritable', `cannot write the report ${target}: ${error.message}`, {
      hint: 'name another place with --report-to FILE',
      cause: error,
    });
  });
  let result: Result | undefined;
  return {
    note(found) {
      result = found;
    },
    async write(error) {
      const failure = result === undefined && error instanceof Failure ? error : result?.refusal;
      if (result === undefined && failure === undefined) return await page.discard();
      try {
        const { renderReportPage } = await import('../../render/report-page/page.ts');
        await page.write(
          renderReportPage({
            language,
            at: io.now().toISOString(),
            org,
            file,
            report: result?.report,
            changes: result?.changes ?? { items: [], total: 0 },
            failure: failure && { ...errorDocument(failure), isRefusal: !uncertain.has(failure.code) },
            runs: await lastRuns(context, { org, source, failure }),
            toolVersion: version,
          }),
        );
        await page.finish();
      } catch (cause) {
        await page.discard();
        context.warn(`! the report ${target} could not be written: ${(cause as Error).message}`);
      }
    },
  };
}

/** After these, the import may have been written. */
const uncertain: ReadonlySet<string> = new Set(['unexpected', 'commit_unknown']);

/** Empty if the database cannot be reached, or has no such organization. */
async function lastRuns(
  context: Context,
  { org: slug, source, failure }: { org: string; source: string | undefined; failure: Failure | undefined },
): Promise<ChartedRun[]> {
  if (failure !== undefined && [7, 8, 130, 143].includes(failure.exitCode)) return [];
  try {
    const database = await context.database();
    const { id: orgId } = await requireOrganization(database, slug);
    const runs = await listRunsOfSource(database, { orgId, source, limit: charted });
    return runs.toReversed().map((run) => ({
      at: run.finished_at,
      rows: run.rows,
      changes: run.imported + run.updated + run.deactivated,
      rejected: run.failed,
      refused: run.outcome === 'refused' || run.outcome === 'failed',
    }));
  } catch {
    return [];
  }
}
