import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../../src/store/connection/database.ts';
import type { ConnectionTarget } from '../../../src/store/connection/target.ts';
import { migrate } from '../../../src/store/schema/migrate.ts';
import { csv, customerRow } from '../../support/csv.ts';
import type { TestDatabase } from '../../support/database.ts';
import { cloneOf, emptyDatabase, ownServer, urlOf } from '../../support/database.ts';
import type { Pooler } from '../../support/pgbouncer.ts';
import { pgBouncer, poolSize, startPgBouncer } from '../../support/pgbouncer.ts';
import type { OldServer } from '../../support/postgres-15.ts';
import { postgres15, startPostgres15 } from '../../support/postgres-15.ts';
import { run } from '../../support/run.ts';
import { untilAlone } from '../../support/sessions.ts';

/*
 * What an import reads must grow with the file, whatever the statistics say when its statements are planned. They are
 * misleading after an import that was rolled back and ANALYZE: the table has pages and no rows, so every index looks
 * alike. The check of the key from contacts to customers then read all customers of the org for each contact.
 *
 * In each state of the statistics a file is imported three times: when none of it is there, unchanged, and with a
 * change and one more contact for each customer; then one without ERP numbers, twice. Nothing is analyzed in between.
 */

/** Few, so that it is quick: read for each row, they would be 640,000. */
const rows = 800;
const otherRows = 4000;
/** Index entries and rows read for each row of the file and of the tables. Today it is about four. */
const perRow = 12;

const files: Record<string, string> = {
  'file.csv': customers(rows),
  'changed.csv': customers(rows, { name: 'Neu', contact: 'n' }),
  'unnumbered.csv': customers(rows, { numbered: false }),
  'emails.csv': customers(rows, { emails: true }),
  'by-email.csv': customers(rows, { name: 'Neu', contact: 'n', numbered: false, emails: true }),
  'first.csv': customers(5),
  'other.csv': customers(otherRows),
};
const orderflow = await readFile(new URL('../../support/orderflow-schema.sql', import.meta.url), 'utf8');
/** Where something else than the number finds the customers, and the statistics that mislead. */
const byOtherKeys = ['emails.csv', 'by-email.csv --match email', 'export.csv', 'by-email.csv --match email'];
const misleading = new Set([
  'never taken',
  'taken while the tables were empty',
  'taken after a dry run',
  'taken after all customers were deleted',
  'taken when thousands of orgs had one customer each',
]);
const imports = ['file.csv', 'file.csv', 'changed.csv', 'unnumbered.csv', 'unnumbered.csv'];

function customers(
  count: number,
  { name = 'Kunde', contact = 'k', numbered = true, emails = false } = {},
): string {
  return csv(
    Array.from({ length: count }, (_none, index) =>
      customerRow({
        erp_customer_number: numbered ? String(10_000 + index) : '',
        ...(emails && { email: `e${index}@x${index % 90}.example` }),
        name: numbered || emails ? `${name} ${index % 280} GmbH` : `Ohne ${index} GmbH`,
        contact_email: `${contact}${index}@x${index % 90}.example`,
      }),
    ),
  );
}

interface Scene {
  database: Database;
  tool: (...argv: string[]) => Promise<void>;
}

interface Statistics {
  arrange: (scene: Scene) => Promise<void>;
  /** Rows that are there besides those of the file. */
  others?: number;
}

const statistics: Record<string, Statistics> = {
  'never taken': { async arrange() {} },
  'taken while the tables were empty': {
    async arrange({ database }) {
      await database.execute(raw('analyze'));
    },
  },
  'taken after a dry run': {
    async arrange({ database, tool }) {
      await tool('import', 'file.csv', '--org', 'acme', '--dry-run');
      await database.execute(raw('analyze'));
    },
  },
  'taken after a few rows and a dry run': {
    async arrange({ database, tool }) {
      await tool('import', 'first.csv', '--org', 'acme');
      await tool('import', 'file.csv', '--org', 'acme', '--dry-run');
      await database.execute(raw('analyze'));
    },
  },
  'taken after the first few rows': {
    async arrange({ database, tool }) {
      await tool('import', 'first.csv', '--org', 'acme');
      await database.execute(raw('analyze'));
    },
  },
  'taken after all customers were deleted': {
    async arrange({ database, tool }) {
      await tool('import', 'file.csv', '--org', 'acme');
      await database.execute(raw('delete from customer'));
      await database.execute(raw('vacuum (analyze, truncate off)'));
    },
  },
  'taken when only another org had customers': {
    others: otherRows,
    async arrange({ database, tool }) {
      await tool('import', 'other.csv', '--org', 'other', '--create-org');
      await database.execute(raw('analyze'));
    },
  },
  'taken when thousands of orgs had one customer each': {
    others: 4000,
    async arrange({ database }) {
      await database.execute(
        raw(`
        with made as (
          insert into org (slug, name)
          select 'org-' || number, 'Org'
          from generate_series(1, 4000) as number
          returning id
        ), customers as (
          insert into customer (org_id, erp_customer_number, name, default_currency, default_language)
          select id, '10000', 'Kunde', 'EUR', 'de-DE'
          from made
          returning id, org_id
        )
        insert into customer_contact (org_id, customer_id, email, is_primary)
        select org_id, id, 'k@x.example', true
        from customers`),
      );
      await database.execute(raw('analyze'));
    },
  },
  'up to date': {
    async arrange({ database, tool }) {
      await tool('import', 'file.csv', '--org', 'acme');
      await database.execute(raw('analyze'));
      await database.execute(raw('delete from customer where random() < 0.5'));
    },
  },
};

let directory: string;
let old: OldServer | undefined;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'orderflow-plans-'));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text);
  if (postgres15 !== undefined) old = await startPostgres15();
}, 120_000);
afterAll(async () => {
  await old?.stop();
  await rm(directory, { recursive: true });
});

test('Postgres 15 is tried where CI runs', () => {
  expect(process.env['CI'] === undefined || postgres15 !== undefined).toBe(true);
});

interface Setting {
  server: () => ConnectionTarget;
  adopted?: true;
  /** Imports as an INTEGRATOR. Roles belong to a server, and the worker's own serves other files, too. */
  login?: string;
}

const oldServer = () => (old as OldServer).target;
const settings: Record<string, Setting> = {
  'on the newest Postgres': { server: () => ownServer().target },
  ...(postgres15 !== undefined && {
    'on Postgres 15, in OrderFlow’s own tables': { server: oldServer, adopted: true },
    'on Postgres 15, as an INTEGRATOR': { server: oldServer, login: 'anna' },
  }),
};

describe.each(Object.entries(settings))('%s', (_name, { server, adopted, login }) => {
  let template: TestDatabase;
  beforeAll(async () => {
    template = await emptyDatabase(server());
    const database = await template.open();
    if (adopted) await database.execute(raw(orderflow));
    await migrate(database);
    await database.execute(raw("insert into org (slug, name) values ('acme', 'Acme')"));
    if (login !== undefined) {
      await database.execute(raw(`create role ${login} login`));
      await succeed(
        ['access', 'grant', login, '--role', 'INTEGRATOR', '--org', 'acme', '--yes'],
        template.target,
      );
    }
    await database.close();
  }, 60_000);
  afterAll(() => template.close());

  const cases = Object.entries(statistics).flatMap(([when, taken]) => [
    { when, ...taken, files: imports, by: 'numbers' },
    ...(adopted !== true && misleading.has(when)
      ? [{ when, ...taken, files: byOtherKeys, by: 'emails and ids' }]
      : []),
  ]);

  test.each(cases)(
    'an import by $by reads in proportion to its file, with statistics $when',
    async ({ arrange, others = 0, files: given }) => {
      const home = await cloneOf(template);
      try {
        const database = await home.open();
        await arrange({ database, tool: (...argv) => succeed(argv, home.target) });
        const target = login === undefined ? home.target : { ...home.target, user: login };
        for (const [index, file] of given.entries()) {
          if (file === 'export.csv') {
            const changed = (await exported(target)).replaceAll(',Neu ', ',Neuer ');
            await writeFile(path.join(directory, file), changed);
          }
          await untilAlone(database);
          await database.query(sql`select pg_stat_reset()`);
          await succeed(['import', ...file.split(' '), '--org', 'acme'], target);
          await untilAlone(database);
          expect([index, await readTooMuch(database, 2 * rows + others)]).toEqual([index, []]);
        }
      } finally {
        await home.close();
      }
    },
    30_000,
  );
});

describe.each(
  pgBouncer === undefined ? [] : [postgres15 === undefined ? 'the newest Postgres' : 'Postgres 15'],
)('behind PgBouncer, on %s', () => {
  let home: TestDatabase;
  let pooler: Pooler;
  beforeAll(async () => {
    home = await emptyDatabase(postgres15 === undefined ? undefined : oldServer());
    pooler = await startPgBouncer(home.target);
  }, 60_000);
  afterAll(async () => {
    await pooler.stop();
    await home.close();
  });

  test('sessions that have planned a dry run import the file reading in proportion to it', async () => {
    const database = await home.open();
    await migrate(database);
    await database.execute(raw("insert into org (slug, name) values ('acme', 'Acme')"));
    const argv = ['import', 'file.csv', '--org', 'acme'];
    for (let session = 0; session < poolSize; session++) {
      await succeed([...argv, '--dry-run'], pooler.target);
      await database.execute(raw('analyze'));
    }
    await endOthers(database);
    await database.query(sql`select pg_stat_reset()`);
    for (let session = 0; session < poolSize; session++) await succeed([...argv, '--dry-run'], pooler.target);
    await succeed(argv, pooler.target);
    await endOthers(database);
    expect(await readTooMuch(database, (poolSize + 1) * rows)).toEqual([]);
  });
});

/** The pooler keeps its sessions; they add what they have read to the statistics when they end. */
async function endOthers(database: Database): Promise<void> {
  await database.query(sql`
    select pg_terminate_backend(pid)
    from pg_stat_activity
    where datname = current_database()
    and pid <> pg_backend_pid()`);
  await untilAlone(database);
}

/** What was read beyond `perRow` for each of `size` rows, by table and index. */
async function readTooMuch(database: Database, size: number): Promise<unknown[]> {
  const read = await database.query<{ what: string; tuples: number }>(sql`
    select relname as what, seq_tup_read::integer as tuples
    from pg_stat_user_tables
    union all
    select indexrelname, idx_tup_read::integer
    from pg_stat_user_indexes`);
  expect(read.some(({ tuples }) => tuples > 0)).toBe(true);
  return read.filter(({ tuples }) => tuples > perRow * size);
}

async function exported(target: ConnectionTarget): Promise<string> {
  const { exitCode, stdout } = await run(['export', '--org', 'acme'], {
    env: { ORDERFLOW_DATABASE_URL: urlOf(target) },
  });
  expect(exitCode).toBe(0);
  return stdout;
}

async function succeed(argv: string[], target: ConnectionTarget): Promise<void> {
  const env = { ORDERFLOW_DATABASE_URL: urlOf(target) };
  const { exitCode, stderr } = await run(argv, { env, cwd: directory });
  expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
}
