import sql from 'sql-template-tag';
import { advice, tool, toolOfOthers } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import { printable } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';
import { describeTarget } from '../connection/target.ts';

/** OrderFlow's tables, with which every command works. */
const shared = ['org', 'customer', 'customer_contact'];

/** A schema with the tables that this session does not search, or may not use. */
interface HiddenSet {
  schema: string;
  usable: boolean;
  /** Whether search_path names it: then only the right to use it is missing. */
  named: boolean;
  tables: string[];
  /** Schemas for a search path that finds them and what they use. */
  path: string[];
}

/**
 * Throws if the database contains the tables but this session does not find all of them: `schema_hidden` if
 * search_path omits their schema, `not_permitted` if the login may not use it, `schema_missing` if some of
 * them are gone from a migrated database. Reads only the catalogue, so it is safe in an open transaction.
 */
export async function refuseHiddenTables(
  database: Database,
  { migrated }: { migrated: boolean },
): Promise<void> {
  const [session] = await database.query<{
    login: string;
    invisible: string[];
    search_path: string;
    source: string;
  }>(sql`
    select
      session_user::text as login,
      array(
        select name
        from unnest(${shared}::text[]) with ordinality as known (name, number)
        where to_regclass(name) is null
        order by number
      ) as invisible,
      setting as search_path,
      source
    from pg_settings
    where name = 'search_path'`);
  if (session === undefined || session.invisible.length === 0) return;
  const { login, invisible } = session;
  const where = describeTarget(database.target);
  const sets = await hiddenSets(database, { login, invisible, migrated });
  const usable = sets.filter((set) => set.usable);
  const [first = sets[0], ...others] = usable;
  if (first === undefined) {
    if (!migrated) return;
    throw new Failure(
      'schema_missing',
      `${where}: table ${invisible.join(', ')} is gone, though the database was migrated`,
      { hint: advice`bring it back from a backup; or drop what is left, and run: ${tool('migrate')}` },
    );
  }
  const what = migrated ? `table ${first.tables.join(', ')} is` : 'the tables are';
  const path = first.path.map(quoteName);
  const forGood = `alter role ${quoteName(login)} in database ${quoteName(database.target.database)} set search_path = ${path.join(', ')}`;
  if (!first.usable) {
    const schema = printable(first.schema);
    throw new Failure(
      'not_permitted',
      `${where}: ${what} in schema ${schema}, which ${printable(login)} may not use`,
      {
        hint: advice`ask an ADMIN of the org: ${toolOfOthers('access', 'grant', login, '--org', 'ORG', '--role', 'VIEWER')}; or ask an administrator to run: grant usage on schema ${quoteName(first.schema)} to ${quoteName(login)}${first.named ? '' : `; ${forGood}`}`,
      },
    );
  }
  const places = [first, ...others].map(({ schema }) => printable(schema)).join(', ');
  const inOptions = `options=-csearch_path=${path.join(',')}`;
  // The client's setting takes precedence over the role's.
  const setting =
    session.source === 'client'
      ? `name the schema in the connection: ${inOptions}`
      : `name the schema in the connection (${inOptions}), or for good: ${forGood}`;
  throw new Failure(
    'schema_hidden',
    `${where}: ${what} in schema ${places}, and search_path does not include it (${session.search_path === '' ? 'it is empty' : printable(session.search_path)})`,
    {
      hint: `${setting}. A second set of tables needs a database of its own; if you do not need the tables in ${printable(first.schema)}, drop them or move them to another database`,
    },
  );
}

/**
 * Most relevant first: migrated sets, then those that OrderFlow created. An incomplete set counts if one of
 * its tables is used.
 */
async function hiddenSets(
  database: Database,
  { login, invisible, migrated }: { login: string; invisible: string[]; migrated: boolean },
): Promise<HiddenSet[]> {
  return database.query<HiddenSet>(sql`
    select
      nspname::text as schema,
      has_schema_privilege(pg_namespace.oid, 'usage') as usable,
      exists (
        select
        from regexp_split_to_table(current_setting('search_path'), '[ ]*,[ ]*') as entry
        where case
          when entry = '"$user"' then ${login}
          when entry like '"%"' then replace(btrim(entry, '"'), '""', '"')
          else lower(entry)
        end = nspname
      ) as named,
      array_agg(relname::text order by array_position(${shared}::text[], relname::text))
        filter (where relname = any (${invisible})) as tables,
      array[nspname::text] || array(
        select distinct extended.nspname::text
        from pg_extension
        join pg_namespace as extended on extended.oid = extnamespace
        where extname in ('citext', 'pg_trgm')
        and extended.oid <> pg_namespace.oid
        order by extended.nspname::text
      ) as path
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p')
    and nspname !~ '^pg_'
    and (relname = any (${shared}) or relname = 'customer_schema_migration')
    and not pg_table_is_visible(pg_class.oid)
    group by pg_namespace.oid, nspname
    having case
      when ${migrated} then bool_or(relname = any (${invisible}))
      else bool_or(relname = 'customer_schema_migration')
        or count(*) filter (
          where relname = any (${shared})
          and (
            relname = 'org'
            or exists (
              select
              from pg_attribute
              where attrelid = pg_class.oid
              and attname in ('erp_customer_number', 'customer_id')
            )
          )
        ) = ${shared.length}
    end
    order by bool_or(relname = 'customer_schema_migration') desc, nspname`);
}

function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${printable(name).replaceAll('"', '""')}"`;
}
