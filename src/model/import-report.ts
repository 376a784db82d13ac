import type { Guard } from './guard.ts';
import type { Reading } from './reading.ts';

/** What an import says of one cell or row; `row` counts records with the header as 1, `line` is physical. */
export interface RowMessage {
  row: number;
  line: number;
  /** The file's own column name; null when the whole row is meant. */
  column: string | null;
  value: string | null;
  code: string;
  hint: string | null;
}

export interface RowError extends RowMessage {
  error: string;
}

/** An error that more than a few rows share. */
export interface RepeatedError extends Pick<RowError, 'column' | 'code' | 'error' | 'hint'> {
  /** How many rows have it. */
  rows: number;
}

export interface RowWarning extends Omit<RowMessage, 'row' | 'line'> {
  /** Null when the file as a whole is meant. */
  row: number | null;
  line: number | null;
  warning: string;
}

/** A value that is no code and was understood, because it can mean only one. */
export interface ReadValue extends Reading {
  /** The file's own column name. */
  column: string;
  /** Rows. */
  count: number;
}

export interface ContactCounts {
  imported: number;
  updated: number;
  unchanged: number;
  /** Contacts that no row of their customer names; only where these are removed. */
  removed?: number;
}

/** `rows = imported + updated + unchanged + superseded + failed`, always. */
export interface RowCounts {
  rows: number;
  imported: number;
  updated: number;
  unchanged: number;
  superseded: number;
  failed: number;
}

/** The result of an import, as `--json` prints it. */
export interface ImportReport extends RowCounts {
  /** True when every row was accepted: the exit code is 0 (or 10). */
  ok: boolean;
  /** Id in the ledger; null when nothing was committed. */
  run_id: string | null;
  /** The organization's slug. */
  org: string;
  file: string;
  dry_run: boolean;
  /** The system that the file comes from, and whether the file was its whole. */
  source: string | null;
  snapshot: boolean;
  /** The file was not read, for nothing has changed since the last one (`--skip-if-unchanged`): the counts are those of it. */
  skipped?: true;
  contacts: ContactCounts;
  /** Customers of the source that are missing from its snapshot. */
  deactivated: number;
  /** Values that people have edited and that stay; only where edits are kept. */
  kept?: number;
  /** What was counted before the commit, and the limits; empty without a source. */
  guards: Guard[];
  /** At most `listedMessages`; `warnings_total` counts all. */
  warnings: RowWarning[];
  warnings_total: number;
  errors: RowError[];
  errors_total: number;
  /** Values that were understood without being codes; at most `listedMessages`. */
  values: ReadValue[];
  /** Cells that were understood so, in all. */
  values_total: number;
  rejects_file: string | null;
  duration_ms: number;
}

/** How many errors, and how many warnings, a report lists; the totals count on. */
export const listedMessages = 1000;
