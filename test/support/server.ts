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

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server that tests make their databases in; `template` is the migrated one they are copied from. */
    server: { target: ConnectionTarget; template: string; prefix: string };
  }
}

/**
 * One throw-away server for the whole run (or the one that TEST_DATABASE_URL names), with a migrated
 * template database. A server that does not start fails the run: no test is ever skipped for want of one.
 */
export default async function server(project: TestProject): Promise<() => Promise<void>> {
  const named = process.env['TEST_DATABASE_URL'];
  const started = named === undefined ? await throwAwayServer() : undefined;
  const target =
    started?.target ??
    (await resolveTarget({
      env: { ...process.env, ORDERFLOW_DATABASE_URL: named },
      homeDirectory: os.homedir(),
    }));
  if (target === undefined) throw new Error('no server to test with');
  const prefix = `oc_test_${process.pid}`;
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
  project.provide('server', { target, template, prefix });
  return async () => {
    if (started === undefined) await dropDatabases(target, prefix);
    else await started.stop();
  };
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
