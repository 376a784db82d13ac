import type { RecordFault } from '../table.ts';
import { mostCommon } from './most-common.ts';
import { createRecordReader } from './records.ts';
import { looksLikeHeader } from '../cell-kinds.ts';

export interface SampleRecord {
  cells: string[];
  line: number;
  raw: string;
}

/** Whether a cell is a column name that the caller knows. */
export type IsColumnName = (cell: string) => boolean;

/** How a delimiter and a quote read the sample. */
export interface Candidate {
  delimiter: string;
  quote: string;
  records: SampleRecord[];
  faults: RecordFault[];
  /** How many cells most records have. */
  width: number;
  /** The share of records of that width among all records, including damaged ones. */
  consistency: number;
  header: SampleRecord | undefined;
  /** How many cells of the header name a field. */
  known: number;
}

/** Treats spaces as part of the delimiter if that avoids damage: `"a", "b"`. */
export function readPadded(
  text: string,
  delimiter: string,
  quote: string,
  options: { skip: number; isColumnName: IsColumnName },
): Candidate {
  const plain = readSample(text, delimiter, quote, options);
  if (plain.faults.length === 0 || !text.includes(`${delimiter} ${quote}`)) return plain;
  const spaced = readSample(text, `${delimiter} `, quote, options);
  return better(spaced, plain) < 0 ? spaced : plain;
}

export function readSample(
  text: string,
  delimiter: string,
  quote: string,
  { skip, escape, isColumnName }: { skip: number; escape?: string | undefined; isColumnName: IsColumnName },
): Candidate {
  const all: SampleRecord[] = [];
  const faults: RecordFault[] = [];
  const reader = createRecordReader(
    { delimiter, quote, escape },
    {
      record(cells, line, raw) {
        if (line > skip) all.push({ cells, line, raw: raw() });
      },
      fault(fault) {
        if (fault.line > skip) faults.push(fault);
      },
    },
  );
  reader.push(text);
  reader.end();
  const records = all.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  const width = mostCommon(records.map(({ cells }) => cells.length).filter((count) => count > 1)) ?? 1;
  const knownNames = ({ cells }: SampleRecord) => cells.filter(isColumnName).length;
  const header = findHeader(records, width, knownNames);
  const end = otherTableLine(records, width) ?? Infinity;
  const behind = records.filter(({ line }) => (header === undefined || line >= header.line) && line < end);
  const fitting = behind.filter(({ cells }) => cells.length === width).length;
  const damaged = faults.filter(({ line }) => line < end).length;
  return {
    delimiter,
    quote,
    records,
    faults,
    width,
    consistency: fitting / Math.max(1, behind.length + damaged),
    header,
    known: header === undefined ? 0 : knownNames(header),
  };
}

/** The line where a table of another width begins, with a header of its own, and continues to the end. */
function otherTableLine(records: SampleRecord[], width: number): number | undefined {
  const last = records.findLastIndex(({ cells }) => cells.length === width);
  const [first, ...rows] = records.slice(last + 1);
  if (last < 2 || first === undefined || rows.length < 2 || first.cells.length < 2) return undefined;
  const likewise = rows.filter(({ cells }) => cells.length === first.cells.length).length;
  return looksLikeHeader(first.cells) && likewise >= 0.9 * rows.length ? first.line : undefined;
}

/**
 * The record that names most fields among the first ones; otherwise the first that is as wide as most and has
 * few blank cells.
 */
function findHeader(
  records: SampleRecord[],
  width: number,
  knownNames: (record: SampleRecord) => number,
): SampleRecord | undefined {
  const first = records.slice(0, 30);
  const naming = first.reduce<SampleRecord | undefined>(
    (most, record) => (knownNames(record) > (most === undefined ? 0 : knownNames(most)) ? record : most),
    undefined,
  );
  if (naming !== undefined && (knownNames(naming) > 1 || naming.cells.length === 1))
    return earlierHeader(first.slice(0, first.indexOf(naming)), knownNames, knownNames(naming)) ?? naming;
  return (
    first.find(
      ({ cells }) => cells.length === width && cells.filter((cell) => cell.trim() !== '').length * 2 >= width,
    ) ??
    naming ??
    records[0]
  );
}

/** A header with rows of its own above one that names more fields: of two tables, the first one is read. */
function earlierHeader(
  above: SampleRecord[],
  knownNames: (record: SampleRecord) => number,
  known: number,
): SampleRecord | undefined {
  return above.find((record, index) => {
    if (knownNames(record) < Math.max(2, known / 2)) return false;
    const [row, ...others] = above.slice(index + 1);
    return [row, ...others].every(
      (each) => each !== undefined && each.cells.length === record.cells.length && knownNames(each) < 2,
    );
  });
}

export function better(a: Candidate, b: Candidate): number {
  return (
    b.known - a.known || wrapped(a) - wrapped(b) || round(fitness(b)) - round(fitness(a)) || b.width - a.width
  );
}

/** A header that is the first record scores higher: a wrong delimiter often finds one further down. */
const fitness = (candidate: Candidate) => candidate.consistency - (headerIsFirst(candidate) ? 0 : 0.1);

const round = (share: number) => Math.round(share * 100);

/** 1 if the other quote fits better: most cells that begin with it also end with it. */
function wrapped({ quote, records }: Candidate): number {
  const other = quote === '"' ? "'" : '"';
  const begun = cellsWith(records, (cell) => cell.startsWith(other));
  const whole = cellsWith(records, (cell) => isWrapped(cell, other));
  return quote === "'" ? Number(begun > 0) : Number(whole > 2 && whole > 0.8 * begun);
}

export const hasWrappedCell = ({ records }: Candidate, quote: string) =>
  records.some(({ cells }) => cells.some((cell) => isWrapped(cell.trim(), quote)));

const isWrapped = (cell: string, quote: string) =>
  cell.length > 1 && cell.startsWith(quote) && cell.endsWith(quote);

function cellsWith(records: SampleRecord[], test: (cell: string) => boolean): number {
  return records.reduce((count, { cells }) => count + cells.filter(test).length, 0);
}

/** Lines above a header must be outweighed by matching rows below it. */
export function leastConsistency(candidate: Candidate): number {
  return headerIsFirst(candidate) ? 0.7 : 0.85;
}

/** Whether more lines are above the header than below: then it is not a header. */
export function mostlyPreamble({ header, records }: Candidate): boolean {
  const above = records.findIndex((record) => record === header);
  return above > records.length - above - 1;
}

/** Both read nearly all rows, each with a header of its own width: the sample cannot decide between them. */
export function alike(a: Candidate, b: Candidate): boolean {
  const whole = ({ width, header, consistency }: Candidate) =>
    width > 1 && header?.cells.length === width && consistency > 0.95;
  return whole(a) && whole(b) && headerIsFirst(a) && headerIsFirst(b);
}

const headerIsFirst = ({ header, records }: Candidate) => header === records[0];
