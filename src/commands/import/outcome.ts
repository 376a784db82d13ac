import path from 'node:path';
import { errorDocument } from '../../render/failure.ts';
import type { Context } from '../../context.ts';
import { exit } from '../../errors.ts';
import { changeDocument } from '../../import/outcome/changes.ts';
import type { ImportResult } from '../../import/import-request.ts';
import type { ImportReport } from '../../model/import-report.ts';
import { hasChanges } from '../../model/import-report.ts';
import type { RejectsToFix } from '../../render/import-next.ts';
import { nextCommands } from '../../render/import-next.ts';
import { renderImportMessages, renderImportReport, renderRejectedCount } from '../../render/import-report.ts';
import { renderRunChanges } from '../../render/changes/run-changes.ts';
import { renderReadValues } from '../../render/read-values.ts';
import type { Style } from '../../render/text/style.ts';
import type { ImportOptions } from '../options/import-options.ts';
import { commandForRejects, commandOf } from './command-of.ts';

/** Prints the result, the messages and the command to run next, and sets the exit code. */
export function printOutcome(
  context: Context,
  report: ImportReport,
  {
    files,
    options,
    refused,
    changes = { items: [], total: 0 },
    repeatedErrors,
    encodings,
  }: { files: string[]; options: ImportOptions } & Omit<ImportResult, 'report'>,
): void {
  const failure = refused === undefined ? {} : { error: errorDocument(refused) };
  // Scripts get the whole path, people a short one.
  const rejects = report.rejects_file === null ? null : nearPath(report.rejects_file, context.io.cwd);
  const { skipped = false } = report;
  if (report.failed > 0 && !skipped) context.revealTarget();
  if (!context.options.json) {
    const messages = (style: Style) =>
      renderImportMessages({ ...report, rejects_file: rejects }, style, repeatedErrors);
    if (report.failed > 0 && !skipped) context.warn(messages);
    else if (report.warnings_total > 0) context.note(messages);
  }
  context.print({
    json: { ...report, changes: changes.items.map(changeDocument), changes_total: changes.total, ...failure },
    text: (style) => {
      const list = renderRunChanges(changes, style, {
        more: 'all of them: --changes-to FILE',
      });
      return list === ''
        ? renderImportReport(report, style)
        : `${renderImportReport(report, style)}\n${list}`;
    },
  });
  if (!context.options.json && report.values.length > 0) {
    context.note(() => renderReadValues(report.values));
  }
  if (refused !== undefined) {
    if (context.options.json) context.exitCode = refused.exitCode;
    else throw refused;
    return;
  }
  const [encoding] = encodings;
  const same = encodings.every((other) => other === encoding) ? encoding : undefined;
  const next = nextCommands(report, {
    again: files.includes('-') ? undefined : commandOf(files, writing(report, readAs(same, options))),
    rejects: rejectsToFix(report, { encodings, options, cwd: context.io.cwd }),
  });
  if (!context.options.json) {
    const isMail = context.options.quiet && report.failed > 0;
    if (isMail) context.warn(renderRejectedCount(report));
    for (const command of next) {
      if (isMail && !skipped) context.warn(command);
      else context.note(command);
    }
  }
  context.exitCode = exitCodeOf(report, options);
}

/** The flags of the run that writes what this dry run has shown. */
function writing({ org }: ImportReport, options: ImportOptions): ImportOptions {
  const { planTo, ...others } = options;
  return { ...others, org, dryRun: false, ...(planTo === undefined ? {} : { plan: planTo }) };
}

/** Each file of rejected rows, for one or several imported files. */
function rejectsToFix(
  { org, files, rejects_file: only }: ImportReport,
  { encodings, options, cwd }: { encodings: string[]; options: ImportOptions; cwd: string },
): RejectsToFix[] {
  const paths = files?.map(({ rejects_file: rejected }) => rejected) ?? [only];
  return paths.flatMap((file, index) => {
    if (file === null) return [];
    const near = nearPath(file, cwd);
    const command = commandForRejects(near, { ...readAs(encodings[index], options), org });
    return { path: near, command };
  });
}

/** With the encoding that was found: a few rejected rows may not show it any more. */
function readAs(encoding: string | undefined, options: ImportOptions): ImportOptions {
  if (encoding === undefined || encoding.startsWith('UTF')) return options;
  return { encoding: encoding.toLowerCase(), ...options };
}

function exitCodeOf(report: ImportReport, { detailedExitcode }: ImportOptions): number {
  if (report.skipped === true) return exit.done;
  if (report.failed > 0) return exit.someRejected;
  return detailedExitcode === true && hasChanges(report) ? exit.changesPending : exit.done;
}

/** The file as seen from `directory`: a short name if it is in there. */
function nearPath(file: string, directory: string): string {
  const near = path.relative(directory, file);
  return near.startsWith('..') ? file : near;
}
