import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../../src/model/organization.ts';
import { grantAccess } from '../../../src/store/orgs/access.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { listCustomers } from '../../../src/store/search/list.ts';
import { createOrganization } from '../../../src/store/orgs/organizations.ts';
import { searchCustomers } from '../../../src/store/search/search.ts';
import { searchByEmail } from '../../../src/store/search/email.ts';
import { insertCustomer } from '../../support/customers.ts';
import type { LoginServer } from '../../support/login-server.ts';
import { loginServer } from '../../support/login-server.ts';

let server: LoginServer;
let owner: Database;
let acme: Organization;
let globex: Organization;

const texts = [
  'muller',
  'ulle',
  'mulller',
  '4711',
  'verkauf@',
  '089 123456',
  'müller erika',
  'berlin',
  'kunde.example',
];

beforeAll(async () => {
  server = await loginServer();
  owner = await server.owner.open();
  acme = await createOrganization(owner, { slug: 'acme', name: 'Acme' });
  globex = await createOrganization(owner, { slug: 'globex', name: 'Globex' });
  for (const org of [acme, globex]) {
    for (const name of ['Müller Bau', 'Müllerei Nord', 'Petersen']) {
      await insertCustomer(owner, org, {
        name: `${name} ${org.slug}`,
        erp_customer_number: `0004711-${name}`,
        email: `verkauf@${org.slug}.example`,
        billing_address: { city: 'Berlin' },
        contacts: [{ email: 'erika@kunde.example', name: 'Erika', phone: '+49 89 123456' }],
      });
    }
  }
});
afterAll(() => server.stop());

async function foundBy(database: Database, org: Organization): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const text of texts) found.push(await searchCustomers(database, { orgId: org.id, text, limit: 20 }));
  for (const q of ['mülle', 'erei', '4711', '%'])
    found.push(await listCustomers(database, { orgId: org.id, q, page: 1, perPage: 50 }));
  found.push(await searchByEmail(database, { orgId: org.id, email: 'erika@kunde.example', limit: 20 }));
  return found;
}

const nothing = [
  ...texts.map(() => ({ items: [], total: 0, total_is_exact: true })),
  ...['mülle', 'erei', '4711', '%'].map(() => ({ items: [], total: 0 })),
  { items: [], total: 0, total_is_exact: true },
];

test('a VIEWER finds what the owner finds in the org, and nothing in another one', async () => {
  const viewer = await server.createLogin('viewer');
  await grantAccess(owner, { org: acme, login: 'viewer', role: 'VIEWER' });
  const database = await viewer.open();
  const found = await foundBy(owner, acme);
  expect(found.filter((each) => (each as { total: number }).total === 0)).toHaveLength(1);
  expect(await foundBy(database, acme)).toEqual(found);
  expect(await foundBy(database, globex)).toEqual(nothing);
});

test('a role that bypasses row-level security finds what it may read; without rights on the tables it gets an error', async () => {
  const login = await server.createLogin('auditor', 'bypassrls');
  const database = await login.open();
  await expect(foundBy(database, globex)).rejects.toMatchObject({ code: 'not_permitted' });
  const lookUp = sql`select customer_search_by_email(${globex.id}, '', '~', null)`;
  await expect(database.query(lookUp)).rejects.toThrow('permission denied for table customer');
  for (const table of ['customer', 'customer_contact', 'customer_search_word'])
    await owner.execute(raw(`grant select on ${table} to auditor`));
  expect(await foundBy(database, globex)).toEqual(await foundBy(owner, globex));
});

test('a login that has lost its role finds nothing in the session that it has open', async () => {
  const login = await server.createLogin('leaver');
  await grantAccess(owner, { org: acme, login: 'leaver', role: 'VIEWER' });
  await grantAccess(owner, { org: globex, login: 'leaver', role: 'VIEWER' });
  const database = await login.open();
  expect(await foundBy(database, globex)).toEqual(await foundBy(owner, globex));
  await owner.query(sql`select access_revoke(${globex.id}, 'leaver')`);
  expect(await foundBy(database, globex)).toEqual(nothing);
});

test('whatever is asked, a look-up visits entries of its own org only', async () => {
  const digits = globex.id.slice(-6);
  const asked = [
    'müller',
    '4711',
    `${digits}globex`,
    `' | '${digits}globex`,
    `x'|'${digits}globex'|'`,
    `\\'|'${digits}globex`,
    '!x',
    '(',
    `${digits}:*`,
    `!${digits}:* | x\\`,
  ];
  for (const word of asked) {
    const [made] = await owner.query<{ condition: string }>(
      sql`select customer_search_condition(${acme.id}, array[${word}::text, 'bau'])::text as condition`,
    );
    const lexeme = /'((?:[^'\\]|''|\\\\)*)'(:\*)?/g;
    const lexemes = [...(made?.condition ?? '').matchAll(lexeme)];
    expect(lexemes).toHaveLength(word.split(' ').length + 1);
    for (const [, text] of lexemes) expect(text).toMatch(new RegExp(`^${acme.id.slice(-6)}`));
    expect(made?.condition.replaceAll(lexeme, '').replaceAll(/[ &|()]/g, '')).toBe('');
  }
});

test('another role cannot attach a function that runs as the owner to a table', async () => {
  const open = await owner.query(sql`
    select proname
    from pg_proc
    where prosecdef
    and prorettype = 'trigger'::regtype
    and has_function_privilege('public', oid, 'execute')`);
  expect(open).toEqual([]);
});

test('what a session has made for itself is not what a look-up finds', async () => {
  const login = await server.createLogin('forger');
  await grantAccess(owner, { org: acme, login: 'forger', role: 'INTEGRATOR' });
  const database = await login.open();
  await database.execute(raw(`create temporary table org_access (org_id uuid, login regrole, role text)`));
  await database.execute(sql`insert into pg_temp.org_access values (${globex.id}, 'forger', 'ADMIN')`);
  await database.execute(
    raw(`create function pg_temp.customer_search_allowed(uuid) returns boolean return true`),
  );
  await database.execute(raw(`create function pg_temp.access_login() returns oid return 10::oid`));
  await database.execute(sql`select set_config('search_path', 'pg_temp, public', false)`);
  expect(await database.query(sql`select customer_search_by_email(${globex.id}, '', '~', null)`)).toEqual([]);
  expect(await database.query(sql`select customer_search_by_email(${acme.id}, '', '~', null)`)).toHaveLength(
    3,
  );
});
