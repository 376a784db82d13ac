import type { Client, QueryResult } from 'pg';
import type { Sql } from 'sql-template-tag';
import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import { openClient, requestCancel } from './client.ts';
import type { ConnectionTarget } from './target.ts';
import { describeTarget } from './target.ts';
import { failureOf } from './server-error.ts';

/**
 * One connection, without a pool and without reconnecting: a command is one session, and a statement on
 * another connection would be outside its transaction.
 */
export interface Database {
  /** The connected server, without the alternatives of the target. */
  target: ConnectionTarget;
  /** The driver's own client, for COPY and for node-pg-migrate. */
  client: Client;
  /**
   * Milliseconds until a statement is cancelled and `database_timeout` thrown; 0 for no limit of the tool.
   * Legitimately long work (an import, a migration) sets it to 0. Kept here instead of in the server's
   * `statement_timeout`: outside a transaction, a pooler would pass that on to another client, and PgBouncer
   * refuses it as a startup parameter. The server's own limit applies in any case.
   */
  statementTimeout: number;
  query<Row>(statement: Sql): Promise<Row[]>;
  /** Runs a statement for its effect; returns the number of affected rows. */
  execute(statement: Sql): Promise<number>;
  /**
   * Commits what `work` did, or rolls it back if `work` throws, and rethrows. Throws `commit_unknown` if the
   * connection was lost during the COMMIT: only reading the data over a new connection shows whether it
   * succeeded.
   */
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
  /**
   * Cancels the running statement, so that its promise rejects at once, and refuses further ones. Ignored
   * during a COMMIT, which may finish, so that its answer is known.
   */
  interrupt(): void;
  /** How long the current statement or COMMIT has been running; 0 between statements. */
  busyMilliseconds(): number;
  /** Called by `interrupt`: for a command that has another connection at work. */
  alsoInterrupt: (() => void) | undefined;
  close(): Promise<void>;
}

/** Milliseconds. The slowest look-up in 1,000,000 customers takes three seconds. */
const usualTimeout = 60_000;
/** Milliseconds for the server to confirm a cancelled statement; after that the connection counts as dead. */
const patience = 5000;

/**
 * Connects; throws the `Failure` that explains why it cannot, and `database_refused` for a server older than
 * 15.
 */
export async function openDatabase(
  configured: ConnectionTarget,
  { statementTimeout = usualTimeout }: { statementTimeout?: number | undefined } = {},
): Promise<Database> {
  const { client, target } = await openClient(configured);
  const server = describeTarget(target);
  let interrupted = false;
  let committing = false;
  let retry: NodeJS.Timeout | undefined;
  let busySince: number | undefined;

  async function run(statement: Sql): Promise<QueryResult> {
    if (interrupted) throw interruption();
    const limit = startLimit();
    busySince = now();
    try {
      const result = await client.query({ text: statement.text, values: statement.values });
      // The cancel request may still be on its way, and would hit the next statement.
      if (limit.isOver()) throw limit.failure();
      return result;
    } catch (error) {
      if (interrupted) throw interruption(error);
      throw limit.isOver() ? limit.failure(error) : failureOf(error, server);
    } finally {
      busySince = undefined;
      limit.stop();
    }
  }

  function startLimit() {
    const milliseconds = database.statementTimeout;
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    if (milliseconds > 0) {
      timer = setTimeout(() => {
        over = true;
        requestCancel(target, client);
        timer = setTimeout(() => client.connection.stream.destroy(), patience);
      }, milliseconds);
    }
    return {
      isOver: () => over,
      stop: () => clearTimeout(timer),
      failure: (cause?: unknown) => overTime(server, milliseconds, cause),
    };
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
      // On a dead connection this fails too, and the server has rolled back by itself: the first error
      // counts.
      await client.query('rollback').catch(() => {});
      throw error;
    }
    committing = true;
    busySince = now();
    try {
      const { command } = await client.query('commit');
      if (command === 'COMMIT') return result;
    } catch (error) {
      const failure = failureOf(error, server);
      throw failure.code === 'connection_lost' ? unknownCommit(server, error) : failure;
    } finally {
      committing = false;
      busySince = undefined;
    }
    // The server rolls back a transaction in which a statement failed, without reporting an error.
    throw new Failure(
      'unexpected',
      `${server}: nothing was written, because a statement in the transaction had failed`,
    );
  }

  const database: Database = {
    target,
    client,
    statementTimeout,
    query: async (statement) => (await run(statement)).rows,
    execute: async (statement) => (await run(statement)).rowCount ?? 0,
    transaction,
    interrupt() {
      if (committing || interrupted) return;
      interrupted = true;
      database.alsoInterrupt?.();
      requestCancel(target, client);
      // A request that arrives before its statement has no effect.
      retry = setInterval(() => committing || requestCancel(target, client), 500).unref();
    },
    busyMilliseconds: () => (busySince === undefined ? 0 : now() - busySince),
    alsoInterrupt: undefined,
    async close() {
      clearInterval(retry);
      // The command must not wait for an answer to its goodbye.
      const impatience = setTimeout(() => client.connection.stream.destroy(), 1000).unref();
      await client.end();
      clearTimeout(impatience);
    },
  };
  return database;
}

/** Milliseconds. Node loads `performance` on its first use, which takes longer than a small statement. */
function now(): number {
  return process.uptime() * 1000;
}

function overTime(server: string, milliseconds: number, cause: unknown): Failure {
  const limit = milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`;
  return new Failure(
    'database_timeout',
    `${server}: a statement took longer than ${limit} and was cancelled; nothing was written`,
    { hint: 'give it longer: --timeout 5m; or try again when the server has less to do', cause },
  );
}

function interruption(cause?: unknown): Failure {
  return new Failure('interrupted', 'interrupted, rolled back: nothing was written', { cause });
}

function unknownCommit(server: string, cause: unknown): Failure {
  return new Failure(
    'commit_unknown',
    `${server}: the connection was lost during the commit, so it may or may not have been done`,
    {
      hint: advice`${tool('runs', 'list')} shows whether the run was committed`,
      cause,
    },
  );
}
