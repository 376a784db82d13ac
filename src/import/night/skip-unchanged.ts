import { createHash } from 'node:crypto';
import type { ImportReport } from '../../model/import-report.ts';
import type { Organization } from '../../model/organization.ts';
import type { Database } from '../../store/connection/database.ts';
import type { CommittingRun } from '../../store/merge/ledger.ts';
import { recordImportRun } from '../../store/merge/ledger.ts';
import { lockImports } from '../../store/import-lock/import-lock.ts';
import { prepareImportTransaction } from '../../store/merge/transaction.ts';
import { requireRole } from '../../store/orgs/access.ts';
import { findOrganization } from '../../store/orgs/organizations.ts';
import type { FileBinding } from '../../store/sources/file-state.ts';
import { requireNotOnHold } from '../../store/sources/status.ts';
import type { LastRun } from '../../store/sources/unchanged.ts';
import { customersNow, lastAcceptedRun } from '../../store/sources/unchanged.ts';
import type { ImportCallbacks, ImportRequest, ImportResult } from '../import-request.ts';
import { fileName } from '../import-request.ts';
import { requireCommitted } from '../lost-commit.ts';
import { createChangesWriter } from '../outcome/changes.ts';
import { ledgerEntry } from '../outcome/report.ts';
import { digestOfAll, flagsOf } from '../plan/plan-binding.ts';
import { isNewer, sameFileState } from './file-state.ts';

/** What identifies a file. */
export type FileIdentity = Omit<FileBinding, 'customers'>;

/** Leaves the transaction without an error, so that it is rolled back. */
const rolledBack = Symbol('rolled back');

/** Milliseconds for a row that another session has locked; this transaction writes only the ledger's row. */
const rowLockMilliseconds = 10_000;

export async function identify(request: ImportRequest): Promise<FileIdentity | undefined> {
  if (request.night?.skipIfUnchanged !== true) return undefined;
  const rules = JSON.stringify([flagsOf(request), request.expectRows ?? null, request.toolVersion]);
  return {
    sha256: await digestOfAll(request.sources),
    rules: createHash('sha256').update(rules).digest('hex'),
  };
}

/**
 * To be called before the commit; `openSince` is from before the file was compared with the customers.
 * Undefined if the file cannot be skipped the next time.
 */
export async function bindFile(
  database: Database,
  {
    orgId,
    openSince,
    identity,
    request,
  }: { orgId: string; openSince: string; identity: FileIdentity | undefined; request: ImportRequest },
): Promise<FileBinding | undefined> {
  if (identity === undefined) return undefined;
  const customers = await customersNow(database, { orgId, openSince, keptEdits: keepsEdits(request) });
  return customers === undefined ? undefined : { ...identity, customers };
}

function keepsEdits({ night }: ImportRequest): boolean {
  return night?.edits === 'keep';
}

/**
 * Ends an import before its file is read (`--skip-if-unchanged`): if its bytes and the rules are those of the
 * source's last accepted run, and no customer of the org has changed since, it would change nothing, and rows
 * that were rejected then would be rejected again. Records that in the ledger. Undefined if the file is to be
 * imported.
 */
export async function skipUnchanged(
  request: ImportRequest,
  identity: FileIdentity | undefined,
  callbacks: ImportCallbacks,
): Promise<ImportResult | undefined> {
  const { night } = request;
  if (identity === undefined || night === undefined) return undefined;
  const started = performance.now();
  const database = await request.database();
  let report: ImportReport | undefined;
  let committing: CommittingRun | undefined;
  await database
    .transaction(async () => {
      await prepareImportTransaction(database, { rowLockMilliseconds });
      const org = await findOrganization(database, request.org);
      if (org === undefined) throw rolledBack;
      callbacks.onStart?.({ database, org });
      await requireRole(database, org, 'INTEGRATOR');
      const waitMilliseconds = request.lockWaitMilliseconds ?? 0;
      await lockImports(database, { orgId: org.id, slug: org.slug, waitMilliseconds });
      const { source } = night;
      if (night.snapshot) await requireNotOnHold(database, { orgId: org.id, slug: org.slug, source });
      const last = await findSame(database, { org, request, identity });
      if (last === undefined) throw rolledBack;
      report = reportOf(last, org, request);
      request.signal.throwIfAborted();
      if (request.dryRun) throw rolledBack;
      committing = await recordImportRun(database, org.id, {
        ...ledgerEntry(report, request),
        outcome: 'unchanged',
        file_state: sameFileState(request, last.state),
      });
      report.run_id = committing.runId;
    })
    .catch(async (error: unknown) => {
      if (error === rolledBack) return;
      if (committing === undefined) throw error;
      await requireCommitted(committing, {
        failure: error as Parameters<typeof requireCommitted>[1]['failure'],
        reconnect: () => request.reconnect(),
        signal: request.signal,
      });
    });
  if (report === undefined) return undefined;
  await writeNoChanges(request);
  report.duration_ms = Math.round(performance.now() - started);
  const changes = request.listedChanges === undefined ? undefined : { items: [], total: 0 };
  return { report, changes, refused: undefined, repeatedErrors: [], encodings: [] };
}

/** The last accepted run, if this one would be the same. */
async function findSame(
  database: Database,
  { org, request, identity }: { org: Organization; request: ImportRequest; identity: FileIdentity },
): Promise<(LastRun & { state: NonNullable<LastRun['state']> }) | undefined> {
  const orgId = org.id;
  const last = await lastAcceptedRun(database, { orgId, source: request.night?.source ?? '' });
  if (last === undefined || last.state === null) return undefined;
  const { state } = last;
  const { binding } = state;
  if (binding === undefined || !request.sources.every((source) => isNewer(source, state))) return undefined;
  if (binding.sha256 !== identity.sha256 || binding.rules !== identity.rules) return undefined;
  const customers = await customersNow(database, { orgId, keptEdits: keepsEdits(request) });
  return customers === binding.customers ? { ...last, state } : undefined;
}

function reportOf(last: LastRun, org: Organization, request: ImportRequest): ImportReport {
  const { rows, superseded, failed } = last;
  return {
    ok: true,
    run_id: null,
    org: org.slug,
    file: fileName(request),
    dry_run: request.dryRun,
    source: request.night?.source ?? null,
    snapshot: request.night?.snapshot === true,
    skipped: true,
    rows,
    imported: 0,
    updated: 0,
    unchanged: rows - superseded - failed,
    superseded,
    failed,
    contacts: {
      imported: 0,
      updated: 0,
      unchanged: last.contacts_imported + last.contacts_updated + last.contacts_unchanged,
    },
    deactivated: 0,
    guards: [],
    warnings: [],
    warnings_total: 0,
    errors: [],
    errors_total: 0,
    values: [],
    values_total: 0,
    rejects_file: null,
    duration_ms: 0,
  };
}

/** The file of changes must not still contain those of an earlier run. */
async function writeNoChanges({ changesTo }: ImportRequest): Promise<void> {
  if (changesTo === undefined) return;
  const writer = createChangesWriter(changesTo);
  await writer.complete();
  await writer.publish();
}
