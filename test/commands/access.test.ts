import { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Login, LoginServer } from '../support/login-server.ts';
import { loginServer } from '../support/login-server.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';

let server: LoginServer;
let [anna, bert, carla]: Login[] = [];

beforeAll(async () => {
  server = await loginServer();
  await as(server.owner, 'org', 'create', 'acme', '--name', 'Acme');
  await as(server.owner, 'org', 'create', 'globex', '--name', 'Globex');
  anna = await server.createLogin('anna');
  bert = await server.createLogin('bert');
  carla = await server.createLogin('Carla-"C".O\'Hara');
});
afterAll(() => server.stop());

function as(login: Login | undefined, ...argv: string[]) {
  return run([...argv], optionsOf(login));
}

function optionsOf(login: Login | undefined): RunOptions {
  return { env: { ORDERFLOW_DATABASE_URL: login?.url } };
}

test('the owner of the tables makes the first ADMIN, and the group roles with it', async () => {
  const { exitCode, stdout, stderr } = await as(server.owner, ...grant('anna', 'acme', 'ADMIN'));
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '+ anna is ADMIN in acme\n' });
  expect(stderr).toMatch(/^→ orderflow@.*\/crm, org acme\n$/);
  expect((await as(anna, 'whoami', '--json')).json()).toEqual({
    login: 'anna',
    acting_as: 'anna',
    bypass: null,
    items: [{ org: 'acme', name: 'Acme', role: 'ADMIN' }],
  });
});

test('on a terminal whoami has its values below each other', async () => {
  const { stdout } = await run(['whoami', '--color', 'never'], {
    ...optionsOf(server.owner),
    terminal: { columns: 80 },
  });
  expect(stdout).toBe('login      orderflow\nevery org  it owns the tables\n');
});

test('an ADMIN gives roles in the own org, and only there', async () => {
  expect(await as(anna, ...grant('bert', 'acme', 'viewer'))).toMatchObject({ exitCode: 0 });
  expect((await as(bert, 'whoami')).stdout).toBe('login\tbert\nacme\tVIEWER\n');
  expect(await as(anna, ...grant('bert', 'globex', 'VIEWER'))).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining('error: there is no org "globex"'),
  });
});

test('a role takes the place of the one before, and the group role with it', async () => {
  await as(anna, ...grant('bert', 'acme', 'OPS'));
  expect((await as(anna, 'access', 'list', '--org', 'acme')).stdout.replaceAll(/\t[^\t\n]*Z$/gm, '')).toBe(
    'anna\tADMIN\torderflow\nbert\tOPS\tanna\n',
  );
  expect(await groupsOf('bert')).toEqual(['orderflow_ops_crm']);
});

test('a login with other signs than letters in its name is granted, shown and revoked', async () => {
  const name = carla?.name ?? '';
  expect(await as(anna, ...grant(name, 'acme', 'INTEGRATOR'), '--json')).toMatchObject({ exitCode: 0 });
  expect((await as(carla, 'whoami', '--json')).json()).toMatchObject({
    login: name,
    items: [{ org: 'acme' }],
  });
  expect(await as(anna, 'access', 'revoke', name, '--org', 'acme')).toMatchObject({ exitCode: 0 });
});

test('what was revoked is gone, with the group role', async () => {
  await as(anna, ...grant('bert', 'acme', 'OPS'));
  expect(await as(anna, 'access', 'revoke', 'bert', '--org', 'acme')).toMatchObject({
    exitCode: 0,
    stdout: '- bert has no access to acme any more\n',
  });
  expect(await groupsOf('bert')).toEqual([]);
  expect(await as(anna, 'access', 'revoke', 'bert', '--org', 'acme')).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining('"bert" has no access to org acme'),
  });
});

test('a login that was dropped and made again has no access', async () => {
  await server.createLogin('dora');
  await as(anna, ...grant('dora', 'acme', 'VIEWER'));
  await server.administrator.execute(raw('drop role dora'));
  const again = await server.createLogin('dora');
  expect((await as(again, 'whoami')).stdout).toBe('login\tdora\n');
  expect((await as(anna, 'access', 'list', '--org', 'acme')).stdout).not.toContain('\ndora');
});

test('a login without any role is told whom to ask', async () => {
  const stranger = await server.createLogin('stranger');
  expect(await as(stranger, 'list', '--org', 'acme')).toMatchObject({
    exitCode: 13,
    stderr: expect.stringMatching(
      /stranger has no access to any org\nhint: .*access grant stranger --org ORG --role VIEWER/,
    ),
  });
});

test('a login, a role or an org that is not there is said so', async () => {
  expect(await as(anna, ...grant('nobody', 'acme', 'OPS'))).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining('has no login "nobody"'),
  });
  expect(await as(anna, ...grant('bert', 'acme', 'BOSS'))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--role takes VIEWER, OPS, INTEGRATOR, ADMIN, not "BOSS"'),
  });
});

test('what a role does not reach is refused before anything is read, and says which role it takes', async () => {
  await as(anna, ...grant('bert', 'acme', 'OPS'));
  const refused = await run(['import', '-', '--org', 'acme', '--no-rejects'], {
    ...optionsOf(bert),
    stdin: 'name;default_currency;default_language\nX;EUR;de\n',
  });
  expect(refused).toMatchObject({
    exitCode: 13,
    stderr: expect.stringMatching(
      /bert is OPS in org acme; this takes INTEGRATOR\nhint: .*access grant bert --org acme --role INTEGRATOR/,
    ),
  });
});

describe('an INTEGRATOR', () => {
  test('imports with staging, lock and ledger, and is named there', async () => {
    await as(anna, ...grant('bert', 'acme', 'INTEGRATOR'));
    for (const expected of [{ imported: 4 }, { imported: 0, unchanged: 4 }]) {
      const imported = await run(
        ['import', 'samples/several-contacts.csv', '--org', 'acme', '--no-rejects', '--json'],
        {
          ...optionsOf(bert),
        },
      );
      expect(imported.json()).toMatchObject({ ok: true, ...expected });
    }
    expect((await as(bert, 'runs', 'list', '--org', 'acme', '--json')).json().items).toMatchObject([
      { database_user: 'bert' },
      { database_user: 'bert' },
    ]);
  });

  test('creates no org, whether there is one of that name or not', async () => {
    const attempts = await Promise.all(
      ['globex', 'nowhere'].map((org) =>
        run(
          ['import', 'samples/customers.csv', '--org', org, '--create-org', '--no-rejects'],
          optionsOf(bert),
        ),
      ),
    );
    const [taken, free] = attempts.map(({ exitCode, stderr }) => ({ exitCode, stderr }));
    expect(taken).toEqual(free);
    expect(taken).toMatchObject({
      exitCode: 13,
      stderr: expect.stringContaining('only the owner of the tables creates organizations'),
    });
  });
});

describe('where roles cannot be created', () => {
  test('it says what to ask for, and --print-sql prints it', async () => {
    await server.administrator.execute(raw('alter role orderflow nocreaterole'));
    await server.administrator.execute(
      raw('revoke orderflow_viewer_crm from orderflow granted by postgres cascade'),
    );
    const egon = await server.createLogin('egon');
    const refused = await as(server.owner, ...grant('egon', 'acme', 'VIEWER'));
    expect(refused).toMatchObject({
      exitCode: 13,
      stderr: expect.stringMatching(/orderflow_viewer_crm; nothing was written\nhint: .*--print-sql/),
    });
    const printed = await as(server.owner, ...grant('egon', 'acme', 'VIEWER'), '--print-sql');
    expect(printed.exitCode).toBe(0);
    const [, administrators = ''] = /^-- Run by a role[^\n]*\n(.*?)^--/ms.exec(printed.stdout) ?? [];
    await server.administrator.execute(raw(administrators));
    expect(await as(server.owner, ...grant('egon', 'acme', 'VIEWER'))).toMatchObject({ exitCode: 0 });
    expect((await as(egon, 'whoami')).stdout).toBe('login\tegon\nacme\tVIEWER\n');
    await server.administrator.execute(raw('alter role orderflow createrole'));
  });
});

function grant(login: string, org: string, role: string): string[] {
  return ['access', 'grant', login, '--org', org, '--role', role];
}

async function groupsOf(login: string): Promise<string[]> {
  const rows = await server.administrator.query<{ name: string }>(
    raw(`
    select roleid::regrole::text as name
    from pg_auth_members
    where member = '${login}'::regrole`),
  );
  return rows.map(({ name }) => name);
}
