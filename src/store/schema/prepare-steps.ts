import type { MigrationSql } from './migration-sql.ts';
import { readMigration } from './migration-sql.ts';

/** An object of the migrations that can be built before them, under the same name. */
export interface Step {
  /** How the migration names it if it keeps it. */
  object?: string | undefined;
  /** A query of one boolean: whether nothing needs to be done. */
  done: string;
  build: string;
  /** Whether it takes a lock that others queue behind: for a moment, if it gets one. */
  locks?: true;
  undo: string;
}

/** The steps of the `pending` migrations in their order, for the tables in this schema (quoted for SQL). */
export async function stepsIn(schema: string, pending: readonly string[]): Promise<Step[]> {
  const index = (migration: MigrationSql, name: string): Step[] => [
    {
      // Left behind by a killed attempt.
      done: `not exists (select from pg_index where indexrelid = to_regclass('${schema}.${name}') and not indisvalid)`,
      build: `drop index concurrently if exists ${schema}.${name}`,
      undo: 'select',
    },
    {
      object: migration.reportedIndex(name),
      done: migration.keepsIndex(name),
      build: migration.indexConcurrently(name),
      undo: `drop index if exists ${schema}.${name}`,
    },
  ];
  const hash = index(await readMigration('0008_customer_id_hash', schema), 'idx_customer_id_hash');
  if (!pending.includes('0004_search')) return hash;
  const [tables, words, search] = (await Promise.all(
    ['0001_customers', '0003_search_words', '0004_search'].map((name) => readMigration(name, schema)),
  )) as [MigrationSql, MigrationSql, MigrationSql];
  return [
    ...index(tables, 'uq_customer_org_id'),
    ...foreignKey(tables, 'customer_contact_org_customer_fkey'),
    ...index(tables, 'uq_customer_contact_primary'),
    wordTable(words.text, schema),
    ...hash,
    ...[
      'idx_customer_search',
      'idx_customer_search_email',
      'idx_customer_contact_search',
      'idx_customer_contact_search_phone',
    ].flatMap((name) => index(search, name)),
  ];
}

/**
 * In two steps, unlike in the migration: added without checking the rows, and validated while others write.
 */
function foreignKey(migration: MigrationSql, name: string): Step[] {
  const { table, columns, add, kept } = migration.foreignKey(name);
  const named = `
    select
    from pg_constraint
    where conrelid = '${table}'::regclass
    and conname = '${name}'`;
  return [
    {
      object: `foreign key (${columns}) of ${table.split('.').at(-1)}: ${name}`,
      // If the name is in use, the migration finds a free one.
      done: `exists (select ${kept}) or exists (${named})`,
      build: `${add} not valid`,
      locks: true,
      undo: `alter table ${table} drop constraint if exists ${name}`,
    },
    {
      done: `not exists (${named} and not convalidated)`,
      build: `alter table ${table} validate constraint ${name}`,
      undo: 'select',
    },
  ];
}

/** The whole migration, which touches no existing table; undone again with everything that it created. */
function wordTable(text: string, schema: string): Step {
  const functions = [...text.matchAll(/^create or replace function (\w+)\(([^)]*)\)/gm)].map(
    ([, name = '', parameters = '']) =>
      `${schema}.${name}(${parameters
        .split(', ')
        .map((parameter) => parameter.split(' ')[1])
        .join(', ')})`,
  );
  return {
    done: `to_regclass('${schema}.customer_search_word') is not null and to_regprocedure('${schema}.customer_search_note_standing(xid)') is not null`,
    build: text,
    locks: true,
    // In reverse order of creation: one calls another.
    undo: `drop table if exists ${schema}.customer_search_word; drop function if exists ${functions.toReversed().join(', ')}`,
  };
}
