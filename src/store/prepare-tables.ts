import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import sql, { raw } from 'sql-template-tag';
import { Failure } from '../errors.ts';
import type { Database } from './connect.ts';
import { openDatabase } from './connect.ts';
import type { ConnectionTarget } from './connection-target.ts';
import { migrationsDirectory } from './migration-files.ts';
import { underLock } from './migration-lock.ts';

/** What was built before the transaction of a migration, which finds it there and keeps it. */
export interface Prepared {
  /** The number of a transaction: words of rows that it or a later one wrote are not noted yet. */
  notedSince: string;
  /** As the migrations call what they add. */
  objects: string[];
  /** Takes it all away again, unless a migration has been committed with it; for after the transaction. */
  undo(): Promise<void>;
}

interface Step {
  object?: string;
  /** A query of one boolean: whether there is nothing to do. */
  stands: string;
  build: string;
  /** Whether it takes a lock that others queue behind: for a moment, if it gets one. */
  locks?: true;
  undo: string;
}

/** Milliseconds that somebody else may have to wait behind a lock of ours, and pauses between attempts. */
const wait = { lock: 200, pause: 300, attempts: 12 };

/** Milliseconds. An index waits for whoever began to read before it was there: a backup, or a session left open. */
const stepTimeout = 600_000;

/**
 * Builds what takes long on tables that hold many rows, while others read and write them: indexes `concurrently`, a
 * foreign key that is checked afterwards, the words of the rows. On a connection of its own, for none of it can be in a
 * transaction. Undefined when something stands in the way, and nothing is left behind then: the migration itself
 * explains it, or does the work under its locks.
 *
 * `started` is given the connection, to interrupt it.
 */
export async function prepareTables(
  target: ConnectionTarget,
  started: (database: Database) => void,
): Promise<Prepared | undefined> {
  const database = await openDatabase(target, { statementTimeout: stepTimeout });
  started(database);
  const place = await findTables(database);
  const undoing: Step[] = [];
  try {
    if (place === undefined) return undefined;
    const objects: string[] = [];
    for (const step of await stepsIn(place)) {
      const [found] = await database.query<{ stands: boolean }>(raw(`select (${step.stands}) as stands`));
      if (found?.stands === true) continue;
      undoing.unshift(step);
      if (step.locks) await patiently(() => database.transaction(() => briefly(database, place, step.build)));
      else await database.execute(raw(step.build));
      if (step.object !== undefined) objects.push(step.object);
    }
    const [since] = await database.query<{ xid: string }>(
      sql`select pg_snapshot_xmin(pg_current_snapshot())::xid::text as xid`,
    );
    await database.execute(raw(`select ${place}.customer_search_note_standing(null)`));
    return {
      notedSince: since?.xid ?? '',
      objects,
      // By now another migrate may be at work with what was built here.
      undo: () =>
        withConnection(target, (other) =>
          underLock(other, { dryRun: false, onWait: undefined }, () => undoSteps(other, place, undoing)),
        ),
    };
  } catch (error) {
    // The caller's transaction keeps others out.
    if (place !== undefined)
      await withConnection(target, (other) =>
        other.transaction(() => undoSteps(other, place, undoing)),
      ).catch(() => {});
    if (error instanceof Failure && error.cause instanceof DatabaseError) return undefined;
    throw error;
  } finally {
    await database.close();
  }
}

/** The schema of OrderFlow's tables, quoted; undefined unless all three are there and ordinary ones. */
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

async function stepsIn(schema: string): Promise<Step[]> {
  const words = await readFile(path.join(migrationsDirectory(), '0003_search_words.sql'), 'utf8');
  const index = (
    name: string,
    on: string,
    { unique = '', ...more }: Partial<Step> & { unique?: string } = {},
  ): Step[] => [
    {
      // What an attempt that was killed has left.
      stands: `not exists (select from pg_index where indexrelid = to_regclass('${schema}.${name}') and not indisvalid)`,
      build: `drop index concurrently if exists ${schema}.${name}`,
      undo: 'select',
    },
    {
      stands: `to_regclass('${schema}.${name}') is not null`,
      build: `create ${unique} index concurrently ${name} on ${schema}.${on}`,
      undo: `drop index if exists ${schema}.${name}`,
      ...more,
    },
  ];
  const key = 'customer_contact_org_customer_fkey';
  const keyStands = `exists (
    select
    from pg_constraint
    where conrelid = '${schema}.customer_contact'::regclass
    and confrelid = '${schema}.customer'::regclass
    and contype = 'f'
    and cardinality(conkey) = 2`;
  return [
    ...index('uq_customer_org_id', 'customer (org_id, id)', {
      unique: 'unique',
      object: 'unique (org_id, id) of customer: uq_customer_org_id',
      stands: `exists (
        select
        from pg_index
        where indrelid = '${schema}.customer'::regclass
        and indisunique
        and indisvalid
        and indpred is null
        and (
          select array_agg(attname::text order by attname)
          from pg_attribute
          where attrelid = indrelid
          and attnum = any (indkey)
        ) = '{id,org_id}'
      )`,
    }),
    {
      object: `foreign key (org_id, customer_id) of customer_contact: ${key}`,
      stands: `${keyStands})`,
      build: `alter table ${schema}.customer_contact add constraint ${key} foreign key (org_id, customer_id) references ${schema}.customer (org_id, id) on delete cascade not valid`,
      locks: true,
      undo: `alter table ${schema}.customer_contact drop constraint if exists ${key}`,
    },
    {
      stands: `${keyStands} and (convalidated or conname <> '${key}'))`,
      build: `alter table ${schema}.customer_contact validate constraint ${key}`,
      undo: 'select',
    },
    ...index('uq_customer_contact_primary', 'customer_contact (org_id, customer_id) where is_primary', {
      unique: 'unique',
      object: 'one primary contact per customer: uq_customer_contact_primary',
      stands: `exists (
        select
        from pg_index
        where indrelid = '${schema}.customer_contact'::regclass
        and indisunique
        and indisvalid
        and indpred is not null
      )`,
    }),
    {
      stands: `to_regclass('${schema}.customer_search_word') is not null and to_regprocedure('${schema}.customer_search_note_standing(xid)') is not null`,
      build: words,
      locks: true,
      undo: `drop table if exists ${schema}.customer_search_word; drop function if exists ${[
        'customer_search_note_standing(xid)',
        'customer_search_noted(text, text, jsonb, jsonb)',
        'customer_search_fold(text)',
        'customer_search_phone(text)',
        'customer_search(uuid, text, jsonb, jsonb)',
        'customer_search_tokens(text, uuid)',
      ]
        .map((each) => `${schema}.${each}`)
        .join(', ')}`,
    },
    ...index(
      'idx_customer_search',
      `customer using gin (${schema}.customer_search(org_id, name, billing_address, shipping_address))`,
    ),
    ...index(
      'idx_customer_search_email',
      'customer (org_id, (lower(email::text)) collate "C") where email is not null',
    ),
    ...index(
      'idx_customer_contact_search',
      `customer_contact using gin (${schema}.customer_search_tokens(name, org_id))`,
    ),
    ...index(
      'idx_customer_contact_search_phone',
      `customer_contact (org_id, (${schema}.customer_search_phone(phone))) where phone is not null`,
    ),
  ];
}

/** Runs the statements, which wait for no lock for long, in the caller's transaction. */
async function briefly(database: Database, schema: string, statements: string): Promise<void> {
  await database.query(sql`
    select
      set_config('lock_timeout', ${`${wait.lock}ms`}, true),
      set_config('search_path', ${schema} || ', ' || current_setting('search_path'), true)`);
  await database.execute(raw(statements));
}

/** Tries again when somebody else had the lock. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      const cause = error instanceof Failure ? error.cause : error;
      if (attempt === wait.attempts || !(cause instanceof DatabaseError) || cause.code !== '55P03')
        throw error;
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
 * In the caller's transaction. What cannot be undone now, the next run finds and keeps. Nothing is undone that a migration
 * has been committed with: its answer may have been lost, or another migrate has taken what was built here.
 */
async function undoSteps(database: Database, schema: string, steps: Step[]): Promise<void> {
  const [ledger] = await database.query<{ stands: boolean }>(
    sql`select to_regclass(${`${schema}.customer_schema_migration`}) is not null as stands`,
  );
  if (ledger?.stands === true) {
    const applied = await database.query(
      raw(`select from ${schema}.customer_schema_migration where name = '0004_search'`),
    );
    if (applied.length > 0) return;
  }
  await briefly(database, schema, steps.map(({ undo }) => undo).join('; '));
}
