import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Database } from '../../../src/store/connection/database.ts';
import type { ConnectionTarget } from '../../../src/store/connection/target.ts';
import { migrate } from '../../../src/store/schema/migrate.ts';
import { csv, customerRow } from '../../support/csv.ts';
import type { TestDatabase } from '../../support/database.ts';
import { emptyDatabase, urlOf } from '../../support/database.ts';
import type { OldServer } from '../../support/postgres-15.ts';
import { postgres15, startPostgres15 } from '../../support/postgres-15.ts';
import { run } from '../../support/run.ts';
import { until } from '../../support/sessions.ts';

/*
 * What an import reads must grow with the file, whatever the statistics say when its statements are planned. They are
 * misleading after an import that was rolled back and ANALYZE: the table has pages and no rows, so every index looks
 * alike. The check of the key from contacts to customers then read all customers of the org for each contact.
 */

/** Few, so that it is quick: read for each row, they would be 4,000,000. */
const rows = 2000;
const otherRows = 10_000;
/** Index entries and rows read for each row of the file. Today it is about three. */
const perRow = 12;

const orderflow = await readFile(new URL('../../support/orderflow-schema.sql', import.meta.url), 'utf8');
let directory: string;
let old: OldServer | undefined;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'orderflow-plans-'));
  await writeFile(path.join(directory, 'file.csv'), customers(rows));
  await writeFile(path.join(directory, 'other.csv'), customers(otherRows));
  if (postgres15 !== undefined) old = await startPostgres15();
}, 120_000);
afterAll(async () => {
  await old?.stop();
  await rm(directory, { recursive: true });
});

function customers(count: number): string {
  return csv(
    Array.from({ length: count }, (_none, index) =>
      customerRow({
        erp_customer_number: String(10_000 + index),
        name: `Kunde ${index % 700} GmbH`,
        contact_email: `k${index}@x${index % 90}.example`,
      }),
    ),
  );
}

test('Postgres 15 is tried where CI runs', () => {
  expect(process.env['CI'] === undefined || postgres15 !== undefined).toBe(true);
});

interface Scene {
  database: Database;
  tool: (...argv: string[]) => Promise<void>;
}

const statistics: Record<string, (scene: Scene) => Promise<void>> = {
  'never taken': async () => {},
  async 'taken while the tables were empty'({ database }) {
    await database.execute(raw('analyze'));
  },
  async 'taken after a dry run'({ database, tool }) {
    await tool('import', 'file.csv', '--org', 'acme', '--dry-run');
    await database.execute(raw('analyze'));
  },
  async 'taken after all customers were deleted'({ database, tool }) {
    await tool('import', 'file.csv', '--org', 'acme');
    await database.execute(raw('delete from customer'));
    await database.execute(raw('vacuum (analyze, truncate off)'));
  },
  async 'taken when only another org had customers'({ database, tool }) {
    await tool('import', 'other.csv', '--org', 'other', '--create-org');
    await database.execute(raw('analyze'));
  },
  async 'up to date'({ database, tool }) {
    await tool('import', 'file.csv', '--org', 'acme');
    await database.execute(raw('analyze'));
    await database.execute(raw('delete from customer where random() < 0.5'));
  },
};

const servers: [string, () => ConnectionTarget][] = [
  ['the newest Postgres', () => inject('server').target],
  ...(postgres15 === undefined
    ? []
    : ([['Postgres 15', () => (old as OldServer).target]] as [string, () => ConnectionTarget][])),
];

describe.each(servers)('on %s', (_server, serverOf) => {
  describe.each(['tables that migrate made', 'OrderFlow’s tables, adopted'])('in %s', (tables) => {
    test.each(Object.entries(statistics))(
      'an import reads in proportion to its file, with statistics %s',
      async (when, arrange) => {
        const home = await emptyDatabase(serverOf());
        try {
          const scene = await sceneIn(home, tables);
          await arrange(scene);
          const size = when.includes('another org') ? rows + otherRows : rows;
          expect(await readTooMuch(scene, size)).toEqual([]);
        } finally {
          await home.close();
        }
      },
    );
  });
});

// Roles belong to a server, and the run's own is shared by all test files.
describe.each(servers.slice(1))('on %s', (_server, serverOf) => {
  test.each(Object.entries(statistics))(
    'an import by an INTEGRATOR reads in proportion to its file, with statistics %s',
    async (when, arrange) => {
      const home = await emptyDatabase(serverOf());
      try {
        const scene = await sceneIn(home, 'tables that migrate made');
        await scene.database.execute(raw('drop role if exists anna'));
        await scene.database.execute(raw('create role anna login'));
        await scene.tool('access', 'grant', 'anna', '--role', 'INTEGRATOR', '--org', 'acme', '--yes');
        await arrange(scene);
        const anna = {
          ...scene,
          tool: (...argv: string[]) => succeed(argv, { ...home.target, user: 'anna' }),
        };
        const size = when.includes('another org') ? rows + otherRows : rows;
        expect(await readTooMuch(anna, size)).toEqual([]);
      } finally {
        await home.close();
      }
    },
  );
});

async function sceneIn(home: TestDatabase, tables: string): Promise<Scene> {
  const database = await home.open();
  if (tables.startsWith('OrderFlow')) await database.execute(raw(orderflow));
  await migrate(database);
  const scene = { database, tool: (...argv: string[]) => succeed(argv, home.target) };
  await scene.tool('org', 'create', 'acme', '--name', 'Acme');
  return scene;
}

/** What one more import reads beyond `perRow` for each of `size` rows, by table and index. */
async function readTooMuch({ database, tool }: Scene, size: number): Promise<unknown[]> {
  await untilCounted(database);
  await database.query(sql`select pg_stat_reset()`);
  await tool('import', 'file.csv', '--org', 'acme');
  await untilCounted(database);
  const read = await database.query<{ what: string; tuples: number }>(sql`
    select relname as what, seq_tup_read::integer as tuples
    from pg_stat_user_tables
    where relname like 'customer%'
    union all
    select indexrelname, idx_tup_read::integer
    from pg_stat_user_indexes`);
  expect(read.some(({ tuples }) => tuples > 0)).toBe(true);
  return read.filter(({ tuples }) => tuples > perRow * size);
}

/** A session adds what it has read to the statistics when it ends. */
async function untilCounted(database: Database): Promise<void> {
  await until(
    database,
    sql`
      select
      where not exists (
        select
        from pg_stat_activity
        where datname = current_database()
        and pid <> pg_backend_pid()
      )`,
  );
}

async function succeed(argv: string[], target: ConnectionTarget): Promise<void> {
  const env = { ORDERFLOW_DATABASE_URL: urlOf(target) };
  const { exitCode, stderr } = await run(argv, { env, cwd: directory });
  expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
}
