import type { ToolCommand } from '../advice.ts';
import { tool } from '../advice.ts';
import type { Style } from './text/style.ts';
import type { InspectedColumn, Inspection } from '../model/inspection.ts';
import { printable, quoted } from '../model/printable.ts';
import { renderReadValues } from './read-values.ts';
import { renderAdvice, renderCommand } from './text/command-line.ts';
import { formatCount, formatNumberOf } from './text/numbers.ts';
import { paint } from './text/paint.ts';

/** The public document. */
export function inspectionDocument(inspection: Inspection) {
  const { reason } = inspection;
  return { ...inspection, reason: reason === null ? null : renderAdvice(reason) };
}

/** The flags that the file was inspected with; the next command repeats them. */
export interface InspectedWith {
  flags?: string[];
  /** Whether a mapping was given. */
  mapped?: boolean;
}

/**
 * A page about a file: whether it can be imported and with which command, how it is read, its columns, its
 * problems.
 */
export function renderInspection(inspection: Inspection, style: Style, given: InspectedWith = {}): string {
  const { bold, dim, red, yellow } = paint(style);
  const { problems, totals, duplicates } = inspection;
  const lines = [
    bold(printable(inspection.file)),
    ...verdict(inspection, style, given),
    '',
    ...facts(inspection).map(([title, value]) => `${dim(title.padEnd(10))}  ${printable(value)}`),
  ];
  for (const { line, text } of inspection.preamble.slice(0, 5))
    lines.push(`${dim('Above'.padEnd(10))}  line ${line}: ${printable(text.slice(0, 100))}`);
  lines.push('', bold('Columns'), ...columnLines(inspection.columns, style));
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
  return lines.join('\n');
}

/** Whether the file can be imported, and the one command to run next. */
function verdict(inspection: Inspection, style: Style, given: InspectedWith): string[] {
  const { green, yellow, red } = paint(style);
  const next = nextCommand(inspection, given);
  return [
    ...(inspection.importable
      ? [inspection.accepted > 0 ? green(importable(inspection, given)) : red(importable(inspection, given))]
      : [`${yellow('cannot be imported as it is:')} ${printable(reasonOf(inspection, style))}`]),
    ...(next === undefined ? [] : [`next: ${renderCommand(next, style.invocation)}`]),
  ];
}

/** The columns are listed below, so the reason omits them. */
function reasonOf({ missing, reason, system }: Inspection, style: Style): string {
  return missing.length === 0 || system !== null
    ? renderAdvice(reason ?? '', style.invocation)
    : `no column gives ${missing.join(', ')}`;
}

function importable({ rows, accepted, rejected }: Inspection, { flags = [] }: InspectedWith): string {
  if (rows > 0 && accepted === 0) return 'can be imported, but every row would be rejected';
  const how = flags.length === 0 ? 'as it is' : 'with these flags';
  const all =
    rejected === 0 ? '' : `; ${formatCount(rejected)} of ${formatNumberOf(rows, 'row')} would be rejected`;
  return `can be imported ${how}${all}`;
}

function nextCommand(inspection: Inspection, given: InspectedWith): ToolCommand | undefined {
  const { system, missing, columns } = inspection;
  const { flags = [], mapped = false } = given;
  const file = inspection.file === 'stdin' ? '-' : inspection.file;
  const imported = (more: string[]) => tool('import', file, ...more, '--org', 'ORG', '--dry-run');
  if (system !== null) return imported(['--mapping', system.mapping, ...withDefaults(flags)]);
  if (inspection.importable) return imported(flags);
  const [sheet] = inspection.other_sheets;
  if (missing.includes('name') && sheet !== undefined)
    return tool('inspect', file, ...flags, '--sheet', sheet);
  if (inspection.only !== null) return imported([...flags, '--only', inspection.only]);
  const likely = columns.some(({ did_you_mean: meant }) => meant !== null);
  if (missing.length > 0 && !missing.includes('name') && (mapped || !likely)) {
    return imported(withDefaults(flags, missing));
  }
  if (mapped) return undefined;
  // Questions are impossible while the file comes from standard input.
  const yes = file === '-' ? ['--yes'] : [];
  return tool('inspect', file, ...flags, '--save-mapping', mappingName(inspection.file), ...yes);
}

/** `export.yaml` for `/data/export.csv.gz`. */
function mappingName(file: string): string {
  const name = file
    .replace(/^.*[/\\]/, '')
    .replace(/(\.gz)?$/i, '')
    .replace(/\.[^.]*$/, '');
  return `${name === '' || name === 'stdin' ? 'mapping' : name}.yaml`;
}

/** The defaults are an example, as in every hint; given ones are kept. */
function withDefaults(flags: string[], missing = ['default_currency', 'default_language']): string[] {
  const examples = { default_currency: 'currency=EUR', default_language: 'language=de-DE' };
  const added = Object.entries(examples).flatMap(([field, value]) =>
    missing.includes(field) && !flags.some((flag) => flag.startsWith(value.replace(/=.*/, '=')))
      ? ['--default', value]
      : [],
  );
  return [...flags, ...added];
}

function facts(inspection: Inspection): [string, string][] {
  const { sample, sheet, delimiter } = inspection;
  const counts = inspection.importable
    ? `: ${formatCount(inspection.accepted)} accepted, ${formatCount(inspection.rejected)} rejected`
    : inspection.rejected === 0
      ? ''
      : `: ${formatCount(inspection.rejected)} with errors`;
  const header = `line ${inspection.header_line}, ${formatNumberOf(inspection.columns.length, 'column')}`;
  const table: [string, string][] = [
    ['Header', header],
    ['Rows', `${formatCount(inspection.rows)}${counts}`],
  ];
  const system: [string, string][] = inspection.system === null ? [] : [['System', inspection.system.title]];
  if (sheet !== null) return [...system, ['Sheet', sheet], ...table];
  return [
    ...system,
    ['Encoding', `${inspection.encoding}: ${inspection.encoding_from}`],
    ...(sample === null ? [] : [['Sample', `line ${sample.line}: ${sample.text}`] as [string, string]]),
    ['Delimiter', `${nameOf(delimiter ?? '')}: ${inspection.dialect_from}`],
    ['Quote', inspection.quote === '' ? 'none' : (inspection.quote ?? '')],
    ['Line ends', `${inspection.line_ends}${inspection.byte_order_mark ? ', byte order mark' : ''}`],
    ...table,
  ];
}

/** Each column with its meaning and three of its values. */
function columnLines(columns: InspectedColumn[], style: Style): string[] {
  const { dim, yellow } = paint(style);
  const meanings = columns.map(({ field, did_you_mean: near, matched_by: by }) => {
    if (field !== null) return by === 'mapping' ? `${field} by the mapping` : field;
    return near === null ? 'ignored' : `ignored; did you mean ${near}?`;
  });
  const nameWidth = widest(
    columns.map(({ column }) => printable(column)),
    40,
  );
  const meaningWidth = widest(meanings, 50);
  return columns.map(({ column, field, did_you_mean: near, examples }, index) => {
    const meaning = meanings[index] as string;
    const padded = examples.length === 0 ? meaning : meaning.padEnd(meaningWidth);
    const shown = field !== null ? padded : near === null ? dim(padded) : yellow(padded);
    const values = examples.map((value) => quoted(value, 24)).join(', ');
    return `  ${printable(column).padEnd(nameWidth)}  ${shown}${values === '' ? '' : `  ${dim(values)}`}`;
  });
}

function widest(texts: string[], most: number): number {
  return Math.min(most, Math.max(...texts.map((text) => text.length)));
}

function nameOf(delimiter: string): string {
  return delimiter.startsWith('\t') ? 'tab' : JSON.stringify(delimiter);
}
