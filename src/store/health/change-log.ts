import sql from 'sql-template-tag';
import type { Check } from '../../model/check.ts';
import type { Database } from '../connection/database.ts';

const events = {
  insert: { name: 'customer_change_created', rows: 'new table as after' },
  update: { name: 'customer_change_updated', rows: 'old table as before new table as after' },
  delete: { name: 'customer_change_removed', rows: 'old table as before' },
};

/** The triggers that write the change log, each with its event and function. */
const expected = [
  ...triggersOf('customer', 'customer_change_log_customers', ['update', 'delete']),
  ...triggersOf('customer_contact', 'customer_change_log_contacts', ['insert', 'update', 'delete']),
];

function triggersOf(table: string, logging: string, on: (keyof typeof events)[]) {
  return on.map((event) => {
    const { name, rows } = events[event];
    const make = `create trigger ${name} after ${event} on ${table} referencing ${rows} for each statement execute function ${logging}()`;
    return { table, name, make };
  });
}

/** Whether every change is logged: a missing or disabled trigger loses changes silently. */
export async function checkChangeLog(database: Database): Promise<Check> {
  const name = 'change_log';
  const triggers = await database.query<{ table: string; name: string; enabled: boolean }>(sql`
    select relname as table, tgname as name, tgenabled in ('O', 'A') as enabled
    from pg_trigger
    join pg_class on pg_class.oid = tgrelid
    where tgrelid in (to_regclass('customer'), to_regclass('customer_contact'))
    and not tgisinternal`);
  const faults = expected.flatMap(({ table, name: wanted, make }) => {
    const found = triggers.find((trigger) => trigger.table === table && trigger.name === wanted);
    if (found === undefined) return [{ fault: `${table} has no trigger ${wanted}`, cure: make }];
    const cure = `alter table ${table} enable trigger ${wanted}`;
    return found.enabled ? [] : [{ fault: `the trigger ${wanted} of ${table} is disabled`, cure }];
  });
  if (faults.length > 0) {
    return {
      name,
      status: 'failure',
      message: `changes are not logged: ${faults.map(({ fault }) => fault).join('; ')}`,
      remedy: `ask an administrator to run: ${faults.map(({ cure }) => cure).join('; ')}`,
      exitCode: 8,
    };
  }
  const [size] = await database.query<{ entries: string; size: string }>(sql`
    select
      to_char(greatest(reltuples, 0), 'FM999,999,999,990') as entries,
      pg_size_pretty(pg_total_relation_size(oid)) as size
    from pg_class
    where oid = to_regclass('customer_change')`);
  return { name, status: 'ok', message: `about ${size?.entries} entries, ${size?.size}` };
}
