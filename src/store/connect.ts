import type { QueryResult } from 'pg';
import { Client } from 'pg';
import type { Sql } from 'sql-template-tag';
import { Failure } from '../errors.ts';
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
  /** Commits what `work` did, or rolls it back when `work` throws. */
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Cancels the running statement (its promise rejects); ignored while a COMMIT is under way. */
  interrupt(): void;
  close(): Promise<void>;
}

export async function openDatabase(target: ConnectionTarget): Promise<Database> {
  const client = new Client({
    host: target.host,
    port: target.port,
    user: target.user,
    password: target.password,
    database: target.database,
    ssl: target.ssl,
    connectionTimeoutMillis: target.connectTimeout,
    application_name: 'orderflow-customers',
    keepAlive: true,
  });
  client.on('error', () => {
    // A lost connection rejects the statement under way; this event only repeats it.
  });
  try {
    await client.connect();
  } catch (error) {
    throw failureOf(error, describeTarget(target));
  }
  let committing = false;

  async function run(statement: Sql): Promise<QueryResult> {
    try {
      return await client.query({ text: statement.text, values: statement.values });
    } catch (error) {
      throw failureOf(error, describeTarget(target));
    }
  }

  async function transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    await client.query('begin');
    let result: Result;
    try {
      result = await work();
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    }
    committing = true;
    try {
      await client.query('commit');
    } catch (error) {
      throw failureOf(error, describeTarget(target));
    } finally {
      committing = false;
    }
    return result;
  }

  return {
    target,
    client,
    query: async (statement) => (await run(statement)).rows,
    execute: async (statement) => (await run(statement)).rowCount ?? 0,
    transaction,
    interrupt() {
      if (committing) return;
      throw new Failure('unexpected', 'not built yet');
    },
    close: () => client.end(),
  };
}
