import type { Sql } from 'sql-template-tag';
import sql, { empty } from 'sql-template-tag';
import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { ImportRun } from '../../model/import-run.ts';
import type { SourceStatus } from '../../model/source-status.ts';
import type { Database } from '../connection/database.ts';
import { instant } from '../connection/values.ts';

/** Each source of the organization, or the named one, by name. */
export async function sourceStatuses(
  database: Database,
  { orgId, source }: { orgId: string; source?: string | undefined },
): Promise<SourceStatus[]> {
  const rows = await database.query<{
    source: string;
    attempt: SourceStatus['last_attempt'];
    success: SourceStatus['last_success'];
    hold: SourceStatus['hold'];
  }>(sql`
    select
      named.source,
      (
        select jsonb_build_object(
          'at', ${instant('finished_at')}, 'file', file, 'outcome', outcome, 'code', code, 'exit_code', exit_code
        )
        from customer_import_run
        where ${isAttempt(orgId)}
        order by started_at desc, id desc
        limit 1
      ) as attempt,
      (
        select jsonb_build_object(
          'at', ${instant('finished_at')},
          'age_seconds', greatest(0, floor(extract(epoch from clock_timestamp() - finished_at))),
          'file', file, 'rows', rows, 'failed', failed
        )
        from customer_import_run
        where ${isAttempt(orgId)}
        and outcome in ('done', 'unchanged')
        order by started_at desc, id desc
        limit 1
      ) as success,
      (${holdOf(orgId, sql`named.source`)}) as hold
    from (
      select distinct source
      from customer_import_run
      where org_id = ${orgId}
      and source is not null
      and outcome <> 'resumed'
      ${source === undefined ? empty : sql`and source = ${source}`}
    ) as named
    order by named.source`);
  return rows.map(({ source: name, attempt, success, hold }) => ({
    source: name,
    last_attempt: attempt,
    last_success: success,
    hold,
  }));
}

/**
 * The last imports of a source, or of files without one, the newest first, including refused and failed ones.
 */
export async function listRunsOfSource(
  database: Database,
  { orgId, source, limit }: { orgId: string; source: string | undefined; limit: number },
): Promise<
  Pick<ImportRun, 'finished_at' | 'rows' | 'imported' | 'updated' | 'deactivated' | 'failed' | 'outcome'>[]
> {
  return database.query(sql`
    select
      ${instant('finished_at')} as finished_at, rows, imported, updated, deactivated, failed, outcome
    from customer_import_run
    where org_id = ${orgId}
    and source is not distinct from ${source ?? null}
    and outcome <> 'resumed'
    and not settings ? 'undo'
    order by started_at desc, id desc
    limit ${limit}`);
}

function isAttempt(orgId: string): Sql {
  return sql`
    org_id = ${orgId}
    and source = named.source
    and outcome <> 'resumed'`;
}

/** The last undoing of a run of the source, unless the source was resumed since. */
function holdOf(orgId: string, source: Sql): Sql {
  return sql`
    select jsonb_build_object('since', ${instant('undoing.finished_at')}, 'run_id', undone.id)
    from customer_import_run as undoing
    join customer_import_run as undone
      on undone.org_id = ${orgId}
      and undoing.settings -> 'undo' ? undone.id::text
      and undone.source = ${source}
    where undoing.org_id = ${orgId}
    and undoing.settings ? 'undo'
    and undoing.outcome = 'done'
    and undoing.finished_at > coalesce(
      (
        select max(resumed.finished_at)
        from customer_import_run as resumed
        where resumed.org_id = ${orgId}
        and resumed.source = ${source}
        and resumed.outcome = 'resumed'
      ),
      '-infinity'
    )
    order by undoing.finished_at desc
    limit 1`;
}

/** Whether the source is on hold, and since when. */
export async function findHold(
  database: Database,
  { orgId, source }: { orgId: string; source: string },
): Promise<NonNullable<SourceStatus['hold']> | undefined> {
  const [found] = await database.query<{ hold: SourceStatus['hold'] }>(sql`
    select (${holdOf(orgId, sql`${source}::text`)}) as hold`);
  return found?.hold ?? undefined;
}

/** Throws `on_hold` for a snapshot of a source whose run was undone: it would do the same again. */
export async function requireNotOnHold(
  database: Database,
  { orgId, slug, source }: { orgId: string; slug: string; source: string },
): Promise<void> {
  const hold = await findHold(database, { orgId, source });
  if (hold === undefined) return;
  throw new Failure('on_hold', `snapshots of ${source} are on hold since run ${hold.run_id} was undone`, {
    hint: advice`when the export is right again: ${tool('runs', 'resume', '--org', slug, '--source', source)}`,
  });
}
