import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../../src/model/organization.ts';
import { foldText } from '../../../src/store/search/text.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { createOrganization } from '../../../src/store/orgs/organizations.ts';
import { searchByEmail } from '../../../src/store/search/email.ts';
import { searchCustomers } from '../../../src/store/search/search.ts';
import { insertCustomer } from '../../support/customers.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

let server: TestDatabase;
let database: Database;
let acme: Organization;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
  acme = await createOrganization(database, { slug: 'acme', name: 'Acme' });
  await insertCustomer(database, acme, {
    name: 'Müller Maschinenbau GmbH',
    erp_customer_number: '00004711',
    email: 'office@mueller-bau.example',
    billing_address: { city: 'München', street: 'Hauptstraße 1' },
    contacts: [{ email: 'erika.muster@kunde.example', name: 'Erika Mustermann', phone: '+49-89-123456' }],
  });
  await insertCustomer(database, acme, {
    name: 'Bürobedarf Straße & Söhne',
    erp_customer_number: 'K-10001',
    shipping_address: { city: 'Genève' },
    contacts: [{ email: 'verkauf@strasse.example', name: "Seán O'Neill", phone: '089 / 99 88 77' }],
  });
  await insertCustomer(database, acme, { name: '100% Bio', erp_customer_number: '47110', is_active: false });
  await insertCustomer(database, acme, { name: 'Back_stube', erp_customer_number: null });
});
afterAll(() => server.close());

async function found(text: string, org = acme): Promise<[name: string, match: string][]> {
  const { items, total, total_is_exact } = await searchCustomers(database, {
    orgId: org.id,
    text,
    limit: 20,
  });
  expect({ total, total_is_exact }).toEqual({ total: items.length, total_is_exact: true });
  return items.map(({ name, match }) => [name, match]);
}

const muller = 'Müller Maschinenbau GmbH';
const strasse = 'Bürobedarf Straße & Söhne';

describe('a search finds', () => {
  test.for([
    ['muller', muller, 'name'],
    ['mueller', muller, 'name'],
    ['Müller', muller, 'name'],
    ['MÜLLER', muller, 'name'],
    ['Mu\u0308ller', muller, 'name'],
    ['mulle', muller, 'name'],
    ['schinen', muller, 'name'],
    ['müler', muller, 'name'],
    ['Mülller', muller, 'name'],
    ['Mlüler', muller, 'name'],
    ['maschimenbau', muller, 'name'],
    ['gmbh muller', muller, 'name'],
    ['strasse', strasse, 'name'],
    ['STRASSE', strasse, 'name'],
    ['sohne', strasse, 'name'],
    ['soehne', strasse, 'name'],
    ['burobedarf söhne', strasse, 'name'],
    ['k-10001', strasse, 'erp_customer_number'],
    ['K-100', strasse, 'erp_customer_number'],
    ['10001', strasse, 'erp_customer_number'],
    ['office@mueller-bau.example', muller, 'email'],
    ['OFFICE@mueller-bau', muller, 'email'],
    ['mueller-bau.example', muller, 'email'],
    ['erika.muster@kunde.example', muller, 'contact_email'],
    ['erika.mus', muller, 'contact_email'],
    ['kunde.example', muller, 'contact_email'],
    ['Mustermann', muller, 'contact_name'],
    ['erika mustermann', muller, 'contact_name'],
    ['musterman', muller, 'contact_name'],
    ['mustarmann', muller, 'contact_name'],
    ['oneill', strasse, 'contact_name'],
    ['sean', strasse, 'contact_name'],
    ['089 123456', muller, 'contact_phone'],
    ['+49 89 123456', muller, 'contact_phone'],
    ['0049 89 12 34 56', muller, 'contact_phone'],
    ['(089) 12-34-56', muller, 'contact_phone'],
    ['123456', muller, 'contact_phone'],
    ['+49 89 998877', strasse, 'contact_phone'],
    ['munchen', muller, 'city'],
    ['muenchen', muller, 'city'],
    ['geneve', strasse, 'city'],
    ['muller munchen', muller, 'name'],
    ['mustermann muller', muller, 'contact_name'],
    ['munchen erika', muller, 'city'],
    ['100%', '100% Bio', 'name'],
    ['%', '100% Bio', 'name'],
    ['_', 'Back_stube', 'name'],
    ['k_s', 'Back_stube', 'name'],
  ] as const)('by %j', async ([text, name, match]) => {
    expect(await found(text)).toEqual([[name, match]]);
  });

  test.for(['4711', '00004711', '04711'])(
    'an ERP number as %s, before one that only begins so',
    async (text) => {
      expect(await found(text)).toEqual([
        [muller, 'erp_customer_number'],
        ['100% Bio', 'erp_customer_number'],
      ]);
    },
  );

  test.for([
    '',
    ' ',
    'nobody',
    'muller nobody',
    '1%',
    'c%s',
    "' & '",
    String.raw`\ `,
    '!',
    ':*',
    "x' | 'y",
    '(',
    '<->',
  ])('nothing by %j', async (text) => {
    expect(await found(text)).toEqual([]);
  });
});

test('exact matches come first, then beginnings, then parts, then near misses; each by name', async () => {
  const org = await createOrganization(database, { slug: 'ranked', name: 'Ranked' });
  const names = [
    'Zum Huber',
    'Hubert & Co',
    'Huber',
    'Althuber AG',
    'Huper',
    'Huber Öl',
    'Huber Obst',
    'HUBER',
    'Hiber Bau',
    'Meier',
  ];
  for (const name of names) await insertCustomer(database, org, { name });
  expect((await found('huber', org)).map(([name]) => name)).toEqual([
    'Huber',
    'HUBER',
    'Huber Obst',
    'Huber Öl',
    'Hubert & Co',
    'Althuber AG',
    'Zum Huber',
    'Hiber Bau',
    'Huper',
  ]);
});

test('customers and words of another org are neither found nor counted', async () => {
  const one = await createOrganization(database, { slug: 'one', name: 'One' });
  const two = await createOrganization(database, { slug: 'two', name: 'Two' });
  await insertCustomer(database, one, {
    name: 'Geheimrat',
    erp_customer_number: '777',
    email: 'a@geheim.example',
    contacts: [{ email: 'b@geheim.example', name: 'Agent', phone: '030 5555555' }],
  });
  for (const text of [
    'geheimrat',
    'heimr',
    'geheimrad',
    '777',
    'a@geheim.example',
    'b@geheim',
    'agent',
    '030 5555555',
  ]) {
    expect(await found(text, one)).toHaveLength(1);
    expect(await found(text, two)).toEqual([]);
  }
  expect(
    await searchByEmail(database, { orgId: two.id, email: 'b@geheim.example', limit: 20 }),
  ).toMatchObject({
    items: [],
    total: 0,
  });
});

describe('what other programs write', () => {
  let org: Organization;
  let id: string;
  beforeAll(async () => {
    org = await createOrganization(database, { slug: 'written', name: 'Written' });
    id = await insertCustomer(database, org, { name: 'Altname' });
  });

  test('is found at once: a new name, city and number, and the old ones no more', async () => {
    await database.execute(sql`
      update customer
      set name = 'Neuname', erp_customer_number = 'X77', billing_address = '{"city": "Kuchl"}'
      where org_id = ${org.id}
      and id = ${id}`);
    for (const text of ['neuname', 'euna', 'neunahme', 'kuchl', 'x77'])
      expect(await found(text, org)).toHaveLength(1);
    expect(await found('altname', org)).toEqual([]);
  });

  test('contacts that come, change and go', async () => {
    await database.execute(sql`
      insert into customer_contact (org_id, customer_id, email, name)
      values (${org.id}, ${id}, 'k@n.example', 'Kontakterl')`);
    expect(await found('kontakterl', org)).toEqual([['Neuname', 'contact_name']]);
    await database.execute(sql`
      update customer_contact
      set name = 'Ganzanders', phone = '+43 1 7654321'
      where org_id = ${org.id}`);
    expect(await found('kontakterl', org)).toEqual([]);
    expect(await found('ganzander', org)).toEqual([['Neuname', 'contact_name']]);
    expect(await found('01 7654321', org)).toEqual([['Neuname', 'contact_phone']]);
    await database.execute(sql`delete from customer_contact where org_id = ${org.id}`);
    expect(await found('ganzanders', org)).toEqual([]);
  });

  test('the longest and strangest values can be written', async () => {
    const strange = await createOrganization(database, { slug: 'strange', name: 'Strange' });
    const longest = '\ufdfa'.repeat(500);
    await insertCustomer(database, strange, {
      name: longest,
      erp_customer_number: 'ß'.repeat(100),
      billing_address: { city: '🏭'.repeat(3000) },
      contacts: [
        {
          email: `${'x'.repeat(64)}@${'y'.repeat(200)}.example`,
          name: longest.slice(0, 200),
          phone: 'x'.repeat(50),
        },
      ],
    });
    await insertCustomer(database, strange, { name: `tab\tname ' \\ "` });
    expect(await found('tab name', strange)).toHaveLength(1);
  });
});

test('sessions that bring the same words at once do not wait for each other', async () => {
  const org = await createOrganization(database, { slug: 'crowded', name: 'Crowded' });
  const [first, second] = await Promise.all([server.open(), server.open()]);
  for (const session of [first, second]) {
    await session.execute(sql`begin`);
    await session.execute(sql`set local lock_timeout = '2s'`);
  }
  const insert = (session: Database, name: string) => insertCustomer(session, org, { name });
  await insert(first, 'Gleichwort Anders');
  await insert(second, 'Anders');
  await insert(second, 'Gleichwort');
  await insert(first, 'Anders Gleichwort');
  for (const session of [first, second]) await session.execute(sql`commit`);
  expect(await found('gleichwort', org)).toHaveLength(3);
  expect(await found('leichwor', org)).toHaveLength(3);
});

test('more matches than are ranked are not counted, and the first by name are found nevertheless', async () => {
  const org = await createOrganization(database, { slug: 'common', name: 'Common' });
  await database.execute(sql`
    insert into customer (org_id, name, default_currency, default_language)
    select ${org.id}, 'Bäckerei ' || 10000 - number, 'EUR', 'de-DE'
    from generate_series(1, 5000) as number`);
  await insertCustomer(database, org, { name: 'Bäckerei' });
  const result = await searchCustomers(database, { orgId: org.id, text: 'baeckerei', limit: 3 });
  expect(result.total_is_exact).toBe(false);
  expect(result.total).toBeGreaterThanOrEqual(200);
  expect(result.items.map(({ name }) => name)).toEqual(['Bäckerei', 'Bäckerei 5000', 'Bäckerei 5001']);
});

describe('the sender of an email', () => {
  let org: Organization;
  const whose = async (email: string) => {
    const { items, total } = await searchByEmail(database, { orgId: org.id, email, limit: 20 });
    expect(total).toBe(items.length);
    return items.map(({ name, match }) => [name, match]);
  };
  beforeAll(async () => {
    org = await createOrganization(database, { slug: 'mail', name: 'Mail' });
    await insertCustomer(database, org, { name: 'Colleague', email: 'other@kunde.example' });
    await insertCustomer(database, org, { name: 'Own', email: 'Buyer@kunde.example' });
    await insertCustomer(database, org, { name: 'Contact', contacts: [{ email: 'buyer@Kunde.example' }] });
    await insertCustomer(database, org, { name: 'Also', contacts: [{ email: 'x@kunde.example' }] });
    await insertCustomer(database, org, { name: 'Stranger', email: 'x@sub.kunde.example' });
    await insertCustomer(database, org, { name: 'Private', contacts: [{ email: 'a@gmx.at' }] });
    await insertCustomer(database, org, { name: 'Other private', email: 'b@gmx.at' });
  });

  test('the contact with it, then the customer with it, then others of the domain', async () => {
    expect(await whose('BUYER@kunde.example')).toEqual([
      ['Contact', 'contact_email'],
      ['Own', 'email'],
      ['Also', 'email_domain'],
      ['Colleague', 'email_domain'],
    ]);
    expect(await whose('nobody@kunde.example')).toHaveLength(4);
  });

  test('a public mail provider makes no colleagues', async () => {
    expect(await whose('a@gmx.at')).toEqual([['Private', 'contact_email']]);
    expect(await whose('c@gmx.at')).toEqual([]);
  });

  test('% and _ are ordinary characters', async () => {
    expect(await whose('a@%.example')).toEqual([]);
    expect(await whose('a@kunde_example')).toEqual([]);
  });
});

test.for([
  'Müller-Straße',
  'ÉCLAIR œuvre',
  "O'Neill’s",
  'Łódź Ørsted',
  '１２３ ﬁn',
  'a%b_c',
  'Mu\u0308ller',
  'e.K. (Wien)',
  'x\u00a0y\u2003z',
])('the database folds %j as the tool does', async (text) => {
  const [row] = await database.query<{ folded: string }>(sql`select customer_search_fold(${text}) as folded`);
  expect(row?.folded).toBe(foldText(text));
});
