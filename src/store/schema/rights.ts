import sql from 'sql-template-tag';
import { Failure } from '../../errors.ts';
import { printable } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';
import { describeTarget } from '../connection/target.ts';

/**
 * What the connected role lacks to run `migrate`, each as the statement that an owner or superuser would run.
 * Not for use inside an aborted transaction.
 */
export async function missingRights(database: Database): Promise<string[]> {
  const found = await database.query<{ statement: string }>(sql`
    select format('grant create on schema %I to %I', current_schema(), current_user) as statement
    where not has_schema_privilege(current_schema(), 'create')
    union all
    select 'create extension ' || extension
    from unnest(array['citext', 'pg_trgm']) as extension
    where not exists (select from pg_extension where extname = extension)
    and not exists (
      select
      from pg_available_extension_versions
      where name = extension
      and trusted
      and has_database_privilege(current_database(), 'create')
    )
    and not (select rolsuper from pg_roles where rolname = current_user)
    union all
    select format('grant temporary on database %I to %I', current_database(), current_user)
    where not has_database_privilege(current_database(), 'temporary')`);
  return found.map(({ statement }) => statement);
}

/** Who owns the tables, or the schema's own, unless the connected role is or may act as the owner. */
export async function otherOwner(database: Database): Promise<string | undefined> {
  const [found] = await database.query<{ owner: string }>(sql`
    select pg_get_userbyid(relowner) as owner
    from pg_class
    where oid in (
      to_regclass('org'),
      to_regclass('customer'),
      to_regclass('customer_contact'),
      to_regclass('customer_schema_migration')
    )
    and not pg_has_role(relowner, 'usage')
    order by relname
    limit 1`);
  return found?.owner;
}

/** The `not_permitted` for a migration that the server refused with `error`, with what to request. */
export async function explainMissingRights(database: Database, error: unknown): Promise<Failure> {
  const owner = await otherOwner(database).catch(() => undefined);
  // A login must not become an owner, because it would bypass all roles from then on.
  if (owner !== undefined) {
    return new Failure(
      'not_permitted',
      `${describeTarget(database.target)}: only the owner of the tables migrates, and that is ${printable(owner)}`,
      { hint: `connect as ${printable(owner)}`, cause: error },
    );
  }
  const rights = await missingRights(database).catch(() => []);
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure(
    'not_permitted',
    `${describeTarget(database.target)} does not let this role migrate: ${reason}`,
    {
      hint:
        rights.length === 0
          ? 'run migrate as the owner of the tables'
          : `ask an administrator to run, in ${database.target.database}: ${rights.join('; ')}`,
      cause: error,
    },
  );
}
