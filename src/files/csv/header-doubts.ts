import { Failure } from '../../errors.ts';
import { delimiters, nameOf } from './delimiters.ts';
import type { Candidate, SampleRecord } from './dialect-candidate.ts';
import { mostCommon } from './most-common.ts';
import { looksLikeHeader } from '../cell-kinds.ts';
import { createWidthFitter, namedWidth } from './row-width.ts';

/**
 * Throws `missing_column` if the line that was chosen as the header may not be the header, or is damaged:
 * under wrong names all rows would be wrong, and a first row mistaken for names would be lost silently.
 */
export function refuseDoubtfulHeader(header: SampleRecord, candidate: Candidate): void {
  if (candidate.known < 2) refuseHeadersAbove(header, candidate);
  refuseRowsAbove(header, candidate);
  refuseStrangeHeader(header, candidate);
}

/** A row as full as the header above it is not a preamble: skipping it would lose it silently. */
function refuseRowsAbove(header: SampleRecord, { records }: Candidate): void {
  const row = records.find(
    (record) =>
      record.line < header.line &&
      record.cells.length === header.cells.length &&
      record.cells.length > 1 &&
      filled(record) * 2 > filled(header),
  );
  if (row === undefined) return;
  throw new Failure(
    'missing_column',
    `line ${header.line} names the columns, but line ${row.line} above it reads as a row of them`,
    { hint: `if the lines above are not part of the table: --skip-lines ${header.line - 1}` },
  );
}

/**
 * Above unknown names, another line of names may be the header and the chosen line the first row: a damaged
 * one, one of another width, or one with another delimiter. Prose, with a space after each delimiter, is
 * neither.
 */
function refuseHeadersAbove(header: SampleRecord, { delimiter, records, faults }: Candidate): void {
  const width = header.cells.length;
  const recordsAbove = records.filter(({ line }) => line < header.line);
  const damaged = faults.map(({ line, raw, message }) => ({
    line,
    cells: raw.split(delimiter),
    why: message,
  }));
  const unlike = recordsAbove
    .filter(({ cells }) => cells.length !== width)
    .map(({ line, cells }) => ({ line, cells, why: `it has ${cells.length} cells, and the rows ${width}` }));
  const above = [...damaged, ...unlike, ...otherwiseCut(recordsAbove, { delimiter, width })].find(
    (other) =>
      other.line < header.line &&
      other.cells.length > 1 &&
      filled(other) * 2 > filled(header) &&
      !other.cells.every((cell, index) => index === 0 || cell.startsWith(' ')),
  );
  if (above === undefined) return;
  throw new Failure(
    'missing_column',
    `line ${above.line} may be the header, but does not fit: ${above.why}`,
    {
      hint: `correct it; if the lines above line ${header.line} are not part of the table: --skip-lines ${header.line - 1}`,
    },
  );
}

/** Lines that another delimiter cuts into as many names as the rows have cells. */
function otherwiseCut(records: SampleRecord[], { delimiter, width }: { delimiter: string; width: number }) {
  return records.flatMap(({ line, raw }) =>
    delimiters
      .filter((other) => !delimiter.startsWith(other))
      .map((other) => ({ line, cells: raw.split(other), why: `it is cut by ${nameOf(other)}` }))
      .filter(({ cells }) => cells.length === width && looksLikeHeader(cells)),
  );
}

/**
 * A header whose width differs from every row below it is damaged: which name belongs to which column is
 * unknown.
 */
function refuseStrangeHeader(header: SampleRecord, { records }: Candidate): void {
  const rows = records.filter(({ line }) => line > header.line).map(({ cells }) => cells);
  const named = namedWidth(header.cells, rows);
  const fit = createWidthFitter(named, rows);
  const widths = rows.map((cells) => fit(cells).length);
  if (widths.length < 3 || widths.includes(named)) return;
  const most = mostCommon(widths) as number;
  if (widths.filter((width) => width === most).length < 0.7 * widths.length) return;
  throw new Failure(
    'missing_column',
    `line ${header.line}, the header, has ${header.cells.length} cells, but the rows below have ${most}`,
    {
      hint: 'correct the header: a delimiter, a quote or the end of its line is missing, wrong or superfluous',
    },
  );
}

const filled = ({ cells }: Pick<SampleRecord, 'cells'>) => cells.filter((cell) => cell.trim() !== '').length;
