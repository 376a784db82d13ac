import path from 'node:path';
import { errorDocument } from '../../render/failure.ts';
import type { Context } from '../../context.ts';
import { exit } from '../../errors.ts';
import { changeDocument } from '../../import/outcome/changes.ts';
import type { ImportResult } from '../../import/import-request.ts';
import type { ImportReport } from '../../model/import-report.ts';
import { nextCommand } from '../../render/import-next.ts';
import { renderImportMessages, renderImportReport, renderRejectedCount } from '../../render/import-report.ts';
import { renderRunChanges } from '../../render/changes/run-changes.ts';
import { renderReadValues } from '../../render/read-values.ts';
import type { Style } from '../../render/text/style.ts';
import type { ImportOptions } from '../options/import-options.ts';
import { ruleFlags } from '../options/import-options.ts';
import { fileFlags, layoutFlags } from '../options/reading-options.ts';

/** Prints the result, the messages and the command to run next, and sets the exit code. */
export function tellOutcome(
  context: Context,
  report: ImportReport,
  {
    options,
    refused,
    changes = { items: [], total: 0 },
    repeatedErrors,
    encoding,
  }: { options: ImportOptions } & Omit<ImportResult, 'report'>,
): void {
  const failure = refused === undefined ? {} : { error: errorDocument(refused) };
  // Scripts get the whole path, people a short one.
  const rejects = report.rejects_file === null ? null : nearPath(report.rejects_file, context.io.cwd);
  if (report.failed > 0) context.revealTarget();
  if (!context.options.json) {
    const messages = (style: Style) =>
      renderImportMessages({ ...report, rejects_file: rejects }, style, repeatedErrors);
    if (report.failed > 0) context.warn(messages);
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
  const next = nextCommand(report, {
    rejects,
    readAs: {
      // A few rejected rows may not show the encoding any more.
      file: fileFlags({
        encoding: encoding.startsWith('UTF') ? undefined : encoding.toLowerCase(),
        ...options,
      }),
      layout: layoutFlags(options),
      rules: ruleFlags(options),
      blank: options.blank,
      createOrg: options.createOrg === true,
    },
  });
  if (!context.options.json && context.options.quiet && report.failed > 0) {
    context.warn(renderRejectedCount(report));
    if (next !== undefined) context.warn(next);
  } else if (!context.options.json && next !== undefined) {
    context.note(next);
  }
  context.exitCode = exitCodeOf(report, options);
}

function exitCodeOf(report: ImportReport, { detailedExitcode }: ImportOptions): number {
  if (report.failed > 0) return exit.someRejected;
  const { imported, updated, deactivated, contacts } = report;
  const pending =
    imported + updated + deactivated + contacts.imported + contacts.updated + (contacts.removed ?? 0) > 0;
  return detailedExitcode === true && pending ? exit.changesPending : exit.done;
}

/** As somebody who stands in `directory` would name the file: short where it lies there. */
function nearPath(file: string, directory: string): string {
  const near = path.relative(directory, file);
  return near.startsWith('..') ? file : near;
}
