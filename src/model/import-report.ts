import type { Guard } from './guard.ts';
import type { Reading } from './reading.ts';

/** A message about one cell or row; `row` counts records with the header as 1, `line` is physical. */
export interface RowMessage {
  /** The file's name, where several were imported; null when all of them are meant. */
  file?: string | null;
  row: number;
  line: number;
  /** The file's own column name; null if it is about the whole row. */
  column: string | null;
  value: string | null;
  code: string;
  hint: string | null;
}

export interface RowError extends RowMessage {
  error: string;
}

/** An error that more than a few rows have. */
export interface RepeatedError extends Pick<RowError, 'column' | 'code' | 'error' | 'hint'> {
  /** How many rows have it. */
  rows: number;
}

export interface RowWarning extends Omit<RowMessage, 'row' | 'line'> {
  /** Null if it is about the whole file. */
  row: number | null;
  line: number | null;
  warning: string;
}

/** A value that is not a code but was recognised because it can mean only one. */
export interface ReadValue extends Reading {
  /** The file's own column name. */
  column: string;
  /** Rows. */
  count: number;
}

/** One of several files that were imported together. */
export interface FileCounts {
  file: string;
  rows: number;
  failed: number;
  rejects_file: string | null;
}

export interface ContactCounts {
  imported: number;
  updated: number;
  unchanged: number;
  /** Contacts that no row of their customer names; only if these are removed. */
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

/** The counts of rows and contacts, by the names of the ledger's columns. */
export function countsOf(report: RowCounts & { contacts: ContactCounts }) {
  const { rows, imported, updated, unchanged, superseded, failed, contacts } = report;
  return {
    rows,
    imported,
    updated,
    unchanged,
    superseded,
    failed,
    contacts_imported: contacts.imported,
    contacts_updated: contacts.updated,
    contacts_unchanged: contacts.unchanged,
  };
}

/** The result of an import, as `--json` prints it. */
export interface ImportReport extends RowCounts {
  /** True when every row was accepted: the exit code is 0 (or 10). */
  ok: boolean;
  /** Id in the ledger; null when nothing was committed. */
  run_id: string | null;
  /** The organization's slug. */
  org: string;
  /** The name of the file; of several, as many as fit into a line. */
  file: string;
  /** Each of several files, in their order. */
  files?: FileCounts[];
  dry_run: boolean;
  /** The system that the file comes from, and whether the file was its whole. */
  source: string | null;
  snapshot: boolean;
  /**
   * The file was not read because nothing changed since the last run (`--skip-if-unchanged`): the counts are
   * those of that run, and the exit code is 0 even if rows were rejected then.
   */
  skipped?: true;
  contacts: ContactCounts;
  /** Customers of the source that are missing from its snapshot. */
  deactivated: number;
  /** Values that people have edited and that were kept; only if edits are kept. */
  kept?: number;
  /** The guards' counts before the commit, and their limits; empty without a source. */
  guards: Guard[];
  /** At most `listedMessages`; `warnings_total` counts all. */
  warnings: RowWarning[];
  warnings_total: number;
  errors: RowError[];
  errors_total: number;
  /** Values that were recognised without being codes; at most `listedMessages`. */
  values: ReadValue[];
  /** The total of cells that were recognised this way. */
  values_total: number;
  /** Of several files, the first one of rejected rows; `files` has all of them. */
  rejects_file: string | null;
  duration_ms: number;
}

/** Whether the run writes anything, or would if it were no dry run. */
export function hasChanges({ imported, updated, deactivated, contacts }: ImportReport): boolean {
  const ofContacts = contacts.imported + contacts.updated + (contacts.removed ?? 0);
  return imported + updated + deactivated + ofContacts > 0;
}

/** How many errors, and how many warnings, a report lists; the totals count all. */
export const listedMessages = 1000;
