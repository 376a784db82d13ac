import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../../src/store/connection/database.ts';
import { openDatabase } from '../../../src/store/connection/database.ts';
import type { ConnectionTarget } from '../../../src/store/connection/target.ts';
import { migrate } from '../../../src/store/schema/migrate.ts';
import type { TestDatabase } from '../../support/database.ts';
import { emptyDatabase, ownServer, urlOf } from '../../support/database.ts';
import type { OldServer } from '../../support/postgres-15.ts';
import { postgres15, startPostgres15 } from '../../support/postgres-15.ts';
import type { RunOptions } from '../../support/run.ts';
import { run } from '../../support/run.ts';
import { untilAlone } from '../../support/sessions.ts';

/*
 * The history of one customer is read by index, however long the log is and whatever the statistics say of it. Rows and
 * index entries are counted, not seconds.
 */

const customers = 200;
/** Entries of each, one a turn, so that those of one customer are spread over the log. */
const own = 100;
/** Index entries and rows of the log: five commands read those of a customer, for the list and to count. */
const most = 5 * 4 * own;

let old: OldServer | undefined;
beforeAll(async () => {
  if (postgres15 !== undefined) old = await startPostgres15();
});
afterAll(() => old?.stop());

const settings: Record<string, { server: () => ConnectionTarget; login?: string }> = {
  'as the owner, on the newest Postgres': { server: () => ownServer().target },
  ...(postgres15 !== undefined && {
    'as a VIEWER, on Postgres 15': { server: () => (old as OldServer).target, login: 'vera' },
  }),
};

/** Each is arranged in the database that the one before has left. */
const statistics: [when: string, arrange: (writer: Database) => Promise<unknown>][] = [
  ['never taken', fill],
  ['up to date', (writer) => writer.execute(raw('analyze'))],
  [
    'taken when all entries had been deleted',
    async (writer) => {
      await writer.execute(raw('delete from customer_change'));
      await writer.execute(raw('vacuum (analyze, truncate off) customer_change'));
      await fill(writer);
    },
  ],
];

describe.each(Object.entries(settings))('%s', (_name, { server, login }) => {
  let home: TestDatabase;
  let database: Database;
  let target: ConnectionTarget;
  beforeAll(async () => {
    home = await emptyDatabase(server());
    database = await home.open();
    await migrate(database);
    // Else an autovacuum worker takes statistics, and reads the entries that it summarizes for the index on the time.
    await database.execute(raw('alter table customer_change set (autovacuum_enabled = off)'));
    await database.execute(raw('alter index idx_customer_change_time set (autosummarize = off)'));
    await database.execute(raw("insert into org (slug, name) values ('acme', 'Acme')"));
    await database.execute(
      raw(`
      insert into customer (org_id, erp_customer_number, name, default_currency, default_language)
      select id, number::text, 'Kunde', 'EUR', 'de-DE'
      from org, generate_series(1, ${customers}) as number`),
    );
    target = home.target;
    if (login === undefined) return;
    await database.execute(raw(`create role ${login} login`));
    await read(['access', 'grant', login, '--role', 'VIEWER', '--org', 'acme', '--yes']);
    target = { ...home.target, user: login };
  });
  afterAll(() => home.close());

  async function read(argv: string[], options: RunOptions = {}): Promise<void> {
    const result = await run(argv, { env: { ORDERFLOW_DATABASE_URL: urlOf(target) }, ...options });
    expect([result.exitCode, result.stderr]).toEqual([0, expect.any(String)]);
  }

  test.each(statistics)('with statistics %s', async (_when, arrange) => {
    // In a session that ends: it adds what it has read to the statistics some time, at the latest then.
    const writer = await openDatabase(home.target);
    await arrange(writer);
    await writer.close();
    const [{ id } = { id: '' }] = await database.query<{ id: string }>(sql`
      select id
      from customer
      where erp_customer_number = '1'`);
    await untilAlone(database);
    await database.query(sql`select pg_stat_reset()`);
    const references = ['1', id, 'R3', idOfR3];
    for (const ref of references) await read(['history', ref, '--org', 'acme', '--json']);
    await read(['history', '1', '--org', 'acme', '--json', '--since', '1h']);
    await read(['history', '1', '--org', 'acme', '--json', '--field', 'name', '--limit', '5']);
    // On a terminal it names the last change.
    await read(['show', '1', '--org', 'acme'], { terminal: { columns: 80 } });
    await untilAlone(database);
    const rows = await rowsRead(database);
    expect([rows > 0, rows <= most || rows]).toEqual([true, true]);
  });
});

/** The id that `fill` gives the third customer that was removed. */
const idOfR3 = 'eccbc87e-4b5c-e2fe-2830-8fd9f2a7baf3';

/** Entries of the customers, one turn a minute, and customers that were removed. */
async function fill(writer: Database): Promise<void> {
  await writer.execute(
    raw(`
    insert into customer_change (changed_at, org_id, customer_id, kind, changes)
    select now() - make_interval(mins => ${own} - turn), org_id, id, 'updated', '{"name": ["a", "b"]}'
    from generate_series(1, ${own}) as turn, customer
    order by turn, id`),
  );
  await writer.execute(
    raw(`
    insert into customer_change (changed_at, org_id, customer_id, kind, changes)
    select now(), org.id, md5(number::text)::uuid, 'removed', jsonb_build_object('erp_customer_number', json_build_array('R' || number, null))
    from org, generate_series(1, 5) as number`),
  );
}

/** Rows and index entries of the log that were read since the statistics were reset. */
async function rowsRead(database: Database): Promise<number> {
  const [read] = await database.query<{ rows: number }>(sql`
    select (
      (select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where relname = 'customer_change')
      + (select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'customer_change')
    )::integer as rows`);
  return read?.rows ?? 0;
}
