import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { emptyDatabase, testDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const terminal = { columns: 80 };

test('before there is an org, list is empty, and on a terminal says how to make one', async () => {
  expect(await run(['org', 'list'], { database })).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect((await run(['org', 'list', '--json'], { database })).json()).toEqual({ items: [], total: 0 });
  const { stdout, stderr } = await run(['org', 'list', '--color', 'never'], { database, terminal });
  expect(stdout).toBe('');
  expect(stderr).toBe('no organizations yet · next: orderflow-customers org create SLUG --name NAME\n');
});

describe('org create', () => {
  test('names its target first, then prints the org', async () => {
    const result = await run(['org', 'create', 'acme', '--name', ' Acme GmbH ', '--json'], { database });
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toMatch(/^→ [^:]+@.+\/.+, org acme\n$/);
    const document = result.json();
    expect(document).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Acme GmbH',
      slug: 'acme',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect((await run(['org', 'list', '--json'], { database })).json()).toEqual({
      items: [document],
      total: 1,
    });
  });

  test('on a terminal says what was made and what comes next', async () => {
    const { stdout, stderr } = await run(['org', 'create', 'beta', '--name', 'Beta', '--color', 'never'], {
      database,
      terminal,
    });
    expect(stdout).toBe('+ org beta  Beta\n');
    expect(stderr).toContain('next: orderflow-customers import FILE --org beta\n');
  });

  test('with --quiet prints nothing', async () => {
    expect(await run(['org', 'create', 'hush', '--name', 'Hush', '--quiet'], { database })).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('of a slug that is taken is a conflict, and names the target even with --quiet', async () => {
    await run(['org', 'create', 'taken', '--name', 'Taken'], { database });
    const result = await run(['org', 'create', 'taken', '--name', 'Again', '--quiet', '--json'], {
      database,
    });
    expect(result.exitCode).toBe(12);
    expect(result.json()).toMatchObject({ ok: false, error: { code: 'conflict' } });
    expect(result.stderr).toMatch(/^→ .*, org taken\nerror: org taken already exists\nhint: /);
  });

  test.for([
    ['Acme GmbH', 'Acme', 'did you mean acme-gmbh?'],
    ['a', 'Acme', ''],
    ['x'.repeat(101), 'Acme', ''],
    ['fine', '   ', 'name:'],
    ['fine', 'x'.repeat(201), 'name:'],
    ['fine', '\x1b[31m', 'name:'],
  ] as const)('refuses slug %s with name %s', async ([slug, name, said]) => {
    const { exitCode, stdout, stderr } = await run(['org', 'create', slug, '--name', name], { database });
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('→');
  });
});

test('a database without the schema is refused with what to do', async () => {
  const empty = await emptyDatabase();
  const result = await run(['org', 'list', '--json'], { database: empty });
  expect(result.exitCode).toBe(8);
  expect(result.json()).toMatchObject({
    ok: false,
    error: { code: 'schema_missing', hint: expect.stringContaining('orderflow-customers migrate') },
  });
  await empty.close();
});
