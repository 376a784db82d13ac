import type { EncodingDecision } from './encoding/encoding.ts';
import type { ShapeProblem } from './shape-problems.ts';

/** How a file's records are cut, and where its table begins. */
export interface Dialect {
  delimiter: string;
  /** '' if quotes are ordinary characters. */
  quote: string;
  /** What the decision is based on, for people. */
  how: string;
  /** The physical line of the header. */
  headerLine: number;
  /** Lines above the header that are not part of the table. */
  preamble: { line: number; raw: string }[];
  /** The first records below the header that are as wide as it. */
  sample: string[][];
  /** The first records below the header, of any width. */
  records: string[][];
}

export interface DialectOptions {
  delimiter?: string | undefined;
  quote?: string | undefined;
  escape?: string | undefined;
  /** Physical lines above the header. */
  skipLines?: number | undefined;
  /** What a column of this name contains, if the caller knows: a line of such names is the header. */
  columnKey?: ((cell: string) => string | undefined) | undefined;
}

export interface RecordFault {
  code: string;
  message: string;
  hint: string;
  line: number;
  /** How many physical lines are damaged. */
  lines: number;
  /** The damaged lines unchanged, cut to `recordLimit`. */
  raw: string;
  /** The cells, if the record could be cut into cells. */
  cells?: string[];
}

/**
 * What a workbook specifies for a cell besides its text; a cell that is stored as text has no mark.
 * - `number`: an integer that is shown like the text
 * - `scientific`: an integer that is shown like 1.23457E+11; the text has every digit
 * - `rounded`: more digits than a spreadsheet keeps
 * - `fraction`, `date`: as named
 * - `error`: an error value such as #REF!
 * - `uncalculated`: a formula without its result
 * - `unreadable`: stored as a number but isn't one
 */
export type SheetMark =
  'number' | 'scientific' | 'rounded' | 'fraction' | 'date' | 'error' | 'uncalculated' | 'unreadable';

/** The marks of a row's cells, by column. */
export type SheetMarks = (SheetMark | undefined)[];

export interface TableOptions extends DialectOptions {
  /** The sheets of a workbook to read; by default the first visible one. */
  sheets?: string[] | undefined;
  /** As `requireEncoding` accepts it; by default decided from the whole file. */
  encoding?: string | undefined;
  /** The most characters in a cell and in a record; see `RecordFormat`. */
  cellLimit?: number | undefined;
  recordLimit?: number | undefined;
  /** Records that make up the header; their names are joined. 1 by default. */
  headerLines?: number | undefined;
  /**
   * Whether rows are compared with the kinds of values in their columns: for files whose values are not
   * checked otherwise. Decided from the header.
   */
  strict?(header: string[], encoding: string): boolean;
}

/** A CSV file or a workbook, read as far as its header. */
export interface TableFile {
  header: string[];
  /** The sheets of a workbook that are read; undefined for text. */
  sheet?: string;
  /** Other visible sheets whose header names fields. */
  otherTables?: string[];
  dialect: Dialect;
  encoding: EncodingDecision;
  /** As seen at the beginning of the file. */
  lineEnds: 'LF' | 'CRLF' | 'CR' | 'mixed' | 'none';
  /** Whether the text that was read ends with a line break; undefined for a workbook. */
  endsWithLine?(): boolean;
  /**
   * Passes each record below the header to `handler`, and yields between two chunks of text, so that the
   * caller can wait for slow work. Can be read once.
   */
  read(handler: RowHandler): AsyncGenerator<void>;
}

export interface RowHandler {
  /** A record with as many cells as the header; with `marks` if a workbook specifies more about its cells. */
  row(cells: string[], line: number, marks?: SheetMarks): void;
  /** A record that is damaged or is not a row of the table. */
  fault(fault: RecordFault): void;
  /** A warning about a record that was passed on. */
  remark?(remark: { code: string; message: string; hint: string }, line: number): void;
  /** A line without data: blank, or the header again. */
  passedOver?(problem: Pick<ShapeProblem, 'code' | 'message'>, line: number): void;
}
