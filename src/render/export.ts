import type { Style } from './text/style.ts';
import type { ExportReport, ExportWarning } from '../model/export-report.ts';
import { printable } from '../model/printable.ts';
import { formatCount, formatNumberOf } from './text/numbers.ts';
import { paint } from './text/paint.ts';
import { wrapToWidth } from './text/text-width.ts';

/** How many warnings are shown to people; `--json` lists up to 1,000. */
const shownWarnings = 20;

/** What was written, in a sentence; `name<tab>value` lines when piped. */
export function renderExportReport(report: ExportReport, style: Style): string {
  const { rows, customers, contacts, org, file } = report;
  if (!style.terminal) {
    return Object.entries({ file, rows, customers, contacts })
      .map(([name, value]) => `${name}\t${printable(String(value))}`)
      .join('\n');
  }
  const what = `${formatNumberOf(customers, 'customer')} of ${org} with ${formatNumberOf(contacts, 'contact')}`;
  const seconds = (report.duration_ms / 1000).toFixed(1);
  return `${what} exported to ${printable(file ?? 'standard output')}, ${formatNumberOf(rows, 'row')}, in ${seconds} s`;
}

/** What an import of the file would refuse or change, one line each; the first twenty. */
export function renderExportWarnings(report: ExportReport, style: Style): string {
  const shown = report.warnings.slice(0, shownWarnings).map((warning) => warningLines(warning, style));
  const rest = report.warnings_total - shown.length;
  const more = rest > 0 ? [`  … and ${formatNumberOf(rest, 'more warning')}; --json lists up to 1,000`] : [];
  const count = formatCount(report.warnings_total);
  const head = `exported as ${report.warnings_total === 1 ? 'it is' : 'they are'}, but an import would not leave ${report.warnings_total === 1 ? 'this' : `these ${count}`} so:`;
  return [head, ...shown, ...more].join('\n');
}

function warningLines(
  { row, customer, column, warning, hint, code: name }: ExportWarning,
  style: Style,
): string {
  const code = `[${name}]`;
  const body = printable(
    `row ${row} (customer ${customer}), ${column}: ${warning}${hint === null ? '' : `; ${hint}`} ${code}`,
  );
  const lines = style.terminal ? wrapToWidth(`? ${body}`, style.columns ?? 80, '    ').slice(2) : body;
  const color = paint(style);
  return `${color.yellow('-')} ${lines.slice(0, -code.length)}${color.dim(code)}`;
}
