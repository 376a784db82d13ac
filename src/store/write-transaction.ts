import sql from 'sql-template-tag';
import type { Database } from './connect.ts';

/**
 * A transaction for a handful of rows that are locked, compared with what was seen, and written. Each statement has to
 * see what others committed while a lock was waited for, whatever level a server's sessions begin with: under a
 * snapshot the wait would end in an error of serialization instead of in the comparison.
 */
export async function writeTransaction<Result>(
  database: Database,
  work: () => Promise<Result>,
): Promise<Result> {
  return database.transaction(async () => {
    await database.execute(sql`set transaction isolation level read committed`);
    return work();
  });
}
