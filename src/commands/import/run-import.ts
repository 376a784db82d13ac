import path from 'node:path';
import type { Context } from '../../context.ts';
import { noLimit } from '../../import/error-budget.ts';
import type { KnownSystem } from '../../import/columns/known-systems.ts';
import type { MappedColumn } from '../../import/columns/columns.ts';
import { importCustomers } from '../../import/import-customers.ts';
import { requireDone, waitUntilSettled } from '../../import/night/ready-file.ts';
import { openPlan } from '../../import/plan/plan-file.ts';
import { namesOfFiles } from '../../model/file-names.ts';
import { openSources, requireDifferent, requireOtherOutputs } from './open-sources.ts';
import { listedMessages } from '../../model/import-report.ts';
import { openDatabase } from '../../store/connection/database.ts';
import { version } from '../../version.ts';
import { askForMapping, mappingNeeded } from '../known-system.ts';
import { commandOf } from './command-of.ts';
import { printOutcome } from './outcome.ts';
import { rejectsPath } from './rejects-path.ts';
import type { ReportPage } from './report-page.ts';
import { openReportPage } from './report-page.ts';
import type { ImportSeen } from '../night/attempt.ts';
import { noting } from '../night/attempt.ts';
import { reportProgress } from '../import-progress.ts';
import { nightRequestOf } from '../options/night-options.ts';
import type { ImportOptions } from '../options/import-options.ts';
import { listedChanges, requireConsistent } from '../options/import-options.ts';
import { byColumnNames, readingOptionsOf, readMappingOption } from '../options/reading-options.ts';

/** Imports files with these flags, and reports the result. */
export async function runImport(context: Context, files: string[], options: ImportOptions): Promise<void> {
  requireConsistent(options);
  await requireDifferent(files, context.io.cwd);
  await requireOtherOutputs(files, options, context.io.cwd);
  if (options.planTo !== undefined) options.dryRun = true;
  const page =
    options.reportTo === undefined
      ? undefined
      : await openReportPage(context, {
          target: options.reportTo,
          language: options.reportLanguage,
          org: options.org,
          source: options.source,
          file: namesOfFiles(files.map((file) => (file === '-' ? 'stdin' : path.basename(file)))),
        });
  try {
    await importOrAsk(context, files, { options, page });
  } catch (error) {
    await page?.write(error);
    throw error;
  }
  await page?.write();
}

/** Imports the files; on a terminal, it first asks for the mapping of a file from a known system. */
async function importOrAsk(
  context: Context,
  files: string[],
  { options, page }: { options: ImportOptions; page: ReportPage | undefined },
): Promise<void> {
  let recognised: { system: KnownSystem; file: string } | undefined;
  const onKnownSystem = (system: KnownSystem, name: string): void => {
    if (options.mapping === byColumnNames) return;
    const file = files.length === 1 ? path.basename(files[0] as string) : name;
    recognised = { system, file };
    throw mappingNeeded(system, {
      file,
      // Their values go behind the mapping.
      given: commandOf(files, { ...options, default: {} }),
      defaults: options.default,
    });
  };
  try {
    await noting(context, files, options, (seen) =>
      importFiles(context, files, { options, page, onKnownSystem, seen }),
    );
  } catch (error) {
    if (recognised === undefined || !context.canPrompt() || context.options.yes) throw error;
    const { system, file } = recognised;
    const answer = await askForMapping(context, system, { file, defaults: options.default });
    const answered = { ...options, ...answer };
    await noting(context, files, answered, (seen) =>
      importFiles(context, files, { options: answered, page, onKnownSystem: () => {}, seen }),
    );
  }
}

async function importFiles(
  context: Context,
  files: string[],
  {
    options,
    page,
    onKnownSystem,
    seen,
  }: {
    options: ImportOptions;
    page: ReportPage | undefined;
    onKnownSystem: (system: KnownSystem, file: string) => void;
    seen: ImportSeen;
  },
): Promise<void> {
  const { io } = context;
  const mapping = await readMappingOption(options, io);
  const plan = options.plan === undefined ? undefined : await openPlan(options.plan, { cwd: io.cwd });
  await waitUntilSettled(files, { settle: options.settle, cwd: io.cwd, signal: io.signal });
  const rejects = rejectsPath(files, options, io.cwd);
  const sources = await openSources(files, { stdin: io.stdin, cwd: io.cwd, signal: io.signal });
  const progress = reportProgress(context);
  const listed = listedChanges(options, {
    json: context.options.json,
    terminal: context.style('stdout').terminal && !context.options.quiet,
  });
  try {
    await requireDone(options.done, { sources, cwd: io.cwd });
    const { report, ...result } = await importCustomers(
      {
        sources,
        org: options.org,
        createOrg: options.createOrg === true,
        dryRun: options.dryRun === true,
        blank: options.blank,
        ...readingOptionsOf(options),
        ...nightRequestOf(options),
        mapping,
        only: options.only,
        match: options.match,
        allowDuplicates: options.allowDuplicates === true,
        budget: options.atomic === true ? { text: '--atomic', rows: 0 } : (options.maxErrors ?? noLimit),
        rejects,
        listedChanges: page === undefined ? listed : Math.max(listed ?? 0, listedMessages),
        planTo: options.planTo === undefined ? undefined : path.resolve(io.cwd, options.planTo),
        plan: plan && { plan, maxAgeMilliseconds: options.planMaxAge ?? day },
        now: () => io.now(),
        changesTo: options.changesTo === undefined ? undefined : path.resolve(io.cwd, options.changesTo),
        lockWaitMilliseconds: options.lockWait,
        toolVersion: version,
        signal: io.signal,
        database: () => context.database(),
        reconnect: async () => openDatabase((await context.database()).target),
      },
      {
        onKnownSystem,
        onColumns: ({ mapped }) => reportSynonyms(context, mapped),
        onStart: ({ database, org }) => {
          seen.reached = true;
          context.nameTarget(database, org, { dryRun: options.dryRun === true });
          progress.start();
        },
        onLockWait: ({ holder, limit }) =>
          progress.note(`waiting for a lock held by ${holder}; giving up after ${limit / 1000} s`),
        onProgress: (state) => progress.show(state),
      },
    );
    progress.clear();
    const { changes = { items: [], total: 0 }, refused } = result;
    seen.report = report;
    seen.refused = refused;
    page?.note({ report, changes, refusal: refused });
    const shown = { ...changes, items: changes.items.slice(0, listed ?? 0) };
    printOutcome(context, report, { files, options, ...result, changes: shown });
  } finally {
    progress.clear();
    for (const source of sources) source.close();
  }
}

/** Milliseconds. */
const day = 86_400_000;

/** Recognised names are reported to a person at a terminal, but not every night. */
function reportSynonyms(context: Context, mapped: MappedColumn[]): void {
  const understood = mapped.filter(({ via }) => via === 'synonym');
  if (understood.length === 0 || !context.style('stderr').terminal || context.options.json) return;
  context.note(`columns: ${understood.map(({ name, field }) => `${name} → ${field}`).join(', ')}`);
}
