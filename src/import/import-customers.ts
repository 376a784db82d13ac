import { advice } from '../advice.ts';
import { Failure } from '../errors.ts';
import type { ImportReport } from '../model/import-report.ts';
import { listedMessages } from '../model/import-report.ts';
import type { Organization } from '../model/organization.ts';
import { ownChanges } from '../store/changes/run-scope.ts';
import { requireRole } from '../store/orgs/access.ts';
import type { Database } from '../store/connection/database.ts';
import { ensureOrganizationForImport, lockImports } from '../store/merge/lock.ts';
import { watchLockWaits } from '../store/merge/lock-wait.ts';
import { prepareImportTransaction } from '../store/merge/transaction.ts';
import type { CommittingRun } from '../store/merge/ledger.ts';
import { recordImportRun } from '../store/merge/ledger.ts';
import { hasKnownIds } from '../store/merge/resolve.ts';
import { mergeStaged } from '../store/merge/merge.ts';
import type { SourceInput } from '../store/sources/membership.ts';
import { requireNotOnHold } from '../store/sources/status.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
import { listSuperseded } from '../store/merge/repeats.ts';
import { codecOf } from '../files/encoding/codecs.ts';
import { exportColumn } from '../files/csv/own-columns.ts';
import type { RejectedRow, Tally } from './customer-file.ts';
import { openCustomerFile } from './customer-file.ts';
import { shapeOf } from './file-shape.ts';
import type { ImportCallbacks, ImportRequest, ImportResult } from './import-request.ts';
import { requireCommitted } from './lost-commit.ts';
import type { ChangesWriter, ListedChanges } from './outcome/changes.ts';
import { collectChanges, createChangesWriter } from './outcome/changes.ts';
import { rejectRefused } from './outcome/refused-rows.ts';
import { collectMessages } from './outcome/messages.ts';
import type { Reject, RejectsWriter } from './outcome/rejects.ts';
import { createRejectsWriter } from './outcome/rejects.ts';
import { ledgerEntry, overBudgetFailure, reportOf } from './outcome/report.ts';
import { checkGuards } from './night/check-guards.ts';
import { fileStateOf, requireLineEnd, requireNewer } from './night/file-state.ts';
import { requireSameColumns } from './night/require-columns.ts';
import { requireContacts, requireNumbers, requireRecent, requireRows } from './night/require-rows.ts';
import { bindFile, identify, skipUnchanged } from './night/skip-unchanged.ts';
import { lastFileState } from '../store/sources/file-state.ts';
import { oldestOpenTransaction } from '../store/sources/unchanged.ts';
import { progressOf, stageFile } from './stage-file.ts';
import { preparePlan } from './plan/prepare-plan.ts';
import { notePlanned } from '../store/merge/planned.ts';

/** Milliseconds, unless it is said how long to wait: an open web transaction is over by then, or forgotten. */
const usualRowLockWait = 10_000;

/** Leaves the transaction without an error, so that it is rolled back. */
const rolledBack = Symbol('rolled back');

/**
 * One import from file to ledger. The file is read, judged and staged slice by slice while the server works on the
 * slice before; when all is staged it is merged, and everything, the ledger's line included, is committed at once.
 * A dry run, and a run over its error budget, does all the same and rolls it back.
 */
export async function importCustomers(
  request: ImportRequest,
  callbacks: ImportCallbacks = {},
): Promise<ImportResult> {
  const started = performance.now();
  const messages = collectMessages();
  let rejects: RejectsWriter | undefined;
  const drained = async () => rejects?.drained();
  function onReject(reject: RejectedRow): void {
    messages.addErrors(reject);
    rejects?.add(rejectOf(reject));
  }

  /** Of an interrupted run, its end: not what then failed. */
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
  const file = await openCustomerFile(request.source, request, {
    onReject,
    onWarning: (warning) => messages.addWarning(warning),
    onKnownSystem: (system) => callbacks.onKnownSystem?.(system),
    drained,
  }).catch(interrupted);
  messages.addFileWarnings(file);
  callbacks.onColumns?.(file.columns);
  const codec = await codecOf(file.encoding.name);
  const planning = await preparePlan(request).catch(interrupted);
  const database = await request.database();
  let report: ImportReport | undefined;
  let committing: CommittingRun | undefined;
  let refused: Failure | undefined;
  let changes: ListedChanges | undefined;
  const writers: ChangesWriter[] = [];
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
        if (request.rejects !== null) {
          const { header } = file.columns;
          rejects = createRejectsWriter({ ...file, header, codec, target: request.rejects(org.slug) });
        }
        await lockImports(database, {
          orgId: org.id,
          slug: org.slug,
          waitMilliseconds: request.lockWaitMilliseconds ?? 0,
        });
        if (request.changesTo !== undefined) writers.push(createChangesWriter(request.changesTo));
        writers.push(...planning.writers(org));
        requireNumbers(file.columns, request);
        if (request.night?.snapshot === true) {
          const { source } = request.night;
          await requireNotOnHold(database, { orgId: org.id, slug: org.slug, source });
        }
        const last =
          request.night && (await lastFileState(database, { orgId: org.id, source: request.night.source }));
        requireNewer(request, last);
        const openSince = await oldestOpenTransaction(database);
        const repeatCandidates = await stageFile(database, { file, request, callbacks });
        // A short file was read before the run waited for its lock.
        await request.source.requireUnchanged?.();
        requireRows(file.tally, request);
        requireSameColumns(file.columns, request, last);
        requireLineEnd(file, request, last);
        callbacks.onProgress?.(progressOf('merging', file.tally, request.source));
        const shape = shapeOf(file.columns, {
          ...request,
          activeSaid: file.tally.activeSaid,
          keepEdits: request.night?.edits === 'keep',
        });
        if (request.night?.missingContacts === 'remove') requireContacts(shape, request);
        // An export of another org has ids that nothing here knows: unless they were asked for, its numbers decide.
        const asked = request.match ?? request.mapping?.match;
        if (asked === undefined && shape.match === 'id' && !(await hasKnownIds(database, org.id))) {
          shape.match = 'erp_customer_number';
        }
        if (request.plan !== undefined) await notePlanned(database, request.plan.plan.changes());
        const outcome = await mergeStaged(database, {
          orgId: org.id,
          shape,
          repeatCandidates,
          ...file.tally,
          only: request.only,
          allowDuplicates: request.allowDuplicates,
          source: sourceOf(request, file.tally),
          removeContacts: request.night?.missingContacts === 'remove',
          planned: request.plan !== undefined,
        });
        if (outcome.refused.rows > 0) {
          file.countRefused(outcome.refused);
          await rejectRefused({ database, orgId: org.id, file, request, onReject, drained });
          messages.sortErrors();
        }
        // An export has a row for each contact: a customer that stands there again and is the same needs no words.
        const contradicting = file.columns.header.includes(exportColumn);
        const repeated =
          outcome.superseded === 0
            ? { rows: [], total: 0 }
            : await listSuperseded(database, {
                limit: listedMessages,
                contradicting,
                keyed: shape.match !== 'erp_customer_number',
                parts: shape.parts,
              });
        const warned = { ...outcome, superseded: repeated.total };
        messages.addWithheldWarning({
          ...file.tally,
          ...outcome.source,
          contacts: request.night?.missingContacts === 'remove',
        });
        messages.addOverwrittenEdits(outcome.edits);
        messages.addLanguageWarning(file.languageDoubt());
        await messages.addMergeWarnings(warned, async () => repeated.rows, file.tally);
        const rejectsFile = (await rejects?.complete()) ?? null;
        report = reportOf({
          request,
          org,
          tally: file.tally,
          readValues: file.readValues,
          outcome,
          rejectsFile,
          messages,
          started,
        });
        if (request.night !== undefined) {
          const { rows } = file.tally;
          const flags = request.guards;
          const found = await checkGuards(database, { ...request.night, orgId: org.id, rows, flags });
          report.guards = found.guards;
          refused = found.failure;
        }
        refused = overBudgetFailure(request.budget, file.tally, outcome.otherNames) ?? refused;
        if (refused !== undefined) report.ok = false;
        if (refused === undefined && (request.listedChanges !== undefined || writers.length > 0)) {
          changes = await collectChanges(database, ownChanges(org.id), {
            listed: request.listedChanges ?? 0,
            writers,
          });
          for (const writer of writers) await writer.complete();
        }
        request.signal.throwIfAborted();
        if (request.dryRun || refused !== undefined) throw rolledBack;
        committing = await recordImportRun(database, org.id, {
          ...ledgerEntry(report, request),
          file_state: fileStateOf(file, request, {
            last,
            binding: await bindFile(database, { orgId: org.id, openSince, identity, request }),
          }),
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
    if (isCommitUnknown(error) && report !== undefined) throw await keepRejects(error, rejects, report);
    await rejects?.discard();
    for (const writer of writers) await writer.discard();
    interrupted(error);
  } finally {
    await lockWaits?.stop();
  }
  await rejects?.publish().catch((error: unknown) => {
    throw committing === undefined ? error : writtenAllTheSame(error);
  });
  for (const writer of writers) {
    if (refused !== undefined) await writer.discard();
    else {
      await writer.publish().catch((error: unknown) => {
        throw committing === undefined ? error : writtenAllTheSame(error);
      });
    }
  }
  const finished = report as ImportReport;
  finished.duration_ms = Math.round(performance.now() - started);
  return {
    report: finished,
    changes,
    refused,
    repeatedErrors: messages.repeatedErrors(),
    encoding: file.encoding.name,
  };
}

function rejectOf({ row, line, cells, raw, findings }: RejectedRow): Reject {
  return {
    row,
    line,
    cells,
    raw,
    columns: findings.flatMap(({ column }) => (column === null ? [] : [column])),
    codes: findings.map(({ problem }) => problem.code),
    errors: findings.map(
      ({ column, problem: { message, hint } }) =>
        `${column === null ? '' : `${column}: `}${message}${hint === undefined ? '' : `; ${hint}`}`,
    ),
  };
}

/** A number that cannot be read may be that of any customer that seems to be missing. */
function sourceOf({ night }: ImportRequest, { unreadable }: Tally): SourceInput | undefined {
  if (night === undefined) return undefined;
  return { name: night.source, snapshot: night.snapshot, withheld: unreadable > 0 };
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

/** If the run was committed after all, its rejected rows are nowhere else. */
async function keepRejects(
  failure: Failure,
  rejects: RejectsWriter | undefined,
  { rejects_file: file, failed }: ImportReport,
): Promise<Failure> {
  if (rejects === undefined || file === null) return failure;
  const kept = await rejects.publish().then(
    () => `the ${failed} rejected rows of this run are in ${file}`,
    (error: unknown) => (error as Failure).message,
  );
  const { code, message, hint, cause } = failure;
  return new Failure(code, message, { hint: hint === undefined ? kept : advice`${hint}; ${kept}`, cause });
}

function writtenAllTheSame(error: unknown): Failure {
  const { message, hint } = error as Failure;
  return new Failure('unexpected', `the import was written, but ${message}`, { hint, cause: error });
}
