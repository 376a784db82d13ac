import { copyFileSync } from 'node:fs';
import path from 'node:path';
import sql, { raw } from 'sql-template-tag';
import type { Database } from '../src/store/connection/database.ts';
import { openDatabase } from '../src/store/connection/database.ts';
import type { ConnectionTarget } from '../src/store/connection/target.ts';
import { migrate } from '../src/store/schema/migrate.ts';
import type { Measurement } from './measure.ts';
import { measure } from './measure.ts';

const root = process.cwd();
export const tool = path.join(root, 'bin', 'orderflow-customers.js');

/** The server that everything is measured on, and where files go. */
export interface Bench {
  admin: Database;
  target: ConnectionTarget;
  directory: string;
}

/** A new database with the migrated schema and an empty organization `bench`. */
export async function newDatabase(bench: Bench, name: string): Promise<ConnectionTarget> {
  const created = await emptyDatabase(bench, name);
  await on(created, async (database) => {
    await migrate(database);
    await addOrg(database, 'bench');
  });
  return created;
}

/** The same with OrderFlow's own tables, indexes and triggers: without search, change log and what else we add. */
export async function bareDatabase(bench: Bench, name: string): Promise<ConnectionTarget> {
  const created = await emptyDatabase(bench, name);
  await measure('psql', [
    '-q',
    '-X',
    '-f',
    path.join(root, 'test/support/orderflow-schema.sql'),
    urlOf(created),
  ]);
  await on(created, (database) => addOrg(database, 'bench'));
  return created;
}

async function emptyDatabase({ admin, target }: Bench, name: string): Promise<ConnectionTarget> {
  await admin.execute(sql`drop database if exists ${raw(name)} with (force)`);
  await admin.execute(sql`create database ${raw(name)} template template0`);
  return { ...target, database: name };
}

async function addOrg(database: Database, slug: string): Promise<void> {
  await database.execute(sql`insert into org (slug, name) values (${slug}, ${slug})`);
}

export function addOrgs(target: ConnectionTarget, slugs: string[]): Promise<void> {
  return on(target, async (database) => {
    for (const slug of slugs) await addOrg(database, slug);
  });
}

/** Customers of another organization, so that the tables are not empty. */
export async function addOtherCustomers(bench: Bench, target: ConnectionTarget, file: string): Promise<void> {
  await importByHand(bench, target, file);
  await on(target, async (database) => {
    await database.execute(sql`update org set slug = 'other' where slug = 'bench'`);
    await addOrg(database, 'bench');
  });
}

export async function on<Result>(
  target: ConnectionTarget,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const database = await openDatabase(target, { statementTimeout: 0 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

export function importWithTool(
  target: ConnectionTarget,
  file: string,
  flags: string[] = [],
  org = 'bench',
): Promise<Measurement> {
  const usual = ['--org', org, '--quiet', '--no-rejects', '--database', urlOf(target)];
  return measure(process.execPath, [tool, 'import', file, ...usual, ...flags]);
}

export function importByHand(
  { directory }: Bench,
  target: ConnectionTarget,
  file: string,
): Promise<Measurement> {
  copyFileSync(file, path.join(directory, 'customers.csv'));
  const script = path.join(root, 'bench', 'by-hand.sql');
  return measure('psql', ['-q', '-X', '-f', script, urlOf(target)], { cwd: directory });
}

/** What autovacuum does sooner or later: after a dry run it finds tables that have pages and no rows. */
export function analyze(target: ConnectionTarget): Promise<number> {
  return on(target, (database) => database.execute(sql`analyze`));
}

export function vacuum(target: ConnectionTarget): Promise<number> {
  return on(target, (database) => database.execute(sql`vacuum analyze`));
}

/** A number that changes when any row was written again: the sum of all rows' places and transactions. */
export function rowVersions(target: ConnectionTarget): Promise<string> {
  return on(target, async (database) => {
    const [sum] = await database.query<{ versions: string }>(sql`
      select (
        (select sum(hashtextextended(ctid::text || xmin::text, 0)::numeric) from customer)
        + (select sum(hashtextextended(ctid::text || xmin::text, 0)::numeric) from customer_contact)
      )::text as versions`);
    return sum?.versions ?? '';
  });
}

export function urlOf({ user, host, port, database }: ConnectionTarget): string {
  return `postgres://${user}@:${port}/${database}?host=${encodeURIComponent(host)}`;
}
