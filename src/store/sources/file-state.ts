import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';

/** What the ledger keeps of a source's file, to hold the next one against. */
export interface FileState {
  header: string[];
  /** Those of the header's columns that something was read from. */
  read: string[];
}

/** That of the source's last accepted file; undefined before the first. */
export async function lastFileState(
  database: Database,
  { orgId, source }: { orgId: string; source: string },
): Promise<FileState | undefined> {
  const [last] = await database.query<{ state: FileState }>(sql`
    select file_state as state
    from customer_import_run
    where org_id = ${orgId}
    and source = ${source}
    and outcome = 'done'
    and file_state is not null
    order by started_at desc, id desc
    limit 1`);
  return last?.state;
}
