import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../../src/model/organization.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { createOrganization } from '../../../src/store/orgs/organizations.ts';
import { searchByEmail } from '../../../src/store/search/email.ts';
import { searchCustomers } from '../../../src/store/search/search.ts';
import { insertCustomer } from '../../support/customers.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

/* Every spelling of a name finds every other: all are stored, each is typed. */

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
});
afterAll(() => server.close());

async function search(org: Organization, text: string) {
  return (await searchCustomers(database, { orgId: org.id, text, limit: 100 })).items;
}

const names = [
  ['EON', 'E.ON', 'E ON', 'e-on'],
  ['ATU', 'A.T.U', 'A.T.U.', 'A T U'],
  ['Coca-Cola', 'CocaCola', 'Coca Cola'],
  ['Karl-Heinz Bau', 'Karlheinz Bau', 'Karl Heinz Bau'],
  ['H&M', 'HM', 'H & M', 'H und M'],
  ['K-2001', 'K2001', 'K 2001'],
  ['Müller & Söhne', 'Müller und Söhne', 'Mueller u. Soehne'],
  ['Autohaus Schmidt', 'Autohaus Schmidt GmbH', 'Autohaus Schmidt GmbH & Co. KG'],
  ['Konzern', 'Kon\u00adzern', 'Kon\u200bzern'],
];

describe('30 names, 30 times typed', () => {
  let org: Organization;
  beforeAll(async () => {
    org = await createOrganization(database, { slug: 'names', name: 'Names' });
    for (const name of names.flat()) await insertCustomer(database, org, { name });
    for (const name of [
      'Theo Neumann',
      'Autohaus Tappe Union',
      'Heinz Karl Bau',
      'Hans Meier',
      'Schmidt Autohaus',
    ]) {
      await insertCustomer(database, org, { name });
    }
  });

  test.for(names.flatMap((group) => group.map((typed) => [typed, group] as const)))(
    '%j finds %j, before any other',
    async ([typed, group]) => {
      const found = (await search(org, typed)).map(({ name }) => name);
      expect(found.slice(0, group.length).toSorted()).toEqual(group.toSorted());
    },
  );
});

const phones = [
  '+49 (0)89 12345',
  '0049 89 12345',
  '+49 89 12345',
  '089/12345-0',
  '089 12345',
  '(089) 12345',
  '+49-89-12345-54',
  '089/12345-54',
  '+49 89 12345 ext. 12',
  '089 12345 x123',
  '0049 (0)89/123 45',
  '+49.89.12345',
  '08912345',
  '+498912345',
  'Tel. 089 / 12345 Durchwahl 7',
];

describe('15 phone numbers, 15 times typed', () => {
  let org: Organization;
  const found = async (typed: string) => (await search(org, typed)).map(({ name }) => name);
  beforeAll(async () => {
    org = await createOrganization(database, { slug: 'phones', name: 'Phones' });
    const others = ['+43 89 12345 00 77', '089 54321', '+49 89 22345', '+39 06 1234567', '+358 9 7654321'];
    for (const [index, phone] of [...phones, ...others].entries()) {
      await insertCustomer(database, org, {
        name: phone,
        contacts: [{ email: `c${index}@p.example`, phone }],
      });
    }
  });

  test.for(phones)('%s finds all', async (typed) => {
    expect((await found(typed)).toSorted()).toEqual(phones.toSorted());
  });

  test.for(['+49 89 12345 54', '089 12345 Apparat 54', '089-12345-54', 'tel:+4989 12345;ext=54'])(
    '%s has the extension in front',
    async (typed) => {
      expect((await found(typed)).slice(0, 2).toSorted()).toEqual(['+49-89-12345-54', '089/12345-54']);
    },
  );

  test.for(['089 123', '+49 89 123', '+49 (0)89 123', '0049 89 1234', '089/12'])(
    '%s, which is begun, finds all',
    async (typed) => {
      expect(await found(typed)).toEqual(expect.arrayContaining(phones));
    },
  );

  test.for([
    ['06 1234567', '+39 06 1234567'],
    ['+39 06 1234567', '+39 06 1234567'],
    ['09 7654321', '+358 9 7654321'],
    ['7654321', '+358 9 7654321'],
    ['54321', '089 54321'],
  ] as const)('%s finds %s', async ([typed, phone]) => {
    expect(await found(typed)).toContain(phone);
  });

  test.for(['+41 89 12345', '+43 89 12345', '+49 30 12345', '089 99999', '+1 212 555 0199'])(
    '%s is another number',
    async (typed) => {
      const others = await found(typed);
      expect(others.filter((phone) => phones.includes(phone) && phone.startsWith('+'))).toEqual([]);
    },
  );
});

describe.for([
  ['info@müller.example', 'info@xn--mller-kva.example'],
  ['info@xn--bcker-gra.example', 'info@bäcker.example'],
] as const)('%s and %s are one address', ([stored, other]) => {
  let org: Organization;
  beforeAll(async () => {
    org = await createOrganization(database, { slug: `mail-${stored.length}`, name: 'Mail' });
    await insertCustomer(database, org, { name: 'Own', email: stored });
    await insertCustomer(database, org, { name: 'Contact', contacts: [{ email: stored, name: 'Kim' }] });
  });

  test.for([stored, other, stored.toUpperCase(), `Kim <${other}>`, other.slice(5)])('%s', async (typed) => {
    expect((await search(org, typed)).map(({ name }) => name)).toEqual(['Contact', 'Own']);
  });

  test('the sender of an email', async () => {
    const { items } = await searchByEmail(database, { orgId: org.id, email: other, limit: 9 });
    expect(items).toMatchObject([
      { name: 'Contact', match: 'contact_email', matched_contact: { name: 'Kim' } },
      { name: 'Own', match: 'email', matched_contact: null },
    ]);
  });
});

describe('pasted and typed in other ways', () => {
  let org: Organization;
  const stored = {
    name: 'Hübner Werke GmbH',
    erp_customer_number: '00004711',
    email: 'office@huebner.example',
    billing_address: { street: 'Lange Straße 15', postal_code: '80331', city: 'München' },
    shipping_address: { street: "Rue de l'Église 5", postal_code: 'SW1A 1AA', city: 'Genève' },
    contacts: [
      { email: 'anna@kunde.example', name: 'Anna Bolt', phone: '+49 89 77 66 550' },
      { email: 'zoe@kunde.example', name: null, phone: '0171 5556667' },
    ],
  };
  beforeAll(async () => {
    org = await createOrganization(database, { slug: 'pasted', name: 'Pasted' });
    await insertCustomer(database, org, stored);
    await insertCustomer(database, org, { name: 'Lange & Co', erp_customer_number: 'K-20.017' });
    await insertCustomer(database, org, {
      name: 'Andere',
      billing_address: { street: 'Hauptstr. 1', postal_code: '01067', city: 'Dresden' },
    });
  });

  test.for([
    ['#4711', 'erp_customer_number'],
    ['# 00004711', 'erp_customer_number'],
    ['Nr. 4711', 'erp_customer_number'],
    ['Nr.4711', 'erp_customer_number'],
    ['No. 4711', 'erp_customer_number'],
    ['Kd.-Nr.: 4711', 'erp_customer_number'],
    ['Kundennummer 4711', 'erp_customer_number'],
    ['customer no 4711', 'erp_customer_number'],
    ['Anna Bolt <anna@kunde.example>', 'contact_email'],
    ['"Bolt, Anna" <anna@kunde.example>;', 'contact_email'],
    ['mailto:anna@kunde.example', 'contact_email'],
    ['mailto:ANNA@kunde.example?subject=Hallo', 'contact_email'],
    ['Anna [mailto:anna@kunde.example]', 'contact_email'],
    ['<office@huebner.example>', 'email'],
    ['Hüb\u00adner', 'name'],
    ['Hübner Werke', 'name'],
    ['Hübner Werke AG', 'name'],
    ['Huebner-Werke GmbH & Co. KG', 'name'],
    ['Hübnerwerke', 'name'],
    ['\u200bHübner\ufeff', 'name'],
    ['Lange Straße 15', 'street'],
    ['lange str. 15', 'street'],
    ['Langestr 15', 'street'],
    ['Lange Str. 15, 80331 München', 'street'],
    ['eglise 5', 'street'],
    ['Hübner Lange Str', 'name'],
    ['80331', 'postal_code'],
    ['80331 München', 'postal_code'],
    ['80331, München', 'postal_code'],
    ['sw1a 1aa', 'postal_code'],
  ] as const)('%j finds it, by %s', async ([typed, match]) => {
    expect(await search(org, typed)).toMatchObject([{ name: stored.name, match }]);
  });

  test.for(['K-20017', 'k20017', 'K 20.017', 'K20.017'])('%s finds the number K-20.017', async (typed) => {
    const [first] = await search(org, typed);
    expect(first).toMatchObject({ erp_customer_number: 'K-20.017', match: 'erp_customer_number' });
  });

  test.for(['Lange Straße 7', '80332', 'Hauptstraße 2', 'Lange Straße 15 Dresden'])(
    '%s finds nothing',
    async (typed) => {
      expect(await search(org, typed)).toEqual([]);
    },
  );

  test.for([
    ['Anna', 'Anna Bolt'],
    ['anna@kunde.example', 'Anna Bolt'],
    ['0171 5556667', null],
    ['zoe@kunde', null],
    ['Hübner', undefined],
  ] as const)('%s names the contact that matched', async ([typed, name]) => {
    const [first] = await search(org, typed);
    expect(first?.matched_contact?.name).toBe(name);
  });
});
