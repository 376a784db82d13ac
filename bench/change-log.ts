import { rmSync } from 'node:fs';
import path from 'node:path';
import sql from 'sql-template-tag';
import type { ConnectionTarget } from '../src/store/connection/target.ts';
import { requireCustomer } from '../src/store/customers/customers.ts';
import { listHistory } from '../src/store/changes/history.ts';
import { requireOrganization } from '../src/store/orgs/organizations.ts';
import { requireCurrentSchema } from '../src/store/schema/status.ts';
import type { SearchTimes } from './bench-search.ts';
import { timeStatements } from './bench-search.ts';
import type { Bench } from './databases.ts';
import { importWithTool, newDatabase, on, tool, urlOf, vacuum } from './databases.ts';
import { writeGeneratedFile } from './generate-customers.ts';
import type { Measurement } from './measure.ts';
import { measure } from './measure.ts';

/** One change of every customer a night. */
const nights = 50;
const looks = 200;

/** `history` of one customer among as many log entries as `customers` get in 50 nights, which lie on pages of their own. */
export async function measureHistory(bench: Bench, customers: number): Promise<SearchTimes> {
  const target = await filled(bench, customers);
  await on(target, async (database) => {
    for (let night = 1; night <= nights; night++)
      await database.execute(sql`update customer set notes = ${`night ${night}`}`);
  });
  await vacuum(target);
  const milliseconds = await on(target, async (database) => {
    const clock = timeStatements(database);
    const numbers = await database.query<{ number: string }>(sql`
      select erp_customer_number as number
      from customer
      order by md5(erp_customer_number)
      limit ${looks}`);
    const times: number[] = [];
    for (const { number } of numbers) {
      clock.reset();
      await requireCurrentSchema(database);
      const org = await requireOrganization(database, 'bench');
      const { id: customerId } = await requireCustomer(database, { org, ref: number });
      await listHistory(database, {
        orgId: org.id,
        customerId,
        since: undefined,
        field: undefined,
        limit: 50,
      });
      times.push(clock.spent());
    }
    return times;
  });
  const entries = (customers * nights).toLocaleString('en');
  process.stderr.write(`${customers} customers: history measured\n`);
  return { customers, name: `history, among ${entries} entries`, milliseconds };
}

export interface UndoRow {
  rows: number;
  undo: Measurement;
}

/** `runs undo` of an import that changed every customer. */
export async function measureUndo(bench: Bench, rows: number): Promise<UndoRow> {
  const target = await filled(bench, rows);
  const changed = await writeGeneratedFile(path.join(bench.directory, 'to-undo.csv'), rows, 1);
  await importWithTool(target, changed);
  rmSync(changed);
  const run = await on(target, async (database) => {
    const [last] = await database.query<{ id: string }>(sql`
      select id
      from customer_import_run
      order by started_at desc
      limit 1`);
    return last?.id ?? '';
  });
  const flags = ['--org', 'bench', '--yes', '--quiet', '--database', urlOf(target)];
  const undo = await measure(process.execPath, [tool, 'runs', 'undo', run, ...flags]);
  process.stderr.write(`undo of ${rows}: ${undo.seconds.toFixed(2)} s\n`);
  return { rows, undo };
}

async function filled(bench: Bench, rows: number): Promise<ConnectionTarget> {
  const target = await newDatabase(bench, 'log');
  const file = await writeGeneratedFile(path.join(bench.directory, 'filled.csv'), rows);
  await importWithTool(target, file);
  rmSync(file);
  await vacuum(target);
  return target;
}

export function undoTable(measured: UndoRow[]): string {
  const lines = measured.map(({ rows, undo: { seconds, megabytes } }) => {
    const cells = [rows.toLocaleString('en'), seconds.toFixed(2), megabytes?.toFixed(0) ?? '–'];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| undo of a run that changed | seconds | peak MB |', '|---:|---:|---:|', ...lines].join('\n');
}
