import { setTimeout as delay } from 'node:timers/promises';
import sql, { raw } from 'sql-template-tag';
import { serverErrorOf, sqlstate, sqlstateOf } from '../connection/sqlstate.ts';
import { Failure } from '../../errors.ts';
import type { Database } from '../connection/database.ts';
import { openDatabase } from '../connection/database.ts';
import type { ConnectionTarget } from '../connection/target.ts';
import { underLock } from './migration-lock.ts';
import type { Step } from './prepare-steps.ts';
import { stepsIn } from './prepare-steps.ts';

/** What was built before the transaction of a migration, which finds and keeps it. */
export interface Prepared {
  /** The number of a transaction: words of rows that it or a later one wrote are not recorded yet. */
  notedSince: string;
  /** In the terms in which the migrations report what they add. */
  objects: string[];
  /** Removes everything again, unless a migration that uses it was committed; for after the transaction. */
  undo(): Promise<void>;
}

/**
 * Milliseconds that another session may have to wait behind one of these locks, and pauses between attempts.
 */
const wait = { lock: 200, pause: 300, attempts: 12 };

/**
 * Milliseconds. An index waits for every session that began to read before it existed: a backup, or a session
 * left open.
 */
const stepTimeout = 600_000;

/**
 * Builds what takes long on tables with many rows, while others read and write them: indexes `concurrently`,
 * a foreign key that is validated afterwards, the words of the rows. On a connection of its own, because none
 * of it can run in a transaction. Undefined if something prevents it, with nothing left behind: the migration
 * itself then explains it, or does the work under its locks.
 *
 * `pending` are the migrations to come; `started` receives the connection, to interrupt it.
 */
export async function prepareTables(
  target: ConnectionTarget,
  pending: readonly string[],
  started: (database: Database) => void,
): Promise<Prepared | undefined> {
  const database = await openDatabase(target, { statementTimeout: stepTimeout });
  started(database);
  const place = await findTables(database);
  const undoing: Step[] = [];
  try {
    if (place === undefined) return undefined;
    const objects: string[] = [];
    for (const step of await stepsIn(place, pending)) {
      const [found] = await database.query<{ done: boolean }>(raw(`select (${step.done}) as done`));
      if (found?.done === true) continue;
      undoing.unshift(step);
      if (step.locks) await patiently(() => database.transaction(() => briefly(database, place, step.build)));
      else await database.execute(raw(step.build));
      if (step.object !== undefined) objects.push(step.object);
    }
    const [since] = await database.query<{ xid: string }>(
      sql`select pg_snapshot_xmin(pg_current_snapshot())::xid::text as xid`,
    );
    if (pending.includes('0004_search'))
      await database.execute(raw(`select ${place}.customer_search_note_standing(null)`));
    return {
      notedSince: since?.xid ?? '',
      objects,
      // By now another migrate may be working with what was built here.
      undo: () =>
        withConnection(target, (other) =>
          underLock(other, { dryRun: false, onWait: undefined }, () =>
            undoSteps(other, place, { pending, steps: undoing }),
          ),
        ),
    };
  } catch (error) {
    // The caller's transaction keeps others out.
    if (place !== undefined)
      await withConnection(target, (other) =>
        other.transaction(() => undoSteps(other, place, { pending, steps: undoing })),
      ).catch(() => {});
    if (error instanceof Failure && serverErrorOf(error) !== undefined) return undefined;
    throw error;
  } finally {
    await database.close();
  }
}

/** The schema of OrderFlow's tables, quoted; undefined unless all three exist there as ordinary tables. */
async function findTables(database: Database): Promise<string | undefined> {
  const [found] = await database.query<{ schema: string }>(sql`
    select relnamespace::regnamespace::text as schema
    from pg_class as customer
    where oid = to_regclass('customer')
    and (
      select count(*)
      from pg_class
      where relnamespace = customer.relnamespace
      and relname in ('org', 'customer', 'customer_contact')
      and relkind = 'r'
    ) = 3`);
  return found?.schema;
}

/** Runs the statements, which never wait for a lock for long, in the caller's transaction. */
async function briefly(database: Database, schema: string, statements: string): Promise<void> {
  await database.query(sql`
    select
      set_config('lock_timeout', ${`${wait.lock}ms`}, true),
      set_config('search_path', ${schema} || ', ' || current_setting('search_path'), true)`);
  await database.execute(raw(statements));
}

/** Tries again if another session had the lock. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === wait.attempts || sqlstateOf(error) !== sqlstate.lockNotAvailable) throw error;
      await delay(wait.pause);
    }
  }
}

/** On a new connection: the other one may have been interrupted. */
async function withConnection(
  target: ConnectionTarget,
  work: (database: Database) => Promise<void>,
): Promise<void> {
  const database = await openDatabase(target, { statementTimeout: stepTimeout });
  try {
    await patiently(() => work(database));
  } finally {
    await database.close();
  }
}

/**
 * In the caller's transaction. What cannot be undone now, the next run finds and keeps. Nothing is undone
 * that a committed migration uses: its answer may have been lost, or another migrate uses what was built
 * here.
 */
async function undoSteps(
  database: Database,
  schema: string,
  { pending, steps }: { pending: readonly string[]; steps: Step[] },
): Promise<void> {
  const [ledger] = await database.query<{ exists: boolean }>(
    sql`select to_regclass(${`${schema}.customer_schema_migration`}) is not null as exists`,
  );
  if (ledger?.exists === true) {
    const applied = await database.query(sql`
      select
      from ${raw(schema)}.customer_schema_migration
      where name = any (${pending})`);
    if (applied.length > 0) return;
  }
  await briefly(database, schema, steps.map(({ undo }) => undo).join('; '));
}
