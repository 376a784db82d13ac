import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../support/customers.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

/* What is typed is normalised as what is stored: whoever pastes a number or an email finds it. */

let server: TestDatabase;
let id: string;

beforeAll(async () => {
  server = await testDatabase();
  const database = await server.open();
  const acme = await createOrganization(database, { slug: 'acme', name: 'Acme' });
  await createOrganization(database, { slug: 'muster-werke', name: 'Muster' });
  id = await insertCustomer(database, acme, {
    name: 'Zahlreich',
    erp_customer_number: '00004711',
    contacts: [{ email: 'käufer@zahl.example', name: 'Kai' }],
  });
  for (const number of ['KÄ 1', '4712', '04712', 'K\u00a0\u00a07', 'k-9']) {
    await insertCustomer(database, acme, { name: `Nr ${number}`, erp_customer_number: number });
  }
});
afterAll(() => server.close());

const fails = async (argv: string[]) => {
  const result = await run([...argv, '--json'], { database: server });
  expect(result.exitCode).toBe(4);
  return result.json().error as { code: string; message: string; hint: string };
};

describe.for([
  ['as it is', 'KÄ 1', 'KÄ 1'],
  ['NFD', 'KA\u0308 1', 'KÄ 1'],
  ['a no-break space inside', 'KÄ\u00a01', 'KÄ 1'],
  ['a narrow one', 'KÄ\u202f1', 'KÄ 1'],
  ['spaces around', '\u00a0 KÄ 1\t', 'KÄ 1'],
  ['a zero-width space behind', 'KÄ 1\u200b', 'KÄ 1'],
  ['a byte order mark in front', '\ufeffKÄ 1', 'KÄ 1'],
  ['plain spaces for stored no-break ones', 'K  7', 'K\u00a0\u00a07'],
  ['the number itself where others differ by zeros', '4712', '4712'],
  ['the other of them', ' 04712 ', '04712'],
] as const)('a number typed with %s', ([, typed, stored]) => {
  test.for(['show', 'contact list', 'update --dry-run'])('is found by %s', async (command) => {
    const [name = '', ...rest] = command.split(' ');
    const argv = command === 'contact list' ? ['contact', 'list', typed] : [name, typed, ...rest];
    const flags = name === 'update' ? ['--notes', 'x'] : [];
    const result = await run([...argv, ...flags, '--org', 'acme', '--json'], { database: server });
    expect(result.exitCode).toBe(0);
    expect(name === 'show' ? result.json().erp_customer_number : stored).toBe(stored);
  });

  test('is found by list --erp-number', async () => {
    const result = await run(['list', '--erp-number', typed, '--org', 'acme', '--json'], {
      database: server,
    });
    expect(result.json().items).toContainEqual(expect.objectContaining({ erp_customer_number: stored }));
  });
});

test.for(['', ' ', '\u00a0'])('an id between %j is found', async (space) => {
  const result = await run(['show', `${space}${id.toUpperCase()}${space}`, '--org', 'acme', '--json'], {
    database: server,
  });
  expect(result.json().id).toBe(id);
});

test.for(['käufer@zahl.example', 'ka\u0308ufer@zahl.example', '\u00a0KÄUFER@zahl.example\u200b'])(
  'a contact is found by %j',
  async (email) => {
    const argv = ['contact', 'update', '00004711', email, '--role', 'x', '--org', 'acme'];
    const result = await run(argv, { database: server });
    expect(result.exitCode).toBe(0);
  },
);

test('a contact with a domain in the other form is the same', async () => {
  const on = ['00004711', '--org', 'acme'];
  const contact = (name: string, ...rest: string[]) =>
    run(['contact', name, ...on, ...rest], { database: server });
  expect((await contact('add', '--email', 'info@müller.example')).exitCode).toBe(0);
  expect((await contact('add', '--email', 'info@xn--mller-kva.example')).exitCode).toBe(12);
  const other = 'Info <info@xn--mller-kva.example>';
  expect((await contact('update', other, '--role', 'x')).exitCode).toBe(0);
  expect((await contact('remove', other, '--yes')).exitCode).toBe(0);
});

test.for([
  ['4711', 'did you mean 00004711 (Zahlreich)?'],
  ['004711', 'did you mean 00004711 (Zahlreich)?'],
  ['004712', 'did you mean 04712 (Nr 04712) or 4712 (Nr 4712)?'],
  ['K-9', 'did you mean k-9 (Nr k-9)?'],
] as const)('show %s offers what differs by zeros or case', async ([typed, hint]) => {
  expect(await fails(['show', typed, '--org', 'acme'])).toMatchObject({ code: 'not_found', hint });
  expect(await fails(['contact', 'list', typed, '--org', 'acme'])).toMatchObject({ hint });
  expect(await fails(['update', typed, 'k-9', '--notes', 'x', '--org', 'acme'])).toMatchObject({ hint });
});

test('show of a number that nothing is like leads to search', async () => {
  expect((await fails(['show', '4799', '--org', 'acme'])).hint).toContain('search TEXT --org acme');
});

test.for([
  ['acmee', 'did you mean acme?'],
  ['Acme', 'did you mean acme?'],
  ['muster-werk', 'did you mean muster-werke?'],
  ['musterwerke', 'did you mean muster-werke?'],
] as const)('an org mistyped as %s', async ([typed, hint]) => {
  expect(await fails(['list', '--org', typed])).toMatchObject({ code: 'not_found', hint });
});

test('an org that nothing is like leads to the list of orgs', async () => {
  expect((await fails(['list', '--org', 'quite-another'])).hint).toContain('org list');
});
