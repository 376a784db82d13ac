import { Failure } from '../../errors.ts';
import { unitSeparator } from './ascii-separators.ts';
import { exportColumn } from './own-columns.ts';
import { delimiters, nameOf } from './delimiters.ts';
import type { Candidate, IsColumnName, SampleRecord } from './dialect-candidate.ts';
import {
  alike,
  better,
  hasWrappedCell,
  leastConsistency,
  mostlyPreamble,
  readPadded,
  readSample,
} from './dialect-candidate.ts';
import type { Dialect, DialectOptions } from '../table.ts';
import { refuseDoubtfulHeader } from './header-doubts.ts';
import { createWidthFitter, namedWidth } from './row-width.ts';

/** Characters that are examined. */
export const sampleLength = 1 << 18;

/**
 * Finds delimiter, quote and header line: each pair of delimiter and quote reads the sample, and the pair
 * under which most records have the same number of cells wins; a header that names known fields weighs more.
 * Throws `undecided_delimiter` if no pair fits or two fit equally: a guess would shift cells into other
 * columns.
 *
 * @param sample the beginning of the file, `complete` if it is all of it
 */
export function detectDialect(
  sample: string,
  { complete, columnKey }: { complete: boolean; columnKey?: DialectOptions['columnKey'] },
): Dialect {
  const isColumnName = nameTest(columnKey);
  const own = ownDelimiter(sample);
  if (own !== undefined)
    return { ...statedDialect(sample, { delimiter: own, columnKey }), how: 'an export of this tool' };
  const separator = separatorLine(sample);
  const datev = datevLine(sample);
  const text = sampleOf(sample, complete);
  const skip = separator !== undefined || datev ? 1 : 0;
  const candidates = (separator === undefined ? delimiters : [separator]).flatMap((delimiter) => {
    const usual = readPadded(text, delimiter, '"', { skip, isColumnName });
    const bare = neverQuoted(usual, () => readSample(text, delimiter, '', { skip, isColumnName }));
    if (bare !== undefined) return [bare];
    // Without delimiters inside, they are apostrophes, and a file of apostrophes may still have a stray
    // quote.
    return hasWrappedCell(usual, "'")
      ? [usual, readPadded(text, delimiter, "'", { skip, isColumnName })]
      : [usual];
  });
  const fitting = candidates.filter(({ width, known }) => width > 1 || known > 0);
  if (fitting.length === 0) throw oneColumn(text);
  const best = fitting.toSorted(better)[0] as Candidate;
  if (best.known < 2 && (best.consistency < leastConsistency(best) || mostlyPreamble(best)))
    throw undecided('no delimiter splits most rows into the same number of values');
  const rival = fitting.find(
    (other) => other.delimiter !== best.delimiter && other.known === best.known && alike(other, best),
  );
  if (rival !== undefined) {
    throw undecided(`${nameOf(best.delimiter)} and ${nameOf(rival.delimiter)} fit equally well`);
  }
  const header = best.header as SampleRecord;
  refuseDoubtfulHeader(header, best);
  return {
    delimiter: padded(best)
      ? `${best.delimiter} `
      : doubled(best)
        ? best.delimiter.repeat(2)
        : best.delimiter,
    quote: best.quote,
    how:
      separator === undefined
        ? `${Math.round(best.consistency * 100)} % of the checked rows have ${best.width} values`
        : 'the line sep=',
    headerLine: header.line,
    ...rowsBehind(best.records, header),
    preamble: best.records.filter(({ line }) => line < header.line).map(({ line, raw }) => ({ line, raw })),
  };
}

/** The delimiter of an export, from its header alone: nothing in its rows can mislead. */
function ownDelimiter(sample: string): string | undefined {
  if (!sample.startsWith(exportColumn)) return undefined;
  return /^[^"\r\n\p{L}\p{N}_]/u.exec(sample.slice(exportColumn.length))?.[0];
}

/** The dialect that the options specify, with nothing guessed. */
export function statedDialect(
  sample: string,
  {
    delimiter = ',',
    quote = delimiter === unitSeparator ? '' : '"',
    escape,
    skipLines = 0,
    columnKey,
  }: DialectOptions,
): Dialect {
  const { records } = readSample(sampleOf(sample, false), delimiter, quote, {
    skip: skipLines,
    escape,
    isColumnName: nameTest(columnKey),
  });
  const header = records[0];
  return {
    delimiter,
    quote,
    how: 'as the options specify',
    headerLine: skipLines + 1,
    preamble: [],
    ...(header === undefined ? { sample: [], records: [] } : rowsBehind(records, header)),
  };
}

/** Remembers its answers: each delimiter finds the same cells again, and each header is compared with many rows. */
function nameTest(columnKey: DialectOptions['columnKey'] = () => undefined): IsColumnName {
  const answers = new Map<string, boolean>();
  return (cell) => {
    const answer = answers.get(cell) ?? columnKey(cell) !== undefined;
    answers.set(cell, answer);
    return answer;
  };
}

function rowsBehind(records: SampleRecord[], header: SampleRecord): Pick<Dialect, 'sample' | 'records'> {
  const behind = records.filter(({ line }) => line > header.line).map(({ cells }) => cells);
  const width = namedWidth(header.cells, behind);
  const fit = createWidthFitter(width, behind);
  return { records: behind, sample: behind.map(fit).filter((cells) => cells.length === width) };
}

/**
 * Text exports with tabs or bars may have no quoting (SAP): a quote within a cell is then an ordinary
 * character. Not if a cell begins and ends with a quote, because it may be quoted.
 */
function neverQuoted(usual: Candidate, readBare: () => Candidate): Candidate | undefined {
  if (usual.faults.length === 0 || !/[\t|]/.test(usual.delimiter)) return undefined;
  const bare = readBare();
  return bare.consistency >= usual.consistency && bare.faults.length === 0 && !hasWrappedCell(bare, '"')
    ? bare
    : undefined;
}

/** Excel writes, and reads, a first line `sep=;`. */
function separatorLine(sample: string): string | undefined {
  return /^"?sep=(.)"?\r?(?:\n|$)/i.exec(sample)?.[1];
}

/**
 * DATEV's own first line: `"EXTF";700;16;"Debitoren/Kreditoren";…`. Category 16 is customers and suppliers;
 * another is refused by its name (DATEV format description, “Header”).
 */
function datevLine(sample: string): boolean {
  const found = /^"?(?:EXTF|DTVF)"?;\d+;(\d+);"?([^";\r\n]*)/.exec(sample);
  if (found === null) return false;
  const [, category, name] = found;
  if (category !== '16') {
    throw new Failure(
      'unsupported_format',
      `this is a DATEV file of category ${category} (${name}), not of customers`,
      {
        hint: 'export “Debitoren/Kreditoren” (category 16)',
      },
    );
  }
  return true;
}

/**
 * How much of a text the sample includes. If the first line is longer, it extends as far again beyond that
 * line, because a header is examined whole and together with rows. Infinity while that line has not ended.
 */
export function sampleEnd(text: string): number {
  if (text.length < sampleLength) return sampleLength;
  const start = Math.max(0, text.search(/\S/));
  const ends = [text.indexOf('\n', start), text.indexOf('\r', start)].filter((end) => end >= 0);
  const first = Math.min(...ends);
  return first < sampleLength ? sampleLength : first + sampleLength;
}

/** Whole lines only: a record cut in the middle would count as damaged. */
function sampleOf(text: string, complete: boolean): string {
  const length = sampleEnd(text);
  if (complete && text.length <= length) return text;
  const part = text.slice(0, length);
  const lastLineEnd = Math.max(part.lastIndexOf('\n'), part.lastIndexOf('\r'));
  return lastLineEnd < 0 ? part : part.slice(0, lastLineEnd + 1);
}

/** Whether a space follows every delimiter and is therefore part of it. */
function padded({ delimiter, records, width, header }: Candidate): boolean {
  if (delimiter === '\t' || header?.cells.length !== width) return false;
  const rows = records.filter(({ cells }) => cells.length === width);
  return rows.length > 1 && rows.every(({ cells }) => cells.slice(1).every((cell) => cell.startsWith(' ')));
}

/** Whether every second cell is blank everywhere, the header included: then the delimiter is doubled. */
function doubled({ records, width, header }: Candidate): boolean {
  if (width < 3 || width % 2 === 0 || header?.cells.length !== width) return false;
  const rows = records.filter(({ cells }) => cells.length === width);
  return rows.every(({ cells }) => cells.every((cell, index) => index % 2 === 0 || cell === ''));
}

function undecided(why: string): Failure {
  return new Failure('undecided_delimiter', `the delimiter cannot be detected: ${why}`, {
    hint: 'name it: --delimiter with , ; | or tab',
  });
}

function oneColumn(text: string): Failure {
  const line = text.split(/\r?\n|\r/, 1)[0] ?? '';
  return new Failure(
    'undecided_delimiter',
    `the file has only one column with every delimiter that was tried (${JSON.stringify(line.slice(0, 60))} …)`,
    {
      hint: line.includes(unitSeparator)
        ? 'name it: --delimiter 0x1f'
        : 'name the delimiter with --delimiter; a file of one column of names must have the header "name"',
    },
  );
}
