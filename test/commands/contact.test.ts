import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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
let org: Organization;
let count = 0;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
});
afterAll(() => server.close());
// Each test has an org of its own: a customer with two contacts, and one without.
beforeEach(async () => {
  org = await createOrganization(database, { slug: `org-${++count}`, name: 'Acme' });
  await insertCustomer(database, org, {
    name: 'Müller GmbH',
    erp_customer_number: '1',
    contacts: [
      { email: 'Anna@m.example', name: 'Anna', phone: '+49 89 1', role: 'sales', is_primary: true },
      { email: 'bea@m.example' },
    ],
  });
  await insertCustomer(database, org, { name: 'Zwei AG', erp_customer_number: '2' });
});

function contact(subcommand: string, argv: string[], options: RunOptions = {}) {
  return run(['contact', subcommand, '--org', org.slug, ...argv], { database: server, ...options });
}
async function stored(ref = '1') {
  const [customer] = await findCustomers(database, { orgId: org.id, ref });
  return customer?.contacts ?? [];
}
/** What changes with every row that is written, changed or not. */
async function versions() {
  const { rows } = await database.client.query(
    `select id, xmin::text from customer where org_id = $1
     union all select id, xmin::text from customer_contact where org_id = $1
     order by id`,
    [org.id],
  );
  return rows;
}
const terminal = { terminal: { columns: 80 } };

describe('contact add', () => {
  test('names its target first; the result is the contact', async () => {
    const result = await contact('add', ['2', '--email', ' Zoe@z.example ', '--name', 'Zoë', '--json']);
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toMatch(/^→ .*, org org-\d+\n$/);
    expect(result.json()).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      org_id: org.id,
      customer_id: expect.any(String),
      email: 'zoe@z.example',
      name: 'Zoë',
      phone: null,
      role: null,
      is_primary: false,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect(await stored('2')).toEqual([result.json()]);
  });

  test('--primary takes over from the old one, and says so', async () => {
    const flags = ['1', '--email', 'c@m.example', '--primary', '--phone', '+43 1 2', '--role', 'boss'];
    const { exitCode, stderr } = await contact('add', flags);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('~ Anna@m.example is no longer the primary contact\n');
    expect(await stored()).toMatchObject([
      { email: 'c@m.example', phone: '+43 1 2', role: 'boss', is_primary: true },
      { email: 'Anna@m.example', is_primary: false, name: 'Anna' },
      { email: 'bea@m.example', is_primary: false },
    ]);
  });

  test('of an existing email, in any case, exits with 12, names the contact and changes nothing', async () => {
    const before = await versions();
    const [anna] = await stored();
    const result = await contact('add', ['1', '--email', 'ANNA@M.EXAMPLE', '--primary', '--json']);
    expect(result.exitCode).toBe(12);
    expect(result.json().error).toMatchObject({
      code: 'conflict',
      message: `Müller GmbH already has a contact anna@m.example: Anna (${anna?.id})`,
    });
    expect(await versions()).toEqual(before);
    expect((await contact('add', ['2', '--email', 'anna@m.example'])).exitCode).toBe(0);
  });

  test('of an email that a contact without a name has, exits with 12 and names its id', async () => {
    const [, bea] = await stored();
    const result = await contact('add', ['1', '--email', 'bea@m.example', '--json']);
    expect(result).toMatchObject({ exitCode: 12 });
    expect(result.json().error.message).toBe(`Müller GmbH already has a contact bea@m.example: ${bea?.id}`);
  });

  test.for([
    [[], 'email: a contact needs an email address'],
    [['--email', 'x'], 'email: "x" is not an email address'],
    [['--email', 'a@b.example', '--name', 'x'.repeat(201)], 'name: '],
    [['--email', 'a@b.example', '--phone', '4,9E+10'], 'phone: '],
    [['--email', 'a@b.example', '--role', 'a\nb'], 'role: '],
    [['--email', 'a@b.example', '--no-primary'], 'unknown option'],
  ] as const)('%j exits with 2 before a database is asked for', async ([flags, message]) => {
    const env = { ORDERFLOW_DATABASE_URL: 'postgres://127.0.0.1:1/none' };
    const { exitCode, stderr } = await run(['contact', 'add', '1', '--org', 'acme', ...flags], { env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test('on a terminal asks for the email, by the same rule', async () => {
    const typed = typing('@\r', `${clearLine}new@m.example\r`);
    const { exitCode, stdout, stderr } = await contact('add', ['2', '--color', 'never'], typed);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('+ new@m.example\n');
    expect(stderr).toContain('is not an email address');
    expect(stderr).toContain(`next: orderflow-customers contact list 2 --org ${org.slug}\n`);
    expect((await contact('add', ['2'], typing(ctrlC))).exitCode).toBe(130);
    expect(await stored('2')).toHaveLength(1);
  });
});

describe('contact update', () => {
  test.for<[string[], Record<string, unknown>]>([
    [['--email', 'New@m.example'], { email: 'new@m.example' }],
    [['--name', 'Änne'], { name: 'Änne' }],
    [['--phone', '1', '--role', ''], { phone: '1', role: null }],
    [['--clear', 'phone,role', '--clear', 'name'], { phone: null, role: null, name: null }],
    [['--no-primary'], { is_primary: false }],
  ])('%j makes it %j', async ([flags, expected]) => {
    const [anna] = await stored();
    const result = await contact('update', ['1', 'anna@M.example', ...flags, '--json']);
    expect(result.exitCode).toBe(0);
    expect(result.json()).toEqual({ ...anna, ...expected, updated_at: expect.any(String) });
    expect(await stored()).toContainEqual(result.json());
  });

  test('finds it by id too, and shows the difference', async () => {
    const [, bea] = await stored();
    const { exitCode, stdout, stderr } = await contact('update', [
      '1',
      bea?.id ?? '',
      '--primary',
      '--name',
      'Bea',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('~ bea@m.example\n  name none → "Bea"\n  is_primary no → yes\n');
    expect(stderr).toContain('~ Anna@m.example is no longer the primary contact\n');
    expect(await stored()).toMatchObject([
      { email: 'bea@m.example', is_primary: true },
      { email: 'Anna@m.example', is_primary: false },
    ]);
  });

  test('when no changes writes nothing, and says so', async () => {
    const before = await versions();
    const flags = ['1', 'anna@m.example', '--email', 'ANNA@m.example', '--phone', ' +49 89 1', '--primary'];
    const result = await contact('update', flags);
    expect(result).toMatchObject({ exitCode: 0, stdout: '= Anna@m.example Anna: no changes\n' });
    expect((await contact('update', [...flags, '--json'])).json()).toEqual((await stored())[0]);
    expect(await versions()).toEqual(before);
  });

  test('to an email that another contact has exits with 12 and changes nothing', async () => {
    const before = await versions();
    const flags = ['1', 'bea@m.example', '--email', 'anna@m.example', '--primary', '--json'];
    const result = await contact('update', flags);
    expect(result.exitCode).toBe(12);
    expect(result.json().error.message).toMatch(/^Müller GmbH already has a contact anna@m.example: Anna \(/);
    expect(await versions()).toEqual(before);
  });

  test.for([
    [['--email', ''], 'email: a contact needs an email address'],
    [['--clear', 'email'], 'email cannot be cleared: a contact needs one'],
    [['--clear', 'is_primary'], 'give --no-primary'],
    [['--clear', 'phon'], 'did you mean phone?'],
    [['--clear', 'phone', '--phone', '1'], 'phone is both given and cleared'],
    [[], 'nothing to change: name a field'],
  ] as const)('%j exits with 2', async ([flags, message]) => {
    const { exitCode, stderr } = await contact('update', ['1', 'anna@m.example', ...flags]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('contact remove', () => {
  test('without a terminal requires --yes', async () => {
    const refused = await contact('remove', ['1', 'anna@m.example', '--json']);
    expect(refused.exitCode).toBe(5);
    expect(refused.json().error).toMatchObject({ code: 'confirmation_required' });
    const [anna] = await stored();
    const result = await contact('remove', ['1', 'anna@m.example', '--yes', '--json']);
    expect(result.exitCode).toBe(0);
    expect(result.json()).toEqual({ ...anna, removed: true });
    expect(await stored()).toMatchObject([{ email: 'bea@m.example' }]);
  });

  test('asks on a terminal; a no and Ctrl-C change nothing', async () => {
    const argv = ['1', 'bea@m.example', '--color', 'never'];
    const refused = await contact('remove', argv, typing('n\r'));
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain('Remove bea@m.example from Müller GmbH?');
    expect((await contact('remove', argv, typing(ctrlC))).exitCode).toBe(130);
    expect(await stored()).toHaveLength(2);
    expect(await contact('remove', argv, typing('y\r'))).toMatchObject({
      exitCode: 0,
      stdout: '- bea@m.example\n',
    });
    expect(await stored()).toHaveLength(1);
  });
});

describe('contact list', () => {
  test('piped is a line each, the primary one first', async () => {
    const { exitCode, stdout, stderr } = await contact('list', ['1']);
    expect([exitCode, stderr]).toEqual([0, '']);
    const [anna, bea] = await stored();
    expect(stdout).toBe(
      `Anna@m.example\tAnna\t+49 89 1\tsales\tprimary\t${anna?.id}\nbea@m.example\t\t\t\t\t${bea?.id}\n`,
    );
  });

  test('--json is items and total', async () => {
    expect((await contact('list', ['1', '--json'])).json()).toEqual({ items: await stored(), total: 2 });
    expect((await contact('list', ['2', '--json'])).json()).toEqual({ items: [], total: 0 });
  });

  test('on a terminal is a table, and without contacts says how to add one', async () => {
    const shown = await contact('list', ['1', '--color', 'never'], terminal);
    expect(shown.stdout).toBe(
      [
        'EMAIL           NAME  PHONE     ROLE   PRIMARY',
        'Anna@m.example  Anna  +49 89 1  sales  primary',
        'bea@m.example',
        '',
      ].join('\n'),
    );
    const none = await contact('list', ['2', '--color', 'never'], terminal);
    expect(none).toMatchObject({ exitCode: 0, stdout: '' });
    expect(none.stderr).toContain(`contact add 2 --org ${org.slug} --email EMAIL\n`);
  });
});

test.for([
  ['add', ['--email', 'x@x.example']],
  ['update', ['x@x.example', '--name', 'x']],
  ['remove', ['x@x.example', '--yes']],
  ['list', []],
] as const)(
  "contact %s: another org's customer, and a contact of another customer, are not found",
  async ([subcommand, argv]) => {
    const other = await createOrganization(database, { slug: `${subcommand}-other`, name: 'Other' });
    const id = await insertCustomer(database, other, {
      erp_customer_number: 'F',
      contacts: [{ email: 'x@x.example' }],
    });
    for (const ref of ['F', id, '9']) {
      const result = await contact(subcommand, [ref, ...argv, '--json']);
      expect(result.exitCode).toBe(4);
      expect(result.json().error).toMatchObject({
        code: 'not_found',
        message: `customer "${ref}" not found in org ${org.slug}`,
      });
    }
    if (subcommand === 'add' || subcommand === 'list') return;
    const [foreign] = (await findCustomers(database, { orgId: other.id, ref: 'F' }))[0]?.contacts ?? [];
    for (const ref of ['x@x.example', foreign?.id ?? '']) {
      const result = await contact(subcommand, ['1', ref, ...argv.slice(1), '--json']);
      expect(result.exitCode).toBe(4);
      expect(result.json().error).toMatchObject({
        message: `Müller GmbH has no contact "${ref}"`,
        hint: `see orderflow-customers contact list 1 --org ${org.slug}`,
      });
    }
  },
);

test('without a subcommand it says which there are', async () => {
  const { exitCode, stderr } = await run(['contact']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('contact needs a subcommand: add, update, remove, list');
});

test('a hostile contact does not affect the terminal', async () => {
  const evil = '\x1b[2J\rEvil\u202e\u200b\x9b\x07';
  await insertCustomer(database, org, {
    name: evil,
    erp_customer_number: evil,
    contacts: [{ email: evil, name: evil, phone: evil, role: evil }],
  });
  for (const [subcommand, argv] of [
    ['list', []],
    ['update', [evil, '--phone', '1', '--clear', 'name,role']],
    ['add', ['--email', evil]],
    ['remove', ['none']],
    ['remove', [evil]],
    ['remove', [evil, '--yes']],
  ] as [string, string[]][]) {
    const { stdout, stderr } = await contact(
      subcommand,
      [evil, ...argv, '--color', 'never'],
      subcommand === 'list' ? terminal : {},
    );
    expect(stdout + stderr).toContain(String.raw`\x1b[2J\rEvil`);
    expect(stdout + stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]/);
  }
});
