import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import { addressPlaceOf } from '../../model/columns.ts';
import type { Guard } from '../../model/guard.ts';
import { ofRun, ownChanges } from '../changes/run-scope.ts';
import type { Database } from '../connection/database.ts';
import { acceptedRuns } from './file-state.ts';

/*
 * What the open transaction has done so far, from its entries in the change log: the counts that guards
 * check. Fields have the names of a file's columns.
 */

interface Scope {
  orgId: string;
  source: string;
}

/** The entries `change` of this transaction. */
const isOwn = (orgId: string): Sql => ofRun(ownChanges(orgId));

const fieldOfEntry = sql`case when change.contact_id is null then part.key else 'contact_' || part.key end`;

export interface ChangedField {
  field: string;
  /** Values that became blank, that changed, and that were blank before. */
  cleared: number;
  changed: number;
  filled: number;
}

/**
 * How many values of each field were cleared, changed and filled in, of customers and contacts that existed
 * before.
 */
export async function countChangedFields(
  database: Database,
  { orgId }: { orgId: string },
): Promise<ChangedField[]> {
  return database.query<ChangedField>(sql`
    select
      ${fieldOfEntry} as field,
      (count(distinct coalesce(change.contact_id, change.customer_id)) filter (where ${isCleared}))::integer as cleared,
      (count(distinct coalesce(change.contact_id, change.customer_id)) filter (where ${isChanged}))::integer as changed,
      (count(distinct coalesce(change.contact_id, change.customer_id)) filter (where part.value ->> 0 is null))::integer
        as filled
    from customer_change as change, jsonb_each(change.changes) as part
    where ${isOwn(orgId)}
    and ${isCounted}
    and part.key <> 'is_active'
    group by 1
    order by 1`);
}

/** A removed contact counts by its email. */
const isCounted = sql`
  (change.kind = 'updated' or change.kind = 'removed' and change.contact_id is not null and part.key = 'email')`;

const isCleared = sql`part.value ->> 0 is not null and part.value ->> 1 is null`;
const isChanged = sql`part.value ->> 0 is not null and part.value ->> 1 is not null`;

/** Rows without a number that were refused because they mean customers who have one. */
export async function countLostNumbers(database: Database, { orgId }: { orgId: string }): Promise<number> {
  const [found] = await database.query<{ rows: number }>(sql`
    select count(*)::integer as rows
    from refused r
    where r.code = 'possible_duplicate'
    and exists (
      select
      from customer c
      where c.org_id = ${orgId}
      and c.id = any (r.customer_ids)
      and c.erp_customer_number is not null
    )`);
  return found?.rows ?? 0;
}

/**
 * How many of the file's customers, or contacts, that existed before have a value in each of these fields
 * now.
 */
export async function countValues(
  database: Database,
  { orgId, fields }: { orgId: string; fields: string[] },
): Promise<Map<string, number>> {
  if (fields.length === 0) return new Map();
  const ofContacts = fields.some((field) => field.startsWith('contact_'));
  const counts = fields.map((field) => sql`count(${valueOf(field)})::integer as ${raw(`"${field}"`)}`);
  const [found] = await database.query<Record<string, number>>(sql`
    select ${join(counts)}
    from staged s
    join customer c
      on c.org_id = ${orgId}
      and c.erp_customer_number = s.erp_customer_number
      and c.created_at <> now()
    ${
      ofContacts
        ? sql`
          left join customer_contact k
            on k.org_id = ${orgId}
            and k.customer_id = c.id
            and k.email = s.contact_email::citext`
        : empty
    }`);
  return new Map(Object.entries(found ?? {}));
}

/** The stored value of a file's column, as SQL. */
function valueOf(field: string): Sql {
  const place = addressPlaceOf(field);
  if (place !== undefined) return raw(`nullif(c.${place.column} ->> '${place.part}', '')`);
  return field.startsWith('contact_') ? raw(`k.${field.slice('contact_'.length)}`) : raw(`c.${field}`);
}

/**
 * Customers that this transaction has deactivated, and those that the source's runs of the last 24 hours
 * deactivated and that still are inactive: except for those that a person has accepted, and only if this run
 * deactivates any.
 */
function deactivatedLately({ orgId, source }: Scope): Sql {
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

/**
 * For the rest of a transaction that is rolled back: it may have changed all of the org, and statistics do
 * not show that.
 */
export async function withoutNestedLoops(database: Database): Promise<void> {
  await database.execute(sql`set local enable_nestloop to off`);
}

/** The first customers, by number, that a guard counts. */
export async function customersOfGuard(
  database: Database,
  { orgId, source, name, limit }: Scope & { name: string; limit: number },
): Promise<Guard['customers']> {
  const [, kind, field] = /^(cleared|changed)\.(.+)$/.exec(name) ?? [];
  const counted =
    kind === undefined
      ? deactivatedLately({ orgId, source })
      : sql`
        select change.customer_id
        from customer_change as change, jsonb_each(change.changes) as part
        where ${isOwn(orgId)}
        and ${isCounted}
        and ${fieldOfEntry} = ${field}
        and ${kind === 'cleared' ? isCleared : isChanged}`;
  return database.query<Guard['customers'][number]>(sql`
    select erp_customer_number, name
    from customer
    where org_id = ${orgId}
    and id in (${counted})
    order by erp_customer_number, name
    limit ${limit}`);
}

/**
 * How many of the missing customers the file has with more or fewer leading zeros, among those that it
 * creates.
 */
export async function countOtherZeros(
  database: Database,
  { orgId }: { orgId: string },
): Promise<{ missing: number; renumbered: number }> {
  const [found] = await database.query<{ missing: number; renumbered: number }>(sql`
    select
      count(*)::integer as missing,
      (count(*) filter (
        where ltrim(c.erp_customer_number, '0') in (
          select ltrim(created.erp_customer_number, '0')
          from customer created
          where created.org_id = ${orgId}
          and created.created_at = now()
        )
      ))::integer as renumbered
    from source_difference d
    join customer c
      on c.org_id = ${orgId}
      and c.id = d.customer_id
    where d.missing`);
  return found as { missing: number; renumbered: number };
}

/** Rows of the source's last accepted snapshot; undefined before the first. */
export async function lastRowsOf(database: Database, scope: Scope): Promise<number | undefined> {
  const [last] = await database.query<{ rows: number }>(sql`
    select run.rows
    ${acceptedRuns(scope)}
    and run.snapshot
    order by run.finished_at desc, run.id desc
    limit 1`);
  return last?.rows;
}
