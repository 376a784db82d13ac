import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { escapeIdentifier } from 'pg';
import { raw } from 'sql-template-tag';
import type { Database } from '../../src/store/connection/database.ts';
import { openDatabase } from '../../src/store/connection/database.ts';
import type { ConnectionTarget } from '../../src/store/connection/target.ts';
import { stopEmbedded } from '../../src/store/embedded/maintenance.ts';
import { startEmbedded } from '../../src/store/embedded/server.ts';
import { migrate } from '../../src/store/schema/migrate.ts';
import { urlOf } from './database.ts';
import { startPostgres15 } from './postgres-15.ts';
import { throwAwayDirectory } from './throw-away.ts';

/** A login with a password, as `--database` takes it. */
export interface Login {
  name: string;
  target: ConnectionTarget;
  url: string;
  open(): Promise<Database>;
}

export interface LoginServer {
  /** A superuser, for what only the server's administrator does. */
  administrator: Database;
  /** Owns the database and its tables: no superuser, but it may create roles, as OrderFlow's own login. */
  owner: Login;
  /** `options` as CREATE ROLE takes them. */
  createLogin(name: string, options?: string): Promise<Login>;
  /** All statements that were sent since the server started, each after the login that sent it; not on Postgres 15. */
  statements(): Promise<{ login: string; statement: string }[]>;
  stop(): Promise<void>;
}

/**
 * A server of the calling file's own, which asks every login but the administrator's for a SCRAM password, writes
 * down each statement, and has one database whose owner is no superuser. Postgres 15 asks for no password. Roles belong to a server, so files would
 * see each other's.
 */
export async function loginServer({ migrated = true, postgres15 = false } = {}): Promise<LoginServer> {
  const directory = await throwAwayDirectory();
  const rules = path.join(directory.path, 'pg_hba.conf');
  await writeFile(rules, 'local all postgres trust\nlocal all all scram-sha-256\n', { mode: 0o644 });
  const place = {
    homeDirectory: os.homedir(),
    env: process.env,
    dataDirectory: path.join(directory.path, 'server'),
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      hba_file: rules,
      log_statement: 'all',
      log_line_prefix: '<%u@%d> ',
    },
  };
  const old = postgres15 ? await startPostgres15() : undefined;
  const started = old?.target ?? (await startEmbedded(place));
  const opened: Database[] = [];
  async function open(target: ConnectionTarget): Promise<Database> {
    const database = await openDatabase(target);
    opened.push(database);
    return database;
  }
  const administrator = await open({ ...started, source: '--database', database: 'postgres' });

  async function createLogin(name: string, options = ''): Promise<Login> {
    const password = randomBytes(12).toString('hex');
    await administrator.execute(
      raw(`create role ${escapeIdentifier(name)} login password '${password}' ${options}`),
    );
    const target: ConnectionTarget = {
      ...started,
      source: '--database',
      user: name,
      password,
      database: 'crm',
    };
    return { name, target, url: urlOf(target), open: () => open(target) };
  }

  const owner = await createLogin('orderflow', 'createrole');
  await administrator.execute(raw('create database crm owner orderflow'));
  if (migrated) {
    const database = await openDatabase(owner.target);
    await migrate(database);
    await database.close();
  }
  return {
    administrator,
    owner,
    createLogin,
    async statements() {
      const log = await readFile(path.join(directory.path, 'server', 'server.log'), 'utf8');
      const entries = log.matchAll(
        /^<(\w+)@\w+> LOG: {2}(?:statement|execute [^:]+): (.*\n(?:(?!<).*\n)*)/gm,
      );
      return [...entries].map(([, login = '', statement = '']) => ({ login, statement: statement.trim() }));
    },
    async stop() {
      await Promise.all(opened.map((database) => database.close()));
      await (old?.stop() ?? stopEmbedded(place));
      await directory.remove();
    },
  };
}
