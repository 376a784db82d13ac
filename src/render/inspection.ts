import { tool } from '../advice.ts';
import type { Style } from './text/style.ts';
import type { Inspection } from '../model/inspection.ts';
import { printable } from '../model/printable.ts';
import { renderReadValues } from './read-values.ts';
import { renderAdvice, renderCommand } from './text/command-line.ts';
import { formatCount, formatNumberOf } from './text/numbers.ts';
import { paint } from './text/paint.ts';

/** The public document. */
export function inspectionDocument(inspection: Inspection) {
  const { reason } = inspection;
  return { ...inspection, reason: reason === null ? null : renderAdvice(reason) };
}

/** A page about a file: how it is read, its columns, its first problems, what to do next, with the flags it was read by. */
export function renderInspection(
  inspection: Inspection,
  style: Style,
  { flags = [] }: { flags?: string[] } = {},
): string {
  const { bold, dim, red, yellow, green } = paint(style);
  const { columns, problems, totals, duplicates } = inspection;
  const facts: [string, string][] = [
    ...(inspection.system === null ? [] : [['System', inspection.system.title] as [string, string]]),
    ['Encoding', `${inspection.encoding}: ${inspection.encoding_from}`],
    ...(inspection.sample === null
      ? []
      : [['Sample', `line ${inspection.sample.line}: ${inspection.sample.text}`] as [string, string]]),
    ['Delimiter', `${nameOf(inspection.delimiter)}: ${inspection.dialect_from}`],
    ['Quote', inspection.quote],
    ['Line ends', `${inspection.line_ends}${inspection.byte_order_mark ? ', byte order mark' : ''}`],
    ['Header', `line ${inspection.header_line}, ${formatNumberOf(columns.length, 'column')}`],
    [
      'Rows',
      `${formatCount(inspection.rows)}: ${formatCount(inspection.accepted)} accepted, ${formatCount(inspection.rejected)} rejected`,
    ],
  ];
  const lines = [
    bold(printable(inspection.file)),
    '',
    ...facts.map(([title, value]) => `${dim(title.padEnd(10))}  ${printable(value)}`),
  ];
  for (const { line, text } of inspection.preamble.slice(0, 5))
    lines.push(`${dim('Above'.padEnd(10))}  line ${line}: ${printable(text.slice(0, 100))}`);
  const width = Math.min(40, Math.max(...columns.map(({ column }) => printable(column).length)));
  lines.push('', bold('Columns'));
  for (const { column, field, matched_by: by, did_you_mean: near } of columns) {
    const means = near === null ? dim('ignored') : yellow(`ignored; did you mean ${near}?`);
    lines.push(
      `  ${printable(column).padEnd(width)}  ${field === null ? means : field}${by === 'mapping' ? dim(' by the mapping') : ''}`,
    );
  }
  if (inspection.values.length > 0) lines.push('', bold('Values'), renderReadValues(inspection.values));
  if (problems.length > 0) {
    lines.push('', bold('Problems'));
    for (const { line, column, message, hint, code } of problems) {
      const place = column === null ? `line ${line}` : `line ${line}, ${printable(column)}`;
      lines.push(
        `${red('!')} ${place}: ${printable(hint === null ? message : `${message}; ${hint}`)} ${dim(`[${code}]`)}`,
      );
    }
    lines.push(
      dim(
        Object.entries(totals)
          .map(([code, count]) => `${code} ${formatCount(count)}`)
          .join(', '),
      ),
    );
  }
  if (duplicates.length > 0) {
    lines.push('', bold(formatNumberOf(inspection.duplicates_total, 'repeated ERP number')));
    for (const {
      erp_number: number,
      lines: [first, second],
    } of duplicates.slice(0, 5)) {
      lines.push(`${yellow('-')} ${printable(number)}: lines ${first} and ${second}`);
    }
  }
  lines.push('');
  if (inspection.importable || inspection.system !== null) {
    const file = inspection.file === 'stdin' ? '-' : inspection.file;
    const mapped = inspection.system === null ? flags : withMapping(flags, inspection.system.mapping);
    lines.push(
      `${green('next:')} ${renderCommand(tool('import', file, ...mapped, '--org', 'ORG', '--dry-run'), style.invocation)}`,
    );
  } else {
    lines.push(
      `${yellow('not a customer file yet:')} ${printable(renderAdvice(inspection.reason ?? '', style.invocation))}`,
    );
  }
  return lines.join('\n');
}

/** The defaults are an example, as in every hint; those that were given stay. */
function withMapping(flags: string[], mapping: string): string[] {
  const missing = ['currency=EUR', 'language=de-DE'].filter(
    (value) => !flags.some((flag) => flag.startsWith(value.replace(/=.*/, '='))),
  );
  return ['--mapping', mapping, ...flags, ...missing.flatMap((value) => ['--default', value])];
}

function nameOf(delimiter: string): string {
  return delimiter.startsWith('\t') ? 'tab' : JSON.stringify(delimiter);
}
