import { randomBytes } from 'node:crypto';
import { raw } from 'sql-template-tag';
import { inject } from 'vitest';
import type { Database } from '../../src/store/connection/database.ts';
import { openDatabase } from '../../src/store/connection/database.ts';
import type { ConnectionTarget } from '../../src/store/connection/target.ts';
import type { TestServer } from './server.ts';

export interface TestDatabase {
  target: ConnectionTarget;
  /** The same server and database as a URL; with the password, so for the environment and not for `--database`. */
  url: string;
  /** One more connection, closed with the rest. */
  open(): Promise<Database>;
  /** Closes what is open and drops the database. */
  close(): Promise<void>;
}

/** The server of the calling test's worker: no other file uses it at the same time. */
export function ownServer(): TestServer {
  const server = inject('servers')[Number(process.env['VITEST_POOL_ID']) - 1];
  if (server === undefined)
    throw new Error(`no server was started for worker ${process.env['VITEST_POOL_ID']}`);
  return server;
}

/** A database of its own for the calling test file, with the schema as `migrate` makes it. */
export async function testDatabase(): Promise<TestDatabase> {
  return makeDatabase(ownServer().template);
}

/** A database with nothing in it, on the worker's server or on another. */
export async function emptyDatabase(server?: ConnectionTarget): Promise<TestDatabase> {
  return makeDatabase('template0', server);
}

/** A copy of a database that has no connection open. */
export async function cloneOf({ target }: TestDatabase): Promise<TestDatabase> {
  return makeDatabase(target.database, { ...target, database: 'postgres' });
}

async function makeDatabase(template: string, other?: ConnectionTarget): Promise<TestDatabase> {
  const { target: own, prefix } = ownServer();
  const server = other ?? own;
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name} template ${template} strategy file_copy`);
  const target = { ...server, source: '--database' as const, database: name };
  const opened: Database[] = [];
  return {
    target,
    url: urlOf(target),
    async open() {
      const database = await openDatabase(target);
      opened.push(database);
      return database;
    },
    async close() {
      await Promise.all(opened.map((database) => database.close()));
      await onServer(server, `drop database ${name} with (force)`);
    },
  };
}

async function onServer(server: ConnectionTarget, statement: string): Promise<void> {
  const admin = await openDatabase(server);
  try {
    await admin.execute(raw(statement));
  } finally {
    await admin.close();
  }
}

/** The target as a URL; for tests only, since it carries the password. */
export function urlOf(target: ConnectionTarget): string {
  const url = new URL(`postgresql:///${encodeURIComponent(target.database)}`);
  url.searchParams.set('host', target.host);
  url.searchParams.set('port', String(target.port));
  url.searchParams.set('user', target.user);
  if (target.password !== undefined) url.searchParams.set('password', target.password);
  url.searchParams.set('sslmode', target.ssl?.mode ?? 'disable');
  return url.href;
}
