import type { Command } from 'commander';
import { advice, tool } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { Failure } from '../errors.ts';
import { exitCodes } from '../render/help.ts';
import { importRunListing, renderImportRun } from '../render/import-runs.ts';
import { formatNumberOf } from '../render/text/numbers.ts';
import { listImportRuns, requireImportRun } from '../store/merge/ledger.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
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
      'List the last imports into an organization, newest first. Dry runs and failed runs are not listed.',
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
  addOrgOption(showing, { forReading: true }).action((run: string, options: { org?: string }) =>
    show(context, run, options),
  );
  addHelp(showing, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13]),
    examples: [
      'orderflow-customers runs show 01890a5d-ac96 --org acme',
      "orderflow-customers runs show 01890a5d-ac96 --org acme --json | jq '.failed'",
    ],
  });
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
  printListing(context, options, { layout: importRunListing, items, rest });
  if (!context.style('stdout').terminal || !isForPeople(options)) return;
  context.note(
    runs.total === 0
      ? advice`no imports yet · next: ${tool('import', 'FILE', '--org', org.slug)}`
      : `${runs.items.length} of ${formatNumberOf(runs.total, 'run')}`,
  );
}

async function show(context: Context, runId: string, options: { org?: string }): Promise<void> {
  const orgRef = await orgOf(context, options);
  const database = await context.database();
  const org = await requireOrganization(database, orgRef);
  const run = await requireImportRun(database, { org, runId });
  context.print({ json: run, text: (style) => renderImportRun(run, style) });
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= 1000) return limit;
  throw new Failure('usage', `--limit takes a number from 1 to 1000, not ${JSON.stringify(text)}`);
}
