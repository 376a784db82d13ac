import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { findCustomers } from '../../src/store/customers/customers.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../support/customers.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';
import { clearLine, ctrlC, typing } from '../support/typing.ts';

let server: TestDatabase;
let database: Database;
let acme: Organization;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
  acme = await createOrganization(database, { slug: 'acme', name: 'Acme' });
});
afterAll(() => server.close());

function create(argv: string[], options: RunOptions = {}) {
  return run(['create', '--org', 'acme', ...argv], { database: server, ...options });
}
const needed = ['--name', 'Müller GmbH', '--default-currency', 'EUR', '--default-language', 'de-DE'];
/** Without the flag that a case gives itself. */
const neededBut = (flag: string) =>
  needed.filter((word, index) => flag !== (index % 2 === 0 ? word : needed[index - 1]));
const customers = async () => {
  const { rows } = await database.client.query('select count(*)::int as total from customer');
  return rows[0].total as number;
};

test('names its target first; the result is the customer with contacts, as show has it', async () => {
  const result = await create([...needed, '--erp-customer-number', '0042', '--json']);
  expect(result.exitCode).toBe(0);
  expect(result.stderr).toMatch(/^→ [^:]+@.+\/.+, org acme\n$/);
  const document = result.json();
  expect(document).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
    org_id: acme.id,
    name: 'Müller GmbH',
    erp_customer_number: '0042',
    email: null,
    default_currency: 'EUR',
    default_language: 'de-DE',
    billing_address: null,
    shipping_address: null,
    notes: null,
    is_active: true,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    updated_at: document.created_at,
    contacts: [],
  });
  const shown = await run(['show', '0042', '--org', 'acme', '--json'], { database: server });
  expect(shown.json()).toEqual(document);
});

test.for<[[string, ...string[]], Record<string, unknown>]>([
  [['--name', '  Café '], { name: 'Café' }],
  [['--erp-number', ' 007 '], { erp_customer_number: '007' }],
  [['--email', 'Info@Kunde.Example'], { email: 'info@kunde.example' }],
  [['--default-currency', 'chf'], { default_currency: 'CHF' }],
  [['--currency', 'usd'], { default_currency: 'USD' }],
  [['--default-language', 'DE-at'], { default_language: 'de-AT' }],
  [['--language', 'fr'], { default_language: 'fr' }],
  [['--notes', 'a\r\nb'], { notes: 'a\nb' }],
  [['--notes', ''], { notes: null }],
  [['--inactive'], { is_active: false }],
  [['--active'], { is_active: true }],
  [['--billing-street', 'Weg 1'], { billing_address: { street: 'Weg 1' } }],
  [['--billing-street2', 'Hof'], { billing_address: { street2: 'Hof' } }],
  [
    ['--billing-city', 'Köln', '--billing-postal-code', '01067', '--billing-country', 'de'],
    { billing_address: { city: 'Köln', postal_code: '01067', country: 'DE' } },
  ],
  [['--billing-state', 'NRW'], { billing_address: { state: 'NRW' }, shipping_address: null }],
  [
    ['--shipping-street', 'Weg 1', '--shipping-street2', 'Hof'],
    { shipping_address: { street: 'Weg 1', street2: 'Hof' } },
  ],
  [
    ['--shipping-city', 'Wien', '--shipping-postal-code', '1010', '--shipping-country', 'AT'],
    { shipping_address: { city: 'Wien', postal_code: '1010', country: 'AT' } },
  ],
  [['--shipping-state', 'W', '--shipping-city', ''], { shipping_address: { state: 'W' } }],
])('%j is stored as %j', async ([flags, stored]) => {
  const given = neededBut(flags[0].replace(/^--(?=currency|language)/, '--default-'));
  const result = await create([...given, ...flags, '--json']);
  expect(result.exitCode).toBe(0);
  expect(result.json()).toMatchObject(stored);
  const [found] = await findCustomers(database, { orgId: acme.id, ref: result.json().id });
  expect(found).toMatchObject(stored);
});

const contactFlags = [
  '--contact-email',
  'Anna@m.example',
  '--contact-name',
  'Anna',
  '--contact-primary',
].concat(['--contact-phone', '+49 89 1', '--contact-role', 'sales']);

test('a first contact comes with it', async () => {
  const result = await create([...needed, ...contactFlags, '--json']);
  expect(result.json().contacts).toMatchObject([
    { email: 'anna@m.example', name: 'Anna', phone: '+49 89 1', role: 'sales', is_primary: true },
  ]);
});

describe('a value that validation refuses', () => {
  test('and those that are missing are all named at once, and nothing is asked of a database', async () => {
    const result = await run(
      [
        'create',
        '--org',
        'acme',
        '--currency',
        'EURX',
        '--billing-country',
        'Germnay',
        '--contact-name',
        'x',
      ],
      { env: { ORDERFLOW_DATABASE_URL: 'postgres://127.0.0.1:1/none' } },
    );
    expect(result.exitCode).toBe(2);
    expect(result.stdout).toBe('');
    const [first, ...more] = result.stderr.trimEnd().split('\n');
    expect(first).toBe('error: name: a name is required');
    expect(more.map((line) => line.trim())).toEqual([
      'default_currency: "EURX" is not an ISO 4217 code; did you mean EUR?',
      'default_language: a language is required; give a BCP 47 tag such as de-DE',
      expect.stringMatching(/^billing_country: "Germnay" /),
      'contact_email: a contact needs an email address',
    ]);
  });

  test.for([
    [['--name', ' '], 'name: a name is required'],
    [['--name', 'x'.repeat(501)], 'name: '],
    [['--name', 'MÃ¼ller'], 'did you mean "Müller"|meant "Müller"'],
    [['--erp-number', '1,23E+11'], 'erp_customer_number: '],
    [['--email', 'x'], 'email: "x" is not an email address'],
    [['--default-language', 'deusch'], 'default_language: '],
    [['--notes', 'x'.repeat(10_001)], 'notes: '],
    [['--billing-street', 'a\0b'], 'billing_street: '],
    [['--shipping-country', 'XX'], 'shipping_country: '],
  ] as const)('%j exits with 2', async ([flags, message]) => {
    const before = await customers();
    const result = await create([...neededBut(flags[0]), ...flags, '--json']);
    expect(result.exitCode).toBe(2);
    expect(result.json()).toMatchObject({ ok: false, error: { code: 'invalid_value' } });
    expect(result.stderr).toMatch(new RegExp(message));
    expect(await customers()).toBe(before);
  });

  test.for([
    [['--activ'], 'unknown option'],
    [['--currency', 'EUR'], 'cannot be used with'],
    [['--active', '--inactive'], 'cannot be used with'],
    [['too', 'much'], 'too many arguments'],
  ] as const)('%j is not a valid command line', async ([flags, message]) => {
    const { exitCode, stderr } = await create([...needed, ...flags]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});

test('a withdrawn currency passes with a warning that names its successor, also with --quiet', async () => {
  const result = await create(['--name', 'Hrvat', '--currency', 'HRK', '--language', 'hr', '--quiet']);
  expect(result).toMatchObject({ exitCode: 0, stdout: '' });
  expect(result.stderr).toBe(
    '! default_currency: "HRK" is withdrawn, no longer a currency in use; use EUR instead\n',
  );
});

describe('an ERP number that is taken', () => {
  test('exits with 12 and names its owner', async () => {
    const id = await insertCustomer(database, acme, { name: 'Owner \x1b[31m', erp_customer_number: '4711' });
    const result = await create([
      ...needed,
      '--erp-number',
      '4711',
      '--contact-email',
      'a@b.example',
      '--json',
    ]);
    expect(result.exitCode).toBe(12);
    expect(result.json()).toEqual({
      ok: false,
      error: {
        code: 'conflict',
        message: `ERP number 4711 belongs to Owner \\x1b[31m (${id})`,
        hint: 'give another number, or correct the customer that has it',
      },
    });
  });

  test('in another org is free here', async () => {
    const other = await createOrganization(database, { slug: 'other', name: 'Other' });
    await insertCustomer(database, other, { erp_customer_number: 'O-1' });
    expect((await create([...needed, '--erp-number', 'O-1'])).exitCode).toBe(0);
  });

  test('by two at the same moment goes to one of them', async () => {
    const results = await Promise.all(
      Array.from({ length: 4 }, () => create([...needed, '--erp-number', 'race', '--json'])),
    );
    const refused = results.filter(({ exitCode }) => exitCode === 12);
    expect(results.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
    expect(refused).toHaveLength(3);
    for (const result of refused) {
      expect(result.json().error.message).toMatch(/^ERP number race belongs to Müller GmbH \(/);
    }
  });
});

test('an unknown org exits with 4', async () => {
  const result = await run(['create', '--org', 'nowhere', ...needed], { database: server });
  expect(result.exitCode).toBe(4);
});

describe('the result as text', () => {
  test('piped is the line that list has for it', async () => {
    const { stdout, stderr } = await create([...needed, '--erp-number', 'P-1', '--billing-city', 'Köln']);
    expect(stdout).toMatch(/^P-1\tMüller GmbH\tKöln\tEUR\tde-DE\t0\tyes\t[0-9a-f-]{36}\n$/);
    expect(stderr).toMatch(/^→ .*\n$/);
    const listed = await run(['list', '--org', 'acme', '--erp-number', 'P-1'], { database: server });
    expect(listed.stdout).toBe(stdout);
  });

  test('on a terminal says what was made and what comes next', async () => {
    const terminal = { terminal: { columns: 80 } };
    const { stdout, stderr } = await create([...needed, '--erp-number', 'T-1', '--color', 'never'], terminal);
    expect(stdout).toBe('+ T-1 Müller GmbH\n');
    expect(stderr).toContain('next: orderflow-customers contact add T-1 --org acme --email EMAIL\n');
  });

  test('with --quiet is nothing', async () => {
    expect(await create([...needed, '--quiet'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });
});

describe('on a terminal', () => {
  test('what is missing is asked for, with the same rules', async () => {
    const typed = typing(' ', `${clearLine}Möhrle KG\r`, 'EURX\r', `${clearLine}eur\r`, 'de-DE\r');
    const { exitCode, stderr } = await create(['--erp-number', 'asked', '--color', 'never'], typed);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('"EURX" is not an ISO 4217 code; did you mean EUR?');
    expect(await findCustomers(database, { orgId: acme.id, ref: 'asked' })).toMatchObject([
      { name: 'Möhrle KG', default_currency: 'EUR', default_language: 'de-DE' },
    ]);
  });

  test('errors are reported before any question', async () => {
    const { exitCode, stderr } = await create(['--email', 'x', '--color', 'never'], typing());
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: email: /);
  });

  test('Ctrl-C ends it, and nothing is changed', async () => {
    const before = await customers();
    const { exitCode, stderr } = await create(['--color', 'never'], typing('Möhrle', ctrlC));
    expect(exitCode).toBe(130);
    expect(stderr).toContain('error: interrupted: nothing was changed');
    expect(await customers()).toBe(before);
  });

  test('--no-input and --json ask nothing', async () => {
    for (const flag of ['--no-input', '--json']) {
      const { exitCode, stderr } = await create([flag], typing());
      expect(exitCode).toBe(2);
      expect(stderr).toContain('name: a name is required');
    }
  });
});
