import type { TableOptions } from '../files/table.ts';
import type { CustomerKey } from '../model/columns.ts';
import type { Failure } from '../errors.ts';
import { namesOfFiles } from '../model/file-names.ts';
import type { ImportReport, RepeatedError } from '../model/import-report.ts';
import type { Database } from '../store/connection/database.ts';
import type { LockWait } from '../store/merge/lock-wait.ts';
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
  /** How the file’s columns become fields, where their names do not say so. */
  mapping?: Mapping | undefined;
  /** Takes codes only: no names of countries, languages and currencies. */
  strictValues?: boolean | undefined;
  /** Changes no existing customer, or creates none; such a row is rejected. */
  only: 'create' | 'update' | undefined;
  /** What finds the customer of a row; undefined for what the mapping or the file suggests. */
  match: CustomerKey | undefined;
  /** Creates a customer without a number although one of its name or email exists. */
  allowDuplicates: boolean;
  budget: ErrorBudget;
  /** What is accepted of an unusual file. */
  guards: GuardFlags;
  /** The system that the file comes from. */
  night?: NightRequest | undefined;
  /** How many rows the file must have. */
  expectRows?: number | undefined;
  /** Seconds since the file was written, at most. */
  maxFileAge?: number | undefined;
  /** Absolute path of the rejects file of an organization, by its slug, for the file of this position; null for none. */
  rejects: ((org: string, index: number) => string) | null;
  /** How many changes the result lists; undefined to read none. */
  listedChanges?: number | undefined;
  /** Absolute path of a file for all of them, as NDJSON. */
  changesTo?: string | undefined;
  /** Absolute path of a plan to write; for a dry run. */
  planTo?: string | undefined;
  /** What the run may change, and how old that may be. */
  plan?: { plan: Plan; maxAgeMilliseconds: number } | undefined;
  now: () => Date;
  /** How long to wait for another import, and for each lock of other programs; undefined for the usual times. */
  lockWaitMilliseconds: number | undefined;
  toolVersion: string;
  signal: AbortSignal;
  /** The database, opened only once the file has shown a header that can be read. */
  database(): Promise<Database>;
  /** Another connection, for asking after a lost COMMIT. */
  reconnect(): Promise<Database>;
}

/** What people call the file, or the files, of an import. */
export function fileName({ sources }: Pick<ImportRequest, 'sources'>): string {
  return namesOfFiles(sources.map(({ name }) => name));
}

/** Bytes on disk; undefined where one of the files is a pipe. */
export function totalSize(sources: readonly { size: number | undefined }[]): number | undefined {
  return sources.reduce<number | undefined>(
    (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  );
}

export interface NightRequest {
  source: string;
  /** The file has all customers of the source. */
  snapshot: boolean;
  /** The hash of a header that may lack columns of the one before. */
  acceptColumns?: string | undefined;
  /** Does nothing where neither the file nor any customer has changed since the source's last one. */
  skipIfUnchanged?: boolean | undefined;
  /** What people have edited stays while the file's value does not change; else the file wins. */
  edits?: 'keep' | undefined;
  /** Contacts that no row of their customer names are removed; else they stay. */
  missingContacts?: 'remove' | undefined;
}

export interface ImportCallbacks {
  /** The file is read without a mapping although a shipped one reads it; what this throws ends the run. */
  onKnownSystem?(system: KnownSystem, file: string): void;
  /** The header was understood; nothing is written yet. */
  onColumns?(columns: Columns): void;
  /** The organization is known and the run is about to begin. */
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
  /** Set when too many rows were rejected, or a guard is exceeded: nothing was written. */
  refused: Failure | undefined;
  /** What the run has changed, or would; undefined where it was not asked for. */
  changes: ListedChanges | undefined;
  /** Errors that many rows share, the most frequent first. */
  repeatedErrors: RepeatedError[];
  /** In which each file was read, and its rejects are written. */
  encodings: string[];
}
