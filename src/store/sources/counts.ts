import sql from 'sql-template-tag';
import type { Guard } from '../../model/guard.ts';
import type { Database } from '../connection/database.ts';
import { customersWithChange } from './changed-fields.ts';
import { deactivatedLately } from './deactivations.ts';
import { acceptedRuns } from './file-state.ts';

/* What guards count in the open transaction; for fields and deactivations see the files of these names. */

interface Scope {
  orgId: string;
  source: string;
}

/** The first customers, by number, that a guard counts. */
export async function customersOfGuard(
  database: Database,
  { orgId, source, name, limit }: Scope & { name: string; limit: number },
): Promise<Guard['customers']> {
  const [, kind = '', field] = /^(cleared|changed)\.(.+)$/.exec(name) ?? [];
  const counted =
    field === undefined ? deactivatedLately({ orgId, source }) : customersWithChange(orgId, kind, field);
  return database.query<Guard['customers'][number]>(sql`
    select erp_customer_number, name
    from customer
    where org_id = ${orgId}
    and id in (${counted})
    order by erp_customer_number, name
    limit ${limit}`);
}

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
 * For the rest of a transaction that is rolled back: it may have changed all of the org, and statistics do
 * not show that.
 */
export async function withoutNestedLoops(database: Database): Promise<void> {
  await database.execute(sql`set local enable_nestloop to off`);
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
