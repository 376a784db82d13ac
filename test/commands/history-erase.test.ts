import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { roles } from '../../src/model/role.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { Login, LoginServer } from '../support/login-server.ts';
import { loginServer } from '../support/login-server.ts';
import type { RunOptions, RunResult } from '../support/run.ts';
import { run } from '../support/run.ts';

let server: LoginServer;
let database: Database;
const logins = new Map<string, Login>();
let made = 0;

beforeAll(async () => {
  server = await loginServer();
  database = await server.owner.open();
  for (const role of roles) logins.set(role, await server.createLogin(role.toLowerCase()));
});
afterAll(() => server.stop());

function as(login: Login | undefined, argv: string[], options: RunOptions = {}): Promise<RunResult> {
  return run(argv, { env: { ORDERFLOW_DATABASE_URL: login?.url, NO_COLOR: '1' }, ...options });
}

async function owner(argv: string[], stdin?: string): Promise<RunResult> {
  const result = await as(server.owner, argv, stdin === undefined ? {} : { stdin });
  if (result.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
  return result;
}

/** Customers 1 and 2 with a contact each, the run that changed both names, and an entry for each contact. */
async function changedOrg(): Promise<Organization & { runId: string }> {
  const org = await createOrganization(database, { slug: `org-${(made += 1)}`, name: 'Org' });
  const rows = ['1', '2'].map((number) =>
    customerRow({
      erp_customer_number: number,
      name: `Alt ${number}`,
      contact_email: `k${number}@x.example`,
    }),
  );
  const importing = ['import', '-', '--org', org.slug, '--no-rejects', '--json'];
  await owner(importing, csv(rows));
  const renamed = rows.map((row, index) => ({ ...row, name: `Neu ${index + 1}` }));
  const { run_id: runId } = (await owner(importing, csv(renamed))).json();
  await database.execute(sql`update customer_contact set phone = '0351 1' where org_id = ${org.id}`);
  return { ...org, runId };
}

/** What is left, as `customer number or contact`. */
async function left(org: Organization): Promise<string[]> {
  const rows = await database.query<{ subject: string }>(sql`
    select coalesce(change.contact_email, changes -> 'name' ->> 0, kind) as subject
    from customer_change as change
    where org_id = ${org.id}
    order by subject`);
  return rows.map(({ subject }) => subject);
}

const all = ['Alt 1', 'Alt 2', 'k1@x.example', 'k2@x.example'];

async function idOf(org: Organization, number: string): Promise<string> {
  return (await owner(['show', number, '--org', org.slug, '--json'])).json().id;
}

test('erase deletes the entries of a customer and its contacts, and no others', async () => {
  const org = await changedOrg();
  const other = await changedOrg();
  const erased = await owner(['history', 'erase', '1', '--org', org.slug, '--yes']);
  expect(erased.stdout).toBe('2 entries deleted\n');
  expect(await left(org)).toEqual(['Alt 2', 'k2@x.example']);
  expect(await left(other)).toEqual(all);
  const again = await owner(['history', 'erase', '1', '--org', org.slug, '--json']);
  expect(again.json()).toEqual({ deleted: 0 });
  const shown = await owner(['history', '2', '--org', org.slug, '--json']);
  expect(shown.json().total).toBe(2);
});

test('a customer that was removed is erased by its id, and by its number', async () => {
  for (const by of ['id', 'number', 'id, without the entry of its removal']) {
    const org = await changedOrg();
    const id = await idOf(org, '1');
    await database.execute(sql`delete from customer where org_id = ${org.id} and id = ${id}`);
    if (by.endsWith('removal'))
      await database.execute(sql`
        delete from customer_change where org_id = ${org.id} and kind = 'removed' and contact_id is null`);
    const ref = by === 'number' ? '1' : id;
    const { deleted } = (await owner(['history', 'erase', ref, '--org', org.slug, '--yes', '--json'])).json();
    expect(deleted).toBeGreaterThanOrEqual(3);
    expect(await left(org)).toEqual(['Alt 2', 'k2@x.example']);
    const again = await as(server.owner, ['history', 'erase', ref, '--org', org.slug, '--yes']);
    expect(again.exitCode).toBe(4);
  }
});

test.each([
  ['of a contact', 'K1@X.example', ['Alt 1', 'Alt 2', 'k2@x.example']],
  ['pasted', 'Anna <k1@x.example>', ['Alt 1', 'Alt 2', 'k2@x.example']],
  ['of a contact that has another one now', 'old@x.example', all],
  ['of a customer, in capitals', 'firma@x.example', all],
  ['with another beginning', '1@x.example', [...all, 'new@x.example', 'updated'].toSorted()],
])('erase --email: %s', async (what, email, expected) => {
  const org = await changedOrg();
  const other = await changedOrg();
  if (expected === all || expected.length > 4) {
    await owner(['contact', 'add', '1', '--org', org.slug, '--email', 'old@x.example']);
    await owner(['contact', 'update', '1', 'old@x.example', '--org', org.slug, '--email', 'new@x.example']);
    await database.execute(sql`
      delete from customer_change
      where org_id = ${org.id}
      and contact_email = ${what.startsWith('of a customer') ? 'new@x.example' : 'nothing'}`);
    await database.execute(sql`
      delete from customer_change where org_id = ${org.id} and contact_email = 'old@x.example'`);
    if (!what.startsWith('of a contact'))
      await database.execute(sql`
        update customer set email = 'Firma@X.example' where org_id = ${org.id} and erp_customer_number = '2'`);
  }
  const erased = await owner(['history', 'erase', '--email', email, '--org', org.slug, '--yes', '--json']);
  expect(await left(org)).toEqual(expected);
  expect(erased.json().deleted).toBe(what === 'with another beginning' ? 0 : 1);
  expect(await left(other)).toEqual(all);
});

test('prune deletes what is older', async () => {
  const org = await changedOrg();
  const other = await changedOrg();
  await database.execute(sql`
    update customer_change
    set changed_at = now() - interval '401 days'
    where contact_id is null`);
  const pruning = ['history', 'prune', '--older-than', '400d', '--yes', '--org', org.slug];
  expect((await owner(pruning)).stdout).toBe('2 entries deleted\n');
  expect(await left(org)).toEqual(['k1@x.example', 'k2@x.example']);
  expect(await left(other)).toEqual(all);
  expect((await owner([...pruning, '--json'])).json()).toEqual({ deleted: 0 });
});

const erasures = [
  ['history', 'erase', '1'],
  ['history', 'erase', '--email', 'k1@x.example'],
  ['history', 'prune', '--older-than', '1m'],
];

test.each(erasures)('%s %s %s is not done without a yes', async (...argv) => {
  const org = await changedOrg();
  await database.execute(
    sql`update customer_change set changed_at = now() - interval '1 day' where org_id = ${org.id}`,
  );
  const asked = await as(server.owner, [...argv, '--org', org.slug, '--json']);
  expect(asked.exitCode).toBe(5);
  expect(asked.json().error.code).toBe('confirmation_required');
  expect(asked.json().error.message).toMatch(
    /Delete (?:1 entry|[24] entries) .* from the change log for good\?/,
  );
  expect(await left(org)).toEqual(all);
});

test('only an ADMIN of the org and the owner erase', async () => {
  const org = await changedOrg();
  const other = await changedOrg();
  for (const role of roles) {
    const login = logins.get(role) as Login;
    await owner(['access', 'grant', login.name, '--org', org.slug, '--role', role]);
    const connected = await login.open();
    const direct = (of: Organization) =>
      connected.query(sql`select customer_change_prune(of_org => ${of.id}, before => 'infinity') as deleted`);
    await expect(direct(other)).rejects.toThrow(/only an ADMIN/);
    await expect(connected.query(sql`delete from customer_change where org_id = ${org.id}`)).rejects.toThrow(
      /permission denied/,
    );
    if (role === 'ADMIN') continue;
    for (const argv of erasures) {
      const { exitCode, stderr } = await as(login, [...argv, '--org', org.slug, '--yes']);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 13,
        stderr: expect.stringContaining('requires ADMIN'),
      });
    }
    await expect(direct(org)).rejects.toThrow(/only an ADMIN/);
  }
  expect(await left(org)).toEqual(all);
  const admin = logins.get('ADMIN');
  const erased = await as(admin, ['history', 'erase', '1', '--org', org.slug, '--yes', '--json']);
  expect(erased.json()).toEqual({ deleted: 2 });
  expect(await left(org)).toEqual(['Alt 2', 'k2@x.example']);
  expect(await left(other)).toEqual(all);
});

test.each([
  [['history', 'erase']],
  [['history', 'erase', '1', '--email', 'k1@x.example']],
  [['history', 'erase', '--email', 'nothing']],
  [['history', 'erase', '1', '--since', '30d']],
  [['history', 'erase', '1', '--field', 'phone']],
  [['history', 'erase', '1', '--limit', '5']],
  [['history', 'erase', '1', '--older-than', '5d']],
  [['history', 'erase', '1', '2']],
  [['history', 'prune', '1', '--older-than', '5d']],
  [['history', 'prune']],
  [['history', 'prune', '--older-than', '0d']],
  [['history', 'prune', '--older-than', '2026-01-01']],
])('%s is a mistake', async (argv) => {
  expect((await as(server.owner, [...argv, '--org', 'any', '--yes'])).exitCode).toBe(2);
});

test('the org is not taken from the settings', async () => {
  const env = { ORDERFLOW_DATABASE_URL: server.owner.url, ORDERFLOW_ORG: 'any' };
  const { exitCode, stderr } = await run(['history', 'prune', '--older-than', '1d', '--yes'], { env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('--org <org>') });
});

test('the ledger keeps its counts, and a run without log entries cannot be undone', async () => {
  const org = await changedOrg();
  const undoing = ['runs', 'undo', org.runId, '--org', org.slug];
  const before = (await owner(['runs', 'show', org.runId, '--org', org.slug, '--json'])).json();
  await owner(['history', 'erase', '1', '--org', org.slug, '--yes']);
  expect((await owner([...undoing, '--dry-run', '--json'])).json()).toMatchObject({ updated: 1 });
  await owner(['history', 'erase', '2', '--org', org.slug, '--yes']);
  const refused = await as(server.owner, undoing);
  expect(refused.exitCode).toBe(5);
  expect(refused.stderr).toContain('its changes were deleted from the change log');
  expect((await owner(['runs', 'show', org.runId, '--org', org.slug, '--json'])).json()).toEqual(before);
});

test('help of erase has its own flags, help of history the two commands', async () => {
  const help = await run(['history', 'erase', '--help']);
  expect(help.stdout).toContain('--email');
  expect(help.stdout).not.toContain('--since');
  const above = await run(['history', '10001', '--help']);
  expect(above.stdout).toMatch(/^ {2}prune /m);
});
