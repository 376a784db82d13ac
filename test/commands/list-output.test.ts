import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { textWidth } from '../../src/render/text/text-width.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import { readCsvRows } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';

let server: TestDatabase;
let database: Database;
let acme: Organization;
const size = 2_345;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
  acme = await createOrganization(database, { slug: 'acme', name: 'Acme' });
  await insertCustomer(database, acme, {
    name: '=Ärger, "GmbH"',
    erp_customer_number: '0003',
    billing_address: { city: 'München' },
    contacts: [{ email: 'a@m.example' }],
  });
  await insertCustomer(database, acme, { name: 'Beta', erp_customer_number: '0001', is_active: false });
  await insertCustomer(database, acme, { name: 'Gamma', notes: 'a\tb' });
  await createOrganization(database, { slug: 'empty', name: 'Empty' });
  await createOrganization(database, { slug: 'many', name: 'Many' });
  const rows = Array.from({ length: size }, (_, index) => `${index + 1},Customer ${index + 1},EUR,de\n`);
  await run(['import', '-', '--org', 'many', '--no-rejects'], {
    database: server,
    stdin: `erp_customer_number,name,default_currency,default_language\n${rows.join('')}`,
  });
});
afterAll(() => server.close());

function tool(argv: string[], options: RunOptions = {}) {
  return run(argv, { database: server, ...options });
}

function listOf(org: string, flags: string[], options: RunOptions = {}) {
  return tool(['list', '--org', org, ...flags], options);
}

function list(flags: string[], options: RunOptions = {}) {
  return listOf('acme', flags, options);
}

async function linesIn(format: string): Promise<number> {
  return (await listOf('many', ['--all', '--output', format])).stdout.trimEnd().split('\n').length;
}

async function names(flags: string[]): Promise<string[]> {
  return (await list(['--json', ...flags])).json().items.map(({ name }: { name: string }) => name);
}

describe('--output', () => {
  test('json is --json', async () => {
    expect((await list(['--output', 'json'])).stdout).toBe((await list(['--json'])).stdout);
    const failed = await run(['list', '--org', 'nobody', '--output', 'json'], { database: server });
    expect(failed.json()).toMatchObject({ ok: false, error: { code: 'not_found' } });
  });

  test('ndjson is an item a line', async () => {
    const { stdout } = await list(['--output', 'ndjson']);
    const items = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(items).toEqual((await list(['--json'])).json().items);
  });

  test('csv has a column for every part, and no formula', async () => {
    const { stdout } = await list(['--output', 'csv']);
    expect(stdout.split('\n')[0]).toBe(
      'id,org_id,name,erp_customer_number,email,default_currency,default_language,billing_street,billing_street2,billing_city,billing_postal_code,billing_state,billing_country,shipping_street,shipping_street2,shipping_city,shipping_postal_code,shipping_state,shipping_country,notes,is_active,created_at,updated_at,contact_count',
    );
    expect(readCsvRows(stdout)[0]).toMatchObject({
      name: `'=Ärger, "GmbH"`,
      billing_city: 'München',
      is_active: 'true',
      contact_count: '1',
    });
  });

  test('tsv has a header', async () => {
    const { stdout } = await list(['--output', 'tsv', '--columns', 'name,notes']);
    expect(stdout.split('\n')[0]).toBe('name\tnotes');
    expect(stdout).toContain('Gamma\ta\\tb\n');
  });

  test('table is what there is without it', async () => {
    for (const options of [{}, { terminal: { columns: 70 } }]) {
      expect((await list(['--output', 'table'], options)).stdout).toBe((await list([], options)).stdout);
    }
  });

  test('of nothing is empty, or a header', async () => {
    expect((await listOf('empty', ['--output', 'ndjson'])).stdout).toBe('');
    expect((await listOf('empty', ['--output', 'table'])).stdout).toBe('');
    expect((await listOf('empty', ['--output', 'csv'])).stdout).toMatch(/^id,org_id,name,[^\n]*\n$/);
  });

  test('other than a table has nothing below it', async () => {
    expect((await list(['--output', 'csv'], { terminal: { columns: 80 } })).stderr).toBe('');
  });
});

describe('--for-excel', () => {
  const columns = ['--columns', 'name,erp_customer_number,is_active'];

  test('is csv that Excel opens without changing a cell', async () => {
    const { stdout } = await list(['--for-excel', ...columns]);
    expect(stdout).toBe(
      [
        '\ufeffname;erp_customer_number;is_active',
        `"'=Ärger, ""GmbH""";"=""0003""";"=""true"""`,
        'Beta;"=""0001""";"=""false"""',
        'Gamma;;"=""true"""',
        '',
      ].join('\n'),
    );
    expect((await list(['--for-excel', '--output', 'csv', ...columns])).stdout).toBe(stdout);
    expect((await list(['--for-excel', '--all', ...columns])).stdout).toBe(stdout);
    expect((await listOf('empty', ['--for-excel', ...columns])).stdout).toBe(
      '\ufeffname;erp_customer_number;is_active\n',
    );
  });

  test('has no byte order mark and nothing below it on a terminal', async () => {
    const seen = await list(['--for-excel', ...columns], { terminal: { columns: 80 } });
    expect(seen.stdout.startsWith('name;')).toBe(true);
    expect(seen.stderr).toBe('');
  });

  test('is there for every command that lists', async () => {
    const orgs = await tool(['org', 'list', '--for-excel', '--columns', 'slug']);
    expect(orgs.stdout.startsWith('\ufeffslug\n')).toBe(true);
    const number = ['--for-excel', '--columns', 'erp_customer_number'];
    const found = await tool(['search', 'beta', '--org', 'acme', ...number]);
    expect(found.stdout).toBe('\ufefferp_customer_number\n"=""0001"""\n');
  });
});

describe('--columns', () => {
  test('names the columns of every format', async () => {
    const flags = ['--columns', 'billing_city,erp_customer_number', '--sort', 'erp_customer_number'];
    expect((await list(flags)).stdout).toBe('\t0001\nMünchen\t0003\n\t\n');
    expect((await list([...flags, '--output', 'csv'])).stdout).toBe(
      'billing_city,erp_customer_number\n,0001\nMünchen,0003\n,\n',
    );
    expect((await list([...flags, '--json'])).json()).toMatchObject({
      items: [
        { billing_city: null, erp_customer_number: '0001' },
        { billing_city: 'München', erp_customer_number: '0003' },
        { billing_city: null, erp_customer_number: null },
      ],
      total: 3,
    });
    expect((await list([...flags, '--color', 'never'], { terminal: { columns: 80 } })).stdout).toBe(
      ['BILLING CITY  ERP CUSTOMER NUMBER', '              0001', 'München       0003', '', ''].join('\n'),
    );
  });

  test.for([200, 40])('fit a terminal of %i columns', async (columns) => {
    const { stdout } = await list(
      ['--columns', 'name,erp_customer_number,created_at,notes,billing_address'],
      {
        terminal: { columns },
        env: { NO_COLOR: '1' },
      },
    );
    for (const line of stdout.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(columns);
  });
});

describe('--sort', () => {
  test.for([
    ['erp_customer_number', ['Beta', '=Ärger, "GmbH"', 'Gamma']],
    ['-erp_customer_number', ['=Ärger, "GmbH"', 'Beta', 'Gamma']],
    ['created_at', ['=Ärger, "GmbH"', 'Beta', 'Gamma']],
    ['updated_at:desc', ['Gamma', 'Beta', '=Ärger, "GmbH"']],
  ] as const)('by %s', async ([key, expected]) => {
    expect(await names(['--sort', key])).toEqual(expected);
  });

  test('by name both ways', async () => {
    const ascending = await names(['--sort', 'name']);
    expect(ascending).toEqual(await names([]));
    expect(await names(['--sort', '-name'])).toEqual(ascending.toReversed());
    expect(await names(['--sort', '-name:desc'])).toEqual(ascending);
  });

  test('is in the command of the next page', async () => {
    const { stderr } = await list(
      ['--sort=-name', '--columns', 'name', '--per-page', '1', '--color', 'never'],
      {
        terminal: { columns: 80 },
      },
    );
    expect(stderr).toBe(
      '1–1 of 3 · next: orderflow-customers list --org acme --sort name:desc --columns name --per-page 1 --page 2\n',
    );
  });
});

describe('--all and --limit', () => {
  test('stream the same customers as the pages have', async () => {
    const page = (
      await listOf('many', ['--per-page', '100', '--page', '3', '--sort', 'erp_customer_number', '--json'])
    ).json();
    const all = (await listOf('many', ['--all', '--sort', 'erp_customer_number', '--json'])).json();
    expect(all).toMatchObject({ total: size, page: 1, per_page: size, total_pages: 1 });
    expect(all.items).toHaveLength(size);
    expect(all.items.slice(200, 300)).toEqual(page.items);
  });

  test('in every format, a customer a line', async () => {
    expect(await Promise.all(['ndjson', 'table', 'csv', 'tsv'].map(linesIn))).toEqual([
      size,
      size,
      size + 1,
      size + 1,
    ]);
  });

  test('--limit returns the first ones, even more than a page, and reports the total', async () => {
    const { items, ...rest } = (await listOf('many', ['--limit', '1500', '--json'])).json();
    expect(items).toHaveLength(1500);
    expect(rest).toEqual({ total: size, page: 1, per_page: 1500, total_pages: 2 });
    const seen = await listOf('many', ['--limit', '2', '--color', 'never'], { terminal: { columns: 80 } });
    expect(seen.stdout.split('\n')).toHaveLength(4);
    expect(seen.stderr).toBe('2 of 2,345 customers\n');
    expect((await list(['--limit', '9', '--json'])).json()).toMatchObject({
      total: 3,
      per_page: 9,
      total_pages: 1,
    });
  });

  test('of no customers is a document without items', async () => {
    const { stdout } = await run(['list', '--org', 'empty', '--all', '--json'], { database: server });
    expect(JSON.parse(stdout)).toEqual({ items: [], total: 0, page: 1, per_page: 0, total_pages: 0 });
  });

  test('a failure is the only document', async () => {
    const result = await run(['list', '--org', 'nobody', '--all', '--json'], { database: server });
    expect(result.json()).toMatchObject({ ok: false });
  });

  test('--quiet prints nothing', async () => {
    expect((await listOf('many', ['--all', '--quiet'])).stdout).toBe('');
    expect((await list(['--output', 'csv', '--quiet'])).stdout).toBe('');
  });
});

test.for([
  [['--output', 'xml'], 'Allowed choices are table, json, ndjson, csv, tsv'],
  [['--json', '--output', 'csv'], '--json and --output csv contradict each other'],
  [['--for-excel', '--output', 'tsv'], '--output tsv and --for-excel contradict each other'],
  [['--for-excel', '--json'], '--json and --for-excel contradict each other'],
  [['--columns', 'billing_ctiy'], 'did you mean billing_city?'],
  [['--columns', 'frobnicate'], 'one of id, org_id, name'],
  [['--columns', 'name,name'], 'twice'],
  [['--columns', ','], 'names no column'],
  [['--sort', 'nmae'], 'did you mean name?'],
  [['--sort', 'notes'], 'one of name, erp_customer_number'],
  [['--limit', '0'], 'a whole number from 1'],
  [['--all', '--limit', '3'], 'cannot be used with'],
  [['--all', '--page', '2'], 'cannot be used with'],
  [['--limit', '3', '--per-page', '2'], 'cannot be used with'],
] as const)('%j is a usage error', async ([flags, said]) => {
  const { exitCode, stderr } = await list([...flags]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(said);
});

test('contact list takes the same flags', async () => {
  const flags = ['--output', 'csv', '--columns', 'email,is_primary'];
  expect((await tool(['contact', 'list', '0003', '--org', 'acme', ...flags])).stdout).toBe(
    'email,is_primary\na@m.example,false\n',
  );
});

test('org list and runs list take the same flags', async () => {
  expect((await tool(['org', 'list', '--output', 'csv', '--columns', 'slug,name'])).stdout).toBe(
    'slug,name\nacme,Acme\nempty,Empty\nmany,Many\n',
  );
  const runs = (await tool(['runs', 'list', '--org', 'many', '--output', 'ndjson'])).stdout;
  expect(JSON.parse(runs)).toMatchObject({ file: 'stdin', imported: size });
  expect(
    (await tool(['runs', 'list', '--org', 'many', '--columns', 'rows,failed', '--output', 'tsv'])).stdout,
  ).toBe(`rows\tfailed\n${size}\t0\n`);
  expect((await tool(['org', 'list', '--columns', 'slog'])).stderr).toContain('did you mean slug?');
});
