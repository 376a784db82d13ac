import type { ChangedCustomer } from './change-log.ts';
import type { FieldValue } from './field-change.ts';

/** How many were written. */
export interface UndoCounts {
  /** Customers whose fields were restored. */
  updated: number;
  /** Customers that the run had created. */
  deactivated: number;
  contacts_added: number;
  contacts_updated: number;
  contacts_removed: number;
}

/** Something that was not undone because it changed later. */
export interface KeptField {
  erp_customer_number: string | null;
  id: string;
  name: string | null;
  /** Email of the contact; null for the customer itself. */
  contact: string | null;
  /** Null if the run created it, and it is kept as a whole. */
  field: string | null;
  /** The current value. */
  value: FieldValue;
  /** Who changed it last; null if the log does not know. */
  at: string | null;
  by: string | null;
  application: string | null;
  run_id: string | null;
  /** A description of that run, for people. */
  run_title: string | null;
}

/** The result of `runs undo`, as `--json` prints it. */
export interface UndoReport extends UndoCounts {
  ok: boolean;
  /** Id of the undo in the ledger; null in a dry run. */
  run_id: string | null;
  org: string;
  /** The runs that were undone, the newest first. */
  undone: string[];
  dry_run: boolean;
  /** At most `listedMessages`. */
  kept: Omit<KeptField, 'name' | 'run_title'>[];
  kept_total: number;
  changes: ChangedCustomer[];
  changes_total: number;
  duration_ms: number;
}
