import type { Client, QueryResult } from 'pg';
import type { Sql } from 'sql-template-tag';
import { Failure } from '../errors.ts';
import { openClient, requestCancel } from './connect-client.ts';
import type { ConnectionTarget } from './connection-target.ts';
import { describeTarget } from './connection-target.ts';
import { failureOf } from './sqlstate.ts';

/**
 * One connection. There is no pool and no reconnecting: a command is one session, and a statement
 * that runs on a connection other than its transaction's would be written outside of it.
 */
export interface Database {
  target: ConnectionTarget;
  /** The driver's own client, for COPY and for node-pg-migrate. */
  client: Client;
  query<Row>(statement: Sql): Promise<Row[]>;
  /** Runs a statement for its effect; returns the number of rows it touched. */
  execute(statement: Sql): Promise<number>;
  /**
   * Commits what `work` did, or rolls it back when `work` throws; then throws what `work` threw.
   * Throws `commit_unknown` when the connection was lost while the server had the COMMIT: only a look
   * at the data, over a new connection, can tell whether it was done.
   */
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
  /**
   * Cancels the running statement, so that its promise rejects at once, and refuses further ones.
   * Ignored while a COMMIT is under way: that is let finish, so that the answer is known.
   */
  interrupt(): void;
  close(): Promise<void>;
}

/** Connects; throws the `Failure` that says why it cannot, and `database_refused` by a server older than 15. */
export async function openDatabase(target: ConnectionTarget): Promise<Database> {
  const server = describeTarget(target);
  const client = await openClient(target);
  let interrupted = false;
  let committing = false;
  let retry: NodeJS.Timeout | undefined;

  async function run(statement: Sql): Promise<QueryResult> {
    if (interrupted) throw interruption();
    try {
      return await client.query({ text: statement.text, values: statement.values });
    } catch (error) {
      throw interrupted ? interruption(error) : failureOf(error, server);
    }
  }

  async function transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    if (interrupted) throw interruption();
    await client.query('begin').catch((error: unknown) => {
      throw failureOf(error, server);
    });
    let result: Result;
    try {
      result = await work();
      if (interrupted) throw interruption();
    } catch (error) {
      // On a dead connection this fails too, and the server has rolled back by itself: the first error counts.
      await client.query('rollback').catch(() => {});
      throw error;
    }
    committing = true;
    try {
      const { command } = await client.query('commit');
      if (command === 'COMMIT') return result;
    } catch (error) {
      const failure = failureOf(error, server);
      throw failure.code === 'connection_lost' ? unknownCommit(server, error) : failure;
    } finally {
      committing = false;
    }
    // The server rolls back a transaction in which a statement failed, and calls that no error.
    throw new Failure(
      'unexpected',
      `${server}: nothing was written, because a statement in the transaction had failed`,
    );
  }

  return {
    target,
    client,
    query: async (statement) => (await run(statement)).rows,
    execute: async (statement) => (await run(statement)).rowCount ?? 0,
    transaction,
    interrupt() {
      if (committing || interrupted) return;
      interrupted = true;
      requestCancel(target, client);
      // A request that overtakes the statement it is meant for does nothing.
      retry = setInterval(() => committing || requestCancel(target, client), 500).unref();
    },
    async close() {
      clearInterval(retry);
      // A goodbye that nobody answers must not keep the command from ending.
      const impatience = setTimeout(() => client.connection.stream.destroy(), 1000).unref();
      await client.end();
      clearTimeout(impatience);
    },
  };
}

function interruption(cause?: unknown): Failure {
  return new Failure('interrupted', 'interrupted, rolled back: nothing was written', { cause });
}

function unknownCommit(server: string, cause: unknown): Failure {
  return new Failure(
    'commit_unknown',
    `${server}: the connection was lost during the commit, so it may or may not have been done`,
    {
      hint: 'orderflow-customers runs list shows whether the run is there',
      cause,
    },
  );
}
