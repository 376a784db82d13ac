import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import sql from 'sql-template-tag';
import { serverErrorOf, sqlstate, sqlstateOf } from '../connection/sqlstate.ts';
import { Failure } from '../../errors.ts';
import { findGroups, refreshGroups } from '../orgs/access-groups.ts';
import type { Database } from '../connection/database.ts';
import { describeTarget } from '../connection/target.ts';
import { existingRows } from './existing-rows.ts';
import { migrationsDirectory } from './migration-files.ts';
import { underLock } from './migration-lock.ts';
import type { Prepared } from './prepare-tables.ts';
import { explainMissingRights } from './rights.ts';
import { newerSchema, statusInTransaction } from './status.ts';
import { failureOf } from '../connection/server-error.ts';

export interface SchemaChange {
  action: 'added' | 'kept';
  object: string;
}

export interface MigrationReport {
  /** What this call applied; empty in a dry run. */
  applied: string[];
  /** What remains to be applied; in a dry run, what a real run would apply. */
  pending: string[];
  changes: SchemaChange[];
  version: number;
}

export interface MigrateOptions {
  /** Really runs, then rolls back. */
  dryRun?: boolean;
  /** Called if another `migrate` is running and this one waits for it. */
  onWait?: (() => void) | undefined;
}

/**
 * Brings the schema up to date, in one transaction: of an empty database, or of one where OrderFlow has
 * created its tables. A second concurrent `migrate` waits for the first. Throws `constraint_violated` naming
 * rows that the schema forbids, `refused` for tables that are not OrderFlow's, `locked`, `not_permitted` and
 * `schema_newer`.
 */
export async function migrate(database: Database, options: MigrateOptions = {}): Promise<MigrationReport> {
  const { dryRun = false, onWait } = options;
  const changes: SchemaChange[] = [];
  const hear = ({ code, message, detail }: Notice) => {
    if (code !== 'OF000' || message === undefined) return;
    changes.push({ action: detail === 'kept' ? 'kept' : 'added', object: message });
  };
  database.client.on('notice', hear);
  const { statementTimeout } = database;
  database.statementTimeout = 0;
  let prepared: Prepared | undefined;
  try {
    const { pending, version, latest } = await underLock(database, { dryRun, onWait }, async () => {
      const status = await statusInTransaction(database);
      if (status.state === 'newer') throw newerSchema(database, status);
      if (status.state === 'current') return status;
      if (!dryRun) prepared = await prepare(database, status.pending);
      await applyWithPatience(database, changes);
      return status;
    });
    for (const change of changes) if (prepared?.objects.includes(change.object)) change.action = 'added';
    return dryRun
      ? { applied: [], pending, changes, version }
      : { applied: pending, pending: [], changes, version: latest };
  } catch (error) {
    await prepared?.undo().catch(() => {});
    throw await failureOfMigration(error, database);
  } finally {
    database.statementTimeout = statementTimeout;
    database.client.off('notice', hear);
  }
}

/** In tables with many rows, what can be built without blocking other sessions is built first. */
async function prepare(database: Database, pending: string[]): Promise<Prepared | undefined> {
  if ((await existingRows(database, pending)) === undefined) return undefined;
  // Without parameters, the driver uses the simple protocol: the last statement with parameters keeps its
  // snapshot until the next one, and a concurrent index build waits for that.
  await database.execute(sql`select`);
  const { prepareTables } = await import('./prepare-tables.ts');
  const prepared = await prepareTables(database.target, pending, (other) => {
    database.alsoInterrupt = () => other.interrupt();
  });
  await database.execute(
    sql`select set_config('orderflow_customers.noted_since', ${prepared?.notedSince ?? ''}, true)`,
  );
  return prepared;
}

interface Notice {
  code?: string | undefined;
  message?: string | undefined;
  detail?: string | undefined;
}

/** Milliseconds for which a table that others use is retried. */
const patience = 5000;

/**
 * All other sessions queue behind a waiting table lock, so no wait is long; between two attempts all locks
 * are released. A transaction that keeps a table for longer makes this one give up.
 */
async function applyWithPatience(database: Database, changes: SchemaChange[]): Promise<void> {
  await database.execute(sql`set local lock_timeout = '700ms'`);
  for (const started = performance.now(); ; await delay(300)) {
    await database.execute(sql`savepoint attempt`);
    try {
      await applyPending(database);
      return;
    } catch (error) {
      const isLocked = sqlstateOf(error) === sqlstate.lockNotAvailable;
      if (!isLocked || performance.now() - started > patience) throw error;
      await database.execute(sql`rollback to savepoint attempt`);
      changes.length = 0;
    }
  }
}

async function applyPending(database: Database): Promise<void> {
  // It takes longer to load than most commands take to run.
  const { runner } = await import('node-pg-migrate');
  const schema = await chooseSchema(database);
  let refusal: unknown;
  // node-pg-migrate opens and commits a transaction of its own, but creates its table before it. This
  // transaction includes both, so that a failure or a dry run leaves nothing at all; its BEGIN and COMMIT
  // become a savepoint within.
  const nested: ClientBase = Object.create(database.client, {
    query: {
      async value(text: string, values?: unknown[]) {
        try {
          return await database.client.query(nestedStatements[text] ?? text, values);
        } catch (error) {
          refusal ??= error;
          throw error;
        }
      },
    },
  });
  try {
    await runner({
      dbClient: nested,
      dir: migrationsDirectory(),
      direction: 'up',
      migrationsTable: 'customer_schema_migration',
      migrationsSchema: schema,
      singleTransaction: true,
      noLock: true,
      logger: silent,
    });
  } catch (error) {
    // It passes some errors on as text only; the server's own error has the SQLSTATE.
    throw refusal ?? error;
  }
  const groups = await findGroups(database);
  if (groups.missing.length === 0) await refreshGroups(database, groups);
}

const nestedStatements: Record<string, string> = {
  BEGIN: 'savepoint migrations',
  COMMIT: 'release savepoint migrations',
  ROLLBACK: 'rollback to savepoint migrations',
};
const silent = { info() {}, warn() {}, error() {} };

/**
 * The schema of OrderFlow's tables, otherwise the first of the search path; new objects are created there,
 * too.
 */
async function chooseSchema(database: Database): Promise<string> {
  const [chosen] = await database.query<{ schema: string | null; search_path: string }>(
    sql`
      with chosen as (
        select coalesce(
          (
            select nspname
            from unnest(array['customer_schema_migration', 'customer', 'org', 'customer_contact'])
              with ordinality as known (name, number)
            join pg_class on pg_class.oid = to_regclass(known.name)
            join pg_namespace on pg_namespace.oid = relnamespace
            order by number
            limit 1
          ),
          current_schema()
        ) as schema
      )
      select schema, set_config('search_path', concat_ws(', ', quote_ident(schema), others), true) as search_path
      from chosen,
        lateral (
          select string_agg(quote_ident(name), ', ' order by number) as others
          from unnest(current_schemas(false)) with ordinality as path (name, number)
          where name <> schema
        ) as path`,
  );
  if (chosen?.schema == null) {
    throw new Failure('refused', `${describeTarget(database.target)} has no schema to create tables in`, {
      hint: 'create the schema that search_path names, or set search_path to an existing one',
    });
  }
  return chosen.schema;
}

async function failureOfMigration(error: unknown, database: Database): Promise<Failure> {
  const where = describeTarget(database.target);
  const refusal = serverErrorOf(error);
  if (refusal === undefined) return failureOf(error, where);
  const { code, message, hint, cause = refusal } = refusal;
  switch (code) {
    case sqlstate.constraintViolated:
      return new Failure('constraint_violated', message, { hint, cause });
    case sqlstate.unfitDatabase:
      return new Failure('refused', message, { hint, cause });
    case sqlstate.lockNotAvailable:
    case sqlstate.deadlock:
      return new Failure('locked', `another session is using the tables in ${where}: nothing was changed`, {
        hint: 'run migrate again at a quieter time',
        cause,
      });
    case sqlstate.insufficientPrivilege:
      return explainMissingRights(database, refusal);
    // Before Postgres 16 the one, since then the other.
    case sqlstate.undefinedFile:
    case sqlstate.featureNotSupported:
      const extension = /\b(?:citext|pg_trgm)\b/.exec(message)?.[0];
      if (extension === undefined) break;
      return new Failure('refused', `${where} does not have the extension ${extension}`, {
        hint: "install Postgres's contrib package on the server (Debian: postgresql-contrib)",
        cause,
      });
  }
  return failureOf(error, where);
}
