import { Failure } from '../errors.ts';
import type { ImportRun } from '../model/import-run.ts';
import { listedMessages } from '../model/import-report.ts';
import type { Organization } from '../model/organization.ts';
import type { KeptField, UndoReport } from '../model/undo-report.ts';
import { requireEntries } from '../store/changes/erase.ts';
import { ownChanges, requireRunScope } from '../store/changes/run-scope.ts';
import { listKept, undoRuns } from '../store/changes/undo.ts';
import type { Database } from '../store/connection/database.ts';
import { sqlstate, sqlstateOf } from '../store/connection/sqlstate.ts';
import type { CommittingRun } from '../store/merge/ledger.ts';
import { recordImportRun } from '../store/merge/ledger.ts';
import { lockImports } from '../store/import-lock/import-lock.ts';
import { prepareImportTransaction } from '../store/merge/transaction.ts';
import { requireRole } from '../store/orgs/access.ts';
import { requireCommitted } from './lost-commit.ts';
import type { ListedChanges } from './outcome/changes.ts';
import { collectChanges } from './outcome/changes.ts';

export interface UndoRequest {
  org: Organization;
  /** Without repetitions. */
  runs: ImportRun[];
  dryRun: boolean;
  lockWaitMilliseconds: number | undefined;
  toolVersion: string;
  signal: AbortSignal;
  reconnect(): Promise<Database>;
}

export interface UndoResult {
  report: Omit<UndoReport, 'kept' | 'changes'>;
  /** With the names of customers and runs. */
  kept: KeptField[];
  changes: ListedChanges;
}

/** Milliseconds to wait for a row that another session has locked, by default. */
const usualRowLockWait = 10_000;

/** Leaves the transaction without an error, so that it is rolled back. */
const rolledBack = Symbol('rolled back');

/**
 * Undoes runs in one transaction, which is itself a run in the ledger and can be undone like any other. What
 * changed since is kept. A dry run does the same and rolls it back. Throws `refused` for a run that changed
 * nothing or that is not in the log, `locked` while an import into the organization runs.
 */
export async function undoImportRuns(database: Database, request: UndoRequest): Promise<UndoResult> {
  const { org, dryRun, signal } = request;
  const started = performance.now();
  request.runs.forEach(requireChanging);
  const runs = request.runs.toSorted((one, other) => (one.started_at < other.started_at ? 1 : -1));
  let result: UndoResult | undefined;
  let committing: CommittingRun | undefined;
  await database
    .transaction(async () => {
      await prepareImportTransaction(database, {
        rowLockMilliseconds: request.lockWaitMilliseconds ?? usualRowLockWait,
      });
      await requireRole(database, org, 'INTEGRATOR');
      const wait = { waitMilliseconds: request.lockWaitMilliseconds ?? 0 };
      await lockImports(database, { orgId: org.id, slug: org.slug, ...wait });
      const scopes = [];
      for (const run of runs) {
        const scope = await requireRunScope(database, { orgId: org.id, run });
        await requireEntries(database, { run, scope });
        scopes.push(scope);
      }
      const counts = await undoRuns(database, scopes);
      const { kept, total } = await listKept(database, { orgId: org.id, limit: listedMessages });
      const changes = await collectChanges(database, ownChanges(org.id), {
        listed: listedMessages,
        writers: [],
      });
      signal.throwIfAborted();
      const report: UndoResult['report'] = {
        ok: true,
        run_id: null,
        org: org.slug,
        undone: runs.map(({ id }) => id),
        dry_run: dryRun,
        ...counts,
        kept_total: total,
        changes_total: changes.total,
        duration_ms: Math.round(performance.now() - started),
      };
      result = { report, kept, changes };
      if (dryRun) throw rolledBack;
      committing = await recordImportRun(database, org.id, ledgerEntry(result, { runs, request }));
      report.run_id = committing.runId;
    })
    .catch(async (error: unknown) => {
      if (error === rolledBack) return;
      if (sqlstateOf(error) === sqlstate.uniqueViolation) throw overtaken(error);
      const isUnknown = error instanceof Failure && error.code === 'commit_unknown';
      if (!isUnknown || committing === undefined) throw signal.aborted ? signal.reason : error;
      await requireCommitted(committing, { failure: error, reconnect: () => request.reconnect(), signal });
    });
  return result as UndoResult;
}

/** Undoing a run puts its source on hold, so a run that wrote nothing is refused. */
function requireChanging({ id, outcome }: ImportRun): void {
  if (outcome === 'done') return;
  throw new Failure('refused', `run ${id} (${outcome}) changed nothing, so there is nothing to undo`, {
    hint: 'runs list shows the runs that changed customers',
  });
}

function overtaken(cause: unknown): Failure {
  return new Failure(
    'conflict',
    'another session has added a contact or used an ERP number meanwhile; nothing was written',
    { hint: 'run it again', cause },
  );
}

function ledgerEntry(
  { report, changes }: UndoResult,
  { runs, request }: { runs: ImportRun[]; request: UndoRequest },
): Parameters<typeof recordImportRun>[2] {
  const updated = changes.total;
  return {
    file: `undo of ${runs.map(({ file }) => file).join(', ')}`,
    file_size: null,
    rows: updated,
    imported: 0,
    updated,
    unchanged: 0,
    superseded: 0,
    failed: 0,
    contacts_imported: report.contacts_added,
    contacts_updated: report.contacts_updated,
    contacts_unchanged: 0,
    warnings: report.kept_total,
    rejects_file: null,
    settings: { undo: runs.map(({ id }) => id) },
    tool_version: request.toolVersion,
  };
}
