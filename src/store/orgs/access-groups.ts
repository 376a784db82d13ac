import sql, { raw } from 'sql-template-tag';
import { contactColumns, customerColumns } from '../../model/columns.ts';
import type { Role } from '../../model/role.ts';
import { roles } from '../../model/role.ts';
import type { Database } from '../connection/database.ts';

/** What a role may do with a table: whole tables, or columns in brackets. */
export type Privileges = Record<string, string[]>;

const writtenContact = contactColumns.join(', ');
const writtenCustomer = customerColumns.join(', ');
const writtenRun =
  'org_id, file, file_size, started_at, finished_at, duration_ms, rows, imported, updated, unchanged, superseded, failed, contacts_imported, contacts_updated, contacts_unchanged, warnings, rejects_file, settings, tool_version, source, snapshot, deactivated, outcome, code, exit_code, message, file_state';

const viewer: Privileges = {
  // settings_json belongs to the web service.
  org: ['select (id, name, slug, created_at, updated_at)'],
  customer: ['select'],
  customer_contact: ['select'],
  customer_import_run: ['select'],
  customer_change: ['select'],
  customer_source: ['select'],
  customer_search_word: ['select'],
  // Its own row; for an ADMIN all of the org's.
  org_access: ['select'],
  customer_schema_migration: ['select'],
};

const ops: Privileges = {
  ...viewer,
  // To lock the customer whose contacts are being changed: the policy allows no writes.
  customer: ['select', 'update (updated_at)'],
  customer_contact: [
    'select',
    // No id: the server assigns it, so that a login cannot probe whether an id is in use in another org.
    `insert (org_id, customer_id, ${writtenContact})`,
    `update (${writtenContact}, updated_at)`,
    'delete',
  ],
};

const integrator: Privileges = {
  ...ops,
  customer: ['select', `insert (id, org_id, ${writtenCustomer})`, `update (${writtenCustomer}, updated_at)`],
  // Not id, database_user, created_at and transaction: the server itself records who ran it, and what it
  // changed.
  customer_import_run: ['select', `insert (${writtenRun})`],
  customer_source: ['select', 'insert (org_id, customer_id, source)', 'update (dropped_at)'],
};

/** The privileges of each role's group role: on tables here, on functions below. */
export const tablePrivileges: Record<Role, Privileges> = {
  VIEWER: viewer,
  OPS: ops,
  INTEGRATOR: integrator,
  ADMIN: integrator,
};

const functionPrivileges: Record<Role, string[]> = {
  VIEWER: [],
  OPS: ['uuid_v7()'],
  INTEGRATOR: ['uuid_v7()'],
  ADMIN: ['uuid_v7()', 'access_grant(uuid, text, text)', 'access_revoke(uuid, text)'],
};

export interface Groups {
  /** The group role of each role, as SQL names it. */
  names: Record<Role, string>;
  missing: Role[];
}

/**
 * The group roles of the connected database: they belong to the whole server, so its name is part of theirs.
 */
export async function findGroups(database: Database): Promise<Groups> {
  const rows = await database.query<{ role: Role; name: string; exists: boolean }>(sql`
    select
      role,
      quote_ident(access_group(role)) as name,
      to_regrole(quote_ident(access_group(role))) is not null as exists
    from unnest(${[...roles]}::text[]) as role`);
  return {
    names: Object.fromEntries(rows.map(({ role, name }) => [role, name])) as Record<Role, string>,
    missing: rows.flatMap(({ role, exists }) => (exists ? [] : [role])),
  };
}

/** Creates a group role: it cannot log in, and has no rights yet. */
export function createGroup({ names }: Groups, role: Role): string {
  return `create role ${names[role]} nologin`;
}

/**
 * The statements that grant each group role its rights, and revoke what an earlier version granted. For the
 * tables' owner; granting an existing right is not an error.
 */
export async function groupPrivileges(database: Database, { names }: Groups): Promise<string[]> {
  const [place] = await database.query<{
    schema: string;
    tables: string[];
    database: string;
    owned: boolean;
  }>(sql`
    select
      relnamespace::regnamespace::text as schema,
      (
        select array_agg(relname::text)
        from pg_class as other
        where other.relnamespace = customer.relnamespace
        and other.relkind in ('r', 'p')
      ) as tables,
      quote_ident(current_database()) as database,
      pg_has_role((select datdba from pg_database where datname = current_database()), 'usage') as owned
    from pg_class as customer
    where oid = to_regclass('customer')`);
  if (place === undefined) return [];
  const { schema, tables } = place;
  const statements: string[] = [];
  for (const role of roles) {
    const group = names[role];
    statements.push(`grant usage on schema ${schema} to ${group}`);
    // Both are granted to everyone unless an administrator revoked them, and only the database's owner can
    // grant them.
    if (place.owned) {
      const rights = role === 'VIEWER' || role === 'OPS' ? 'connect' : 'connect, temporary';
      statements.push(`grant ${rights} on database ${place.database} to ${group}`);
    }
    for (const [table, privileges] of Object.entries(tablePrivileges[role])) {
      if (!tables.includes(table)) continue;
      statements.push(
        `revoke all on ${schema}.${table} from ${group}`,
        `grant ${privileges.join(', ')} on ${schema}.${table} to ${group}`,
      );
    }
    for (const signature of functionPrivileges[role])
      statements.push(`grant execute on function ${schema}.${signature} to ${group}`);
  }
  return statements;
}

/**
 * Creates missing group roles, and grants their rights if they are incomplete (an administrator may have
 * created them), in the caller's transaction. For the tables' owner.
 */
export async function ensureGroups(database: Database): Promise<void> {
  const groups = await findGroups(database);
  for (const role of groups.missing) await database.execute(raw(createGroup(groups, role)));
  if (groups.missing.length > 0 || !(await haveRights(database))) await refreshGroups(database, groups);
}

/** Whether each group role can read something of each of its tables, as after `refreshGroups`. */
async function haveRights(database: Database): Promise<boolean> {
  const pairs = roles.flatMap((role) => Object.keys(tablePrivileges[role]).map((table) => ({ role, table })));
  const lacking = await database.query(sql`
    select
    from unnest(${pairs.map(({ role }) => role)}::text[], ${pairs.map(({ table }) => table)}::text[])
      as pair (role, of_table)
    where to_regclass(of_table) is not null
    and not has_any_column_privilege(access_group(role), to_regclass(of_table), 'select')
    limit 1`);
  return lacking.length === 0;
}

/** Brings the rights of the group roles up to date: a migration may have added a table. */
export async function refreshGroups(database: Database, groups: Groups): Promise<void> {
  for (const statement of await groupPrivileges(database, groups)) await database.execute(raw(statement));
}
