import type { Sql } from 'sql-template-tag';
import sql, { raw } from 'sql-template-tag';
import { findCustomers } from '../../src/store/customers/customers.ts';
import { listCustomers, countCustomers } from '../../src/store/search/list.ts';
import type { Database } from '../../src/store/connection/database.ts';
import type { NewImportRun } from '../../src/store/merge/ledger.ts';
import { listImportRuns, recordImportRun } from '../../src/store/merge/ledger.ts';
import { findOrganization, listOrganizations } from '../../src/store/orgs/organizations.ts';
import { searchCustomers } from '../../src/store/search/search.ts';
import { searchByEmail } from '../../src/store/search/email.ts';

/** Something of an org that a statement may name; `absent` ones are of no org at all. */
export interface Mark {
  orgId: string;
  slug: string;
  customerId: string;
  erpNumber: string;
  contactId: string;
  contactEmail: string;
  runId: string;
  login: string;
}

/**
 * One operation about the marks of an org: the session's own, another's, or of one that is not there. What it
 * answers may not differ between the latter two. `own` is what the session may well name.
 */
export interface Attack {
  name: string;
  run(database: Database, about: Mark, own: Mark): Promise<unknown>;
}

const tables = [
  'org',
  'customer',
  'customer_contact',
  'customer_import_run',
  'customer_change',
  'customer_source',
  'org_access',
];

function plain(name: string, statement: (about: Mark, own: Mark) => Sql): Attack {
  return { name, run: (database, about, own) => database.query(statement(about, own)) };
}

/** Functions that run as the owner are not to run what a session has made: nobody hangs them on a table of its own. */
const ownTriggers: Attack[] = [
  'customer_search_note_customers',
  'customer_search_note_contacts',
  'customer_change_log_customers',
  'customer_change_log_contacts',
].map((noting) => ({
  name: `${noting} on a table of one’s own`,
  async run(database) {
    await database.execute(
      raw(`
      create temporary table if not exists forged (org_id uuid, name text, erp_customer_number text, billing_address jsonb, shipping_address jsonb)`),
    );
    return database.execute(
      raw(`
      create trigger t after insert on pg_temp.forged referencing new table as written
      for each statement execute function ${noting}()`),
    );
  },
}));

/** The look-ups of a search run as the owner of the tables. */
const lookUps: Attack[] = [
  plain('may I search there', (about) => sql`select customer_search_allowed(${about.orgId})`),
  plain(
    'words of an org',
    (about) => sql`select * from customer_search_words_like(${about.orgId}, array['%', '%secret%'])`,
  ),
  plain(
    'customers by words',
    (about) =>
      sql`select customer_search_by_words(${about.orgId}, array[${`${about.slug}-secret`}::text], null)`,
  ),
  plain(
    'customers by any word',
    (about) => sql`select customer_search_by_words(${about.orgId}, array['secret', '1'], null)`,
  ),
  plain(
    'customers by words of another org',
    (about, own) =>
      sql`select customer_search_by_words(${own.orgId}, array[${`${about.slug}-secret`}::text], null)`,
  ),
  plain(
    'customers by words of contacts',
    (about) =>
      sql`select customer_search_by_contact_words(${about.orgId}, array[${`${about.slug}-secret`}::text], null)`,
  ),
  plain(
    'customers by words of both',
    (about) =>
      sql`select customer_search_by_both_words(${about.orgId}, array[${`${about.slug}-secret`}::text], array[${`${about.slug}-secret`}::text], null)`,
  ),
  plain('customers by email', (about) => sql`select customer_search_by_email(${about.orgId}, '', '~', null)`),
  plain(
    'customers by emails of contacts',
    (about) => sql`select customer_search_by_contact_email(${about.orgId}, '', '~', null)`,
  ),
  plain(
    'customers by phone',
    (about) => sql`select customer_search_by_phone(${about.orgId}, '{}', array['', '0', '1'], null)`,
  ),
  plain(
    'customers listed',
    (about) => sql`select * from customer_search_listed(${about.orgId}, array['secret', '1'], '%')`,
  ),
  plain(
    'a pattern that fails at a word of another org',
    (about, own) =>
      sql`select * from customer_search_words_like(${own.orgId}, array[${`%${about.slug}%\\`}, ${`%${about.slug}\\`}])`,
  ),
  plain('a look-up in no org', () => sql`select customer_search_by_words(null, array['secret', '1'], null)`),
];

/** So do the functions that delete from the change log. */
const erasures: Attack[] = [
  plain(
    'erase a customer’s history',
    (about) => sql`
      select customer_change_erase_customer(${about.orgId}, '00000000-0000-4000-8000-000000000000')`,
  ),
  plain(
    'erase an email’s history',
    (about) => sql`select customer_change_erase_email(${about.orgId}, array['a@secret.example'])`,
  ),
  plain('prune the history', (about) => sql`select customer_change_prune(${about.orgId}, now())`),
];

/** Statements as somebody with psql would try them. */
const statements: Attack[] = [
  ...tables.flatMap((table) => [
    plain(`read all of ${table}`, () => sql`select * from ${raw(table)} limit 100`),
    plain(`count ${table}`, () => sql`select count(*)::int as number from ${raw(table)}`),
    plain(
      `delete all of ${table}`,
      () => sql`delete from ${raw(table)} where ${raw(table === 'org' ? 'id' : 'org_id')} is null`,
    ),
    plain(`truncate ${table}`, () => sql`truncate ${raw(table)} cascade`),
    plain(
      `switch row-level security of ${table} off`,
      () => sql`alter table ${raw(table)} disable row level security`,
    ),
    plain(`a policy on ${table}`, () => sql`create policy mine on ${raw(table)} using (true)`),
    plain(
      `statistics of ${table}`,
      () => sql`select most_common_vals::text, n_distinct from pg_stats where tablename = ${table}`,
    ),
  ]),
  plain('read orgs', () => sql`select id, slug, name from org`),
  plain('an org by slug', (about) => sql`select id, slug from org where slug = ${about.slug}`),
  plain('a customer by id', (about) => sql`select * from customer where id = ${about.customerId}`),
  plain('customers of an org', (about) => sql`select * from customer where org_id = ${about.orgId}`),
  plain(
    'a customer by number',
    (about) => sql`select * from customer where erp_customer_number = ${about.erpNumber}`,
  ),
  plain('customers by name', () => sql`select id, name from customer where name ilike '%secret%'`),
  plain(
    'a contact by email',
    (about) => sql`select * from customer_contact where email = ${about.contactEmail}::citext`,
  ),
  plain(
    'how many contacts of a customer',
    (about) => sql`select count(*)::int from customer_contact where customer_id = ${about.customerId}`,
  ),
  plain('lock a customer', (about) => sql`select id from customer where id = ${about.customerId} for update`),
  plain(
    'rename all customers',
    () => sql`update customer set name = name where name like 'no such%' or name like '%secret%' and false`,
  ),
  plain(
    'rename customers of an org',
    (about) => sql`update customer set notes = 'touched' where org_id = ${about.orgId} returning id`,
  ),
  plain(
    'rename a customer',
    (about) => sql`update customer set notes = 'touched' where id = ${about.customerId} returning *`,
  ),
  plain(
    'move a customer',
    (about, own) => sql`update customer set org_id = ${about.orgId} where id = ${own.customerId}`,
  ),
  plain('delete a customer', (about) => sql`delete from customer where id = ${about.customerId}`),
  plain(
    'change a contact',
    (about) => sql`update customer_contact set phone = '1' where id = ${about.contactId} returning *`,
  ),
  plain(
    'move a contact to a customer',
    (about, own) =>
      sql`update customer_contact set customer_id = ${about.customerId} where id = ${own.contactId}`,
  ),
  plain(
    'delete contacts of an org',
    (about) =>
      sql`delete from customer_contact where org_id = ${about.orgId} and phone = 'none' returning id`,
  ),
  plain(
    'delete a contact',
    (about) =>
      sql`delete from customer_contact where id = ${about.contactId} and name = 'no such' returning id`,
  ),
  plain(
    'a customer in an org',
    (about) =>
      sql`insert into customer (org_id, name, default_currency, default_language) values (${about.orgId}, 'mine', 'EUR', 'de') returning org_id`,
  ),
  plain(
    'a customer with an id',
    (about, own) =>
      sql`insert into customer (id, org_id, name, default_currency, default_language) values (${about.customerId}, ${own.orgId}, 'mine', 'EUR', 'de')`,
  ),
  plain(
    'a customer with an id, or none',
    (about, own) =>
      sql`insert into customer (id, org_id, name, default_currency, default_language) values (${about.customerId}, ${own.orgId}, 'mine', 'EUR', 'de') on conflict do nothing`,
  ),
  plain(
    'a customer with an id, or an update',
    (about, own) =>
      sql`insert into customer (id, org_id, name, default_currency, default_language) values (${about.customerId}, ${own.orgId}, 'mine', 'EUR', 'de') on conflict (id) do update set name = 'mine'`,
  ),
  plain(
    'a customer with a number',
    (about) =>
      sql`insert into customer (org_id, name, default_currency, default_language, erp_customer_number) values (${about.orgId}, 'mine', 'EUR', 'de', ${about.erpNumber})`,
  ),
  plain(
    'a contact of a customer',
    (about, own) =>
      sql`insert into customer_contact (org_id, customer_id, email) values (${own.orgId}, ${about.customerId}, ${about.contactEmail})`,
  ),
  plain(
    'a contact of a customer, or none',
    (about, own) =>
      sql`insert into customer_contact (org_id, customer_id, email) values (${own.orgId}, ${about.customerId}, ${about.contactEmail}) on conflict do nothing`,
  ),
  plain(
    'a contact of a customer, in its org',
    (about) =>
      sql`insert into customer_contact (org_id, customer_id, email) values (${about.orgId}, ${about.customerId}, ${about.contactEmail})`,
  ),
  plain(
    'a primary contact of a customer',
    (about, own) =>
      sql`insert into customer_contact (org_id, customer_id, email, is_primary) values (${own.orgId}, ${about.customerId}, 'p@x.example', true)`,
  ),
  plain(
    'a contact with an id',
    (about, own) =>
      sql`insert into customer_contact (id, org_id, customer_id, email) values (${about.contactId}, ${own.orgId}, ${own.customerId}, 'x@x.example')`,
  ),
  plain(
    'a run in an org',
    (about) =>
      sql`insert into customer_import_run (org_id, file, started_at, tool_version) values (${about.orgId}, 'f', now(), '0')`,
  ),
  plain(
    'a run by somebody else',
    (_, own) =>
      sql`insert into customer_import_run (org_id, file, started_at, tool_version, database_user) values (${own.orgId}, 'f', now(), '0', 'orderflow')`,
  ),
  plain('change the ledger', () => sql`update customer_import_run set file = 'x'`),
  plain('a run by id', (about) => sql`select * from customer_import_run where id = ${about.runId}`),
  plain('an org of that slug', (about) => sql`insert into org (slug, name) values (${about.slug}, 'x')`),
  plain(
    'an org of that slug, or none',
    (about) => sql`insert into org (slug, name) values (${about.slug}, 'x') on conflict do nothing`,
  ),
  plain('rename an org', (about) => sql`update org set name = 'x' where id = ${about.orgId}`),
  plain('settings of orgs', () => sql`select settings_json from org`),
  plain('who has access', () => sql`select * from org_access`),
  plain(
    'give oneself access',
    (about, own) =>
      sql`insert into org_access (org_id, login, role) values (${about.orgId}, ${own.login}::regrole, 'ADMIN')`,
  ),
  plain('make oneself ADMIN', () => sql`update org_access set role = 'ADMIN'`),
  plain(
    'grant oneself access',
    (about, own) => sql`select access_grant(${about.orgId}, ${own.login}, 'ADMIN')`,
  ),
  plain('revoke access', (about) => sql`select access_revoke(${about.orgId}, ${about.login})`),
  plain('align a login', (about) => sql`select access_align(${about.login}::text::regrole)`),
  plain('which orgs am I in', () => sql`select access_orgs('VIEWER')::text as orgs`),
  plain('am I ADMIN', (about) => sql`select access_allows(${about.orgId}, 'ADMIN')`),
  ...lookUps,
  ...erasures,
  ...ownTriggers,
  plain('become the owner', () => sql`set role orderflow`),
  plain('become another login', (about) => sql`set role ${raw(about.login)}`),
  plain('become a group', () => sql`set role orderflow_admin_crm`),
  plain('become the superuser', () => sql`set session authorization postgres`),
  plain('say to be somebody else', () => sql`select set_config('role', 'orderflow', false)`),
  plain(
    'row security off',
    () => sql`select set_config('row_security', 'off', false), set_config('row_security', 'on', false)`,
  ),
  plain('a group for oneself', (_, own) => sql`grant orderflow_admin_crm to ${raw(own.login)}`),
  plain('a role of the owner', (_, own) => sql`grant orderflow to ${raw(own.login)}`),
  plain('own the table', (_, own) => sql`alter table customer owner to ${raw(own.login)}`),
  plain(
    'a trigger',
    () =>
      sql`create trigger t before insert on customer for each row execute function suppress_redundant_updates_trigger()`,
  ),
  plain(
    'a function in our schema',
    () =>
      sql`create function public.access_orgs(text, int default 0) returns uuid[] language sql return '{}'::uuid[]`,
  ),
  plain('a view of one’s own', () => sql`create or replace temporary view mine as select * from customer`),
  plain('the view', () => sql`select * from pg_temp.mine limit 50`),
  plain(
    'dividing by what is secret',
    (about) => sql`select 1 / (case when id = ${about.customerId} then 0 else 1 end) as one from customer`,
  ),
  plain('casting what is secret', () => sql`select name::int from customer`),
  plain(
    'joined with everything',
    () =>
      sql`select c.name, k.email, o.slug from customer c full join customer_contact k on k.customer_id = c.id full join org o on o.id = c.org_id limit 100`,
  ),
  plain(
    'an aggregate of texts',
    () =>
      sql`select string_agg(name, ',') as names, max(id::text) as last, array_agg(distinct org_id)::text as orgs from customer`,
  ),
  plain(
    'a recursive look',
    () =>
      sql`with recursive r as (select id, 1 as n from customer union all select id, n + 1 from r where n < 2) select count(*)::int from r`,
  ),
  plain(
    'what others run',
    () =>
      sql`select query from pg_stat_activity where usename <> current_user and query <> '<insufficient privilege>'`,
  ),
  plain('the raw file', () => sql`select pg_read_file('pg_hba.conf')`),
  plain('a copy to a file', () => sql`copy customer to '/tmp/none'`),
  plain('statistics themselves', () => sql`select stavalues1::text from pg_statistic limit 1`),
];

/** A function that tells on every row it is shown would see rows before the policy if the planner let it. */
const leak: Attack = {
  name: 'a function that tells what it sees',
  async run(database) {
    const heard: string[] = [];
    const hear = ({ message }: { message?: string | undefined }) => heard.push(message ?? '');
    database.client.on('notice', hear);
    try {
      await database.execute(sql`
        create or replace function pg_temp.tell(seen text) returns boolean language plpgsql cost 0.0000001 as $f$
        begin
          raise notice '%', seen;
          return true;
        end
        $f$`);
      await database.query(sql`select id from customer where pg_temp.tell(name || id::text) limit 50`);
      await database.query(sql`select id from customer_contact where pg_temp.tell(email::text) limit 50`);
    } finally {
      database.client.off('notice', hear);
    }
    return heard;
  },
};

const counts = [
  'rows',
  'imported',
  'updated',
  'unchanged',
  'superseded',
  'failed',
  'contacts_imported',
  'contacts_updated',
  'contacts_unchanged',
  'warnings',
];

/** The tool's own functions, told an org they may not have found. */
const functions: Attack[] = [
  { name: 'findOrganization', run: (database, about) => findOrganization(database, about.slug) },
  { name: 'findOrganization, by id', run: (database, about) => findOrganization(database, about.orgId) },
  { name: 'listOrganizations', run: (database) => listOrganizations(database) },
  {
    name: 'listCustomers',
    run: (database, { orgId }) => listCustomers(database, { orgId, page: 1, perPage: 50 }),
  },
  {
    name: 'listCustomers, by text',
    run: (database, { orgId }) => listCustomers(database, { orgId, q: 'secret', page: 1, perPage: 5 }),
  },
  {
    name: 'searchCustomers',
    run: (database, { orgId }) => searchCustomers(database, { orgId, text: 'secret', limit: 20 }),
  },
  {
    name: 'searchCustomers, by ERP number',
    run: (database, { orgId, erpNumber: text }) => searchCustomers(database, { orgId, text, limit: 20 }),
  },
  {
    name: 'searchCustomers, by another’s name in the own org',
    run: (database, { erpNumber: text }, { orgId }) => searchCustomers(database, { orgId, text, limit: 20 }),
  },
  {
    name: 'searchByEmail',
    run: (database, { orgId, contactEmail: email }) => searchByEmail(database, { orgId, email, limit: 20 }),
  },
  { name: 'countCustomers', run: (database, { orgId }) => countCustomers(database, { orgId }) },
  {
    name: 'findCustomers',
    run: (database, { orgId, erpNumber: ref }) => findCustomers(database, { orgId, ref }),
  },
  {
    name: 'findCustomers, in the own org',
    run: (database, { customerId: ref }, { orgId }) => findCustomers(database, { orgId, ref }),
  },
  { name: 'listImportRuns', run: (database, { orgId }) => listImportRuns(database, { orgId, limit: 10 }) },
  {
    name: 'recordImportRun',
    run: (database, { orgId }) =>
      recordImportRun(database, orgId, {
        ...Object.fromEntries(counts.map((count) => [count, 0])),
        file: 'f',
        file_size: null,
        rejects_file: null,
        settings: {},
        tool_version: '0',
      } as NewImportRun).then(({ runId }) => runId.length),
  },
];

export const attacks: Attack[] = [...statements, leak, ...functions];
