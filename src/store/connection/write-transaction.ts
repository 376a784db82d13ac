import sql from 'sql-template-tag';
import type { ToolCommand } from '../../advice.ts';
import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { Database } from './database.ts';

/**
 * A transaction for a handful of rows that are locked, compared with what was seen, and written. Each statement has to
 * see what others committed while a lock was waited for, whatever level a server's sessions begin with: under a
 * snapshot the wait would end in an error of serialization instead of in the comparison. Throws `commit_unknown`, as
 * `Database.transaction` does, with the command that looks it up. `command` is what the change log is to call it.
 */
export async function writeTransaction<Result>(
  database: Database,
  work: () => Promise<Result>,
  { command, lookUp = tool('show', 'REF', '--org', 'ORG') }: { command?: string; lookUp?: ToolCommand } = {},
): Promise<Result> {
  try {
    return await database.transaction(async () => {
      await database.execute(sql`set transaction isolation level read committed`);
      if (command !== undefined) await nameCommand(database, command);
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

/** For the rest of the transaction the application's name has the command behind it: what the change log notes. */
export async function nameCommand(database: Database, command: string): Promise<void> {
  await database.execute(sql`
    select set_config('application_name', concat_ws(' ', current_setting('application_name'), ${command}::text), true)`);
}
