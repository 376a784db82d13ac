import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { findCustomers } from '../../src/store/customers/customers.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { insertCustomer } from '../support/customers.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';
import type { ThrowAwayDirectory } from '../support/throw-away.ts';
import { throwAwayDirectory } from '../support/throw-away.ts';
import { ctrlC, down, enter, typing } from '../support/typing.ts';

let server: TestDatabase;
let database: Database;
let directory: ThrowAwayDirectory;
let org: Organization;
let count = 0;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
  directory = await throwAwayDirectory();
});
afterAll(async () => {
  await server.close();
  await directory.remove();
});
// Each test has an org of its own, with two customers.
beforeEach(async () => {
  org = await createOrganization(database, { slug: `org-${++count}`, name: 'Acme' });
  await insertCustomer(database, org, {
    name: 'Müller GmbH',
    erp_customer_number: '1',
    email: 'info@m.example',
    billing_address: { street: 'Weg 1', city: 'Koln', postal_code: '50667', country: 'DE' },
    notes: 'old',
    contacts: [{ email: 'a@m.example' }],
  });
  await insertCustomer(database, org, { name: 'Zwei AG', erp_customer_number: '2' });
});

function update(argv: string[], options: RunOptions = {}) {
  return run(['update', '--org', org.slug, ...argv], { database: server, ...options });
}
const fromJson = (text: string, flags: string[] = []) =>
  update(['--from-json', '-', ...flags], { stdin: text });
const terminal = { terminal: { columns: 80 } };

async function stored(ref: string) {
  const [customer] = await findCustomers(database, { orgId: org.id, ref });
  return customer;
}
/** What changes with every row that is written, changed or not. */
async function versions() {
  const { rows } = await database.client.query(
    'select id, xmin::text, updated_at::text from customer where org_id = $1 order by id',
    [org.id],
  );
  return rows;
}

test('only what is named changes; the result is the customer with contacts, as show has it', async () => {
  const before = await stored('1');
  const result = await update(['1', '--billing-city', 'Köln', '--json']);
  expect(result.exitCode).toBe(0);
  expect(result.json()).toEqual({
    ...before,
    billing_address: { street: 'Weg 1', city: 'Köln', postal_code: '50667', country: 'DE' },
    updated_at: expect.any(String),
  });
  expect(result.json().updated_at > (before?.updated_at ?? '')).toBe(true);
  expect(await stored('1')).toEqual(result.json());
});

test('the difference is shown, piped and on a terminal, and beside JSON on stderr', async () => {
  const flags = ['1', '--billing-city', 'Köln', '--clear', 'notes', '--inactive', '--color', 'never'];
  const difference = `~ 1 Müller GmbH
  billing_city "Koln" → "Köln"
  notes "old" → none
  is_active yes → no
`;
  expect(await update([...flags, '--dry-run'])).toMatchObject({ exitCode: 0, stdout: difference });
  const json = await update([...flags, '--dry-run', '--json']);
  expect(json.stderr).toBe(
    `→ ${server.target.user}@${json.stderr.split('@')[1]?.split('\n')[0]}\n${difference}`,
  );
  const { stdout, stderr } = await update(flags, terminal);
  expect(stdout).toBe(difference);
  expect(stderr).toMatch(/^→ .*, org org-\d+\n/);
  expect(stderr).toContain(`1 customer changed · next: orderflow-customers show 1 --org ${org.slug}\n`);
});

test.for<[string[], Record<string, unknown>]>([
  [['--name', 'Neu'], { name: 'Neu' }],
  [['--erp-customer-number', '0009'], { erp_customer_number: '0009' }],
  [['--erp-number', '0009'], { erp_customer_number: '0009' }],
  [['--email', 'X@m.example'], { email: 'x@m.example' }],
  [['--default-currency', 'chf'], { default_currency: 'CHF' }],
  [['--language', 'DE-ch'], { default_language: 'de-CH' }],
  [['--inactive'], { is_active: false }],
  [['--shipping-city', 'Wien'], { shipping_address: { city: 'Wien' } }],
  [['--clear', 'email'], { email: null }],
  [['--clear', 'notes,email'], { notes: null, email: null }],
  [['--clear', 'notes', '--clear', 'erp-customer-number'], { notes: null, erp_customer_number: null }],
  [
    ['--clear', 'billing_city'],
    { billing_address: { street: 'Weg 1', postal_code: '50667', country: 'DE' } },
  ],
  [['--billing-city', ''], { billing_address: { street: 'Weg 1', postal_code: '50667', country: 'DE' } }],
  [['--clear', 'billing_address'], { billing_address: null }],
  [['--clear', 'billing-address', '--billing-city', 'Ulm'], { billing_address: { city: 'Ulm' } }],
  [['--clear', 'billing_street,billing_city,billing_postal_code,billing_country'], { billing_address: null }],
])('%j makes it %j', async ([flags, expected]) => {
  const before = await stored('1');
  const { exitCode } = await update(['1', ...flags]);
  expect(exitCode).toBe(0);
  expect(await stored(before?.id ?? '')).toEqual({ ...before, ...expected, updated_at: expect.any(String) });
});

test.for([
  [['1', '--clear', 'name'], 'name cannot be cleared: a customer needs one'],
  [['1', '--clear', 'default_currency'], 'default_currency cannot be cleared'],
  [['1', '--clear', 'is_active'], 'give --inactive'],
  [['1', '--clear', 'note'], 'did you mean notes?'],
  [['1', '--clear', '__proto__'], 'unknown field "__proto__" to clear'],
  [['1', '--clear', 'notes', '--notes', 'x'], 'notes is both given and cleared'],
  [['1', '--name', ''], 'name: a name is required'],
  [['1', '--currency', 'EURX'], 'default_currency: "EURX" is not an ISO 4217 code'],
  [['1'], 'nothing to change: name a field'],
  [['--notes', 'x'], 'a customer is missing'],
  [['1', '--notes', 'x', '--detailed-exitcode'], '--detailed-exitcode goes with --dry-run'],
  [['1', '--from-json', '-'], '--from-json names customers and fields itself'],
  [['--from-json', '-', '--notes', 'x'], '--from-json names customers and fields itself'],
  [['1', '--city', 'x'], "unknown option '--city'"],
] as const)('%j exits with 2 before a database is asked for', async ([argv, message]) => {
  const env = { ORDERFLOW_DATABASE_URL: 'postgres://127.0.0.1:1/none' };
  const { exitCode, stdout, stderr } = await run(['update', '--org', 'acme', ...argv], { env });
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain(message);
});

describe('when no changes', () => {
  test('nothing is written, and it says so', async () => {
    const before = await versions();
    const same = ['1', '--billing-city', 'Koln', '--notes', ' old ', '--email', 'INFO@m.example', '--active'];
    const result = await update(same);
    expect(result).toMatchObject({ exitCode: 0, stdout: '= 1 Müller GmbH: no changes\n' });
    expect((await update([...same, '--json'])).json()).toEqual(await stored('1'));
    expect((await update([...same, '--dry-run', '--detailed-exitcode'])).exitCode).toBe(0);
    expect(await versions()).toEqual(before);
  });

  test('in one of several, that one is not written', async () => {
    const before = await versions();
    const result = await update(['1', '2', '--notes', 'old', '--json']);
    expect(result.json()).toMatchObject({ items: [{ name: 'Müller GmbH' }, { notes: 'old' }], total: 2 });
    const after = await versions();
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).not.toEqual(before[1]);
  });
});

describe('--dry-run', () => {
  test('writes nothing and asks nothing; --detailed-exitcode reports pending changes', async () => {
    const before = await versions();
    const flags = ['1', '2', '--notes', 'new', '--dry-run'];
    expect((await update(flags, typing())).exitCode).toBe(0);
    expect((await update([...flags, '--detailed-exitcode'])).exitCode).toBe(10);
    expect(await versions()).toEqual(before);
  });

  test('as JSON is the customer as it would be, and what differs', async () => {
    const result = await update(['1', '--notes', 'new', '--dry-run', '--json']);
    expect(result.json()).toEqual({
      ...(await stored('1')),
      notes: 'new',
      dry_run: true,
      changes: [{ field: 'notes', from: 'old', to: 'new' }],
    });
  });

  test('reports an ERP number in use too', async () => {
    expect((await update(['1', '--erp-number', '2', '--dry-run'])).exitCode).toBe(12);
  });
});

test('a taken ERP number exits with 12 and names its owner', async () => {
  const owner = await stored('2');
  const before = await versions();
  const result = await update(['1', '--erp-number', '2', '--notes', 'x', '--json']);
  expect(result.exitCode).toBe(12);
  expect(result.json().error).toMatchObject({
    code: 'conflict',
    message: `ERP number 2 belongs to Zwei AG (${owner?.id})`,
  });
  expect(await versions()).toEqual(before);
});

test('a withdrawn currency is warned of when it is new', async () => {
  const flags = ['2', '--currency', 'BGN'];
  expect((await update(flags)).stderr).toContain('! default_currency: "BGN" is withdrawn');
  expect((await update(flags)).stderr).not.toContain('withdrawn');
});

describe('a reference', () => {
  test('to nothing, or to a customer of another org, is not found', async () => {
    const other = await createOrganization(database, { slug: `other-${count}`, name: 'Other' });
    const foreign = await insertCustomer(database, other, { erp_customer_number: 'F', notes: 'theirs' });
    for (const ref of ['9', 'F', foreign]) {
      const result = await update([ref, '--notes', 'mine', '--json']);
      expect(result.exitCode).toBe(4);
      expect(result.json().error).toMatchObject({
        code: 'not_found',
        message: `customer "${ref}" not found in org ${org.slug}`,
      });
    }
    const [untouched] = await findCustomers(database, { orgId: other.id, ref: 'F' });
    expect(untouched).toMatchObject({ notes: 'theirs' });
  });

  test('that fits two customers is ambiguous', async () => {
    const id = (await stored('1'))?.id ?? '';
    await insertCustomer(database, org, { name: 'Lookalike', erp_customer_number: id });
    const { exitCode, stderr } = await update([id, '--notes', 'x']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('fits two customers');
  });

  test('that is not found among several stops all, and each is named', async () => {
    const before = await versions();
    const { exitCode, stderr } = await update(['1', '8', '2', '9', '--notes', 'x']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('customer "8" not found');
    expect(stderr).toContain('customer "9" not found');
    expect(await versions()).toEqual(before);
  });

  test('given twice counts once', async () => {
    const id = (await stored('1'))?.id ?? '';
    const result = await update(['1', id, '--notes', 'x', '--json']);
    expect(result.json()).toMatchObject({ items: [{ id, notes: 'x' }], total: 1 });
  });
});

describe('--from-json', () => {
  test('takes an array, NDJSON, or one object, from standard input or a file', async () => {
    const changes = [
      { ref: '1', notes: 'x', billing_address: { city: 'Ulm' }, is_active: false },
      { ref: '2', billing_city: 'Bonn', notes: null },
    ];
    const lines = changes.map((change) => JSON.stringify(change)).join('\r\n');
    await writeFile(
      path.join(directory.path, 'changes.json'),
      `\ufeff${JSON.stringify(changes, undefined, 2)}`,
    );
    const expected = [
      {
        notes: 'x',
        billing_address: { street: 'Weg 1', city: 'Ulm', postal_code: '50667', country: 'DE' },
        is_active: false,
      },
      { billing_address: { city: 'Bonn' }, notes: null },
    ];
    const result = await update(['--from-json', 'changes.json', '--json'], { cwd: directory.path });
    expect(result.exitCode).toBe(0);
    expect(result.json()).toMatchObject({ items: expected, total: 2 });
    expect([await stored('1'), await stored('2')]).toMatchObject(expected);
    const same = await fromJson(`${lines}\n\n`);
    expect(same.stdout).toBe('= 1 Müller GmbH: no changes\n= 2 Zwei AG: no changes\n');
    const one = await fromJson('{\n "ref": "2",\n "email": "z@z.example"\n}', ['--json']);
    expect(one.json()).toMatchObject({ items: [{ email: 'z@z.example' }], total: 1 });
  });

  test('of nothing changes nothing', async () => {
    for (const text of ['', '[]', '\n']) {
      const result = await fromJson(text, ['--json']);
      expect(result.exitCode).toBe(0);
      expect(result.json()).toEqual({ items: [], total: 0 });
      expect(result.stderr).toMatch(/^→ .*\n$/);
    }
  });

  test('names every problem by its place, and writes nothing', async () => {
    const before = await versions();
    const { exitCode, stdout, stderr } = await fromJson(
      JSON.stringify([
        { ref: '1', notes: 'x' },
        { ref: 2, notes: 'x' },
        { ref: '2', currency: 'EUR', default_currency: 'EURX', billing_country: 'Germnay' },
        { notes: 'x' },
        { ref: '2' },
        ['2'],
        { ref: '2', name: null },
        { ref: '2', notes: 7 },
      ]),
    );
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    const lines = stderr.split('\n').map((line) => line.trim().replace('error: ', ''));
    expect(lines.slice(0, 9)).toEqual([
      `change 2: 2 is a number: write it in quotes, the customer's ERP number or id as a text`,
      'change 3 (ref "2"), default_currency: "EURX" is not an ISO 4217 code; did you mean EUR?',
      expect.stringMatching(/^change 3 \(ref "2"\), billing_country: /),
      'change 3 (ref "2"), currency: no such field',
      `change 4: it needs a "ref": the customer's ERP number or id as a text`,
      'change 5 (ref "2"): it names no field to change',
      'change 6: not an object such as {"ref": "10001", "notes": "…"}',
      'change 7 (ref "2"), name: a name is required',
      expect.stringMatching(/^change 8 \(ref "2"\), notes: /),
    ]);
    expect(await versions()).toEqual(before);
  });

  test.for([
    ['{"ref": "1", "notes": "x"}\nnot json', 'standard input, line 2: not JSON'],
    ['[{"ref": "1", "notes": "x"}', 'standard input is not JSON'],
    ['"1"', 'change 1 (line 1): not an object'],
    ['[{"ref": "1", "notes": "x", "__proto__": {"ref": "2"}}]', '__proto__: no such field'],
    ['[{"ref": "1", "constructor": "x"}]', 'constructor: no such field'],
    ['[{"ref": "1", "id": "x"}]', 'id: no such field'],
    ['[{"ref": "1", "billing_address": {"town": "x"}}]', 'town: no such field'],
    ['[{"ref": "1", "billing_address": "Ulm"}]', 'billing_address: '],
    ['[{"ref": "1", "name": "\\ud800"}]', 'name: '],
    ['[{"ref": "1", "name": "a\\u0000b"}]', 'name: '],
    [
      '[{"ref": "1", "notes": "x"}, {"ref": "1", "notes": "y"}]',
      'change 1 and change 2 are for the same customer',
    ],
    [Buffer.from([0x5b, 0xff, 0x5d]), 'standard input is not UTF-8'],
    [`[${'{},'.repeat(10_000)}{}]`, 'standard input has 10001 changes; one run takes at most 10000'],
    [Buffer.alloc(33 * 1024 * 1024, ' '), 'standard input has more than 33554432 bytes'],
  ] as const)('is refused: case %#', async ([stdin, message]) => {
    const before = await versions();
    const { exitCode, stderr } = await update(['--from-json', '-'], { stdin });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(await versions()).toEqual(before);
  });

  test('of a pipe that delivers nothing ends with an interrupt', async () => {
    const interrupt = new AbortController();
    const stdin = new PassThrough();
    const running = update(['--from-json', '-', '--json'], { stdin, signal: interrupt.signal });
    await expect.poll(() => stdin.listenerCount('readable')).toBeGreaterThan(0);
    interrupt.abort(new Failure('interrupted', 'interrupted, rolled back: nothing was written'));
    const result = await running;
    expect(result.exitCode).toBe(130);
    expect(result.json().error).toMatchObject({ code: 'interrupted' });
  });

  test('of a missing file exits with 2', async () => {
    const result = await update(['--from-json', 'none.json', '--json'], { cwd: directory.path });
    expect(result.exitCode).toBe(2);
    expect(result.json().error).toMatchObject({ code: 'file_not_found' });
  });

  test('passes ERP numbers on within one run, and refuses one for two', async () => {
    const [one, two] = [await stored('1'), await stored('2')];
    const swap = JSON.stringify([
      { ref: '1', erp_customer_number: '2' },
      { ref: '2', erp_customer_number: '1' },
    ]);
    expect((await fromJson(swap)).exitCode).toBe(0);
    expect((await stored('2'))?.id).toBe(one?.id);
    expect((await stored('1'))?.id).toBe(two?.id);
    const both = JSON.stringify([
      { ref: '1', erp_customer_number: '7' },
      { ref: '2', erp_customer_number: '7' },
    ]);
    const refused = await fromJson(both);
    expect(refused.exitCode).toBe(12);
    expect(refused.stderr).toContain('ERP number 7 cannot go to both');
  });

  test('writes nothing if one of them conflicts with another customer', async () => {
    await insertCustomer(database, org, { name: 'Drei', erp_customer_number: '3' });
    const before = await versions();
    const { exitCode, stderr } = await fromJson(
      '{"ref":"1","notes":"x"}\n{"ref":"2","erp_customer_number":"3"}',
    );
    expect(exitCode).toBe(12);
    expect(stderr).toContain('ERP number 3 belongs to Drei');
    expect(await versions()).toEqual(before);
  });
});

describe('on a terminal', () => {
  test('more than one customer is asked about, and a no changes nothing', async () => {
    const before = await versions();
    const refused = await update(['1', '2', '--notes', 'x'], typing('n\r'));
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain(`Change 2 customers of ${org.slug}?`);
    expect(await versions()).toEqual(before);
    expect((await update(['1', '2', '--notes', 'x'], typing('y\r'))).exitCode).toBe(0);
    expect((await update(['1', '2', '--notes', 'y', '--yes'], typing())).exitCode).toBe(0);
    expect(await stored('2')).toMatchObject({ notes: 'y' });
  });

  test('a script that names several is not asked', async () => {
    expect((await update(['1', '2', '--notes', 'x'])).exitCode).toBe(0);
  });

  test('without a field it asks which, and for its value, by the same rules', async () => {
    // Below "that is all": name, ERP number, email; an email that is none, then one that is; that is all.
    const typed = typing(down, down, down, enter, '@\r', '\x15neu@m.example\r', enter);
    const { exitCode, stderr } = await update(['1', '--color', 'never'], typed);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('is not an email address');
    expect(await stored('1')).toMatchObject({ name: 'Müller GmbH', email: 'neu@m.example', notes: 'old' });
  });

  test('Ctrl-C at either question ends it, and nothing is changed', async () => {
    const before = await versions();
    expect((await update(['1'], typing(down, ctrlC))).exitCode).toBe(130);
    const { exitCode, stderr } = await update(['1', '2', '--notes', 'x'], typing(ctrlC));
    expect(exitCode).toBe(130);
    expect(stderr).toContain('interrupted: nothing was changed');
    expect(await versions()).toEqual(before);
  });
});

test('a hostile customer does not affect the terminal that changes it', async () => {
  const evil = '\x1b[2J\rEvil\u202e\u200b\x9b\x07';
  await insertCustomer(database, org, {
    name: evil,
    erp_customer_number: 'E',
    email: evil,
    notes: `${evil}\n${evil}`,
    billing_address: { street: evil, city: evil, country: evil },
  });
  for (const [flags, options] of [
    [[], {}],
    [['--color', 'never'], terminal],
    [['--json', '--color', 'never'], terminal],
  ] as [string[], RunOptions][]) {
    const result = await update(
      ['E', '--name', 'Good', '--clear', 'email,notes,billing_address', '--dry-run', ...flags],
      options,
    );
    expect(result.exitCode).toBe(0);
    expect(result.stdout + result.stderr).toContain(String.raw`"\x1b[2J\rEvil`);
    expect(result.stdout + result.stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]/);
  }
  const refused = await update(['1', '--erp-number', 'E']);
  expect(refused.stderr).toContain(String.raw`belongs to \x1b[2J\rEvil`);
});
