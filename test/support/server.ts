import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sql, { raw } from 'sql-template-tag';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/store/connect.ts';
import type { ConnectionTarget } from '../../src/store/connection-target.ts';
import { resolveTarget } from '../../src/store/connection-target.ts';
import { migrate } from '../../src/store/migrations.ts';
import { stopEmbedded } from '../../src/store/embedded-maintenance.ts';
import { startEmbedded } from '../../src/store/embedded-server.ts';

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
    started?.target ?? (await resolveTarget({ flag: named, env: process.env, homeDirectory: os.homedir() }));
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
  const directory = await mkdtemp(path.join('/tmp', 'oc-test-'));
  // As root, the server's own account has to get in.
  await chmod(directory, 0o755);
  const settings = {
    homeDirectory: os.homedir(),
    env: process.env,
    dataDirectory: path.join(directory, 'server'),
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
  };
  stopWithRun(directory);
  const target = await startEmbedded(settings);
  return {
    target: { ...target, database: 'postgres' },
    async stop() {
      await stopEmbedded(settings);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A run that is killed takes its server along: a server whose data directory is gone ends itself, but only after a minute. */
function stopWithRun(directory: string): void {
  const script = `
    while kill -0 ${process.pid} 2>/dev/null && [ -d ${directory} ]; do sleep 2; done
    for file in ${directory}/server/data-*/postmaster.pid; do
      [ -f "$file" ] && kill -INT "$(head -n 1 "$file")"
    done
    sleep 2
    rm -rf ${directory}`;
  spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore' }).unref();
}

async function dropDatabases(target: ConnectionTarget, prefix: string): Promise<void> {
  const admin = await openDatabase(target);
  const left = await admin.query<{ datname: string }>(
    sql`select datname from pg_database where starts_with(datname, ${prefix})`,
  );
  for (const { datname } of left) await admin.execute(raw(`drop database if exists ${datname} with (force)`));
  await admin.close();
}
