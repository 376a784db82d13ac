import { Failure } from '../errors.ts';
import type { Source } from '../files/source.ts';
import type { ImportReport } from '../model/import-report.ts';
import type { Organization } from '../model/organization.ts';
import { ownChanges } from '../store/changes/run-scope.ts';
import type { Database } from '../store/connection/database.ts';
import type { CommittingRun } from '../store/merge/ledger.ts';
import { recordImportRun } from '../store/merge/ledger.ts';
import { ensureOrganizationForImport, lockImports } from '../store/import-lock/import-lock.ts';
import { watchLockWaits } from '../store/import-lock/lock-wait.ts';
import { prepareImportTransaction } from '../store/merge/transaction.ts';
import { requireRole } from '../store/orgs/access.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
import type { FileState } from '../store/sources/file-state.ts';
import { lastFileState } from '../store/sources/file-state.ts';
import { requireNotOnHold } from '../store/sources/status.ts';
import { oldestOpenTransaction } from '../store/sources/unchanged.ts';
import type { RejectedRow } from './customer-file.ts';
import type { CustomerFiles } from './customer-files.ts';
import { openCustomerFiles } from './customer-files.ts';
import type { ImportCallbacks, ImportRequest, ImportResult } from './import-request.ts';
import { requireCommitted } from './lost-commit.ts';
import { mergeFiles } from './merge-files.ts';
import { checkGuards } from './night/check-guards.ts';
import { fileStateOf, requireLineEnd, requireNewer } from './night/file-state.ts';
import { requireSameColumns } from './night/require-columns.ts';
import { requireNumbers, requireRecent, requireRows } from './night/require-rows.ts';
import { bindFile, identify, skipUnchanged } from './night/skip-unchanged.ts';
import type { ListedChanges } from './outcome/changes.ts';
import { collectChanges, createChangesWriter } from './outcome/changes.ts';
import { collectMessages } from './outcome/messages.ts';
import { codecsOf, createRejectsFiles } from './outcome/rejects-files.ts';
import { ledgerEntry, overBudgetFailure, reportOf } from './outcome/report.ts';
import { createRunFiles } from './outcome/run-files.ts';
import { preparePlan } from './plan/prepare-plan.ts';
import { requireActiveEverywhere } from './same-fields.ts';
import { progressOf, stageFiles } from './stage-files.ts';

/** Milliseconds to wait by default: an open web transaction is over by then, or forgotten. */
const usualRowLockWait = 10_000;

/** Leaves the transaction without an error, so that it is rolled back. */
const rolledBack = Symbol('rolled back');

/**
 * One import from its files to the ledger. They are read, judged and staged slice by slice while the server
 * works on the previous slice. When everything is staged it is merged, and everything, the ledger's row
 * included, is committed at once. A dry run, and a run over its error budget, do the same and roll it back.
 */
export async function importCustomers(
  request: ImportRequest,
  callbacks: ImportCallbacks = {},
): Promise<ImportResult> {
  const started = performance.now();
  const names = request.sources.map(({ name }) => name);
  const messages = collectMessages(names, (row) => files.placeOf(row));
  const written = createRunFiles();
  const { drained } = written;
  const failedRows = new Map<Source, number>();
  function onReject(source: Source, reject: RejectedRow): void {
    failedRows.set(source, (failedRows.get(source) ?? 0) + 1);
    messages.addErrors(source.name, reject);
    written.reject(source, reject);
  }

  /** The reason of an interrupted run, instead of the error that followed it. */
  function interrupted(error: unknown): never {
    throw request.signal.aborted && !isCommitUnknown(error) ? request.signal.reason : error;
  }

  let named = false;
  const onStart: ImportCallbacks['onStart'] = (start) => {
    if (!named) callbacks.onStart?.(start);
    named = true;
  };

  requireRecent(request, new Date());
  const identity = await identify(request).catch(interrupted);
  const skipped = await skipUnchanged(request, identity, { onStart }).catch(interrupted);
  if (skipped !== undefined) return skipped;
  const files: CustomerFiles = await openCustomerFiles(request, {
    onReject,
    onWarning: ({ name }, warning) => messages.addWarning(name, warning),
    onKnownSystem: (system, file) => callbacks.onKnownSystem?.(system, file),
    drained,
  }).catch(interrupted);
  for (const file of files.all) {
    messages.addFileWarnings(file);
    callbacks.onColumns?.(file.columns);
  }
  const codecs = await codecsOf(files.all);
  const planning = await preparePlan(request).catch(interrupted);
  const database = await request.database();
  let report: ImportReport | undefined;
  let committing: CommittingRun | undefined;
  let refused: Failure | undefined;
  let changes: ListedChanges | undefined;
  let lockWaits: ReturnType<typeof watchLockWaits> | undefined;
  try {
    await database
      .transaction(async () => {
        const rowLockMilliseconds = request.lockWaitMilliseconds ?? usualRowLockWait;
        const { pid } = await prepareImportTransaction(database, { rowLockMilliseconds });
        lockWaits = watchLockWaits(database, {
          pid,
          limit: rowLockMilliseconds,
          onWait: (wait) => callbacks.onLockWait?.(wait),
        });
        const org = await findOrg(database, request);
        onStart({ database, org });
        await requireRole(database, org, 'INTEGRATOR');
        const { rejects, changesTo, night } = request;
        if (rejects !== null) {
          const target = (index: number) => rejects(org.slug, index);
          written.takeRejects(createRejectsFiles(files.all, { codecs, target }));
        }
        await lockImports(database, {
          orgId: org.id,
          slug: org.slug,
          waitMilliseconds: request.lockWaitMilliseconds ?? 0,
        });
        if (changesTo !== undefined) written.writers.push(createChangesWriter(changesTo));
        written.writers.push(...planning.writers(org));
        requireNumbers(files.columns, request);
        if (night?.snapshot === true) {
          await requireNotOnHold(database, { orgId: org.id, slug: org.slug, source: night.source });
        }
        const last = night && (await lastFileState(database, { orgId: org.id, source: night.source }));
        requireNewer(request, last);
        const openSince = await oldestOpenTransaction(database);
        const repeatCandidates = await stageFiles(database, { files, request, callbacks });
        requireWhole(files, request, last);
        callbacks.onProgress?.(progressOf('merging', { files, request }));
        const staged = { org, files, request, repeatCandidates, messages, onReject, drained };
        const outcome = await mergeFiles(database, staged);
        const rejectsFiles = await written.completeRejects();
        const tally = files.tally();
        report = reportOf({
          request,
          org,
          tally,
          readValues: files.readValues,
          outcome,
          files: files.all.map(({ source, tally: { rows } }, index) => ({
            file: source.name,
            rows,
            failed: failedRows.get(source) ?? 0,
            rejects_file: rejectsFiles[index] ?? null,
          })),
          messages,
          started,
        });
        if (night !== undefined) {
          const scope = { ...night, orgId: org.id, rows: tally.rows, flags: request.guards };
          const found = await checkGuards(database, scope);
          report.guards = found.guards;
          refused = found.failure;
        }
        const { otherNames } = outcome;
        refused = overBudgetFailure(request.budget, tally, { otherNames, placeOf: files.placeOf }) ?? refused;
        if (refused !== undefined) report.ok = false;
        const { writers } = written;
        if (refused === undefined && (request.listedChanges !== undefined || writers.length > 0)) {
          const listed = request.listedChanges ?? 0;
          changes = await collectChanges(database, ownChanges(org.id), { listed, writers });
          for (const writer of writers) await writer.complete();
        }
        request.signal.throwIfAborted();
        if (request.dryRun || refused !== undefined) throw rolledBack;
        const binding = await bindFile(database, { orgId: org.id, openSince, identity, request });
        committing = await recordImportRun(database, org.id, {
          ...ledgerEntry(report, request),
          file_state: fileStateOf(files.all, request, { last, binding }),
        });
        report.run_id = committing.runId;
      })
      .catch(async (error: unknown) => {
        if (error === rolledBack) return;
        if (!isCommitUnknown(error) || committing === undefined) throw lockWaits?.explain(error) ?? error;
        await requireCommitted(committing, {
          failure: error,
          reconnect: () => request.reconnect(),
          signal: request.signal,
        });
      });
  } catch (error) {
    if (isCommitUnknown(error) && report !== undefined) throw await written.keepRejects(error, report);
    await written.discard();
    interrupted(error);
  } finally {
    await lockWaits?.stop();
  }
  await written.publish({ refused: refused !== undefined, committed: committing !== undefined });
  const finished = report as ImportReport;
  finished.duration_ms = Math.round(performance.now() - started);
  return {
    report: finished,
    changes,
    refused,
    repeatedErrors: messages.repeatedErrors(),
    encodings: files.all.map(({ encoding }) => encoding.name),
  };
}

/**
 * Checks the files, once read, against what is known of them: a part of a file must not be mistaken for the
 * whole.
 */
function requireWhole(files: CustomerFiles, request: ImportRequest, last: FileState | undefined): void {
  requireRows(files.all, request);
  requireSameColumns(files.all, request, last);
  requireLineEnd(files.all, request, last);
  requireActiveEverywhere(files.all, request);
}

async function findOrg(database: Database, request: ImportRequest): Promise<Organization> {
  const { org, createOrg, lockWaitMilliseconds: waitMilliseconds = 0 } = request;
  return createOrg
    ? await ensureOrganizationForImport(database, { slug: org, waitMilliseconds })
    : await requireOrganization(database, org);
}

function isCommitUnknown(error: unknown): error is Failure {
  return error instanceof Failure && error.code === 'commit_unknown';
}
