import sql from 'sql-template-tag';
import type { Advice } from '../../advice.ts';
import { advice, tool, toolOfOthers } from '../../advice.ts';
import type { Check } from '../../model/check.ts';
import { includesRole, roles } from '../../model/role.ts';
import type { Database } from '../connection/database.ts';
import { identify } from '../orgs/access.ts';
import { missingRights, otherOwner } from '../schema/rights.ts';
import { schemaStatus } from '../schema/status.ts';

/** The privileges that commands use on each table, beyond those of `migrate`. */
const needed: Record<string, string[]> = {
  org: ['select', 'insert'],
  customer: ['select', 'insert', 'update'],
  customer_contact: ['select', 'insert', 'update', 'delete'],
  customer_search_word: ['select', 'insert'],
  customer_import_run: ['select', 'insert'],
  customer_change: ['select'],
  customer_source: ['select', 'insert'],
  customer_schema_migration: ['select'],
};

export async function checkSchema(database: Database): Promise<Check> {
  const { state, version, latest, pending } = await schemaStatus(database);
  const name = 'schema';
  if (state === 'current') return { name, status: 'ok', message: `version ${version}, up to date` };
  if (state === 'newer') {
    return {
      name,
      status: 'failure',
      message: `version ${version}, newer than this tool’s ${latest}`,
      remedy: 'use the newer version of orderflow-customers',
      exitCode: 8,
    };
  }
  // The embedded database is migrated by the first command that needs it.
  if (database.target.source === 'embedded')
    return { name, status: 'ok', message: `the next command brings it to version ${latest}` };
  const remedy = advice`run: ${tool('migrate')}`;
  if (state === 'outdated') {
    const message = `version ${version} of ${latest}: ${pending.join(', ')} pending`;
    return { name, status: 'failure', message, remedy, exitCode: 8 };
  }
  return { name, status: 'failure', message: 'no schema yet', remedy, exitCode: 8 };
}

/**
 * Whether the login may do its work: by its roles, or as the owner of the tables; before the schema exists,
 * the privileges that `migrate` needs.
 */
export async function checkPrivileges(database: Database): Promise<Check> {
  const [session] = await database.query<{ login: string; goes_by_roles: boolean; schema: boolean }>(sql`
    select
      rolname as login,
      to_regclass('org_access') is not null
        and not rolbypassrls
        and not pg_has_role((select relowner from pg_class where oid = to_regclass('customer')), 'usage')
        as goes_by_roles,
      to_regclass('customer_schema_migration') is not null as schema
    from pg_roles
    where rolname = current_user`);
  if (session?.goes_by_roles === true) return checkRoles(database, session.login);
  const owner = session?.schema === true ? undefined : await otherOwner(database);
  if (owner !== undefined) {
    return {
      name: 'privileges',
      status: 'failure',
      message: `the tables belong to ${owner}, and only their owner migrates`,
      remedy: `connect as ${owner} to run migrate`,
      exitCode: 13,
    };
  }
  return checkTableRights(database);
}

/** For a login under row-level security: its group roles have the privileges, never the login itself. */
async function checkRoles(database: Database, login: string): Promise<Check> {
  const name = 'privileges';
  const failure = (message: string, remedy: Advice): Check => ({
    name,
    status: 'failure',
    message,
    remedy,
    exitCode: 13,
  });
  const [state] = await database.query<{
    reads: boolean;
    idle: boolean;
    temporary: boolean;
    cure: string;
    ask: string;
  }>(sql`
    select
      has_table_privilege('org_access', 'select') as reads,
      exists (
        select
        from unnest(${[...roles]}::text[]) as role
        where case
          when to_regrole(quote_ident(access_group(role))) is null then false
          else pg_has_role(access_group(role), 'member') and not pg_has_role(access_group(role), 'usage')
        end
      ) as idle,
      has_database_privilege(current_database(), 'temporary') as temporary,
      format('alter role %I inherit', current_user) as cure,
      format('grant temporary on database %I to %I', current_database(), current_user) as ask`);
  if (state?.idle === true)
    return failure(
      `${login} is NOINHERIT, so its roles do nothing`,
      `ask an administrator to run: ${state.cure}`,
    );
  const { items } = state?.reads === true ? await identify(database) : { items: [] };
  if (items.length === 0) {
    return failure(
      `${login} has no access to any org`,
      advice`ask an ADMIN of the org: ${toolOfOthers('access', 'grant', login, '--org', 'ORG', '--role', 'VIEWER')}`,
    );
  }
  const imports = items.some(({ role }) => includesRole(role, 'INTEGRATOR'));
  if (imports && state?.temporary !== true)
    return failure(
      `${login} may make no temporary tables, which an import takes`,
      `ask an administrator to run: ${state?.ask}`,
    );
  const named = items.slice(0, 3).map(({ org, role }) => `${role} in ${org}`);
  const more = items.length > named.length ? `, and ${items.length - named.length} more` : '';
  return { name, status: 'ok', message: `${login} is ${named.join(', ')}${more}` };
}

/** For the owner, and roles that bypass row-level security. */
async function checkTableRights(database: Database): Promise<Check> {
  const name = 'privileges';
  const wanted = Object.entries(needed).flatMap(([table, rights]) =>
    rights.map((privilege) => ({ table, privilege })),
  );
  const missing = await database.query<{ statement: string }>(sql`
    select format('grant %s on %s to %I', string_agg(privilege, ', ' order by number), to_regclass(of_table), current_user)
      as statement
    from unnest(
      ${wanted.map(({ table }) => table)}::text[],
      ${wanted.map(({ privilege }) => privilege)}::text[]
    ) with ordinality as wanted (of_table, privilege, number)
    where to_regclass(of_table) is not null
    and not has_table_privilege(to_regclass(of_table), privilege)
    group by of_table
    order by min(number)`);
  const [role] = await database.query<{
    name: string;
    temporary: boolean;
    statement: string;
    schema: boolean;
  }>(sql`
    select
      current_user as name,
      has_database_privilege(current_database(), 'temporary') as temporary,
      format('grant temporary on database %I to %I', current_database(), current_user) as statement,
      to_regclass('customer_schema_migration') is not null as schema`);
  const statements = missing.map(({ statement }) => statement);
  if (role?.temporary === false) statements.push(role.statement);
  const forMigrate = role?.schema === true ? [] : await missingRights(database);
  const lacking = [...new Set([...statements, ...forMigrate])];
  if (lacking.length === 0) {
    const what = role?.schema === true ? 'may do all that commands do' : 'may run migrate';
    return { name, status: 'ok', message: `${role?.name} ${what}` };
  }
  return {
    name,
    status: 'failure',
    message: `${role?.name} lacks ${lacking.length === 1 ? 'a right' : `${lacking.length} rights`}`,
    remedy: `ask an administrator to run, in ${database.target.database}: ${lacking.join('; ')}`,
    exitCode: 13,
  };
}
