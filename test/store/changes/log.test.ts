import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Contact } from '../../../src/model/contact.ts';
import type { Organization } from '../../../src/model/organization.ts';
import { grantAccess } from '../../../src/store/orgs/access.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { createOrganization } from '../../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../../support/customers.ts';
import type { LoginServer } from '../../support/login-server.ts';
import { loginServer } from '../../support/login-server.ts';
import { postgres15 } from '../../support/postgres-15.ts';

const versions = ['newest', ...(postgres15 === undefined ? [] : ['15'])];

describe.each(versions)('Postgres: %s', (version) => {
  let server: LoginServer;
  let owner: Database;
  let org: Organization;
  let other: Organization;
  let integrator: Database;
  let viewer: Database;
  let stranger: Database;
  beforeAll(async () => {
    server = await loginServer({ postgres15: version === '15' });
    owner = await server.owner.open();
    org = await createOrganization(owner, { slug: 'acme', name: 'Acme' });
    other = await createOrganization(owner, { slug: 'globex', name: 'Globex' });
    integrator = await login('irma', org, 'INTEGRATOR');
    viewer = await login('vera', org, 'VIEWER');
    stranger = await login('xaver', other, 'ADMIN');
  });
  afterAll(() => server.stop());

  /** A customer with a contact, made in one transaction as the web service does. */
  function insertWithContact(contact: Partial<Contact>): Promise<string> {
    return owner.transaction(() => insertCustomer(owner, org, { contacts: [contact] }));
  }

  async function login(name: string, of: Organization, role: 'INTEGRATOR' | 'VIEWER' | 'ADMIN') {
    const made = await server.createLogin(name);
    await grantAccess(owner, { org: of, login: name, role });
    return made.open();
  }

  interface Entry {
    login: string;
    contact_email: string | null;
    kind: string;
    changes: Record<string, unknown>;
  }

  /** The entries of a customer, oldest first, as the owner sees them. */
  async function entriesOf(customerId: string, database = owner): Promise<Entry[]> {
    return database.query<Entry>(sql`
    select login, contact_email, kind, changes
    from customer_change
    where customer_id = ${customerId}
    order by id`);
  }

  /** As above, without login and contact. */
  async function changesOf(customerId: string): Promise<unknown[]> {
    return (await entriesOf(customerId)).map(({ kind, changes }) => [kind, changes]);
  }

  const address = { street: 'Hauptstr. 1', city: 'Dresden', postal_code: '01067', country: 'DE' };

  test('a change is logged field by field, an address by its parts, with the login that made it', async () => {
    const id = await insertCustomer(owner, org, { name: 'Alt', billing_address: address });
    await integrator.execute(sql`
    update customer
    set
      name = 'Neu',
      email = 'a@x.example',
      billing_address = ${JSON.stringify({ ...address, city: 'Pirna', state: '' })},
      shipping_address = ${JSON.stringify({ city: 'Köln' })},
      is_active = false
    where id = ${id}`);
    expect(await entriesOf(id)).toEqual([
      {
        login: 'irma',
        contact_email: null,
        kind: 'updated',
        changes: {
          name: ['Alt', 'Neu'],
          email: [null, 'a@x.example'],
          billing_city: ['Dresden', 'Pirna'],
          shipping_city: [null, 'Köln'],
          is_active: [true, false],
        },
      },
    ]);
  });

  test.each([
    ['nothing', `name = name`],
    ['the time', `updated_at = now()`],
    ['a blank part of an address', `billing_address = billing_address || '{"state": ""}'`],
    ['JSON’s null for no address', `shipping_address = 'null'`],
    ['an address without parts', `shipping_address = '{}'`],
  ])('a statement that changes %s is not logged', async (_what, assignment) => {
    const id = await insertCustomer(owner, org, { billing_address: address });
    await owner.execute(raw(`update customer set ${assignment} where id = '${id}'`));
    expect(await entriesOf(id)).toEqual([]);
  });

  test('whatever other programs keep in an address, the parts that the tool knows are logged', async () => {
    const id = await insertCustomer(owner, org);
    const states = [
      'null',
      '"text"',
      '[1]',
      '{"city": 5, "extra \\"part\\"": {"deep": 1}}',
      '{"city": null}',
    ];
    for (const state of states) {
      await owner.execute(sql`update customer set billing_address = ${state}::jsonb where id = ${id}`);
    }
    expect(await changesOf(id)).toEqual([
      ['updated', { billing_city: [null, '5'] }],
      ['updated', { billing_city: ['5', null] }],
    ]);
  });

  test('an address that differs in nothing but blanks is left out beside what else changes', async () => {
    const id = await insertCustomer(owner, org, { billing_address: address });
    await owner.execute(sql`
    update customer
    set name = 'Neu', billing_address = billing_address || '{"state": ""}', shipping_address = 'null', notes = 'n'
    where id = ${id}`);
    expect(await changesOf(id)).toEqual([
      ['updated', { name: ['Beispiel GmbH', 'Neu'], notes: [null, 'n'] }],
    ]);
  });

  test('a created customer and its contacts have no entry, a contact that comes later has one', async () => {
    const id = await insertCustomer(integrator, org);
    await owner.transaction(async () => {
      const fresh = await insertCustomer(owner, org, { contacts: [{ email: 'with@x.example' }] });
      expect(await entriesOf(fresh)).toEqual([]);
    });
    await integrator.execute(sql`
    insert into customer_contact (org_id, customer_id, email, phone, is_primary)
    values (${org.id}, ${id}, 'k@x.example', '030 1', true)`);
    expect(await entriesOf(id)).toEqual([
      {
        login: 'irma',
        contact_email: 'k@x.example',
        kind: 'created',
        changes: {
          email: [null, 'k@x.example'],
          phone: [null, '030 1'],
          is_primary: [null, true],
        },
      },
    ]);
  });

  test('changed, moved and removed contacts are logged, and those that go with their customer', async () => {
    const id = await insertWithContact({ email: 'k@x.example', phone: '1' });
    const next = await insertCustomer(owner, org, { name: 'Nächster' });
    await owner.execute(
      sql`update customer_contact set phone = '2', is_primary = true where customer_id = ${id}`,
    );
    expect(await changesOf(id)).toEqual([['updated', { phone: ['1', '2'], is_primary: [false, true] }]]);
    await owner.execute(sql`update customer_contact set customer_id = ${next} where customer_id = ${id}`);
    await owner.execute(sql`delete from customer where id = ${next}`);
    const entries = await entriesOf(next);
    expect(entries.map(({ kind, contact_email: contact }) => [kind, contact])).toEqual([
      ['updated', 'k@x.example'],
      ['removed', null],
      ['removed', 'k@x.example'],
    ]);
    expect(entries[0]?.changes).toEqual({ customer_id: [id, next] });
    expect(entries[1]?.changes).toMatchObject({ name: ['Nächster', null], is_active: [true, null] });
    expect(entries[2]?.changes).toMatchObject({ phone: ['2', null], is_primary: [true, null] });
  });

  test('every way to write is logged: on conflict, merge, copy, many rows, a savepoint that stays', async () => {
    const id = await insertWithContact({ email: 'k@x.example' });
    await owner.execute(sql`
    insert into customer_contact (org_id, customer_id, email, phone)
    values (${org.id}, ${id}, 'k@x.example', 'upsert')
    on conflict (customer_id, email) do update set phone = excluded.phone`);
    await owner.execute(sql`
    merge into customer using (values (${id}::uuid)) as given (id) on customer.id = given.id
    when matched then update set notes = 'merged'`);
    await owner.transaction(async () => {
      await owner.execute(sql`savepoint one`);
      await owner.execute(sql`update customer set notes = 'lost' where id = ${id}`);
      await owner.execute(sql`rollback to savepoint one`);
      await owner.execute(sql`update customer set notes = 'kept' where id = ${id}`);
    });
    expect(await changesOf(id)).toEqual([
      ['updated', { phone: [null, 'upsert'] }],
      ['updated', { notes: [null, 'merged'] }],
      ['updated', { notes: ['merged', 'kept'] }],
    ]);
  });

  test('only a login that may read an org’s customers reads its log', async () => {
    const id = await insertCustomer(owner, org, { name: 'Geheim' });
    await owner.execute(sql`update customer set name = 'Geheimer' where id = ${id}`);
    expect(await entriesOf(id, viewer)).toHaveLength(1);
    expect(await entriesOf(id, stranger)).toEqual([]);
    expect(await stranger.query(sql`select from customer_change`)).toEqual([]);
  });

  test('only the owner writes the log itself', async () => {
    for (const session of [integrator, viewer, stranger]) {
      for (const statement of [
        `insert into customer_change (changed_at, org_id, customer_id, kind, changes) values (now(), '${org.id}', '${org.id}', 'updated', '{}')`,
        `update customer_change set login = 'other'`,
        `delete from customer_change`,
        `truncate customer_change`,
        `alter table customer disable trigger customer_change_updated`,
        `set session_replication_role = replica`,
        `select nextval(pg_get_serial_sequence('customer_change', 'id'))`,
      ]) {
        await expect(session.execute(raw(statement))).rejects.toMatchObject({ code: 'not_permitted' });
      }
    }
  });

  test('an entry cannot be made to belong to the run of another transaction', async () => {
    const id = await insertCustomer(owner, org);
    const columns = 'org_id, file, started_at, tool_version';
    const run = `'${org.id}', 'x.csv', now(), '0'`;
    await expect(
      integrator.execute(
        raw(`insert into customer_import_run (${columns}, transaction) values (${run}, '3')`),
      ),
    ).rejects.toMatchObject({ code: 'not_permitted' });
    await integrator.transaction(async () => {
      await integrator.execute(sql`update customer set notes = 'mine' where id = ${id}`);
      await integrator.execute(raw(`insert into customer_import_run (${columns}) values (${run})`));
    });
    await integrator.execute(sql`update customer set notes = 'later' where id = ${id}`);
    const entries = await owner.query(sql`
    select changes -> 'notes' ->> 1 as notes, run.file
    from customer_change as change
    left join customer_import_run as run
      on run.org_id = change.org_id
      and run.transaction = change.transaction
      and run.created_at = change.began
    where customer_id = ${id}
    order by change.id`);
    expect(entries).toEqual([
      { notes: 'mine', file: 'x.csv' },
      { notes: 'later', file: null },
    ]);
    await expect(
      integrator.transaction(async () => {
        await integrator.execute(raw(`insert into customer_import_run (${columns}) values (${run})`));
        await integrator.execute(raw(`insert into customer_import_run (${columns}) values (${run})`));
      }),
    ).rejects.toThrow('already exists');
  });

  test('a session’s own tables, functions and settings do not reach the triggers', async () => {
    const id = await insertCustomer(owner, org);
    for (const statement of [
      `create temporary table customer_change (changed_at timestamptz, org_id uuid, customer_id uuid, kind text, changes jsonb)`,
      `create temporary table customer (id uuid)`,
      `create function pg_temp.customer_change_part(text, text, jsonb, jsonb) returns text return '"name":["forged","forged"]'`,
      `create function pg_temp.concat_ws(text, variadic text[]) returns text return '"name":["forged","forged"]'`,
      `set search_path = pg_temp, public, pg_catalog`,
    ]) {
      await integrator.execute(raw(statement));
    }
    await integrator.execute(sql`update public.customer set notes = 'seen' where id = ${id}`);
    expect(await changesOf(id)).toEqual([['updated', { notes: [null, 'seen'] }]]);
    await integrator.execute(raw(`reset search_path`));
  });

  test.each(['customer_change_log_customers', 'customer_change_log_contacts'])(
    '%s does nothing on a table that the owner has hung it on by mistake',
    async (logging) => {
      await owner.execute(raw(`create table if not exists mine (like customer)`));
      await owner.execute(
        raw(`create or replace trigger t after delete on mine referencing old table as before
        for each statement execute function ${logging}()`),
      );
      await expect(owner.execute(raw(`delete from mine`))).rejects.toThrow('this trigger is for the table');
      await owner.execute(raw(`drop table mine`));
    },
  );
});
