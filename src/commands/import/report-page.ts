import path from 'node:path';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import { createUnfinishedFile } from '../../files/unfinished-file.ts';
import type { ListedChanges } from '../../import/outcome/changes.ts';
import type { ImportReport } from '../../model/import-report.ts';
import { errorDocument } from '../../render/failure.ts';
import type { ChartedRun } from '../../render/report-page/chart.ts';
import type { ReportLanguage } from '../../render/report-page/texts.ts';
import { listImportRuns } from '../../store/merge/ledger.ts';
import { requireOrganization } from '../../store/orgs/organizations.ts';
import { version } from '../../version.ts';

/** How many of the last runs the page charts. */
const chartedRuns = 30;

export interface ReportPage {
  /** What the run came to; `refusal` where it wrote nothing all the same. */
  write(result: {
    report: ImportReport;
    changes: ListedChanges;
    refusal: Failure | undefined;
  }): Promise<void>;
  /** The run ended before it had a result. */
  writeRefusal(error: unknown): Promise<void>;
}

/**
 * The page of `--report-to`. Its file is opened at once, so that a path that cannot be written to stops the import before
 * it begins; what fails later is told and changes nothing of the run.
 */
export async function openReportPage(
  context: Context,
  { target, language, org, file }: { target: string; language: ReportLanguage; org: string; file: string },
): Promise<ReportPage> {
  const { io } = context;
  const place = path.resolve(io.cwd, target);
  const page = createUnfinishedFile(place, { signal: io.signal });
  await page.open().catch((error: Error) => {
    throw new Failure('file_unwritable', `cannot write the report ${target}: ${error.message}`, {
      hint: 'name another place with --report-to FILE',
      cause: error,
    });
  });
  let written = false;

  async function render(
    report: ImportReport | undefined,
    changes: ListedChanges,
    refusal: Failure | undefined,
  ): Promise<void> {
    if (written) return;
    written = true;
    try {
      const { renderReportPage } = await import('../../render/report-page/page.ts');
      await page.write(
        renderReportPage({
          language,
          at: io.now().toISOString(),
          org,
          file,
          report,
          changes,
          refusal: refusal === undefined ? undefined : errorDocument(refusal),
          runs: await lastRuns(context, org, refusal),
          toolVersion: version,
        }),
      );
      await page.finish();
    } catch (error) {
      await page.discard();
      context.warn(`! the report ${target} could not be written: ${(error as Error).message}`);
    }
  }

  return {
    write: ({ report, changes, refusal }) => render(report, changes, refusal),
    async writeRefusal(error) {
      if (error instanceof Failure) await render(undefined, { items: [], total: 0 }, error);
      else await page.discard();
    },
  };
}

/** None where the database is not to be reached, or has no such organization. */
async function lastRuns(context: Context, slug: string, refusal: Failure | undefined): Promise<ChartedRun[]> {
  const unreachable = refusal !== undefined && [7, 8, 130, 143].includes(refusal.exitCode);
  if (unreachable) return [];
  try {
    const database = await context.database();
    const { id: orgId } = await requireOrganization(database, slug);
    const { items } = await listImportRuns(database, { orgId, limit: chartedRuns });
    return items.toReversed().map((run) => ({
      at: run.finished_at,
      rows: run.rows,
      changes: run.imported + run.updated,
      rejected: run.failed,
      refused: false,
    }));
  } catch {
    return [];
  }
}
