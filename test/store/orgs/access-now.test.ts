import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Organization } from '../../../src/model/organization.ts';
import type { Role } from '../../../src/model/role.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { withSnapshot } from '../../../src/store/connection/snapshot.ts';
import { grantAccess, revokeAccess } from '../../../src/store/orgs/access.ts';
import { createOrganization } from '../../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../../support/customers.ts';
import type { Login, LoginServer } from '../../support/login-server.ts';
import { loginServer } from '../../support/login-server.ts';
import { run } from '../../support/run.ts';
import { pidOf, until, untilBlocked } from '../../support/sessions.ts';

let server: LoginServer;
let owner: Database;
let acme: Organization;
let globex: Organization;
/** ADMIN in both, until acme is taken away. */
let anna: Login;
let attacker: Database;
let attackerProcess: number;

const snapshots = ['repeatable read', 'serializable'];

beforeAll(async () => {
  server = await loginServer();
  owner = await server.owner.open();
  acme = await createOrganization(owner, { slug: 'acme', name: 'Acme' });
  globex = await createOrganization(owner, { slug: 'globex', name: 'Globex' });
  for (const org of [acme, globex]) {
    // A policy is asked for the rows that there are.
    await insertCustomer(owner, org, { name: 'Müller', contacts: [{ email: 'a@mueller.example' }] });
    await owner.execute(sql`
      insert into customer_import_run (org_id, file, started_at, tool_version)
      values (${org.id}, 'customers.csv', now(), '1')`);
  }
  anna = await server.createLogin('anna');
  await server.createLogin('bert');
  attacker = await anna.open();
  attackerProcess = await pidOf(attacker);
});
afterAll(() => server.stop());
beforeEach(async () => {
  await owner.execute(sql`rollback`);
  await attacker.execute(sql`rollback`);
  for (const org of [acme, globex]) await grantAccess(owner, { org, login: 'anna', role: 'ADMIN' });
});

const roleOf = async (login: string): Promise<Role | undefined> => {
  const [found] = await owner.query<{ role: Role }>(sql`
    select role
    from org_access
    where org_id = ${acme.id}
    and login = to_regrole(quote_ident(${login}))`);
  return found?.role;
};

const grantsHerself = () => sql`select access_grant(${acme.id}, 'anna', 'ADMIN')`;

describe('an ADMIN who loses the role while a grant waits', () => {
  test('does not get it back', async () => {
    await owner.execute(sql`begin`);
    await owner.execute(sql`select access_revoke(${acme.id}, 'anna')`);
    const granting = attacker.execute(grantsHerself());
    granting.catch(() => {});
    await untilBlocked(owner, attackerProcess);
    await owner.execute(sql`commit`);
    await expect(granting).rejects.toThrow('only an ADMIN of the org grants access to it');
    expect(await roleOf('anna')).toBeUndefined();
  });

  test('does not get it back by the tool, and reads whom to ask', async () => {
    await owner.execute(sql`begin`);
    await owner.execute(sql`select access_revoke(${acme.id}, 'anna')`);
    const running = run(['access', 'grant', 'anna', '--org', 'acme', '--role', 'ADMIN'], {
      env: { ORDERFLOW_DATABASE_URL: anna.url },
    });
    // Other databases are copies of the same one, in which the table has the same number.
    await until(
      owner,
      sql`
        select
        from pg_locks
        where relation = 'org_access'::regclass
        and database = (select oid from pg_database where datname = current_database())
        and not granted`,
    );
    await owner.execute(sql`commit`);
    expect(await running).toMatchObject({
      exitCode: 13,
      stderr: expect.stringContaining('anna has no role in org acme; this requires ADMIN'),
    });
    expect(await roleOf('anna')).toBeUndefined();
  });

  test('takes no role from others either', async () => {
    await grantAccess(owner, { org: acme, login: 'bert', role: 'OPS' });
    await owner.execute(sql`begin`);
    await owner.execute(sql`select access_grant(${acme.id}, 'anna', 'VIEWER')`);
    const revoking = attacker.execute(sql`select access_revoke(${acme.id}, 'bert')`);
    revoking.catch(() => {});
    await untilBlocked(owner, attackerProcess);
    await owner.execute(sql`commit`);
    await expect(revoking).rejects.toThrow('only an ADMIN of the org revokes access to it');
    expect(await roleOf('bert')).toBe('OPS');
  });

  test('keeps what a rolled-back revocation would have taken', async () => {
    await owner.execute(sql`begin`);
    await owner.execute(sql`select access_revoke(${acme.id}, 'anna')`);
    const granting = attacker.execute(sql`select access_grant(${acme.id}, 'bert', 'VIEWER')`);
    await untilBlocked(owner, attackerProcess);
    await owner.execute(sql`rollback`);
    await granting;
    expect(await roleOf('bert')).toBe('VIEWER');
  });
});

describe.for(snapshots)('a transaction that began %s before its login lost a role', (level) => {
  async function begin(): Promise<void> {
    await attacker.execute(raw(`begin isolation level ${level}`));
    expect(await attacker.query(sql`select from customer`)).toHaveLength(2);
  }

  const changed = 'the access of this login was changed after the transaction had begun';

  test.for([
    ['reads customers', () => sql`select * from customer where org_id = ${acme.id}`],
    ['reads contacts', () => sql`select * from customer_contact`],
    ['reads the organization', () => sql`select id, name from org`],
    ['reads runs', () => sql`select * from customer_import_run`],
    ['reads others’ roles', () => sql`select * from org_access where login <> access_login()`],
    ['searches', () => sql`select * from customer_search_words_like(${acme.id}, array['%'])`],
    ['looks up emails', () => sql`select * from customer_search_by_email(${acme.id}, 'a', 'z', 10)`],
    [
      'inserts',
      () => sql`
        insert into customer (org_id, name, default_currency, default_language)
        values (${acme.id}, 'Neu', 'EUR', 'de')`,
    ],
    ['updates', () => sql`update customer set notes = 'seen' where org_id = ${acme.id}`],
    ['deletes contacts', () => sql`delete from customer_contact where org_id = ${acme.id}`],
    ['locks', () => sql`select from customer where org_id = ${acme.id} for update`],
  ] as const)('no longer %s', async ([, statement]) => {
    await begin();
    await revokeAccess(owner, { org: acme, login: 'anna' });
    await expect(attacker.query(statement())).rejects.toThrow(changed);
  });

  test('grants nothing, not even while it has the role', async () => {
    await begin();
    await expect(attacker.execute(grantsHerself())).rejects.toThrow('READ COMMITTED transaction only');
    await attacker.execute(sql`rollback`);
    await begin();
    await expect(attacker.execute(sql`select access_revoke(${acme.id}, 'bert')`)).rejects.toThrow(
      'READ COMMITTED transaction only',
    );
  });

  test('does not continue with a smaller role or an exported snapshot', async () => {
    await begin();
    const [exported] = await attacker.query<{ id: string }>(sql`select pg_export_snapshot() as id`);
    await grantAccess(owner, { org: acme, login: 'anna', role: 'VIEWER' });
    const second = await anna.open();
    await second.execute(raw(`begin isolation level ${level}`));
    // A serializable transaction may only import from another one, as this is.
    await second.execute(raw(`set transaction snapshot '${exported?.id}'`));
    await expect(second.query(sql`select from customer`)).rejects.toThrow(changed);
    await expect(attacker.query(sql`select from customer`)).rejects.toThrow(changed);
  });

  test('sees a revocation that was under way, in a savepoint, when the snapshot was taken', async () => {
    await owner.execute(sql`begin`);
    await owner.execute(sql`savepoint within`);
    await owner.execute(sql`select access_revoke(${acme.id}, 'anna')`);
    await owner.execute(sql`release within`);
    await begin();
    await owner.execute(sql`commit`);
    await expect(attacker.query(sql`select from customer`)).rejects.toThrow(changed);
  });

  test('continues if nothing of its own was changed, or not committed', async () => {
    await begin();
    await owner.execute(sql`begin`);
    await owner.execute(sql`select access_revoke(${acme.id}, 'anna')`);
    expect(await attacker.query(sql`select from customer`)).toHaveLength(2);
    await owner.execute(sql`rollback`);
    expect(await attacker.query(sql`select from customer`)).toHaveLength(2);
    await grantAccess(owner, { org: acme, login: 'bert', role: 'INTEGRATOR' });
    // The same role again changes nothing.
    await grantAccess(owner, { org: acme, login: 'anna', role: 'ADMIN' });
    expect(await attacker.query(sql`select from customer`)).toHaveLength(2);
  });

  test('that begins afterwards works with what is left', async () => {
    await revokeAccess(owner, { org: acme, login: 'anna' });
    await attacker.execute(raw(`begin isolation level ${level}`));
    expect(await attacker.query(sql`select org_id from customer`)).toEqual([{ org_id: globex.id }]);
  });
});

test('an export ends with an error and not with a part', async () => {
  const reading = withSnapshot(attacker, async () => {
    await attacker.query(sql`select from customer`);
    await revokeAccess(owner, { org: acme, login: 'anna' });
    return attacker.query(sql`select from customer`);
  });
  await expect(reading).rejects.toMatchObject({ code: 'locked', hint: 'run it again' });
});

test.for(snapshots)('sessions that begin %s grant and revoke by the tool', async (level) => {
  const url = new URL(anna.url);
  url.searchParams.set('options', `-c default_transaction_isolation=${level.replace(' ', '\\ ')}`);
  const options = { env: { ORDERFLOW_DATABASE_URL: url.href.replaceAll('+', '%20') } };
  const grant = await run(['access', 'grant', 'bert', '--org', 'acme', '--role', 'OPS'], options);
  expect(grant).toMatchObject({ exitCode: 0 });
  expect(await roleOf('bert')).toBe('OPS');
  const revoke = await run(['access', 'revoke', 'bert', '--org', 'acme'], options);
  expect(revoke).toMatchObject({ exitCode: 0 });
  expect(await roleOf('bert')).toBeUndefined();
});
