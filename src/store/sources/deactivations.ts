import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import { isOwn } from './changed-fields.ts';

interface Scope {
  orgId: string;
  source: string;
}

/**
 * Customers that this transaction has deactivated, and those that the source's runs of the last 24 hours
 * deactivated and that still are inactive: except for those that a person has accepted, and only if this run
 * deactivates any.
 */
export function deactivatedLately({ orgId, source }: Scope): Sql {
  return sql`
    select change.customer_id
    from customer_change as change
    where ${isOwn(orgId)}
    and change.contact_id is null
    and change.changes -> 'is_active' = '[true, false]'
    union
    select change.customer_id
    from customer_import_run as run
    join customer_change as change
      on change.org_id = ${orgId}
      and change.transaction = run.transaction
      and change.began = run.created_at
    join customer
      on customer.org_id = ${orgId}
      and customer.id = change.customer_id
    where run.org_id = ${orgId}
    and run.source = ${source}
    and run.outcome = 'done'
    and run.started_at > now() - interval '24 hours'
    and not exists (
      select
      from customer_import_run as accepted
      where accepted.org_id = ${orgId}
      and accepted.source = ${source}
      and accepted.outcome = 'done'
      and accepted.settings -> 'allow' ? 'deactivations'
      and accepted.started_at >= run.started_at
    )
    and exists (
      select
      from customer_change as change
      where ${isOwn(orgId)}
      and change.contact_id is null
      and change.changes -> 'is_active' = '[true, false]'
    )
    and change.contact_id is null
    and change.changes -> 'is_active' = '[true, false]'
    and not customer.is_active`;
}

/** The deactivated customers, and how many of the source were active before. */
export async function countDeactivations(
  database: Database,
  scope: Scope,
): Promise<{ count: number; of: number }> {
  const { orgId } = scope;
  const [found] = await database.query<{ deactivated: number; activated: number }>(sql`
    select
      (select count(*) from (${deactivatedLately(scope)}) as deactivated)::integer as deactivated,
      (
        select count(distinct change.customer_id)
        from customer_change as change
        where ${isOwn(orgId)}
        and change.contact_id is null
        and change.changes -> 'is_active' = '[false, true]'
      )::integer as activated`);
  const { deactivated = 0, activated = 0 } = found ?? {};
  return { count: deactivated, of: deactivated - activated + (await countActive(database, scope)) };
}

/**
 * The source's customers that are active now, except those of this run. Statistics do not include the rows of
 * a first run yet: a planner that expects few would read one side completely for each row of the other, so
 * each side is read exactly once.
 */
async function countActive(database: Database, { orgId, source }: Scope): Promise<number> {
  await database.execute(sql`set local enable_nestloop to off`);
  const [found] = await database.query<{ customers: number }>(sql`
    select count(*)::integer as customers
    from customer_source m
    join customer c
      on c.org_id = ${orgId}
      and c.id = m.customer_id
    where m.org_id = ${orgId}
    and m.source = ${source}
    and c.is_active
    and c.created_at <> now()`);
  await database.execute(sql`set local enable_nestloop to default`);
  return found?.customers ?? 0;
}
