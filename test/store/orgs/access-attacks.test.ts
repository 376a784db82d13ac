import { randomUUID } from 'node:crypto';
import { DatabaseError } from 'pg';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Role } from '../../../src/model/role.ts';
import { roles } from '../../../src/model/role.ts';
import { grantAccess } from '../../../src/store/orgs/access.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { createOrganization } from '../../../src/store/orgs/organizations.ts';
import type { Attack, Mark } from '../../support/access-attacks.ts';
import { attacks } from '../../support/access-attacks.ts';
import { insertCustomer } from '../../support/customers.ts';
import type { LoginServer } from '../../support/login-server.ts';
import { loginServer } from '../../support/login-server.ts';

interface Attacker {
  name: string;
  database: Database;
  /** Role by slug. */
  roles: Partial<Record<string, Role>>;
  home: string;
}

const slugs = ['acme', 'globex', 'initech'];
const operations = 10_000;

let server: LoginServer;
let owner: Database;
const marks = new Map<string, Mark>();
const attackers: Attacker[] = [];

beforeAll(async () => {
  server = await loginServer();
  owner = await server.owner.open();
  for (const slug of slugs) await makeOrg(slug);
  // One that is in two orgs at once, and may do different things in them.
  await makeAttacker('wanderer', { acme: 'INTEGRATOR', globex: 'VIEWER' });
  await server.createLogin('bystander');
});
afterAll(() => server.stop());

async function makeOrg(slug: string): Promise<void> {
  const org = await createOrganization(owner, { slug, name: `${slug}-secret` });
  for (let number = 1; number <= 5; number++) {
    await insertCustomer(owner, org, {
      name: `${slug}-secret ${number}`,
      erp_customer_number: `${slug}-secret-${number}`,
      email: `${slug}-secret-${number}@customer.example`,
      notes: `${slug}-secret notes`,
      contacts: [
        { email: `${slug}-secret-${number}@contact.example`, name: `${slug}-secret`, is_primary: true },
      ],
    });
  }
  for (const role of roles) await makeAttacker(`${slug}_${role.toLowerCase()}`, { [slug]: role });
  await server.createLogin(`${slug}_spare`);
  await grantAccess(owner, { org, login: `${slug}_spare`, role: 'VIEWER' });
  const [mark] = await owner.query<Mark>(sql`
    insert into customer_import_run (org_id, file, started_at, tool_version)
    values (${org.id}, ${`${slug}-secret.csv`}, now(), '0')
    returning
      org_id as "orgId",
      ${slug}::text as slug,
      (select id from customer where org_id = ${org.id} and erp_customer_number = ${`${slug}-secret-1`}) as "customerId",
      ${`${slug}-secret-1`}::text as "erpNumber",
      (select id from customer_contact where org_id = ${org.id} and email = ${`${slug}-secret-1@contact.example`}) as "contactId",
      ${`${slug}-secret-1@contact.example`}::text as "contactEmail",
      id as "runId",
      ${`${slug}_spare`}::text as login`);
  marks.set(slug, mark as Mark);
}

async function makeAttacker(name: string, given: Attacker['roles']): Promise<void> {
  const login = await server.createLogin(name);
  for (const [slug, role] of Object.entries(given)) {
    const [org] = await owner.query<{ id: string; slug: string }>(
      sql`select id, slug from org where slug = ${slug}`,
    );
    await grantAccess(owner, { org: org as never, login: name, role: role as Role });
  }
  attackers.push({
    name,
    database: await login.open(),
    roles: given,
    home: Object.keys(given)[0] ?? '',
  });
}

/** Of no org at all, and new each time. */
function absentMark(): Mark {
  return {
    orgId: randomUUID(),
    slug: 'no-such-org',
    customerId: randomUUID(),
    erpNumber: `none-${randomUUID()}`,
    contactId: randomUUID(),
    contactEmail: `${randomUUID()}@contact.example`,
    runId: randomUUID(),
    login: 'bystander',
  };
}

/** What an operation told, in every word that reaches the client, without what it was given itself. */
async function told({ database }: Attacker, attack: Attack, about: Mark, own: Mark): Promise<string> {
  const answer = await attack.run(database, about, own).then(
    (result) => ({ result }),
    (error: unknown) => {
      const cause = error instanceof Error ? error.cause : undefined;
      if (!(cause instanceof DatabaseError)) return { failed: String(error) };
      const { code, message, detail, hint, where, constraint, table, column } = cause;
      return { failed: String(error), code, message, detail, hint, where, constraint, table, column };
    },
  );
  // On Postgres 15, a member of a group role may become it, and sees nothing any more.
  if (attack.name.startsWith('become')) await database.execute(sql`reset role`);
  // The longer ones first: a slug is the beginning of others.
  return Object.entries(about)
    .toSorted(([, a], [, b]) => b.length - a.length)
    .reduce(
      (text, [key, value]) => (about === own ? text : text.replaceAll(value, `<${key}>`)),
      JSON.stringify(answer),
    );
}

/** Each table of each org, as a number that changes with any row of it. */
async function fingerprints(): Promise<Map<string, string>> {
  const rows = await owner.query<{ place: string; rows: string }>(sql`
    select 'customer ' || slug as place,
      (select md5(string_agg(c::text, ',' order by id)) from customer as c where c.org_id = org.id) as rows
    from org
    union all
    select 'customer_contact ' || slug,
      (select md5(string_agg(k::text, ',' order by id)) from customer_contact as k where k.org_id = org.id)
    from org
    union all
    select 'customer_import_run ' || slug,
      (select md5(string_agg(r::text, ',' order by id)) from customer_import_run as r where r.org_id = org.id)
    from org
    union all
    select 'org_access ' || slug,
      (select md5(string_agg(a::text, ',' order by login)) from org_access as a where a.org_id = org.id)
    from org
    union all
    select 'org ' || slug, md5(org::text)
    from org`);
  return new Map(rows.map(({ place, rows: print }) => [place, print]));
}

const writable: Record<Role, string[]> = {
  VIEWER: [],
  OPS: ['customer_contact'],
  INTEGRATOR: ['customer_contact', 'customer', 'customer_import_run'],
  ADMIN: ['customer_contact', 'customer', 'customer_import_run', 'org_access'],
};

/** mulberry32: the same operations each time, and another thousand by another seed. */
function generator(seed: number): <Item>(items: Item[]) => Item {
  let state = seed;
  return (items) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return items[((mixed ^ (mixed >>> 14)) >>> 0) % items.length] as never;
  };
}

test(`${operations} random operations tell nothing of another org and change nothing in it`, async () => {
  const pick = generator(20_261_124);
  let done = 0;
  let refused = 0;
  let before = await fingerprints();
  while (done < operations) {
    const attacker = pick(attackers);
    const own = { ...(marks.get(attacker.home) as Mark), login: attacker.name };
    const foreign = slugs.filter((slug) => attacker.roles[slug] === undefined);
    for (let batch = 0; batch < 50; batch++) {
      const attack = pick(attacks);
      const slug = pick(slugs);
      const what = `${attacker.name}: ${attack.name}, about ${slug}`;
      const about = marks.get(slug) as Mark;
      const answer = await told(attacker, attack, about, own);
      done += 1;
      for (const other of foreign) {
        const { orgId, customerId, contactId, runId } = marks.get(other) as Mark;
        for (const secret of [`${other}-secret`, orgId, customerId, contactId, runId])
          expect(answer.includes(secret), `${what} told ${secret}: ${answer}`).toBe(false);
      }
      if (!foreign.includes(slug)) continue;
      if (answer.includes('"failed"')) refused += 1;
      expect(await told(attacker, attack, absentMark(), own), `${what}, or about nothing`).toBe(answer);
      done += 1;
    }
    const after = await fingerprints();
    for (const [place, print] of after) {
      const [table = '', slug = ''] = place.split(' ');
      const role = attacker.roles[slug];
      if (role !== undefined && writable[role].includes(table)) continue;
      expect(print, `${attacker.name} changed ${place}`).toBe(before.get(place));
    }
    expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted());
    before = after;
  }
  expect(refused).toBeGreaterThan(operations / 10);
}, 240_000);

test('what a login counts is what the owner counts in its orgs', async () => {
  for (const { database, roles: given, name } of attackers) {
    const counts = await database.query(sql`
      select
        (select count(*)::int from org) as orgs,
        (select count(*)::int from customer) as customers,
        (select count(*)::int from customer_contact) as contacts,
        (select count(*)::int from customer_import_run) as runs`);
    const open = Object.keys(given).map((slug) => (marks.get(slug) as Mark).orgId);
    const expected = await owner.query(sql`
      select
        (select count(*)::int from org where id = any (${open}::uuid[])) as orgs,
        (select count(*)::int from customer where org_id = any (${open}::uuid[])) as customers,
        (select count(*)::int from customer_contact where org_id = any (${open}::uuid[])) as contacts,
        (select count(*)::int from customer_import_run where org_id = any (${open}::uuid[])) as runs`);
    expect(counts, `as ${name}`).toEqual(expected);
  }
});
