import type { TableOptions } from '../files/table.ts';
import type { CustomerKey } from '../model/columns.ts';
import type { Failure } from '../errors.ts';
import { namesOfFiles } from '../model/file-names.ts';
import type { ImportReport, RepeatedError } from '../model/import-report.ts';
import type { Database } from '../store/connection/database.ts';
import type { LockWait } from '../store/import-lock/lock-wait.ts';
import type { ColumnDefaults, Columns } from './columns/columns.ts';
import type { ErrorBudget } from './error-budget.ts';
import type { KnownSystem } from './columns/known-systems.ts';
import type { ListedChanges } from './outcome/changes.ts';
import type { Mapping } from './columns/mapping.ts';
import type { GuardFlags } from './night/guards.ts';
import type { Plan } from './plan/plan-file.ts';
import type { Source } from '../files/source.ts';

export interface ImportRequest extends Omit<TableOptions, 'strict'> {
  /** The files, in the order in which they are read. */
  sources: [Source, ...Source[]];
  /** Slug or id. */
  org: string;
  createOrg: boolean;
  dryRun: boolean;
  blank: 'clear' | 'keep';
  defaults: ColumnDefaults;
  /** How the file’s columns become fields, if not by their names. */
  mapping?: Mapping | undefined;
  /** Accepts only codes: no names of countries, languages and currencies. */
  strictValues?: boolean | undefined;
  /** Changes no existing customers, or creates none; such rows are rejected. */
  only: 'create' | 'update' | undefined;
  /** What identifies a row's customer; undefined to follow the mapping or the file. */
  match: CustomerKey | undefined;
  /** Creates a customer without a number although one with its name or email exists. */
  allowDuplicates: boolean;
  budget: ErrorBudget;
  /** The deviations that are accepted in an unusual file. */
  guards: GuardFlags;
  /** The system that the file comes from. */
  night?: NightRequest | undefined;
  /** How many rows the file must have. */
  expectRows?: number | undefined;
  /** The greatest age of the file, in seconds. */
  maxFileAge?: number | undefined;
  /**
   * Absolute path of the rejects file for the file at this position, by the organization's slug; null for no
   * rejects file.
   */
  rejects: ((org: string, index: number) => string) | null;
  /** How many changes the result lists; undefined for no list. */
  listedChanges?: number | undefined;
  /** Absolute path of a file for all changes, as NDJSON. */
  changesTo?: string | undefined;
  /** Absolute path of a plan to write; for a dry run. */
  planTo?: string | undefined;
  /** The changes that the run may make, and their maximum age. */
  plan?: { plan: Plan; maxAgeMilliseconds: number } | undefined;
  now: () => Date;
  /** How long to wait for another import, and for each lock of other programs; undefined for the defaults. */
  lockWaitMilliseconds: number | undefined;
  toolVersion: string;
  signal: AbortSignal;
  /** The database, opened only once the file has shown a readable header. */
  database(): Promise<Database>;
  /** Another connection, to check after a lost COMMIT. */
  reconnect(): Promise<Database>;
}

/** The name of the file, or files, of an import for people. */
export function fileName({ sources }: Pick<ImportRequest, 'sources'>): string {
  return namesOfFiles(sources.map(({ name }) => name));
}

/** Bytes on disk; undefined if one of the files is a pipe. */
export function totalSize(sources: readonly { size: number | undefined }[]): number | undefined {
  return sources.reduce<number | undefined>(
    (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  );
}

export interface NightRequest {
  source: string;
  /** The file contains all customers of the source. */
  snapshot: boolean;
  /** The hash of an accepted header, which may lack columns of the previous one. */
  acceptColumns?: string | undefined;
  /** Does nothing if neither the file nor any customer has changed since the source's last one. */
  skipIfUnchanged?: boolean | undefined;
  /** What people have edited is kept while the file's value stays the same; otherwise the file wins. */
  edits?: 'keep' | undefined;
  /** Contacts that no row of their customer names are removed; otherwise they are kept. */
  missingContacts?: 'remove' | undefined;
}

export interface ImportCallbacks {
  /**
   * Called if the file is read without a mapping although a shipped one reads it; an error from it ends the
   * run.
   */
  onKnownSystem?(system: KnownSystem, file: string): void;
  /** The header was accepted; nothing is written yet. */
  onColumns?(columns: Columns): void;
  /** The organization is known, and the run is about to begin. */
  onStart?(start: { database: Database; org: { slug: string } }): void;
  /** Another program holds a lock that the run waits for. */
  onLockWait?(wait: LockWait): void;
  onProgress?(progress: ImportProgress): void;
}

export interface ImportProgress {
  phase: 'reading' | 'merging';
  rows: number;
  failed: number;
  bytesRead: number;
  size: number | undefined;
}

export interface ImportResult {
  report: ImportReport;
  /** Set if too many rows were rejected, or a guard is exceeded: nothing was written. */
  refused: Failure | undefined;
  /** What the run has changed, or would change; undefined if it was not requested. */
  changes: ListedChanges | undefined;
  /** Errors that many rows have, the most frequent first. */
  repeatedErrors: RepeatedError[];
  /** The encoding in which each file was read, and its rejects are written. */
  encodings: string[];
}
