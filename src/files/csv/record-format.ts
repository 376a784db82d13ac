import type { RecordFault } from '../table.ts';

/** What a reader passes on: valid records and damaged ones. */
export interface RecordHandler {
  /** `line` is the physical line on which the record starts; `raw` returns its text without the line end. */
  record(fields: string[], line: number, raw: () => string): void;
  fault(fault: RecordFault): void;
  /** An empty line. */
  blank?(line: number): void;
}

export interface RecordFormat {
  /** One character or more. */
  delimiter: string;
  /** One character; `"` by default, '' for none: then a quote is an ordinary character. */
  quote?: string | undefined;
  /** The escape character for quotes inside a quoted cell: by default the quote itself. */
  escape?: string | undefined;
  /** The number of the first physical line of the text; 1 by default. */
  firstLine?: number;
  /** The most characters in one cell and in one record, so that a damaged file cannot fill the memory. */
  cellLimit?: number | undefined;
  recordLimit?: number | undefined;
}

/** The default limit of characters in a record. */
export const usualRecordLimit = 8e6;

/** A format without open choices. */
export type FullRecordFormat = {
  [Key in Exclude<keyof RecordFormat, 'firstLine'>]-?: NonNullable<RecordFormat[Key]>;
};

export function fullFormat(format: RecordFormat): FullRecordFormat {
  const { delimiter, quote = '"', escape = quote, cellLimit = 1e6, recordLimit = usualRecordLimit } = format;
  return { delimiter, quote, escape, cellLimit, recordLimit };
}
