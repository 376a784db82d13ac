import { exit, Failure } from '../../errors.ts';
import type { FileCounts, ImportReport, RowError, RowWarning } from '../../model/import-report.ts';
import { countsOf } from '../../model/import-report.ts';
import type { Organization } from '../../model/organization.ts';
import type { NewImportRun } from '../../store/merge/ledger.ts';
import { quoted } from '../../model/printable.ts';
import type { MergeOutcome } from '../../store/merge/merge.ts';
import type { OtherNames } from '../../store/merge/repeats.ts';
import type { Tally } from '../customer-file.ts';
import type { PlacedRow } from '../customer-files.ts';
import type { ErrorBudget } from '../error-budget.ts';
import { isOverBudget } from '../error-budget.ts';
import type { ImportRequest } from '../import-request.ts';
import { fileName, totalSize } from '../import-request.ts';
import type { ReadValues } from '../rows/read-values.ts';

/** The result of a run, from the counts of the reading and of the merge. */
export function reportOf(parts: {
  request: ImportRequest;
  org: Organization;
  tally: Tally;
  readValues: ReadValues;
  outcome: MergeOutcome;
  /** Each file that was read. */
  files: FileCounts[];
  messages: { errors: RowError[]; errorsTotal(): number; warnings: RowWarning[]; warningsTotal(): number };
  started: number;
}): ImportReport {
  const { request, org, tally, readValues, outcome, files, messages, started } = parts;
  const { imported, updated, contacts } = outcome;
  const superseded = outcome.superseded + outcome.tied;
  return {
    ok: tally.failed === 0,
    run_id: null,
    org: org.slug,
    file: fileName(request),
    ...(files.length > 1 ? { files } : {}),
    dry_run: request.dryRun,
    source: request.night?.source ?? null,
    snapshot: request.night?.snapshot === true,
    rows: tally.rows,
    imported,
    updated,
    unchanged: tally.accepted - imported - updated - superseded,
    superseded,
    failed: tally.failed,
    contacts: {
      imported: contacts.imported,
      updated: contacts.updated,
      unchanged: tally.contacts - contacts.repeated - contacts.imported - contacts.updated,
      ...(request.night?.missingContacts === 'remove' ? { removed: outcome.removedContacts } : {}),
    },
    deactivated: outcome.source.deactivated,
    ...(request.night?.edits === 'keep' ? { kept: outcome.edits.kept } : {}),
    guards: [],
    warnings: messages.warnings,
    warnings_total: messages.warningsTotal(),
    errors: messages.errors,
    errors_total: messages.errorsTotal(),
    values: readValues.list(),
    values_total: readValues.total(),
    rejects_file: files.find(({ rejects_file: rejected }) => rejected !== null)?.rejects_file ?? null,
    duration_ms: Math.round(performance.now() - started),
  };
}

/** The row that the ledger keeps of a run. */
export function ledgerEntry(report: ImportReport, request: ImportRequest): NewImportRun {
  return {
    file: report.file,
    file_size: totalSize(request.sources) ?? null,
    ...countsOf(report),
    warnings: report.warnings_total,
    rejects_file: rejectsFilesOf(report),
    settings: {
      ...(request.sources.length === 1 ? {} : { files: request.sources.map(({ name }) => name) }),
      blank: request.blank,
      defaults: request.defaults,
      delimiter: request.delimiter ?? null,
      ...(request.sheets === undefined ? {} : { sheets: request.sheets }),
      ...(request.mapping === undefined ? {} : { mapping: request.mapping.file }),
      ...(request.strictValues === true ? { strict_values: true } : {}),
      ...(request.only === undefined ? {} : { only: request.only }),
      ...(request.match === undefined ? {} : { match: request.match }),
      ...(request.allowDuplicates ? { allow_duplicates: true } : {}),
      ...(request.guards.allow.size === 0 ? {} : { allow: Object.fromEntries(request.guards.allow) }),
      ...(request.night?.edits === undefined ? {} : { edits: request.night.edits }),
      ...(request.night?.missingContacts === undefined
        ? {}
        : { missing_contacts: request.night.missingContacts }),
    },
    tool_version: request.toolVersion,
    source: report.source,
    snapshot: report.snapshot,
    deactivated: report.deactivated,
    exit_code: report.failed > 0 && report.skipped !== true ? exit.someRejected : exit.done,
  };
}

/** For people: of several files, each one that has rejected rows. */
function rejectsFilesOf({ files, rejects_file: only }: ImportReport): string | null {
  return files?.flatMap(({ rejects_file: rejected }) => rejected ?? []).join(', ') || only;
}

/** As it was typed: `--max-errors 5`, or `--atomic`. */
function budgetFlag({ text }: ErrorBudget): string {
  return text.startsWith('--') ? text : `--max-errors ${text}`;
}

/**
 * Why nothing is written, if more rows are rejected than the budget allows. A row counts as rejected too if a
 * later row has its ERP number under another name, because they may be two companies.
 */
export function overBudgetFailure(
  budget: ErrorBudget,
  { failed, rows }: Tally,
  { otherNames, placeOf }: { otherNames: OtherNames; placeOf: (row: number) => PlacedRow },
): Failure | undefined {
  if (isOverBudget(budget, { failed, rows })) {
    return new Failure(
      'over_error_budget',
      `${failed} of ${rows} rows were rejected, more than ${budgetFlag(budget)} allows: nothing was written`,
      { hint: 'fix the rejected rows, or allow more with --max-errors' },
    );
  }
  if (otherNames.rows === 0 || !isOverBudget(budget, { failed: failed + otherNames.rows, rows }))
    return undefined;
  const { name = '', kept_name: keptName = '' } = otherNames;
  const lineOf = (row = 0, line = 0) => {
    const { file } = placeOf(row);
    return file === undefined ? String(line) : `${line} of ${file}`;
  };
  const lines = [lineOf(otherNames.row, otherNames.line), lineOf(otherNames.kept_row, otherNames.kept_line)];
  return new Failure(
    'over_error_budget',
    `the rows of lines ${lines.join(' and ')} are one customer with two names, ${quoted(name)} and ${quoted(keptName)}, ` +
      `and ${budgetFlag(budget)} does not allow that: nothing was written`,
    { hint: 'give each company a number of its own, or allow it with --max-errors' },
  );
}
