import type { Command } from 'commander';
import { Option } from 'commander';
import { advice, tool } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { Failure } from '../errors.ts';
import { changeDocument, collectChanges } from '../import/outcome/changes.ts';
import { undoImportRuns } from '../import/undo-runs.ts';
import { listedMessages } from '../model/import-report.ts';
import type { ImportRun } from '../model/import-run.ts';
import { exitCodes } from '../render/help.ts';
import { importRunListing, renderImportRun } from '../render/import-runs.ts';
import { renderKept, renderUndoReport } from '../render/changes/undo.ts';
import { renderRunChange, renderRunChanges } from '../render/changes/run-changes.ts';
import { formatNumberOf } from '../render/text/numbers.ts';
import { readRunChanges } from '../store/changes/run-changes.ts';
import type { RunScope } from '../store/changes/run-scope.ts';
import { requireRunScope } from '../store/changes/run-scope.ts';
import type { Database } from '../store/connection/database.ts';
import { openDatabase } from '../store/connection/database.ts';
import { withSnapshot } from '../store/connection/snapshot.ts';
import { listImportRuns, requireImportRun } from '../store/merge/ledger.ts';
import { requireRole } from '../store/orgs/access.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
import type { Style } from '../render/text/style.ts';
import { version } from '../version.ts';
import { defineResume } from './night/resume.ts';
import { timeFor } from './options/flag-values.ts';
import { addOrgOption, orgOf } from './options/org-option.ts';
import type { OutputOptions } from './options/output-options.ts';
import { addOutputOptions, isForPeople, printListing } from './options/output-options.ts';

export function define(command: Command, context: Context): void {
  command.usage('<subcommand> [flags]');
  addHelp(command, {
    examples: [
      'orderflow-customers runs list --org acme',
      'orderflow-customers runs show 01890a5d-ac96 --org acme',
    ],
  });
  const listing = command
    .command('list')
    .summary('List past imports')
    .description(
      'List the last imports into an organization, newest first. Attempts that were refused or failed are listed with\ntheir code; dry runs are not.',
    );
  addOrgOption(listing, { forReading: true }).option('--limit <n>', 'number of runs', parseLimit, 20);
  addOutputOptions(listing, { context, names: importRunListing.names }).action((options: RunsOptions) =>
    list(context, options),
  );
  addHelp(listing, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13], { 0: 'done, or an empty list', 4: 'organization not found' }),
    examples: [
      'orderflow-customers runs list --org acme --limit 5',
      'orderflow-customers runs list --org acme --output csv --columns finished_at,file,rows,failed',
    ],
  });
  const showing = command
    .command('show')
    .summary('Show one import')
    .description('Show one import: its counts, who ran it, and how the file was read.')
    .argument('<run>', 'id of the run, or its beginning as shown by runs list');
  addOrgOption(showing, { forReading: true })
    .option('--changes', 'list what it changed, customer by customer; with --json, at most 1,000 of them')
    .action((run: string, options: ShowOptions) => show(context, run, options));
  addHelp(showing, {
    exitCodes: exitCodes([0, 2, 4, 5, 7, 8, 13], { 5: 'with --changes: a run from before the change log' }),
    examples: [
      'orderflow-customers runs show 01890a5d-ac96 --org acme',
      'orderflow-customers runs show 01890a5d-ac96 --org acme --changes',
      "orderflow-customers runs show 01890a5d-ac96 --org acme --json | jq '.failed'",
    ],
  });
  defineUndo(command, context);
  defineResume(command, context);
}

function defineUndo(command: Command, context: Context): void {
  const undoing = command
    .command('undo')
    .summary('Undo imports')
    .description(
      'Undo what imports have changed, in one transaction: a field that still has the value of the import gets its\n' +
        'previous value. What was changed since is kept, and listed with who changed it. Customers that the import\n' +
        'created are deactivated, unless they were changed since. An undo is listed as a run, and can be undone.',
    )
    .argument(
      '<runs...>',
      'ids of the runs, or their beginnings as shown by runs list; the newest is undone first',
    );
  addOrgOption(undoing)
    .option('--dry-run', 'run everything, show the result, write nothing')
    .addOption(
      new Option(
        '--lock-wait <time>',
        'how long to wait for an import that runs and for rows that another program has locked, such as 60s or 5m ' +
          '(default: not at all, and 10s)',
      ).argParser(timeFor('--lock-wait')),
    )
    .action((runs: string[], options: UndoOptions) => undo(context, runs, options));
  addHelp(undoing, {
    exitCodes: exitCodes([0, 2, 4, 5, 7, 8, 11, 12, 13], {
      0: 'undone, or nothing left to undo',
      5: 'a run from before the change log, or one that changed nothing',
      11: 'an import or another program holds a lock',
      12: 'conflict: another session changed the same customers',
    }),
    notes: 'See docs/history.md.',
    examples: [
      'orderflow-customers runs undo 01890a5d-ac96 --org acme --dry-run',
      'orderflow-customers runs undo 01890a5d-ac96 --org acme',
    ],
  });
}

interface UndoOptions {
  org: string;
  dryRun?: boolean;
  lockWait?: number;
}

async function undo(context: Context, runIds: string[], options: UndoOptions): Promise<void> {
  const database = await context.database();
  const org = await requireOrganization(database, options.org);
  await requireRole(database, org, 'INTEGRATOR');
  const runs = new Map<string, ImportRun>();
  for (const runId of runIds) {
    const run = await requireImportRun(database, { org, runId });
    runs.set(run.id, run);
  }
  context.nameTarget(database, org, { dryRun: options.dryRun === true });
  const { report, kept, changes } = await undoImportRuns(database, {
    org,
    runs: [...runs.values()],
    dryRun: options.dryRun === true,
    lockWaitMilliseconds: options.lockWait,
    toolVersion: version,
    signal: context.io.signal,
    reconnect: async () => openDatabase(database.target),
  });
  const { changes_total: changesTotal, duration_ms: duration, ...counts } = report;
  context.print({
    json: {
      ...counts,
      kept: kept.map(({ name: _name, run_title: _title, ...field }) => field),
      changes: changes.items.map(changeDocument),
      changes_total: changesTotal,
      duration_ms: duration,
    },
    text(style) {
      const items = style.terminal ? changes.items.slice(0, 20) : [];
      const listed = renderRunChanges({ ...changes, items }, style, { more: '--json lists up to 1,000' });
      return listed === ''
        ? renderUndoReport(report, style)
        : `${renderUndoReport(report, style)}\n${listed}`;
    },
  });
  if (kept.length > 0) context.note((style) => renderKept({ kept, total: report.kept_total }, style));
  if (report.run_id === null) return;
  context.aside(advice`next: ${tool('runs', 'show', report.run_id, '--org', org.slug, '--changes')}`);
}

interface RunsOptions extends OutputOptions {
  org?: string;
  limit: number;
}

async function list(context: Context, options: RunsOptions): Promise<void> {
  const orgRef = await orgOf(context, options);
  const database = await context.database();
  const org = await requireOrganization(database, orgRef);
  const runs = await listImportRuns(database, { orgId: org.id, limit: options.limit });
  const { items, ...rest } = runs;
  await printListing(context, options, { layout: importRunListing, items, rest });
  if (!context.style('stdout').terminal || !isForPeople(options)) return;
  context.note(
    runs.total === 0
      ? advice`no imports yet · next: ${tool('import', 'FILE', '--org', org.slug)}`
      : `${runs.items.length} of ${formatNumberOf(runs.total, 'run')}`,
  );
}

interface ShowOptions {
  org?: string;
  changes?: boolean;
}

async function show(context: Context, runId: string, options: ShowOptions): Promise<void> {
  const orgRef = await orgOf(context, options);
  const database = await context.database();
  const org = await requireOrganization(database, orgRef);
  const run = await requireImportRun(database, { org, runId });
  if (options.changes !== true) {
    await context.page({ json: run, text: (style) => renderImportRun(run, style) });
    return;
  }
  const scope = await requireRunScope(database, { orgId: org.id, run });
  await withSnapshot(database, async () => {
    if (context.options.json) {
      const { items, total } = await collectChanges(database, scope, { listed: listedMessages, writers: [] });
      const json = { ...run, changes: items.map(changeDocument), changes_total: total };
      context.print({ json, text: '' });
      return;
    }
    await context.printPieces(changesOf(database, scope, { run, style: context.style('stdout') }));
  });
}

async function* changesOf(
  database: Database,
  scope: RunScope,
  { run, style }: { run: ImportRun; style: Style },
): AsyncGenerator<string> {
  if (style.terminal) yield `${renderImportRun(run, style)}\n\n`;
  for await (const change of readRunChanges(database, scope)) yield renderRunChange(change, style);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= 1000) return limit;
  throw new Failure('usage', `--limit takes a number from 1 to 1000, not ${JSON.stringify(text)}`);
}
