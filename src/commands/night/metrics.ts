import path from 'node:path';
import type { Context } from '../../context.ts';
import { readLastSuccess, renderMetrics } from '../../render/night/metrics.ts';
import type { ImportReport } from '../../model/import-report.ts';
import { createUnfinishedFile } from '../../files/unfinished-file.ts';
import { readWholeText } from '../../files/read-whole-text.ts';
import type { ImportOptions } from '../options/import-options.ts';

/**
 * Writes the metrics of a run for monitoring (`--metrics-to`): under a temporary name first, so that they are
 * never read half-written. A failure is a warning, because the import is already done.
 */
export async function writeMetrics(
  context: Context,
  options: ImportOptions,
  run: { exitCode: number; milliseconds: number; report: ImportReport | undefined },
): Promise<void> {
  const { metricsTo, org, source, dryRun } = options;
  if (metricsTo === undefined || dryRun === true) return;
  const { io } = context;
  const target = path.resolve(io.cwd, metricsTo);
  const labels = { org: run.report?.org ?? org, source: source ?? '' };
  const now = Math.floor(io.now().getTime() / 1000);
  const succeeded = run.exitCode === 0 || run.exitCode === 3;
  const lastSuccess = succeeded ? now : readLastSuccess((await readWholeText(target)) ?? '', labels);
  const file = createUnfinishedFile(target, { mode: 0o644, signal: io.signal });
  try {
    await file.write(renderMetrics({ ...run, labels, now, lastSuccess }));
    await file.finish();
  } catch (error) {
    await file.discard();
    context.warn(`cannot write the metrics ${metricsTo}: ${(error as Error).message}`);
  }
}
