import type { RecordFault } from '../table.ts';

/** What a reader hands on: the records that fit, and those that are damaged. */
export interface RecordHandler {
  /** `line` is the physical line the record starts on; `raw` gives its text without the line end. */
  record(fields: string[], line: number, raw: () => string): void;
  fault(fault: RecordFault): void;
  /** A line with nothing on it. */
  blank?(line: number): void;
}

export interface RecordFormat {
  /** One character or more. */
  delimiter: string;
  /** One character; `"` unless given, '' for none: then a quote is a character like any other. */
  quote?: string | undefined;
  /** What makes a quote inside a quoted cell part of its text: the quote itself unless given. */
  escape?: string | undefined;
  /** The physical line that the text begins with; 1 unless given. */
  firstLine?: number;
  /** Characters in one cell and in one record at most, so that a damaged file cannot fill the memory. */
  cellLimit?: number | undefined;
  recordLimit?: number | undefined;
}

/** Characters that a record may have, unless it is stated. */
export const usualRecordLimit = 8e6;

/** A format with everything decided. */
export type FullRecordFormat = {
  [Key in Exclude<keyof RecordFormat, 'firstLine'>]-?: NonNullable<RecordFormat[Key]>;
};

export function fullFormat(format: RecordFormat): FullRecordFormat {
  const { delimiter, quote = '"', escape = quote, cellLimit = 1e6, recordLimit = usualRecordLimit } = format;
  return { delimiter, quote, escape, cellLimit, recordLimit };
}
