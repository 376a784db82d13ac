import sql from 'sql-template-tag';
import type { ToolCommand } from '../../advice.ts';
import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { Database } from './database.ts';

/**
 * A transaction for a handful of rows that are locked, compared with what was shown, and written. Each
 * statement has to see what others committed while a lock was awaited, whatever the default isolation level
 * of a server's sessions: under a snapshot, the wait would end in a serialization error instead of the
 * comparison. Throws `commit_unknown`, as `Database.transaction` does, with the command that checks it.
 * `command` is its name in the change log.
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

/**
 * For the rest of the transaction, the application's name includes the command: the change log records it.
 */
export async function nameCommand(database: Database, command: string): Promise<void> {
  await database.execute(sql`
    select set_config('application_name', concat_ws(' ', current_setting('application_name'), ${command}::text), true)`);
}
