import sql from 'sql-template-tag';
import { serverErrorOf, sqlstate } from '../connection/sqlstate.ts';
import { advice, tool, toolOfOthers } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { Organization } from '../../model/organization.ts';
import { printable, quoted } from '../../model/printable.ts';
import type { Access, Identity, Role } from '../../model/role.ts';
import { includesRole } from '../../model/role.ts';
import { ensureGroups } from './access-groups.ts';
import type { Database } from '../connection/database.ts';
import { describeTarget } from '../connection/target.ts';
import { findCitextObstacle } from '../schema/citext-access.ts';
import { writeTransaction } from '../connection/write-transaction.ts';
import { instant } from '../connection/values.ts';

const columns = sql`
  pg_get_userbyid(login) as login,
  role,
  granted_by,
  ${instant('created_at')} as created_at,
  ${instant('updated_at')} as updated_at`;

/**
 * Throws `not_permitted` unless the session has this role in the organization, or bypasses roles. The
 * database would refuse as well; this check runs before a file is read, and names the required role.
 */
export async function requireRole(database: Database, org: Organization, needed: Role): Promise<void> {
  const [found] = await database.query<{ bypasses: boolean; login: string; role: Role | null }>(sql`
    select
      not row_security_active('customer') as bypasses,
      pg_get_userbyid(access_login()) as login,
      (
        select role
        from org_access
        where org_id = ${org.id}
        and login = access_login()
      ) as role`);
  if (found === undefined || found.bypasses) return;
  const { login, role } = found;
  if (role !== null && includesRole(role, needed)) return;
  throw new Failure(
    'not_permitted',
    `${printable(login)} has ${role === null ? 'no role' : `the role ${role}`} in org ${org.slug}; this requires ${needed}`,
    {
      hint: advice`ask an ADMIN of ${org.slug}: ${toolOfOthers('access', 'grant', login, '--org', org.slug, '--role', needed)}`,
    },
  );
}

/** Whether row-level security applies to the session: not to the tables' owner, superusers and BYPASSRLS. */
export async function isRestricted(database: Database): Promise<boolean> {
  const [found] = await database.query<{ restricted: boolean }>(sql`
    select row_security_active('org') as restricted`);
  return found?.restricted === true;
}

/** Throws `not_permitted` where roles decide, because the operation requires more than any role. */
export async function requireOwner(database: Database, does: string): Promise<void> {
  if (!(await isRestricted(database))) return;
  throw new Failure('not_permitted', `only the owner of the tables ${does}`, {
    hint: 'connect as the owner, or ask who administers the database',
  });
}

/**
 * Grants a login a role in the organization, in place of its current one. For an ADMIN of the organization
 * and for the tables' owner, who creates missing group roles. Throws `not_permitted`, and `not_found` for an
 * unknown login.
 */
export async function grantAccess(
  database: Database,
  { org, login, role }: { org: Organization; login: string; role: Role },
): Promise<Access> {
  await requireRole(database, org, 'ADMIN');
  return explained(database, { org, login }, async () => {
    if (!(await isRestricted(database))) await ensureGroups(database);
    await database.execute(sql`select access_grant(${org.id}, ${login}, ${role})`);
    await requireInheritance(database, { login, role });
    if (includesRole(role, 'OPS')) await requireCitext(database, { login, role });
    const [granted] = await database.query<Access>(sql`
      select ${columns}
      from org_access
      where org_id = ${org.id}
      and login = (select oid from pg_roles where rolname = ${login})`);
    return granted as Access;
  });
}

/**
 * Throws unless the login has the rights of the group role: before Postgres 16, a NOINHERIT login does not.
 */
async function requireInheritance(
  database: Database,
  { login, role }: { login: string; role: Role },
): Promise<void> {
  const [found] = await database.query<{ cure: string }>(sql`
    select
      case
        when current_setting('server_version_num')::int >= 160000
        then format('grant %I to %I with inherit true', access_group(${role}), rolname)
        else format('alter role %I inherit', rolname)
      end as cure
    from pg_roles
    where rolname = ${login}
    and not pg_has_role(oid, access_group(${role}), 'usage')
    and not pg_has_role(oid, (select relowner from pg_class where oid = to_regclass('customer')), 'usage')`);
  if (found === undefined) return;
  throw new Failure(
    'not_permitted',
    `${printable(login)} inherits no rights: as ${role} it could do nothing, so it was not given the role`,
    { hint: `ask an administrator of the server to run: ${found.cure}` },
  );
}

/** Throws unless the login can use the type of emails: otherwise its first write would fail. */
async function requireCitext(
  database: Database,
  { login, role }: { login: string; role: Role },
): Promise<void> {
  const obstacle = await findCitextObstacle(database, login);
  if (obstacle === undefined) return;
  throw new Failure(
    'not_permitted',
    `${obstacle.reason}: as ${role} it could write nothing, so it was not given the role`,
    { hint: `ask an administrator to run, in ${database.target.database}: ${obstacle.cure}` },
  );
}

/** Revokes a login's role in the organization; throws `not_found` if it has none. */
export async function revokeAccess(
  database: Database,
  { org, login }: { org: Organization; login: string },
): Promise<void> {
  await requireRole(database, org, 'ADMIN');
  const [revoked] = await explained(database, { org, login }, () =>
    database.query<{ done: boolean }>(sql`select access_revoke(${org.id}, ${login}) as done`),
  );
  if (revoked?.done === true) return;
  throw new Failure('not_found', `${quoted(login)} has no access to org ${org.slug}`, {
    hint: advice`see ${tool('access', 'list', '--org', org.slug)}`,
  });
}

/** Who has access to the organization, by login; for an ADMIN of it and for the tables' owner. */
export async function listAccess(database: Database, org: Organization): Promise<Access[]> {
  await requireRole(database, org, 'ADMIN');
  return database.query<Access>(sql`
    select ${columns}
    from org_access
    where org_id = ${org.id}
    order by pg_get_userbyid(login)`);
}

/** The session's login, and its role in each organization. */
export async function identify(database: Database): Promise<Identity> {
  const [session] = await database.query<Omit<Identity, 'items'>>(sql`
    select
      session_user::text as login,
      current_user::text as acting_as,
      case
        when rolsuper then 'superuser'
        when pg_has_role((select relowner from pg_class where oid = to_regclass('customer')), 'usage') then 'owner'
        when rolbypassrls then 'bypassrls'
      end as bypass
    from pg_roles
    where rolname = current_user`);
  const [may] = await database.query<{ read: boolean }>(sql`
    select has_table_privilege('org_access', 'select') as read`);
  const items =
    may?.read === true
      ? await database.query<Identity['items'][number]>(sql`
          select org.slug as org, org.name, access.role
          from org_access as access
          join org on org.id = access.org_id
          where access.login = access_login()
          order by org.slug, org.id`)
      : [];
  return { ...(session as Omit<Identity, 'items'>), items };
}

/** A transaction that writes access, with the server's refusals in the tool's words. */
async function explained<Result>(
  database: Database,
  { org, login }: { org: Organization; login: string },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await writeTransaction(database, work, { lookUp: tool('access', 'list', '--org', org.slug) });
  } catch (error) {
    const cause = serverErrorOf(error);
    if (cause === undefined) throw error;
    if (cause.code === sqlstate.unknownLogin) {
      const folded = login.toLowerCase();
      const near = await database.query(sql`
        select
        from pg_roles
        where rolname = ${folded}
        and rolcanlogin`);
      throw new Failure('not_found', `${describeTarget(database.target)} has no login ${quoted(login)}`, {
        hint:
          near.length > 0
            ? `did you mean ${printable(folded)}? SQL folds names that are not in quotes to lower case`
            : 'make it first, in psql: create role NAME login, then \\password NAME',
        cause,
      });
    }
    if (cause.code !== sqlstate.groupUnfit && cause.code !== sqlstate.insufficientPrivilege) throw error;
    // The user was ADMIN when the command began, but is not any more.
    await requireRole(database, org, 'ADMIN');
    throw new Failure(
      'not_permitted',
      `${describeTarget(database.target)}: ${cause.message}; nothing was written`,
      {
        hint: 'ask an administrator of the server to run what the same command with --print-sql prints',
        cause,
      },
    );
  }
}
