import type { EncodingDecision } from './encoding/encoding.ts';
import type { ShapeProblem } from './shape-problems.ts';

/** How a file's records are cut, and where its table begins. */
export interface Dialect {
  delimiter: string;
  /** '' where quotes are characters like any other. */
  quote: string;
  /** What the decision rests on, for people. */
  how: string;
  /** The physical line of the header. */
  headerLine: number;
  /** Lines above the header that belong to no record of the table. */
  preamble: { line: number; raw: string }[];
  /** Records behind the header that are as wide as it, from the beginning of the file. */
  sample: string[][];
  /** All records behind the header from the beginning of the file, of any width. */
  records: string[][];
}

export interface DialectOptions {
  delimiter?: string | undefined;
  quote?: string | undefined;
  escape?: string | undefined;
  /** Physical lines above the header. */
  skipLines?: number | undefined;
  /** What the column of a name is for, as far as the caller knows: a line of such names is the header. */
  columnKey?: ((cell: string) => string | undefined) | undefined;
}

export interface RecordFault {
  code: string;
  message: string;
  hint: string;
  line: number;
  /** How many physical lines are damaged. */
  lines: number;
  /** The damaged lines as they stood, cut to `recordLimit`. */
  raw: string;
  /** The cells, where there were any to tell. */
  cells?: string[];
}

/**
 * What a workbook says of a cell besides its text; a cell that is kept as text has no mark.
 * - `number`: an integer that is shown as the text says
 * - `scientific`: an integer that is shown like 1.23457E+11; the text has every digit
 * - `rounded`: more digits than a spreadsheet keeps
 * - `fraction`, `date`: what they say
 * - `error`: an error value such as #REF!
 * - `uncalculated`: a formula without its result
 * - `unreadable`: stored as a number but isn't one
 */
export type SheetMark =
  'number' | 'scientific' | 'rounded' | 'fraction' | 'date' | 'error' | 'uncalculated' | 'unreadable';

/** The marks of a row's cells, by column. */
export type SheetMarks = (SheetMark | undefined)[];

export interface TableOptions extends DialectOptions {
  /** The sheets of a workbook; the first that is visible unless given. */
  sheets?: string[] | undefined;
  /** As `requireEncoding` takes it; decided by the whole file unless given. */
  encoding?: string | undefined;
  /** Characters in a cell and in a record at most; see `RecordFormat`. */
  cellLimit?: number | undefined;
  recordLimit?: number | undefined;
  /** Records that make up the header; their names are joined. 1 unless given. */
  headerLines?: number | undefined;
  /**
   * Whether rows are held against the kinds of values that their columns have: for files whose values nothing else
   * looks at. Decided by the header.
   */
  strict?(header: string[], encoding: string): boolean;
}

/** A CSV file or a workbook read as far as its header. */
export interface TableFile {
  header: string[];
  /** The sheets of a workbook that are read; undefined for text. */
  sheet?: string;
  /** Other sheets that are visible and whose header names fields. */
  otherTables?: string[];
  dialect: Dialect;
  encoding: EncodingDecision;
  /** As seen at the beginning of the file. */
  lineEnds: 'LF' | 'CRLF' | 'CR' | 'mixed' | 'none';
  /** Whether the text that was read ends with a line break; undefined for a workbook. */
  endsWithLine?(): boolean;
  /**
   * Hands each record behind the header to `handler`, and yields between two chunks of text, so that the caller can
   * wait for what it does with them. To be read once.
   */
  read(handler: RowHandler): AsyncGenerator<void>;
}

export interface RowHandler {
  /** A record with as many cells as the header; with `marks` where a workbook says more of its cells. */
  row(cells: string[], line: number, marks?: SheetMarks): void;
  /** A record that is damaged, or no row of the table. */
  fault(fault: RecordFault): void;
  /** Something doubtful about a record that was handed on. */
  remark?(remark: { code: string; message: string; hint: string }, line: number): void;
  /** A line that holds no data: blank, or the header again. */
  passedOver?(problem: Pick<ShapeProblem, 'code' | 'message'>, line: number): void;
}
