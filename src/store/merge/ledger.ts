import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { ImportRun } from '../../model/import-run.ts';
import type { Organization } from '../../model/organization.ts';
import { printable, quoted } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';
import { instant } from '../connection/values.ts';
import type { FileState } from '../sources/file-state.ts';

/**
 * What a finished run records about itself; the server fills in the ledger's own columns (id, login, times).
 */
export type NewImportRun = Omit<
  ImportRun,
  'id' | 'started_at' | 'finished_at' | 'database_user' | 'duration_ms' | NightColumn
> &
  Partial<Pick<ImportRun, NightColumn>> & { file_state?: FileState };

/** What runs without a source do not have. */
type NightColumn = 'source' | 'snapshot' | 'deactivated' | 'outcome' | 'code' | 'message' | 'exit_code';

/** A run that is in the ledger as soon as its transaction is committed. */
export interface CommittingRun {
  orgId: string;
  runId: string;
  /** The server's number of the transaction (xid8). */
  transaction: string;
}

/** Writes the run into the ledger, in the run's own transaction: it exists if and only if the rows do. */
export async function recordImportRun(
  database: Database,
  orgId: string,
  run: NewImportRun,
): Promise<CommittingRun> {
  const [written] = await database.query<Omit<CommittingRun, 'orgId'>>(sql`
    insert into customer_import_run (
      org_id, file, file_size, started_at, finished_at, duration_ms,
      rows, imported, updated, unchanged, superseded, failed,
      contacts_imported, contacts_updated, contacts_unchanged,
      warnings, rejects_file, settings, tool_version, source, snapshot, deactivated, exit_code,
      outcome, file_state
    )
    select
      ${orgId}, ${run.file}, ${run.file_size}, now(), clock_timestamp(),
      extract(epoch from clock_timestamp() - now()) * 1000,
      ${run.rows}, ${run.imported}, ${run.updated}, ${run.unchanged}, ${run.superseded}, ${run.failed},
      ${run.contacts_imported}, ${run.contacts_updated}, ${run.contacts_unchanged},
      ${run.warnings}, ${run.rejects_file}, ${JSON.stringify(run.settings)}, ${run.tool_version},
      ${run.source ?? null}, ${run.snapshot ?? false}, ${run.deactivated ?? 0}, ${run.exit_code ?? 0},
      ${run.outcome ?? 'done'}, ${run.file_state === undefined ? null : JSON.stringify(run.file_state)}
    returning id as "runId", pg_current_xact_id()::text as transaction`);
  return { orgId, ...(written as Omit<CommittingRun, 'orgId'>) };
}

/**
 * Whether a run was committed, queried on a new connection after the answer to COMMIT was lost; undefined
 * while the server still works on it.
 */
export async function wasCommitted(
  database: Database,
  { orgId, runId, transaction }: CommittingRun,
): Promise<boolean | undefined> {
  // Before the ledger is read: a commit in between would otherwise be in neither answer.
  const [state] = await database.query<{ open: boolean }>(sql`
    select pg_xact_status(${transaction}::xid8) = 'in progress' as open`);
  if (state?.open === true) return undefined;
  const found = await database.query(sql`
    select
    from customer_import_run
    where org_id = ${orgId}
    and id = ${runId}`);
  return found.length > 0;
}

const columns: Sql = sql`
  id, file, file_size::float8 as file_size,
  ${instant('started_at')} as started_at, ${instant('finished_at')} as finished_at, duration_ms,
  rows, imported, updated, unchanged, superseded, failed,
  contacts_imported, contacts_updated, contacts_unchanged,
  warnings, rejects_file, settings, database_user, tool_version, source, snapshot, deactivated,
  outcome, code, message, exit_code`;

/** The latest runs of an organization, newest first, and how many there are in all. */
export async function listImportRuns(
  database: Database,
  { orgId, limit }: { orgId: string; limit: number },
): Promise<{ items: ImportRun[]; total: number }> {
  const items = await database.query<ImportRun>(sql`
    select ${columns}
    from customer_import_run
    where org_id = ${orgId}
    order by started_at desc, id desc
    limit ${limit}`);
  const [count] = await database.query<{ total: number }>(sql`
    select count(*)::integer as total
    from customer_import_run
    where org_id = ${orgId}`);
  return { items, total: count?.total ?? 0 };
}

/**
 * One run by its id, or by at least the first eight characters of it. Throws `not_found`, also for a run of
 * another organization, and `ambiguous` naming the runs that begin like that.
 */
export async function requireImportRun(
  database: Database,
  { org, runId }: { org: Organization; runId: string },
): Promise<ImportRun> {
  const isBeginning = /^[0-9a-f-]{8,36}$/i.test(runId);
  const found = await database.query<ImportRun>(sql`
    select ${columns}
    from customer_import_run
    where org_id = ${org.id}
    and ${isBeginning}
    and starts_with(id::text, ${runId.toLowerCase()})
    order by started_at, id
    limit 10`);
  const [run, other] = found;
  if (run === undefined) {
    throw new Failure('not_found', `import run ${quoted(runId)} not found in org ${org.slug}`, {
      hint: advice`see ${tool('runs', 'list', '--org', org.slug)}`,
    });
  }
  if (other === undefined) return run;
  const candidates = found.map(({ id, file, finished_at: at }) => `${id}  ${at}  ${printable(file)}`);
  throw new Failure('ambiguous', [`${quoted(runId)} begins several runs:`, ...candidates].join('\n'), {
    hint: 'give more of the id',
  });
}
