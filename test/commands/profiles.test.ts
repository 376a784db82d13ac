import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csv, customerRow } from '../support/csv.ts';
import type { TestDatabase } from '../support/database.ts';
import { emptyDatabase, testDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

/* Two databases, an organization in each, and a settings file that says which is where. */

let west: TestDatabase;
let east: TestDatabase;
let bare: TestDatabase;
let directory: string;
let file: string;

const secret = 'correct-horse';

beforeAll(async () => {
  [west, east, bare] = await Promise.all([testDatabase(), testDatabase(), emptyDatabase()]);
  directory = await mkdtemp(path.join(os.tmpdir(), 'profiles-'));
  file = path.join(directory, 'orderflow-customers.json');
  await settings({});
  for (const [slug, database] of [
    ['acme', west],
    ['beta', east],
    ['acme', east],
  ] as const)
    await run(['org', 'create', slug, '--name', `${slug} Ltd`], { database });
});
afterAll(async () => {
  await Promise.all([west, east, bare].map((database) => database.close()));
  await rm(directory, { recursive: true });
});

async function settings(others: object, profiles: object = {}): Promise<void> {
  const both = {
    east: { database: east.url, orgs: ['beta', 'newcomer'] },
    west: { database: west.url, orgs: ['acme'] },
  };
  await writeFile(file, JSON.stringify({ ...others, profiles: { ...both, ...profiles } }));
}

function tool(argv: string[], options: Parameters<typeof run>[1] = {}) {
  return run(argv, { cwd: directory, homeDirectory: directory, ...options });
}

const terminal = { columns: 200 };
const env = { NO_COLOR: '1' };

describe('--org without --profile', () => {
  test('writes into the database of the profile that lists it', async () => {
    await settings({ profile: 'east' });
    await writeFile(
      path.join(directory, 'customers.csv'),
      csv([customerRow({ name: 'Müller', erp_customer_number: '1' })]),
    );
    const imported = await tool(['import', 'customers.csv', '--org', 'acme', '--no-rejects']);
    expect(imported.exitCode).toBe(0);
    expect(imported.stderr).toContain(`${path.basename(new URL(west.url).pathname)}, org acme\n`);
    expect((await run(['list', '--org', 'acme', '--json'], { database: west })).json()).toMatchObject({
      total: 1,
    });
    expect((await run(['list', '--org', 'acme', '--json'], { database: east })).json()).toMatchObject({
      total: 0,
    });
    expect((await tool(['show', '1', '--org', 'acme'])).stdout).toContain('Müller');
  });

  test('makes a new org there, and its hints name the profile', async () => {
    await settings({ database: west.url });
    expect((await tool(['org', 'create', 'newcomer', '--name', 'Newcomer'])).exitCode).toBe(0);
    expect((await run(['org', 'list'], { database: east })).stdout).toContain('newcomer\t');
    await settings({}, { bare: { database: bare.url, orgs: ['gone'] } });
    const { exitCode, stderr } = await tool(['list', '--org', 'gone']);
    expect([exitCode, stderr]).toEqual([8, expect.stringContaining('--profile bare migrate')]);
  });

  test('is overridden by --profile and --database, with a note on a terminal', async () => {
    await settings({});
    const argv = ['list', '--org', 'acme', '--no-input'];
    const shown = await tool([...argv, '--profile', 'east'], { terminal, env });
    expect(shown.exitCode).toBe(0);
    expect(shown.stderr).toContain(
      `named by profile east of ${file}, although profile west lists org acme\n`,
    );
    const byUrl = await tool([...argv, '--database', east.url], { terminal, env });
    expect(byUrl.stderr).toContain('named by --database, although profile west lists org acme\n');
    for (const options of [{}, { env: { ORDERFLOW_DATABASE_URL: east.url } }])
      expect((await tool([...argv, '--json'], options)).stderr).toBe('');
    expect((await tool(argv, { terminal, env })).stderr).not.toContain('although');
  });

  test('is shown by config, whoami, doctor and completion', async () => {
    await settings({ org: 'beta' });
    const { settings: shown, files } = (await tool(['config', 'show', '--org', 'acme', '--json'])).json();
    expect(shown).toContainEqual({ name: 'profile', value: 'west', source: `org acme, listed in ${file}` });
    expect(shown).toContainEqual({ name: 'org', value: 'acme', source: '--org' });
    expect(files[0].orgs).toEqual({ beta: 'east', newcomer: 'east', acme: 'west' });
    const onTerminal = await tool(['config', 'show'], { terminal, env });
    expect(onTerminal.stdout).toContain('profiles: east (beta, newcomer), west (acme)\n');
    expect(onTerminal.stdout).toMatch(/^profile +east +org beta, listed in/m);
    expect((await tool(['whoami', '--org', 'acme'])).stdout).toContain('profile\twest\n');
    expect((await tool(['whoami', '--json'])).json().profile).toBe('east');
    const { checks } = (await tool(['doctor', '--org', 'acme', '--json'])).json();
    expect(checks[0].message).toContain(`named by profile west of ${file} for org acme, `);
    const offered = await tool(['__complete', 'fish', '--', 'list', '--org', '']);
    expect(offered.stdout).toMatch(/^acme\tacme Ltd\nbeta\tbeta Ltd\nnewcomer\t/m);
    const numbers = await tool(['__complete', 'fish', '--', 'show', '--org', 'acme', '']);
    expect(numbers.stdout).toContain('1\tMüller\n');
  });
});

describe('org list --all-profiles', () => {
  test('lists the organizations of each database with its profile', async () => {
    await settings({ database: west.url });
    const { exitCode, stdout, stderr } = await tool([
      'org',
      'list',
      '--all-profiles',
      '--columns',
      'profile,slug',
      '--output',
      'tsv',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(
      /^profile\tslug\neast\tacme\neast\tbeta\n(east\tnewcomer\n)?west\tacme\n\tacme\n$/,
    );
    const document = (await tool(['org', 'list', '--all-profiles', '--json'])).json();
    expect(document).toMatchObject({ failures: [], total: document.items.length });
    expect(document.items[0]).toEqual({
      profile: 'east',
      id: expect.any(String),
      name: 'acme Ltd',
      slug: 'acme',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect(document.items.at(-1).profile).toBeNull();
    expect((await tool(['org', 'list', '--all-profiles', '--output', 'ndjson'])).stdout.split('\n')[0]).toBe(
      JSON.stringify(document.items[0]),
    );
    expect((await tool(['org', 'list', '--all-profiles', '--output', 'csv'])).stdout).toMatch(
      /^profile,id,name,slug,created_at,updated_at\neast,/,
    );
    const shown = await tool(['org', 'list', '--all-profiles', '--no-input'], { terminal, env });
    expect(shown.stdout).toMatch(/^PROFILE +SLUG +NAME +CREATED +ID\neast +acme +acme Ltd/);
    expect(shown.stdout).toMatch(/^\(none\) +acme/m);
  });

  test('names each database that cannot be read, lists the others, and exits with the first one’s code', async () => {
    const dead = `postgres://crm@127.0.0.1:1/crm`;
    const passwords = path.join(directory, 'passwords');
    await writeFile(passwords, `127.0.0.1:1:crm:crm:${secret}\n`, { mode: 0o600 });
    await settings(
      {},
      {
        dead: { database: dead, password_file: 'passwords' },
        bare: { database: bare.url },
        lost: { database: dead, password_file: 'nowhere' },
      },
    );
    const { exitCode, stdout, stderr } = await tool(['org', 'list', '--all-profiles', '--quiet', '--json']);
    expect(exitCode).toBe(7);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^profile dead: crm@127\.0\.0\.1:1\/crm: /),
      expect.stringMatching(/^profile bare: .*has no schema yet/),
      expect.stringMatching(/^profile lost: .*password_file .*nowhere /),
      '',
    ]);
    const { items, failures } = JSON.parse(stdout);
    expect(new Set(items.map(({ profile }: { profile: string }) => profile))).toEqual(
      new Set(['east', 'west']),
    );
    expect(failures).toEqual([
      { profile: 'dead', code: 'database_unreachable', message: expect.any(String) },
      { profile: 'bare', code: 'schema_missing', message: expect.any(String) },
      { profile: 'lost', code: 'configuration', message: expect.any(String) },
    ]);
    expect(stdout + stderr).not.toContain(secret);
  });

  test.for([
    ['--profile', ['--profile', 'west'], '--all-profiles and --profile contradict each other'],
    ['--database', ['--database', 'host=h'], '--all-profiles and --database contradict each other'],
  ] as const)('goes with no %s', async ([, flags, said]) => {
    const { exitCode, stderr } = await tool(['org', 'list', '--all-profiles', ...flags]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(said)]);
  });

  test('needs a settings file, and its column needs the flag', async () => {
    const elsewhere = { cwd: os.tmpdir(), homeDirectory: os.tmpdir() };
    const { exitCode, stderr } = await run(['org', 'list', '--all-profiles'], elsewhere);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('no settings file names a database')]);
    expect(await tool(['org', 'list', '--columns', 'profile'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--columns profile is only there with --all-profiles'),
    });
  });
});
