import sql from 'sql-template-tag';
import { printable } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';

export interface CitextObstacle {
  /** Why the login cannot name the type. */
  reason: string;
  /** Statements for an administrator, in the connected database. */
  cure: string;
  /** `right`: it may not use the extension's schema. `path`: its search path leaves the schema out. */
  kind: 'right' | 'path';
}

/**
 * Why a login cannot use the type citext, which every statement that writes a contact's email does; undefined
 * if it can. Without `login`, for the session itself. The other extension, pg_trgm, is only used by indexes,
 * which require no rights of a login.
 */
export async function findCitextObstacle(
  database: Database,
  login?: string,
): Promise<CitextObstacle | undefined> {
  const [found] = await database.query<{
    login: string;
    schema: string;
    usable: boolean;
    named: boolean;
    grant: string;
    set: string;
  }>(sql`
    with concerned as (
      select
        rolname as login,
        case
          when ${login ?? null}::text is null then current_setting('search_path')
          else coalesce(
            (
              select substr(setting, length('search_path=') + 1)
              from pg_db_role_setting, unnest(setconfig) as setting
              where starts_with(setting, 'search_path=')
              and setrole in (0, pg_roles.oid)
              and setdatabase in (0, (select oid from pg_database where datname = current_database()))
              order by setrole <> 0 desc, setdatabase <> 0 desc
              limit 1
            ),
            (select reset_val from pg_settings where name = 'search_path')
          )
        end as path
      from pg_roles
      where rolname = coalesce(${login ?? null}::text, session_user::text)
    ), seen as (
      select
        login,
        path,
        nspname as schema,
        has_schema_privilege(login, pg_namespace.oid, 'usage') as usable,
        nspname = 'pg_catalog' or exists (
          select
          from regexp_split_to_table(path, '[ ]*,[ ]*') as entry
          where case
            when entry = '"$user"' then login
            when entry like '"%"' then replace(btrim(entry, '"'), '""', '"')
            else lower(entry)
          end = nspname
        ) as named
      from concerned, pg_extension
      join pg_namespace on pg_namespace.oid = extnamespace
      where extname = 'citext'
    )
    select
      login::text,
      schema::text,
      usable,
      named,
      format('grant usage on schema %I to %I', schema, login) as grant,
      format('alter role %I in database %I set search_path = ', login, current_database())
        || concat_ws(', ', nullif(path, ''), quote_ident(schema)) as set
    from seen
    where not (usable and named)`);
  if (found === undefined) return undefined;
  const { usable, named } = found;
  const lacks = usable ? 'its search_path does not include' : 'it may not use';
  return {
    reason: `${printable(found.login)} cannot use the type citext: it is in schema ${printable(found.schema)}, which ${lacks}`,
    cure: [...(usable ? [] : [found.grant]), ...(named ? [] : [found.set])].join('; '),
    kind: usable ? 'path' : 'right',
  };
}
