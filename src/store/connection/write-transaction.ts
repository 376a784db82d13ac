import sql from 'sql-template-tag';
import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { Database } from './database.ts';

/**
 * A transaction for a handful of rows that are locked, compared with what was seen, and written. Each statement has to
 * see what others committed while a lock was waited for, whatever level a server's sessions begin with: under a
 * snapshot the wait would end in an error of serialization instead of in the comparison. Throws `commit_unknown`, as
 * `Database.transaction` does, with the command that looks it up.
 */
export async function writeTransaction<Result>(
  database: Database,
  work: () => Promise<Result>,
  { lookUp = tool('show', 'REF', '--org', 'ORG') } = {},
): Promise<Result> {
  try {
    return await database.transaction(async () => {
      await database.execute(sql`set transaction isolation level read committed`);
      return work();
    });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'commit_unknown') throw error;
    throw new Failure(error.code, error.message, {
      hint: advice`look it up to see: ${lookUp}`,
      cause: error,
    });
  }
}
