import { PassThrough } from 'node:stream';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { findCustomers } from '../../src/store/customers/customers.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../support/customers.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { startProxy } from '../support/proxy.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';
import { until, untilTool } from '../support/sessions.ts';

let server: TestDatabase;
let database: Database;
/** A session of another program. */
let other: Database;
let org: Organization;
let id: string;
let count = 0;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
  other = await server.open();
});
afterAll(() => server.close());
beforeEach(async () => {
  await other.execute(sql`rollback`);
  org = await createOrganization(database, { slug: `org-${++count}`, name: 'Acme' });
  id = await insertCustomer(database, org, {
    name: 'Müller',
    erp_customer_number: '1',
    notes: 'old',
    contacts: [
      { email: 'a@m.example', is_primary: true },
      { email: 'b@m.example' },
      { email: 'c@m.example' },
    ],
  });
  await insertCustomer(database, org, { name: 'Zwei', erp_customer_number: '2' });
});

const tool = (argv: string[], options: RunOptions = {}) =>
  run([...argv, '--org', org.slug], { database: server, ...options });

async function stored() {
  const [customer] = await findCustomers(database, { orgId: org.id, ref: id });
  return customer;
}

const primaries = async () =>
  (await stored())?.contacts.filter((contact) => contact.is_primary).map(({ email }) => email);

/** Waits until so many sessions of the tool wait for a lock. */
async function untilWaiting(sessions: number) {
  await until(
    database,
    sql`
      select
      where (
        select count(*)
        from pg_stat_activity
        where datname = current_database()
        and starts_with(application_name, 'orderflow-customers')
        and wait_event_type = 'Lock'
      ) = ${sessions}`,
  );
}

function withDefaults(settings: string): RunOptions {
  const url = new URL(server.url);
  url.searchParams.set('options', `-c ${settings}`);
  return { env: { ORDERFLOW_DATABASE_URL: url.href.replaceAll('+', '%20') } };
}

describe('a change by another session between reading and writing', () => {
  test.for(['read\\ committed', 'repeatable\\ read', 'serializable'])(
    'is noticed, not overwritten, and told (sessions that begin %s)',
    async (level) => {
      await other.execute(sql`begin`);
      await other.execute(sql`update customer set notes = 'theirs' where org_id = ${org.id} and id = ${id}`);
      const options = withDefaults(`default_transaction_isolation=${level}`);
      const running = tool(['update', '1', '--notes', 'mine', '--json'], options);
      await untilWaiting(1);
      await other.execute(sql`commit`);
      const result = await running;
      expect(result.exitCode).toBe(12);
      expect(result.json().error).toMatchObject({
        code: 'conflict',
        message: `Müller (${id}) was changed by another user in the meantime: notes "old" → "theirs"`,
      });
      expect(await stored()).toMatchObject({ notes: 'theirs' });
    },
  );

  test('and reverts is ignored', async () => {
    await other.execute(sql`begin`);
    await other.execute(sql`update customer set notes = 'theirs' where org_id = ${org.id} and id = ${id}`);
    const running = tool(['update', '1', '--notes', 'mine']);
    await untilWaiting(1);
    await other.execute(sql`rollback`);
    expect((await running).exitCode).toBe(0);
    expect(await stored()).toMatchObject({ notes: 'mine' });
  });

  test('of one of several customers stops all', async () => {
    await other.execute(sql`begin`);
    await other.execute(sql`delete from customer where org_id = ${org.id} and id = ${id}`);
    const running = tool(['update', '1', '2', '--notes', 'mine']);
    await untilWaiting(1);
    await other.execute(sql`commit`);
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(12);
    expect(stderr).toContain(`Müller (${id}) was deleted by another user in the meantime`);
    const [two] = await findCustomers(database, { orgId: org.id, ref: '2' });
    expect(two).toMatchObject({ notes: null });
  });

  test('while a question waits for its answer is not kept waiting, and noticed', async () => {
    const stdin = new PassThrough();
    const running = tool(['update', '1', '2', '--notes', 'mine'], { stdin, terminal: { columns: 80 } });
    await expect.poll(() => stdin.listenerCount('keypress'), { timeout: 10_000 }).toBeGreaterThan(0);
    await other.execute(sql`set statement_timeout = '2s'`);
    await other.execute(sql`update customer set name = 'Theirs' where org_id = ${org.id} and id = ${id}`);
    await other.execute(sql`reset statement_timeout`);
    stdin.write('y\r');
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(12);
    expect(stderr).toContain('in the meantime: name "Müller" → "Theirs"');
    expect(await stored()).toMatchObject({ name: 'Theirs', notes: 'old' });
  });

  test('to a contact is noticed as well', async () => {
    await other.execute(sql`begin`);
    await other.execute(sql`
      update customer_contact set phone = '1'
      where org_id = ${org.id} and customer_id = ${id} and email = 'b@m.example'`);
    const running = Promise.all([
      tool(['contact', 'update', '1', 'b@m.example', '--phone', '2']),
      tool(['contact', 'remove', '1', 'b@m.example', '--yes']),
    ]);
    await untilWaiting(2);
    await other.execute(sql`commit`);
    for (const { exitCode, stderr } of await running) {
      expect(exitCode).toBe(12);
      expect(stderr).toContain('b@m.example was changed by another user in the meantime: phone none → "1"');
    }
    expect((await stored())?.contacts[1]).toMatchObject({ email: 'b@m.example', phone: '1' });
  });
});

test('concurrent updates of one customer end in one order, each whole or not at all', async () => {
  await other.execute(sql`begin`);
  await other.execute(sql`select from customer where org_id = ${org.id} for update`);
  const names = ['A', 'B', 'C', 'D'];
  const running = Promise.all(
    names.map((name) => tool(['update', '1', '--name', name, '--notes', name, '--shipping-city', name])),
  );
  await untilWaiting(names.length);
  await other.execute(sql`rollback`);
  const results = await running;
  const written = names.filter((_name, index) => results[index]?.exitCode === 0);
  expect(written).toHaveLength(1);
  expect(results.filter(({ exitCode }) => exitCode === 12)).toHaveLength(names.length - 1);
  const [name = ''] = written;
  expect(await stored()).toMatchObject({ name, notes: name, shipping_address: { city: name } });
});

test('two runs that change the same customers in opposite order do not deadlock', async () => {
  await other.execute(sql`begin`);
  await other.execute(sql`select from customer where org_id = ${org.id} for update`);
  const running = Promise.all([
    tool(['update', '1', '2', '--notes', 'A']),
    tool(['update', '2', '1', '--notes', 'B']),
  ]);
  await untilWaiting(2);
  await other.execute(sql`rollback`);
  const codes = (await running).map(({ exitCode }) => exitCode);
  expect([...codes].toSorted((a, b) => a - b)).toEqual([0, 12]);
  const notes = codes[0] === 0 ? 'A' : 'B';
  const [two] = await findCustomers(database, { orgId: org.id, ref: '2' });
  expect([await stored(), two]).toMatchObject([{ notes }, { notes }]);
});

describe('an ERP number that another session uses meanwhile', () => {
  beforeEach(async () => {
    await other.execute(sql`begin`);
    await other.execute(sql`
      insert into customer (org_id, name, erp_customer_number, default_currency, default_language)
      values (${org.id}, 'Theirs', '9', 'EUR', 'de')`);
  });
  const create = ['create', '--name', 'Mine', '--currency', 'EUR', '--language', 'de', '--erp-number', '9'];
  const cases = [
    ['create', create],
    ['update', ['update', '1', '--erp-number', '9', '--notes', 'mine']],
  ] as const;

  test.for(cases)('%s: is named with its owner', async ([, argv]) => {
    const running = tool([...argv]);
    await untilWaiting(1);
    await other.execute(sql`commit`);
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(12);
    expect(stderr).toMatch(/error: ERP number 9 belongs to Theirs \([0-9a-f-]{36}\)\n/);
    expect(await stored()).toMatchObject({ erp_customer_number: '1', notes: 'old' });
  });

  test.for(cases)('%s: and gives back is free', async ([, argv]) => {
    const running = tool([...argv]);
    await untilWaiting(1);
    await other.execute(sql`rollback`);
    expect((await running).exitCode).toBe(0);
    expect(await findCustomers(database, { orgId: org.id, ref: '9' })).toHaveLength(1);
  });
});

describe('concurrent --primary on one customer', () => {
  test('end in one order: the last one is primary, and the only one', async () => {
    await other.execute(sql`begin`);
    await other.execute(sql`select from customer where org_id = ${org.id} for update`);
    const running = Promise.all([
      tool(['contact', 'update', '1', 'b@m.example', '--primary']),
      tool(['contact', 'update', '1', 'c@m.example', '--primary']),
      tool(['contact', 'add', '1', '--email', 'd@m.example', '--primary']),
    ]);
    await untilWaiting(3);
    await other.execute(sql`rollback`);
    expect((await running).map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    const demoted = (await running).map(({ stderr }) => /~ (\S+) is no longer/.exec(stderr)?.[1] as string);
    const all = ['a@m.example', 'b@m.example', 'c@m.example', 'd@m.example'];
    // Each took over from another one, and from the last nobody did.
    expect(demoted.toSorted()).toEqual(all.filter((email) => demoted.includes(email)));
    expect(await primaries()).toEqual(all.filter((email) => !demoted.includes(email)));
  });

  test('with another program, which holds no customer, is a conflict: never two', async () => {
    await other.execute(sql`update customer_contact set is_primary = false where org_id = ${org.id}`);
    await other.execute(sql`begin`);
    await other.execute(sql`
      insert into customer_contact (org_id, customer_id, email, is_primary)
      values (${org.id}, ${id}, 'theirs@m.example', true)`);
    const running = Promise.all([
      tool(['contact', 'add', '1', '--email', 'd@m.example', '--primary']),
      tool(['contact', 'update', '1', 'b@m.example', '--primary']),
    ]);
    await untilWaiting(2);
    await other.execute(sql`commit`);
    const results = await running;
    // The one that came first met the new primary contact; the other took over from it, or met it too.
    expect(results.some(({ exitCode }) => exitCode === 12)).toBe(true);
    expect(await primaries()).toHaveLength(1);
  });

  test('and an email added twice at once is there once', async () => {
    const results = await Promise.all(
      Array.from({ length: 4 }, () => tool(['contact', 'add', '2', '--email', 'x@x.example', '--primary'])),
    );
    const codes = results.map(({ exitCode }) => exitCode);
    expect(codes.toSorted((a, b) => a - b)).toEqual([0, 12, 12, 12]);
    const [two] = await findCustomers(database, { orgId: org.id, ref: '2' });
    expect(two?.contacts).toMatchObject([{ email: 'x@x.example', is_primary: true }]);
  });
});

test('when the answer to COMMIT is lost it says that it may be done, and where to look', async () => {
  const line = await startProxy(server, 'commit\0');
  const running = tool(['update', '1', '--notes', 'mine'], { env: { ORDERFLOW_DATABASE_URL: line.url } });
  await line.held;
  line.swallowAnswer();
  await untilTool(database, sql`state = 'idle' and query = 'commit'`);
  line.cutTool();
  const { exitCode, stderr } = await running;
  await line.close();
  expect(exitCode).toBe(7);
  expect(stderr).toContain('so it may or may not have been done');
  expect(stderr).toContain('hint: look it up to see: orderflow-customers show REF --org ORG');
  expect(await stored()).toMatchObject({ notes: 'mine' });
});
