import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { textWidth } from '../../src/render/text/text-width.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../support/customers.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';

let server: TestDatabase;
let database: Database;
let acme: Organization;

const hostile = '\x1b[2J\rÄrger\u202e\u200b\x9b';

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
  acme = await createOrganization(database, { slug: 'acme', name: 'Acme' });
  await createOrganization(database, { slug: 'empty', name: 'Empty' });
  await insertCustomer(database, acme, {
    name: 'Müller Maschinenbau GmbH',
    erp_customer_number: '0001',
    billing_address: { city: 'München' },
    contacts: [{ email: 'a@m.example' }],
  });
  await insertCustomer(database, acme, {
    name: 'Zeta',
    erp_customer_number: '0002',
    shipping_address: { city: 'Zürich' },
    default_currency: 'CHF',
    is_active: false,
  });
});
afterAll(() => server.close());

function list(argv: string[], options: RunOptions = {}) {
  return run(['list', '--org', 'acme', ...argv], { database: server, ...options });
}

describe('--json', () => {
  test('is a page of customers with the counts that lead to the others', async () => {
    const result = await list(['--json', '--per-page', '1', '--page', '2']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.json()).toEqual({
      items: [
        {
          id: expect.any(String),
          org_id: acme.id,
          name: 'Zeta',
          erp_customer_number: '0002',
          email: null,
          default_currency: 'CHF',
          default_language: 'de-DE',
          billing_address: null,
          shipping_address: { city: 'Zürich' },
          notes: null,
          is_active: false,
          created_at: expect.stringMatching(/Z$/),
          updated_at: expect.stringMatching(/Z$/),
          contact_count: 0,
        },
      ],
      total: 2,
      page: 2,
      per_page: 1,
      total_pages: 2,
    });
  });

  test('past the end it is an empty page, and no failure', async () => {
    const result = await list(['--json', '--page', '9']);
    expect(result.exitCode).toBe(0);
    expect(result.json()).toEqual({ items: [], total: 2, page: 9, per_page: 50, total_pages: 1 });
  });

  test('of no customers it has no pages', async () => {
    const result = await run(['list', '--org', 'empty', '--json'], { database: server });
    expect(result.json()).toEqual({ items: [], total: 0, page: 1, per_page: 50, total_pages: 0 });
  });
});

test('piped, each customer is a line with tabs', async () => {
  const { stdout, stderr } = await list([]);
  expect(stderr).toBe('');
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split('\t').slice(0, 7))).toEqual([
    ['0001', 'Müller Maschinenbau GmbH', 'München', 'EUR', 'de-DE', '1', 'yes'],
    ['0002', 'Zeta', 'Zürich', 'CHF', 'de-DE', '0', 'no'],
  ]);
  expect(lines[0]?.split('\t')[7]).toMatch(/^[0-9a-f-]{36}$/);
});

describe('on a terminal', () => {
  const terminal = { columns: 100 };

  test('is a table with a position below', async () => {
    const { stdout, stderr } = await list(['--color', 'never'], { terminal });
    expect(stdout).toBe(
      [
        'ERP NUMBER  NAME                      CITY     CURRENCY  LANGUAGE  CONTACTS  ACTIVE',
        '0001        Müller Maschinenbau GmbH  München  EUR       de-DE            1  yes',
        '0002        Zeta                      Zürich   CHF       de-DE            0  no',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('1–2 of 2\n');
  });

  test('the position names the command of the next page, with the same filters', async () => {
    const { stderr } = await list(['--q', "e' $x", '--color', 'never'], { terminal });
    expect(stderr).toBe('no customers\n');
    const paged = await list(['--q', 'e', '--per-page', '1', '--color', 'never'], { terminal });
    expect(paged.stderr).toBe(
      '1–1 of 2 · next: orderflow-customers list --org acme --q e --per-page 1 --page 2\n',
    );
  });

  test('past the end, says so', async () => {
    const { exitCode, stdout, stderr } = await list(['--page', '9', '--color', 'never'], { terminal });
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'page 9 is past the end: 2 customers are 1 page\n',
    });
  });

  test.for([120, 80, 60, 40, 20])('no line is wider than %i cells', async (columns) => {
    const { stdout } = await list(['--color', 'never'], { terminal: { columns } });
    for (const line of stdout.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(columns);
    expect(stdout).toContain('0001');
  });

  test('a customer without an ERP number is listed with its id, for show', async () => {
    const org = await createOrganization(database, { slug: 'numberless', name: 'Numberless' });
    const id = await insertCustomer(database, org, { name: 'No Number' });
    const { stdout } = await run(['list', '--org', 'numberless'], {
      database: server,
      terminal: { columns: 80 },
    });
    expect(stdout).toContain('ERP NUMBER OR ID');
    expect(stdout).toContain(`${id}  No Number`);
  });
});

test.for([
  [['--page', '0'], "argument '0' is invalid"],
  [['--page', '-1'], 'invalid'],
  [['--page', '1.5'], 'invalid'],
  [['--per-page', '101'], 'a whole number from 1 to 100'],
  [['--per-page', 'all'], 'invalid'],
  [['--active', '--inactive'], 'cannot be used with'],
] as const)('%j is a usage error', async ([flags, said]) => {
  const result = await list([...flags, '--json']);
  expect(result.exitCode).toBe(2);
  expect(result.json()).toMatchObject({ ok: false, error: { code: 'usage' } });
  expect(result.stderr).toContain(said);
});

test('an unknown org is not found', async () => {
  const { exitCode, stderr } = await run(['list', '--org', 'nobody'], { database: server });
  expect(exitCode).toBe(4);
  expect(stderr).toContain('error: org "nobody" not found');
});

test('a hostile name does not affect the terminal', async () => {
  const org = await createOrganization(database, { slug: 'hostile', name: 'Hostile' });
  await insertCustomer(database, org, { name: hostile, erp_customer_number: hostile });
  for (const [flags, options] of [
    [[], {}],
    [['--color', 'never'], { terminal: { columns: 200 } }],
    [['--json'], { terminal: { columns: 80 } }],
  ] as [string[], RunOptions][]) {
    const result = await run(['list', '--org', 'hostile', ...flags], { database: server, ...options });
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('Ärger');
    expect(result.stdout + result.stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]/);
  }
  const document = (await run(['list', '--org', 'hostile', '--json'], { database: server })).json();
  expect(document.items[0].name).toBe(hostile);
});

const at = (city: string, postal_code: string, country: string) => ({ city, postal_code, country });

describe('a place', () => {
  beforeAll(async () => {
    const org = await createOrganization(database, { slug: 'places', name: 'Places' });
    await insertCustomer(database, org, { name: 'A', billing_address: at('Köln', '50667', 'DE') });
    await insertCustomer(database, org, { name: 'B', billing_address: at('Koeln', '50668', 'DE') });
    await insertCustomer(database, org, {
      name: 'C',
      billing_address: at('London', 'SW1A 1AA', 'GB'),
      shipping_address: at('Bad Ischl', '4820', 'AT'),
    });
    await insertCustomer(database, org, { name: 'D' });
  });

  test.for([
    [['--city', 'koln'], 'AB'],
    [['--city', 'KÖLN', '--postal-code', '50667'], 'A'],
    [['--city', 'köl'], ''],
    [['--city', 'bad-ischl'], 'C'],
    [['--postal-code', 'sw1a1aa'], 'C'],
    [['--postal-code', '5066'], ''],
    [['--country', 'Deutschland'], 'AB'],
    [['--country', 'at', '--city', 'Bad Ischl'], 'C'],
    [['--country', 'AT', '--city', 'London'], ''],
    [['--city', 'Köln', '--q', 'b'], 'B'],
    [['--city', '%'], ''],
    [['--city', 'Köln', '--all'], 'AB'],
  ] as const)('%j lists %s', async ([flags, names]) => {
    const result = await run(['list', '--org', 'places', '--json', ...flags], { database: server });
    const { items, total } = result.json() as { items: { name: string }[]; total: number };
    expect(items.map(({ name }) => name).join('')).toBe(names);
    expect(total).toBe(names.length);
  });

  test('that is not a country is refused', async () => {
    const argv = ['list', '--org', 'places', '--country', 'Lummerland', '--json'];
    expect(await run(argv, { database: server })).toMatchObject({ exitCode: 2 });
  });
});
