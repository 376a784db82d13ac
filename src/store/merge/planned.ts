import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';

const batchSize = 5_000;

/** `planned_customer`: the existing customers that a plan changes, for a run that may change only these. */
export async function notePlanned(
  database: Database,
  changes: AsyncIterable<{ id: string; kind: string }>,
): Promise<void> {
  await database.execute(sql`create temporary table planned_customer (id uuid primary key) on commit drop`);
  let ids: string[] = [];
  const write = async () => {
    await database.execute(sql`
      insert into planned_customer
      select unnest(${ids}::uuid[])`);
    ids = [];
  };
  for await (const { id, kind } of changes) {
    if (kind !== 'created') ids.push(id);
    if (ids.length === batchSize) await write();
  }
  await write();
  await database.execute(sql`analyze planned_customer`);
}

/** Excludes rows of existing customers that the plan does not change from the merge; returns how many. */
export async function leaveUnplanned(database: Database): Promise<number> {
  return await database.execute(sql`
    delete from pending p
    where p.customer_id is not null
    and not exists (
      select
      from planned_customer
      where planned_customer.id = p.customer_id
    )`);
}
