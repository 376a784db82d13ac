import type { Advice } from '../advice.ts';
import type { FieldName } from './fields.ts';
import type { ReadValue } from './import-report.ts';

/** What `inspect` found in a file, as `--json` prints it. */
export interface Inspection {
  file: string;
  /** The shipped mapping that reads the file, if none was given; null if the system is unknown. */
  system: { mapping: string; title: string } | null;
  /** Whether an import accepts the file as it is: every required column exists. */
  importable: boolean;
  /** `update` for a file that can change existing customers with `--only update`. */
  only: 'update' | null;
  /** Why it does not, and what to do; null if it does. */
  reason: Advice | null;
  /** Required fields without a column. */
  missing: FieldName[];
  encoding: string;
  /** How the encoding was decided. */
  encoding_from: string;
  /** A line with a character beyond ASCII, as it was decoded; null without one. */
  sample: { line: number; text: string } | null;
  /** The sheet of a workbook, which has no delimiter, quotes or line ends; null for text. */
  sheet: string | null;
  /** Other visible sheets that may have customers, if no sheet was named. */
  other_sheets: string[];
  delimiter: string | null;
  quote: string | null;
  /** What the choice of delimiter and quote is based on. */
  dialect_from: string;
  line_ends: 'LF' | 'CRLF' | 'CR' | 'mixed' | 'none' | null;
  byte_order_mark: boolean;
  /** The physical line of the header. */
  header_line: number;
  preamble: { line: number; text: string }[];
  columns: InspectedColumn[];
  /** Records below the header: `rows = accepted + rejected`. */
  rows: number;
  accepted: number;
  rejected: number;
  /** Lines without data: blank lines, the header again. */
  passed_over: number;
  duplicates: { erp_number: string; lines: [number, number] }[];
  duplicates_total: number;
  /** Values that were recognised without being codes. */
  values: ReadValue[];
  values_total: number;
  /** The first problems, in the file's order. */
  problems: InspectedProblem[];
  /** How often each code was found. */
  totals: Record<string, number>;
}

export interface InspectedColumn {
  column: string;
  /** Null for an ignored column; several fields are separated by commas. */
  field: string | null;
  /** By the field’s own name, another name for it, or a mapping file; null for an ignored column. */
  matched_by: 'name' | 'synonym' | 'mapping' | null;
  /** Null unless the column is unknown and a known name is similar. */
  did_you_mean: string | null;
  /** Up to three different values of the column. */
  examples: string[];
}

export interface InspectedProblem {
  line: number;
  column: string | null;
  code: string;
  message: string;
  hint: string | null;
}

/** What `inspect --report` writes. */
export interface InspectionReport {
  /** `rejected`: the file, or every row of it. */
  status: 'ok' | 'partial' | 'rejected';
  reason: string | null;
  rejected: { line: number; code: string; message: string }[];
  warnings: { line: number; code: string; message: string }[];
}
