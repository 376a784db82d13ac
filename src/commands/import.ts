import path from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { noLimit } from '../import/error-budget.ts';
import type { KnownSystem } from '../import/columns/known-systems.ts';
import type { MappedColumn } from '../import/columns/columns.ts';
import { importCustomers } from '../import/import-customers.ts';
import { requireDone, waitUntilSettled } from '../import/night/ready-file.ts';
import { openPlan } from '../import/plan/plan-file.ts';
import { openSource } from '../files/source.ts';
import { listedMessages } from '../model/import-report.ts';
import { exitCodes } from '../render/help.ts';
import { openDatabase } from '../store/connection/database.ts';
import { version } from '../version.ts';
import { fileNameFor, timeFor } from './options/flag-values.ts';
import { askForMapping, mappingNeeded } from './known-system.ts';
import { commandOf } from './import/command-of.ts';
import { tellOutcome } from './import/outcome.ts';
import { rejectsPath } from './import/rejects-path.ts';
import type { ReportPage } from './import/report-page.ts';
import { openReportPage } from './import/report-page.ts';
import type { ImportSeen } from './night/attempt.ts';
import { noting } from './night/attempt.ts';
import { reportProgress } from './import-progress.ts';
import { addNightOptions, nightRequestOf } from './options/night-options.ts';
import { addOrgOption } from './options/org-option.ts';
import type { ImportOptions } from './options/import-options.ts';
import {
  listedChanges,
  parseBlank,
  parseBudget,
  parseChanges,
  parseMatch,
  parseOnly,
  requireConsistent,
} from './options/import-options.ts';
import {
  addReadingOptions,
  byColumnNames,
  readingOptionsOf,
  readMappingOption,
} from './options/reading-options.ts';

export function define(command: Command, context: Context): void {
  command
    .description(
      'Import customers and their contacts from a CSV file or an Excel workbook, in one transaction.\n' +
        'Customers are matched by ERP number, or as --match says: new ones are created, existing ones updated where the file differs.\n' +
        'Bad rows are rejected with their reasons; the others are imported. Importing a file twice changes nothing.',
    )
    .argument('<file>', 'CSV file or Excel workbook (.xlsx), may be gzipped; - for standard input');
  addReadingOptions(command).optionsGroup('What to write:');
  addOrgOption(command)
    .option('--create-org', 'create the organization if it does not exist')
    .option(
      '--only <what>',
      'update: change existing customers, create none, required columns may be missing; create: change none',
      parseOnly,
    )
    .option(
      '--match <key>',
      'what finds existing customers: erp_customer_number, email or id (default: the number; the id in a file that export wrote)',
      parseMatch,
    )
    .option(
      '--allow-duplicates',
      'create a customer without a number even if one with its name or email exists',
    )
    .option('--blank <what>', 'what a blank value does: clear the field, or keep it', parseBlank, 'clear')
    .optionsGroup('Safety:')
    .option('--dry-run', 'run everything, show the result, write nothing')
    .option('--detailed-exitcode', 'with --dry-run: exit 10 if there are changes')
    .option(
      '--plan-to <file>',
      'save the changes as a plan, write nothing (implies --dry-run)',
      fileNameFor('--plan-to'),
    )
    .option('--plan <file>', 'write exactly the changes of this plan, or nothing')
    .option('--plan-max-age <time>', 'refuse a plan that is older (default: 24h)', timeFor('--plan-max-age'))
    .option('--max-errors <n|n%>', 'write nothing if more rows than this are rejected', parseBudget)
    .option('--atomic', 'write nothing if any row is rejected')
    .addOption(
      new Option(
        '--lock-wait <time>',
        'how long to wait for another import and for rows that another program has locked, ' +
          'such as 60s or 5m (default: not at all, and 10s)',
      ).argParser(timeFor('--lock-wait')),
    );
  addNightOptions(command)
    .optionsGroup('Output:')
    .option(
      '--rejects <path>',
      'file for rejected rows (default: FILE.ORG.rejected.csv)',
      fileNameFor('--rejects'),
    )
    .option('--no-rejects', 'write no rejects file')
    .option(
      '--changes <n>',
      'changed customers to list (default: 20 on a terminal, none when piped)',
      parseChanges,
    )
    .option(
      '--changes-to <file>',
      'write every change to this file, one line of JSON for each customer',
      fileNameFor('--changes-to'),
    )
    .option(
      '--report-to <file>',
      'write a page (HTML) for who looks after the ERP: what came, what changed, what was rejected and how to correct it',
      fileNameFor('--report-to'),
    )
    .addOption(
      new Option('--report-language <language>', 'the language of that page')
        .choices(['en', 'de'])
        .default('en'),
    )
    .action((file: string, options: ImportOptions) => runImport(context, file, options));
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13], {
      0: 'every row was accepted',
      4: 'organization not found',
      5: 'the file as a whole was refused; nothing was written',
      10: 'changes pending (--dry-run --detailed-exitcode)',
      11: 'another import or program holds a lock',
      12: 'conflict with another program, or a stale plan',
    }),
    notes:
      'See docs/import-guide.md for columns and rules, docs/problems.md for\nmessages, docs/exit-codes.md for what to do for each exit code.',
    examples: [
      'orderflow-customers import customers.csv --org acme --dry-run',
      'zcat nightly.csv.gz | orderflow-customers import - --org acme --quiet',
    ],
  });
}

async function runImport(context: Context, file: string, options: ImportOptions): Promise<void> {
  requireConsistent(options);
  if (options.planTo !== undefined) options.dryRun = true;
  const page =
    options.reportTo === undefined
      ? undefined
      : await openReportPage(context, {
          target: options.reportTo,
          language: options.reportLanguage,
          org: options.org,
          source: options.source,
          file: file === '-' ? 'stdin' : path.basename(file),
        });
  try {
    await importOrAsk(context, file, { options, page });
  } catch (error) {
    await page?.write(error);
    throw error;
  }
  await page?.write();
}

/** Imports the file; on a terminal, one from a known system is asked for its mapping first. */
async function importOrAsk(
  context: Context,
  file: string,
  { options, page }: { options: ImportOptions; page: ReportPage | undefined },
): Promise<void> {
  let recognised: KnownSystem | undefined;
  const onKnownSystem = (system: KnownSystem): void => {
    if (options.mapping === byColumnNames) return;
    recognised = system;
    throw mappingNeeded(system, {
      file: path.basename(file),
      given: commandOf(file, options),
      defaults: options.default,
    });
  };
  try {
    await noting(context, file, options, (seen) =>
      importFile(context, file, { options, page, onKnownSystem, seen }),
    );
  } catch (error) {
    if (recognised === undefined || !context.canPrompt() || context.options.yes) throw error;
    const answer = await askForMapping(context, recognised, {
      file: path.basename(file),
      defaults: options.default,
    });
    const answered = { ...options, ...answer };
    await noting(context, file, answered, (seen) =>
      importFile(context, file, { options: answered, page, onKnownSystem: () => {}, seen }),
    );
  }
}

async function importFile(
  context: Context,
  file: string,
  {
    options,
    page,
    onKnownSystem,
    seen,
  }: {
    options: ImportOptions;
    page: ReportPage | undefined;
    onKnownSystem: (system: KnownSystem) => void;
    seen: ImportSeen;
  },
): Promise<void> {
  const { io } = context;
  const mapping = await readMappingOption(options, io);
  const plan = options.plan === undefined ? undefined : await openPlan(options.plan, { cwd: io.cwd });
  await waitUntilSettled(file, { settle: options.settle, cwd: io.cwd, signal: io.signal });
  const source = await openSource(file, { stdin: io.stdin, cwd: io.cwd, signal: io.signal });
  const progress = reportProgress(context);
  const listed = listedChanges(options, {
    json: context.options.json,
    terminal: context.style('stdout').terminal && !context.options.quiet,
  });
  try {
    await requireDone(options.done, { source, cwd: io.cwd });
    const { report, ...result } = await importCustomers(
      {
        source,
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
        rejects: rejectsPath(file, options, io.cwd),
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
        onColumns: ({ mapped }) => tellSynonyms(context, mapped),
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
    tellOutcome(context, report, { options, ...result, changes: shown });
  } finally {
    progress.clear();
    source.close();
  }
}

/** Milliseconds. */
const day = 86_400_000;

/** Names that were understood are said to who sits there, and to nobody every night. */
function tellSynonyms(context: Context, mapped: MappedColumn[]): void {
  const understood = mapped.filter(({ via }) => via === 'synonym');
  if (understood.length === 0 || !context.style('stderr').terminal || context.options.json) return;
  context.note(`columns: ${understood.map(({ name, field }) => `${name} → ${field}`).join(', ')}`);
}
