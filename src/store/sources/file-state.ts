import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';

/** What the ledger keeps of a source's files, to compare the next ones with. */
export interface FileState extends FileTrace {
  /** The other files, if several were imported together. */
  more?: FileTrace[] | undefined;
  /** What identifies unchanged files (`--skip-if-unchanged`). */
  binding?: FileBinding | undefined;
}

export interface FileTrace {
  /** As it was given on the command line. */
  name?: string;
  header: string[];
  /** The columns of the header that were read. */
  read: string[];
  /**
   * When it was last written, in ISO 8601: for a pipe, the time of the last file that has one; null before
   * the first.
   */
  modified?: string | null;
  /** Whether its last line had a line break; null if unknown. */
  ends_with_line?: boolean | null;
}

export interface FileBinding {
  sha256: string;
  /** A hash of everything else that decides the result: flags, mapping, the tool's version. */
  rules: string;
  /** The state of the org's customers that the file produced or found, as `customersNow` returns it. */
  customers: string;
}

/**
 * Runs of the source that wrote its file, or found it unchanged, and that count. Undone runs do not count,
 * and neither does a run between a run and its undoing that found what the undone one had made: the same file
 * again, for example.
 */
export function acceptedRuns({ orgId, source }: { orgId: string; source: string }): Sql {
  return sql`
    from customer_import_run as run
    where run.org_id = ${orgId}
    and run.source = ${source}
    and run.outcome in ('done', 'unchanged')
    and not exists (
      select
      from customer_import_run as undoing
      join customer_import_run as undone
        on undone.org_id = ${orgId}
        and undone.source = ${source}
        and undoing.settings -> 'undo' ? undone.id::text
      where undoing.org_id = ${orgId}
      and undoing.settings ? 'undo'
      and undoing.finished_at >= run.finished_at
      and undone.finished_at <= run.finished_at
      and not exists (
        select
        from customer_import_run as changing
        where changing.org_id = ${orgId}
        and changing.source = ${source}
        and changing.outcome = 'done'
        and changing.finished_at > undone.finished_at
        and changing.finished_at <= run.finished_at
        and changing.imported + changing.updated + changing.deactivated
          + changing.contacts_imported + changing.contacts_updated > 0
      )
      and not exists (
        select
        from customer_import_run as restoring
        where restoring.org_id = ${orgId}
        and restoring.settings -> 'undo' ? undoing.id::text
      )
    )`;
}

/** The state of the source's last accepted files; undefined before the first. */
export async function lastFileState(
  database: Database,
  scope: { orgId: string; source: string },
): Promise<FileState | undefined> {
  // By their ends: of two runs that waited for the lock, the one that began first may have come second.
  const [last] = await database.query<{ state: FileState }>(sql`
    select run.file_state as state
    ${acceptedRuns(scope)}
    and run.file_state is not null
    order by run.finished_at desc, run.id desc
    limit 1`);
  return last?.state;
}
