import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

let directory: string;
let database: TestDatabase;
let file: string;

beforeAll(async () => {
  database = await testDatabase();
  await run(['org', 'create', 'acme', '--name', 'Acme'], { database });
  await run(['org', 'create', 'beta', '--name', 'Beta'], { database });
});
afterAll(() => database.close());

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'config-'));
  file = path.join(directory, 'orderflow-customers.json');
  return () => rm(directory, { recursive: true });
});

function tool(argv: string[], options: Parameters<typeof run>[1] = {}) {
  return run(argv, { cwd: directory, homeDirectory: directory, ...options });
}

describe('config show', () => {
  test('with nothing configured says that the embedded database would be used, and starts nothing', async () => {
    const { exitCode, stdout, stderr } = await tool(['config', 'show']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe('profile\t\t\ndatabase\tembedded database\t\npassword\t\t\norg\t\t\n');
    expect((await tool(['embedded', 'status', '--json'])).json()).toMatchObject({ exists: false });
  });

  test('says where each value comes from, and no secret', async () => {
    const passwords = path.join(directory, 'passwords');
    await writeFile(passwords, '*:*:*:*:correct-horse\n');
    await chmod(passwords, 0o600);
    await writeFile(
      file,
      JSON.stringify({
        profiles: {
          prod: { database: 'postgres://crm@db.example/crm', password_file: 'passwords', org: 'acme' },
        },
      }),
    );
    const result = await tool(['config', 'show', '--profile', 'prod', '--json']);
    expect(result.stdout).not.toContain('correct-horse');
    expect(result.json()).toEqual({
      ok: true,
      settings: [
        { name: 'profile', value: 'prod', source: '--profile' },
        { name: 'database', value: 'crm@db.example:5432/crm', source: `profile prod of ${file}` },
        { name: 'password', value: 'given', source: passwords },
        { name: 'org', value: 'acme', source: `profile prod of ${file}` },
      ],
      files: [
        { kind: 'project', path: file, exists: true, profiles: ['prod'], orgs: {} },
        {
          kind: 'user',
          path: path.join(directory, '.config/orderflow-customers/config.json'),
          exists: false,
          profiles: [],
          orgs: {},
        },
      ],
    });
    const shown = await tool(['config', 'show'], {
      terminal: { columns: 100 },
      env: { NO_COLOR: '1', ORDERFLOW_ORG: 'beta', DATABASE_URL: 'postgres://u:secret@h.example/d' },
    });
    expect(shown.stdout).toMatch(/^database +u@h\.example:5432\/d +DATABASE_URL$/m);
    expect(shown.stdout).toMatch(/^password +given +DATABASE_URL$/m);
    expect(shown.stdout).toMatch(/^org +beta +ORDERFLOW_ORG$/m);
    expect(shown.stdout).toContain(`project  ${file}\n         profiles: prod\n`);
    expect(shown.stdout).not.toContain('secret');
  });

  test('with a broken file says which and where', async () => {
    await writeFile(file, '{\n  "org": "acme",\n}');
    const result = await tool(['config', 'show', '--json']);
    expect(result.exitCode).toBe(2);
    expect(result.json()).toMatchObject({
      ok: false,
      error: { code: 'configuration', message: expect.stringContaining(`${file} is not JSON: line 3`) },
    });
  });
});

describe('a default org', () => {
  test.for([
    ['list', ['list']],
    ['runs list', ['runs', 'list']],
  ] as const)('is taken by %s, and named on a terminal', async ([, argv]) => {
    await writeFile(file, JSON.stringify({ org: 'acme' }));
    const shown = await tool([...argv], {
      database,
      terminal: { columns: 200 },
      env: { NO_COLOR: '1', ORDERFLOW_DATABASE_URL: database.url },
    });
    expect(shown.exitCode).toBe(0);
    expect(shown.stderr).toContain(`org acme, from ${file}\n`);
    expect(await tool([...argv], { database })).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('gives way to ORDERFLOW_ORG, and that to --org', async () => {
    await writeFile(file, JSON.stringify({ org: 'nowhere' }));
    const env = { ORDERFLOW_DATABASE_URL: database.url };
    expect((await tool(['list'], { env })).exitCode).toBe(4);
    expect((await tool(['list'], { env: { ...env, ORDERFLOW_ORG: 'beta' } })).exitCode).toBe(0);
    expect((await tool(['list', '--org', 'acme'], { env })).exitCode).toBe(0);
  });

  test('is not taken by an import: that names its org itself', async () => {
    await writeFile(file, JSON.stringify({ org: 'acme' }));
    await writeFile(
      path.join(directory, 'customers.csv'),
      'name,default_currency,default_language\nA,EUR,de\n',
    );
    const env = { ORDERFLOW_DATABASE_URL: database.url, ORDERFLOW_ORG: 'acme' };
    const result = await tool(['import', 'customers.csv'], { env });
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(
      "error: required option '--org <org>' not specified\nhint: name it: only commands that read take it from the settings; see",
    );
  });

  test('that is missing is asked for, with the ways to give it', async () => {
    const result = await tool(['list'], { database });
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(
      "error: required option '--org <org>' not specified\nhint: name it, or set",
    );
  });
});

test('a connection in the project’s file is used, after the environment', async () => {
  await writeFile(file, JSON.stringify({ database: database.url, org: 'acme' }));
  expect((await tool(['list'])).exitCode).toBe(0);
  expect((await tool(['list'], { env: { PGHOST: '127.0.0.1', PGPORT: '1' } })).exitCode).toBe(7);
  await writeFile(file, JSON.stringify({ profiles: { here: { database: database.url } } }));
  const env = { ORDERFLOW_DATABASE_URL: 'postgres://127.0.0.1:1/none' };
  expect((await tool(['list', '--org', 'acme', '--profile', 'here'], { env })).exitCode).toBe(0);
});
