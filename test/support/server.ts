import os from 'node:os';
import path from 'node:path';
import sql, { raw } from 'sql-template-tag';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/store/connection/database.ts';
import type { ConnectionTarget } from '../../src/store/connection/target.ts';
import { resolveTarget } from '../../src/store/connection/resolve-target.ts';
import { migrate } from '../../src/store/schema/migrate.ts';
import { stopEmbedded } from '../../src/store/embedded/maintenance.ts';
import { startEmbedded } from '../../src/store/embedded/server.ts';
import { throwAwayDirectory } from './throw-away.ts';
import { freePort } from './tls-server.ts';

export interface TestServer {
  target: ConnectionTarget;
  /** The migrated database that others are copied from. */
  template: string;
  /** What the names of all databases of this run begin with. */
  prefix: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The servers that tests make their databases in, one for each worker: use `ownServer()`. */
    servers: TestServer[];
  }
}

/**
 * A throw-away server for each worker (or the one that TEST_DATABASE_URL names), with a migrated template database.
 * Files that run at once share none: a transaction of one would hold back what is visible to all in another.
 * A server that does not start fails the run: no test is ever skipped for want of one.
 */
export default async function servers(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `oc_test_${process.pid}`;
  const named = process.env['TEST_DATABASE_URL'];
  if (named !== undefined) {
    const target = await namedServer(named);
    project.provide('servers', [await withTemplate(target, prefix)]);
    return () => dropDatabases(target, prefix);
  }
  const count = Math.min(project.config.maxWorkers, project.vitest.state.getPaths().length);
  const started = await Promise.all(Array.from({ length: count }, throwAwayServer));
  project.provide('servers', await Promise.all(started.map(({ target }) => withTemplate(target, prefix))));
  return async () => {
    await Promise.all(started.map((server) => server.stop()));
  };
}

async function namedServer(url: string): Promise<ConnectionTarget> {
  const env = { ...process.env, ORDERFLOW_DATABASE_URL: url };
  const target = await resolveTarget({ env, homeDirectory: os.homedir() });
  if (target === undefined) throw new Error('no server to test with');
  return target;
}

async function withTemplate(target: ConnectionTarget, prefix: string): Promise<TestServer> {
  const template = `${prefix}_template`;
  const admin = await openDatabase(target);
  try {
    await admin.execute(raw(`create database ${template} template template0`));
    const database = await openDatabase({ ...target, database: template });
    await migrate(database);
    await database.close();
  } finally {
    await admin.close();
  }
  return { target, template, prefix };
}

async function throwAwayServer(): Promise<{ target: ConnectionTarget; stop(): Promise<void> }> {
  const directory = await throwAwayDirectory();
  // `npm run matrix` asks for both ways to a server.
  const port = process.env['TEST_SERVER_OVER'] === 'tcp' ? await freePort() : undefined;
  const settings = {
    homeDirectory: os.homedir(),
    env: process.env,
    dataDirectory: path.join(directory.path, 'server'),
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      max_connections: '200',
      ...(port !== undefined && { listen_addresses: '127.0.0.1', port: String(port) }),
    },
  };
  const target = await startEmbedded(settings);
  return {
    target: { ...target, ...(port !== undefined && { host: '127.0.0.1' }), database: 'postgres' },
    async stop() {
      await stopEmbedded(settings);
      await directory.remove();
    },
  };
}

async function dropDatabases(target: ConnectionTarget, prefix: string): Promise<void> {
  const admin = await openDatabase(target);
  const left = await admin.query<{ datname: string }>(
    sql`select datname from pg_database where starts_with(datname, ${prefix})`,
  );
  for (const { datname } of left) await admin.execute(raw(`drop database if exists ${datname} with (force)`));
  await admin.close();
}
