import type { Style } from './text/style.ts';
import type { ImportReport, RepeatedError, RowError, RowWarning } from '../model/import-report.ts';
import { countsOf } from '../model/import-report.ts';
import { printable } from '../model/printable.ts';
import { formatCount, formatNumberOf } from './text/numbers.ts';
import { paint } from './text/paint.ts';
import { wrapToWidth } from './text/text-width.ts';

/** How many messages are shown to people; `--json` lists up to 1,000. */
const shownMessages = 20;

/** The counts of a run: aligned with signs on a terminal, `name<tab>count` lines when piped. */
export function renderImportReport(report: ImportReport, style: Style): string {
  if (!style.terminal) return renderPlainReport(report);
  const color = paint(style);
  const { contacts } = report;
  const lines: [sign: string, label: string, customers: number, contacts: number | undefined][] = [
    [color.green('+'), 'imported', report.imported, contacts.imported],
    [color.yellow('~'), 'updated', report.updated, contacts.updated],
    [color.dim('='), 'unchanged', report.unchanged, contacts.unchanged],
  ];
  if (report.superseded > 0) lines.push([color.dim('-'), 'superseded', report.superseded, undefined]);
  if (report.deactivated > 0) lines.push([color.yellow('x'), 'deactivated', report.deactivated, undefined]);
  if (report.kept !== undefined) lines.push([color.dim('='), 'edits kept', report.kept, undefined]);
  if (contacts.removed !== undefined) lines.push([color.red('-'), 'removed', 0, contacts.removed]);
  if (report.failed > 0) lines.push([color.red('!'), 'rejected', report.failed, undefined]);
  const width = Math.max(9, ...lines.map(([, , count]) => formatCount(count).length));
  const head = `${' '.repeat(14)}${'customers'.padStart(width)}  ${'contacts'.padStart(width)}`;
  const body = lines.map(
    ([sign, label, customers, contact]) =>
      `  ${sign} ${label.padEnd(10)}${formatCount(customers).padStart(width)}${contact === undefined ? '' : `  ${formatCount(contact).padStart(width)}`}`,
  );
  return [color.bold(headline(report)), color.dim(head), ...body, ...guardLines(report, style)].join('\n');
}

/** The counts in one line, for a mail that otherwise contains only problems. */
export function renderRejectedCount(report: ImportReport): string {
  const { org, source, rows, failed, imported, updated, unchanged } = report;
  if (report.skipped === true) {
    const still = `${formatCount(failed)} of ${formatNumberOf(rows, 'row')} of ${printable(report.file)} still rejected`;
    return `${org}: ${still}; nothing has changed since the last import of ${source}`;
  }
  const taken = `${formatCount(imported)} imported, ${formatCount(updated)} updated, ${formatCount(unchanged)} unchanged`;
  return `${formatCount(failed)} of ${formatNumberOf(rows, 'row')} rejected; ${taken}`;
}

/** In a dry run, how near each guard is to its limit. */
function guardLines({ dry_run: dryRun, guards }: ImportReport, style: Style): string[] {
  if (!dryRun || guards.length === 0) return [];
  const color = paint(style);
  const width = Math.max(...guards.map(({ name }) => name.length));
  return [
    color.dim('  guards'),
    ...guards.map(({ name, count, limit, exceeded }) => {
      const bound =
        limit === null ? 'no limit' : `${name === 'rows' ? 'at least' : 'at most'} ${formatCount(limit)}`;
      return `  ${exceeded ? color.red('!') : color.dim('=')} ${name.padEnd(width)}  ${formatCount(count)} (${bound})`;
    }),
  ];
}

function headline(report: ImportReport): string {
  const what = `${formatNumberOf(report.rows, 'row')} of ${printable(report.file)}`;
  const seconds = `${(report.duration_ms / 1000).toFixed(1)} s`;
  if (report.skipped === true) {
    const still = report.failed === 0 ? '' : `; ${formatNumberOf(report.failed, 'row')} still rejected`;
    return `Nothing to do: ${printable(report.file)} and all customers are as after the last import of ${report.source}${still} (${seconds})`;
  }
  if (report.dry_run) return `Dry run: ${what} checked in ${seconds}; nothing was written`;
  const changes =
    report.imported +
    report.updated +
    report.deactivated +
    report.contacts.imported +
    report.contacts.updated +
    (report.contacts.removed ?? 0);
  if (report.run_id !== null && changes === 0 && report.failed === 0) {
    return `Nothing to change: ${report.org} has all ${what} (${seconds})`;
  }
  return report.run_id === null
    ? `${what} checked in ${seconds}; nothing was written`
    : `${what} imported into ${report.org} in ${seconds}`;
}

function renderPlainReport(report: ImportReport): string {
  const { deactivated, contacts } = report;
  const counts = {
    ...countsOf(report),
    ...(contacts.removed === undefined ? {} : { contacts_removed: contacts.removed }),
    ...(report.source === null ? {} : { deactivated }),
    ...(report.kept === undefined ? {} : { kept: report.kept }),
  };
  const guards = report.dry_run
    ? report.guards.map(({ name, count, limit }) => `guard.${name}\t${count}\t${limit ?? ''}`)
    : [];
  return [...Object.entries(counts).map(([name, count]) => `${name}\t${count}`), ...guards].join('\n');
}

/**
 * The problem of each row with its fix, one line each; the first twenty, errors before warnings. An error of
 * many rows is one line with their number, the most frequent first.
 */
export function renderImportMessages(
  report: ImportReport,
  style: Style,
  repeated: RepeatedError[] = [],
): string {
  const color = paint(style);
  const lines: string[] = [];
  let reported = 0;
  for (const error of repeated.slice(0, shownMessages)) {
    lines.push(messageLines(color.red('!'), error, repeatedText(error), style));
    reported += error.rows;
  }
  const keys = new Set(repeated.map(sameError));
  const single = report.errors.filter((error) => !keys.has(sameError(error)));
  for (const error of single.slice(0, shownMessages - lines.length)) {
    lines.push(messageLines(color.red('!'), error, error.error, style));
    reported++;
  }
  const room = Math.max(3, shownMessages - lines.length);
  if (report.errors_total > reported) lines.push(more(report.errors_total - reported, 'error', report));
  for (const warning of report.warnings.slice(0, room)) {
    lines.push(messageLines(color.yellow('-'), warning, warning.warning, style));
  }
  if (report.warnings_total > room) lines.push(more(report.warnings_total - room, 'warning', report));
  return lines.join('\n');
}

function sameError({ column, code, error, hint }: RowError | RepeatedError): string {
  return JSON.stringify([column, code, error, hint]);
}

/** `billing_country: "Lummerland" is not a country code (266 rows)` */
function repeatedText({ column, error, rows }: RepeatedError): string {
  return `${column === null ? '' : `${column}: `}${error} (${formatNumberOf(rows, 'row')})`;
}

/** One message, on a terminal wrapped to its width. */
function messageLines(
  sign: string,
  where: RowError | RowWarning | RepeatedError,
  text: string,
  style: Style,
): string {
  const code = `[${where.code}]`;
  const body = `${'row' in where ? place(where) : ''}${withHint(text, where)} ${code}`;
  const lines = style.terminal ? wrapToWidth(`? ${body}`, style.columns ?? 80, '    ').slice(2) : body;
  return `${sign} ${lines.slice(0, -code.length)}${paint(style).dim(code)}`;
}

function more(count: number, what: string, { rejects_file: rejectsFile }: ImportReport): string {
  const where =
    what === 'error' && rejectsFile !== null ? `see ${printable(rejectsFile)}` : '--json lists up to 1,000';
  return `  … and ${formatNumberOf(count, `more ${what}`)}; ${where}`;
}

/**
 * Warnings that name their rows themselves, because they are about two: rows that mean the same customer, for
 * example.
 */
const namingTheirRow = new Set(['superseded', 'duplicate_row', 'two_primary_contacts']);

function place(message: RowError | RowWarning): string {
  const { file, row, line, column, code } = message;
  if (file == null && row === line && namingTheirRow.has(code)) return '';
  const where = file == null ? placeInFile(message) : placeInFiles(printable(file), message);
  const parts = [where, column === null || row === null ? '' : printable(column)].filter(
    (part) => part !== '',
  );
  return parts.length === 0 ? '' : `${parts.join(', ')}: `;
}

function placeInFile({ row, line }: RowError | RowWarning): string {
  if (row === null) return '';
  return line === row ? `row ${row}` : `row ${row} (line ${line})`;
}

/** Of several files: `a.csv:12`, as editors know it. */
function placeInFiles(file: string, { row, line }: RowError | RowWarning): string {
  const at = line === null ? file : `${file}:${line}`;
  return row === null || row === line ? at : `${at} (row ${row})`;
}

function withHint(text: string, { hint }: RowError | RowWarning | RepeatedError): string {
  return printable(hint === null ? text : `${text}; ${hint}`);
}
