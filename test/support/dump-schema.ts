import sql from 'sql-template-tag';
import type { Database } from '../../src/store/connection/database.ts';

/**
 * The schema as the server tells it: a stable text, the same on Postgres 15 to 18. Left out: not-null constraints
 * by name (Postgres 18 has them), the body of `uuid_v7()` (it differs by version) and what extensions bring along.
 */
export async function dumpSchema(database: Database): Promise<string> {
  const sections = [
    await database.query<Line>(extensions),
    await database.query<Line>(functions),
    await database.query<Line>(tables),
    await database.query<Line>(constraints),
    await database.query<Line>(indexes),
    await database.query<Line>(triggers),
    await database.query<Line>(policies),
  ];
  return `${sections.map((lines) => lines.map(({ line }) => line).join('\n')).join('\n\n')}\n`;
}

interface Line {
  line: string;
}

const extensions = sql`
  select format('create extension %I;', extname) as line
  from pg_extension
  where extname <> 'plpgsql'
  order by extname`;

const functions = sql`
  select
    case proname
      when 'uuid_v7' then format(
        'create function uuid_v7() returns %s %s parallel %s; -- its body depends on the version of Postgres',
        prorettype::regtype,
        case provolatile when 'v' then 'volatile' else provolatile::text end,
        case proparallel when 's' then 'safe' else proparallel::text end
      )
      else rtrim(pg_get_functiondef(oid), e'\n') || ';'
    end as line
  from pg_proc
  where pronamespace = current_schema()::regnamespace
  and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
  order by proname`;

const tables = sql`
  select
    format(
      e'create table %s (\n%s\n);',
      relname,
      string_agg(
        format(
          '  %s %s%s%s',
          attname,
          format_type(atttypid, atttypmod),
          case when attnotnull then ' not null' end,
          ' default ' || pg_get_expr(adbin, adrelid)
        ),
        e',\n'
        order by attnum
      )
    ) as line
  from pg_class
  join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where relnamespace = current_schema()::regnamespace
  and relkind = 'r'
  group by relname
  order by relname`;

const constraints = sql`
  select
    format(
      'alter table %s add constraint %s %s;',
      conrelid::regclass,
      conname,
      pg_get_constraintdef(pg_constraint.oid)
    ) as line
  from pg_constraint
  where connamespace = current_schema()::regnamespace
  and contype in ('p', 'u', 'f', 'c')
  order by conrelid::regclass::text collate "C", conname`;

const indexes = sql`
  select pg_get_indexdef(indexrelid) || ';' as line
  from pg_index
  join pg_class on pg_class.oid = indexrelid
  where relnamespace = current_schema()::regnamespace
  and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
  order by indrelid::regclass::text collate "C", relname`;

const triggers = sql`
  select pg_get_triggerdef(pg_trigger.oid) || ';' as line
  from pg_trigger
  join pg_class on pg_class.oid = tgrelid
  where relnamespace = current_schema()::regnamespace
  and not tgisinternal
  order by relname, tgname`;

const policies = sql`
  select format('alter table %s enable row level security;', relname) as line
  from pg_class
  where relnamespace = current_schema()::regnamespace
  and relrowsecurity
  union all
  select
    format(
      'create policy %s on %s as %s for %s to %s%s%s;',
      policyname,
      tablename,
      lower(permissive),
      lower(cmd),
      array_to_string(roles, ', '),
      e'\nusing ' || qual,
      e'\nwith check ' || with_check
    )
  from pg_policies
  where schemaname = current_schema()
  order by 1`;
