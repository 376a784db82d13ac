import type { RowCounts } from './import-report.ts';

/** One import, finished or failed, as the ledger `customer_import_run` stores it and `runs` prints it. */
export interface ImportRun extends RowCounts {
  id: string;
  file: string;
  /** Bytes; null for standard input. */
  file_size: number | null;
  /** ISO 8601. */
  started_at: string;
  finished_at: string;
  duration_ms: number;
  contacts_imported: number;
  contacts_updated: number;
  contacts_unchanged: number;
  warnings: number;
  rejects_file: string | null;
  /** The options that decide how the file was read. */
  settings: Record<string, unknown>;
  database_user: string;
  tool_version: string;
  /** The system that the file came from (`--source`), and whether the file contains all of its customers. */
  source: string | null;
  snapshot: boolean;
  /** Customers that were missing from the snapshot. */
  deactivated: number;
  /** A run that was refused or failed wrote nothing; `resumed` ends a hold (`runs resume`). */
  outcome: 'done' | 'unchanged' | 'refused' | 'failed' | 'resumed';
  /** Only if the run was refused or failed. */
  code: string | null;
  message: string | null;
  exit_code: number;
}
