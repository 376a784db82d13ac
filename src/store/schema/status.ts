import sql from 'sql-template-tag';
import { sqlstate, sqlstateOf } from '../connection/sqlstate.ts';
import { advice, tool, toolOfOthers } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import { printable } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';
import { describeTarget } from '../connection/target.ts';
import { refuseHiddenTables } from './hidden-tables.ts';
import { failureOf } from '../connection/server-error.ts';

/**
 * Every migration, in order, by the name of its file: listed here so that a command need not read the
 * directory.
 */
export const migrationNames = [
  '0001_customers',
  '0002_import_runs',
  '0003_search_words',
  '0004_search',
  '0005_access',
  '0006_search_functions',
  '0007_access_now',
  '0008_customer_id_hash',
  '0009_change_log',
  '0010_night',
  '0011_erase',
] as const;

const latest = versionOf(migrationNames);

export interface SchemaStatus {
  /** `newer`: a later version of the tool has migrated this database. */
  state: 'missing' | 'outdated' | 'current' | 'newer';
  applied: string[];
  pending: string[];
  /** The number of the last migration applied, 0 for none. */
  version: number;
  /** The number of the last migration in this version of the tool. */
  latest: number;
}

/**
 * How the database's schema relates to this version of the tool. One statement unless there is something to
 * explain; not for use inside a transaction. Throws what `refuseHiddenTables` does.
 */
export async function schemaStatus(database: Database): Promise<SchemaStatus> {
  let rows: Applied[] = [];
  try {
    rows = (await database.client.query<Applied>(selectApplied)).rows;
  } catch (error) {
    const state = sqlstateOf(error);
    if (state === sqlstate.insufficientPrivilege) throw noAccess(database, error);
    if (state !== sqlstate.undefinedTable) throw failureOf(error, describeTarget(database.target));
  }
  return explained(database, rows);
}

async function explained(database: Database, rows: Applied[]): Promise<SchemaStatus> {
  const status = statusOf(rows);
  if (!rows.every(({ complete }) => complete) || status.state === 'missing')
    await refuseHiddenTables(database, { migrated: status.state !== 'missing' });
  return status;
}

/** Every login that has a role in some organization may read the schema's version. */
function noAccess({ target }: Database, cause: unknown): Failure {
  const login = printable(target.user);
  return new Failure('not_permitted', `${describeTarget(target)}: ${login} has no access to any org`, {
    hint: advice`ask an ADMIN of the org: ${toolOfOthers('access', 'grant', target.user, '--org', 'ORG', '--role', 'VIEWER')}`,
    cause,
  });
}

/**
 * Throws `schema_missing`, `schema_outdated` or `schema_newer` unless this version of the tool fits the
 * database.
 */
export async function requireCurrentSchema(database: Database): Promise<void> {
  const status = await schemaStatus(database);
  if (status.state === 'newer') throw newerSchema(database, status);
  const where = describeTarget(database.target);
  const hint = advice`run: ${tool('migrate')}`;
  if (status.state === 'missing') throw new Failure('schema_missing', `${where} has no schema yet`, { hint });
  if (status.state === 'outdated') {
    const message = `the schema in ${where} is version ${status.version}, this tool needs ${status.latest}`;
    throw new Failure('schema_outdated', message, { hint });
  }
}

/** As `schemaStatus`, in statements that keep an open transaction intact. */
export async function statusInTransaction(database: Database): Promise<SchemaStatus> {
  const [found] = await database.query<{ exists: boolean }>(
    sql`select to_regclass('customer_schema_migration') is not null as exists`,
  );
  if (found?.exists !== true) return explained(database, []);
  return explained(database, (await database.client.query<Applied>(selectApplied)).rows);
}

interface Applied {
  name: string;
  /** Whether the session finds the tables that commands work with. */
  complete: boolean;
}

const selectApplied = `
  select
    name,
    num_nulls(to_regclass('org'), to_regclass('customer'), to_regclass('customer_contact')) = 0 as complete
  from customer_schema_migration
  order by id`;

function statusOf(rows: Applied[]): SchemaStatus {
  const applied = rows.map(({ name }) => name);
  const known: readonly string[] = migrationNames;
  const pending = known.filter((name) => !applied.includes(name));
  let state: SchemaStatus['state'] = 'current';
  if (applied.some((name) => !known.includes(name))) state = 'newer';
  else if (applied.length === 0) state = 'missing';
  else if (pending.length > 0) state = 'outdated';
  return { state, applied, pending, version: versionOf(applied), latest };
}

function versionOf(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => Number.parseInt(name, 10)));
}

export function newerSchema(database: Database, status: SchemaStatus): Failure {
  const message = `the schema in ${describeTarget(database.target)} is version ${status.version}, newer than this tool's ${status.latest}`;
  return new Failure('schema_newer', message, { hint: 'use the newer version of orderflow-customers' });
}
