import { readdir } from 'node:fs/promises';
import sql, { raw } from 'sql-template-tag';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tool } from '../../../src/advice.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { migrate } from '../../../src/store/schema/migrate.ts';
import { migrationNames, requireCurrentSchema, schemaStatus } from '../../../src/store/schema/status.ts';
import type { TestDatabase } from '../../support/database.ts';
import { emptyDatabase, testDatabase } from '../../support/database.ts';
import { dumpSchema } from '../../support/dump-schema.ts';

let server: TestDatabase;
let database: Database;

afterEach(() => server.close());

describe('on an empty database', () => {
  beforeEach(async () => {
    server = await emptyDatabase();
    database = await server.open();
  });

  test('migrate applies every migration and says what it added', async () => {
    const report = await migrate(database);
    expect(report).toMatchObject({ applied: migrationNames, pending: [], version: migrationNames.length });
    expect(new Set(report.changes.map(({ action }) => action))).toEqual(new Set(['added']));
    expect(report.changes).toContainEqual({ action: 'added', object: 'table customer' });
    expect(report.changes).toContainEqual({ action: 'added', object: 'table customer_import_run' });
  });

  test('a second migrate has nothing to do', async () => {
    await migrate(database);
    const before = await dumpSchema(database);
    expect(await migrate(database)).toEqual({
      applied: [],
      pending: [],
      changes: [],
      version: migrationNames.length,
    });
    expect(await dumpSchema(database)).toBe(before);
  });

  test('a dry run reports what a real run would, and leaves nothing', async () => {
    const before = await dumpSchema(database);
    const rehearsed = await migrate(database, { dryRun: true });
    expect(await dumpSchema(database)).toBe(before);
    expect(rehearsed).toMatchObject({ applied: [], pending: migrationNames, version: 0 });
    expect((await migrate(database)).changes).toEqual(rehearsed.changes);
  });

  test.each(['read committed', 'serializable'])('at %s, four at once wait for each other', async (level) => {
    const [{ name } = { name: '' }] = await database.query<{ name: string }>(
      sql`select current_database() as name`,
    );
    await database.execute(raw(`alter database ${name} set default_transaction_isolation = '${level}'`));
    const sessions = await Promise.all([server.open(), server.open(), server.open(), server.open()]);
    const reports = await Promise.all(sessions.map((session) => migrate(session)));
    expect(reports.filter(({ applied }) => applied.length === migrationNames.length)).toHaveLength(1);
    expect(reports.filter(({ applied }) => applied.length === 0)).toHaveLength(3);
    expect(await schemaStatus(database)).toMatchObject({ state: 'current' });
  });

  test('a migrate that has to wait says so', async () => {
    const other = await server.open();
    const third = await server.open();
    const said: string[] = [];
    // The other one holds the lock that migrate takes, until it is done.
    await other.execute(sql`select pg_advisory_lock(5701923046)`);
    const waited = migrate(database, {
      onWait() {
        said.push('waiting');
        void schemaStatus(third).then(async ({ state }) => {
          said.push(state);
          await other.execute(sql`select pg_advisory_unlock(5701923046)`);
        });
      },
    });
    expect(await waited).toMatchObject({ applied: migrationNames });
    expect(said).toEqual(['waiting', 'missing']);
  });

  test('commands fail with schema_missing', async () => {
    expect(await schemaStatus(database)).toEqual({
      state: 'missing',
      applied: [],
      pending: migrationNames,
      version: 0,
      latest: migrationNames.length,
    });
    await expect(requireCurrentSchema(database)).rejects.toMatchObject({
      code: 'schema_missing',
      hint: ['run: ', tool('migrate')],
    });
  });

  test('a role that may not create learns which rights to request', async () => {
    const role = `oc_test_weak_${process.pid}`;
    await database.execute(raw(`create role ${role}`));
    await database.execute(raw(`set role ${role}`));
    await expect(migrate(database)).rejects.toMatchObject({
      code: 'not_permitted',
      hint: expect.stringContaining(`grant create on schema public to ${role}; create extension citext`),
    });
    await database.execute(sql`reset role`);
    await database.execute(raw(`drop role ${role}`));
    expect(await schemaStatus(database)).toMatchObject({ state: 'missing' });
  });

  test('citext in a schema outside the search path is refused, with the way to add it', async () => {
    await database.execute(sql`create schema extensions`);
    await database.execute(sql`create extension citext schema extensions`);
    await expect(migrate(database)).rejects.toMatchObject({
      code: 'refused',
      hint: expect.stringMatching(/^add it: alter database \S+ set search_path = public, extensions$/),
    });
  });

  test('a search path without a schema is refused', async () => {
    await database.execute(sql`set search_path = nowhere`);
    await expect(migrate(database)).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('on a migrated database', () => {
  beforeEach(async () => {
    server = await testDatabase();
    database = await server.open();
  });

  test('commands may work', async () => {
    expect(await schemaStatus(database)).toMatchObject({ state: 'current', pending: [] });
    await expect(requireCurrentSchema(database)).resolves.toBeUndefined();
  });

  test('an older schema is refused, with the way to update it', async () => {
    await database.execute(sql`delete from customer_schema_migration where name = ${migrationNames.at(-1)}`);
    expect(await schemaStatus(database)).toMatchObject({
      state: 'outdated',
      pending: migrationNames.slice(-1),
      version: migrationNames.length - 1,
    });
    await expect(requireCurrentSchema(database)).rejects.toMatchObject({
      code: 'schema_outdated',
      hint: ['run: ', tool('migrate')],
    });
  });

  test('a newer schema is refused by commands and by migrate', async () => {
    await database.execute(
      sql`insert into customer_schema_migration (name, run_on) values ('9999_future', now())`,
    );
    expect(await schemaStatus(database)).toMatchObject({ state: 'newer', version: 9999 });
    await expect(requireCurrentSchema(database)).rejects.toMatchObject({ code: 'schema_newer' });
    await expect(migrate(database)).rejects.toMatchObject({ code: 'schema_newer' });
  });

  test('the tool knows every migration there is', async () => {
    const files = await readdir(new URL('../../../migrations', import.meta.url));
    expect(files.toSorted()).toEqual(migrationNames.map((name) => `${name}.sql`));
  });

  test('a contact cannot belong to another org than its customer', async () => {
    const [acme, globex] = await twoOrgs();
    const customer = await addCustomer(acme);
    await expect(addContact({ org: globex, customer })).rejects.toMatchObject(
      refusedBy('customer_contact_org_customer_fkey'),
    );
    await expect(addContact({ org: acme, customer })).resolves.toBe(1);
  });

  test('a customer has one primary contact at most', async () => {
    const [acme] = await twoOrgs();
    const customer = await addCustomer(acme);
    await addContact({ org: acme, customer, email: 'a@example.com', primary: true });
    await addContact({ org: acme, customer, email: 'b@example.com' });
    await expect(
      addContact({ org: acme, customer, email: 'c@example.com', primary: true }),
    ).rejects.toMatchObject(refusedBy('uq_customer_contact_primary'));
  });

  test('an email exists once per customer, in any case', async () => {
    const [acme] = await twoOrgs();
    const customer = await addCustomer(acme);
    await addContact({ org: acme, customer, email: 'a@example.com' });
    await expect(addContact({ org: acme, customer, email: 'A@Example.com' })).rejects.toMatchObject(
      refusedBy('uq_customer_contact_customer_email'),
    );
  });

  test('new ids are of version 7, carry the time and are in its order', async () => {
    const from = Date.now();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const [row] = await database.query<{ id: string }>(
        sql`select uuid_v7()::text as id from pg_sleep(0.003)`,
      );
      ids.push(row?.id ?? '');
    }
    expect(ids.toSorted()).toEqual(ids);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const time = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
      expect(time).toBeGreaterThan(from - 1000);
      expect(time).toBeLessThan(Date.now() + 1000);
    }
    const [{ distinct } = { distinct: 0 }] = await database.query<{ distinct: number }>(
      sql`select count(distinct uuid_v7())::int as distinct from generate_series(1, 10000)`,
    );
    expect(distinct).toBe(10_000);
  });

  test('a change by another writer moves updated_at', async () => {
    const [acme] = await twoOrgs();
    await database.execute(sql`update org set updated_at = '2020-01-01', name = 'Other' where id = ${acme}`);
    const changed = await database.query(
      sql`select from org where id = ${acme} and updated_at > now() - interval '1 minute'`,
    );
    expect(changed).toHaveLength(1);
  });

  test('the ledger takes no counts that do not reconcile', async () => {
    const [acme] = await twoOrgs();
    const record = (imported: number) =>
      database.execute(
        sql`
          insert into customer_import_run (org_id, file, started_at, tool_version, rows, imported, failed)
          values (${acme}, 'a.csv', now(), '1.0.0', 3, ${imported}, 1)`,
      );
    await expect(record(1)).rejects.toMatchObject(refusedBy('customer_import_run_reconciles'));
    await expect(record(2)).resolves.toBe(1);
  });
});

/** The failure of a statement that this constraint forbids. */
function refusedBy(constraint: string) {
  return { cause: { constraint } };
}

async function twoOrgs(): Promise<[string, string]> {
  const [acme, globex] = await database.query<{ id: string }>(
    sql`insert into org (name, slug) values ('Acme', 'acme'), ('Globex', 'globex') returning id`,
  );
  return [acme?.id ?? '', globex?.id ?? ''];
}

async function addCustomer(org: string): Promise<string> {
  const [customer] = await database.query<{ id: string }>(
    sql`
      insert into customer (org_id, name, default_currency, default_language)
      values (${org}, 'Müller', 'EUR', 'de-DE')
      returning id`,
  );
  return customer?.id ?? '';
}

interface NewContact {
  org: string;
  customer: string;
  email?: string;
  primary?: boolean;
}

function addContact({
  org,
  customer,
  email = 'a@example.com',
  primary = false,
}: NewContact): Promise<number> {
  return database.execute(
    sql`
      insert into customer_contact (org_id, customer_id, email, is_primary)
      values (${org}, ${customer}, ${email}, ${primary})`,
  );
}
