import { readFile } from 'node:fs/promises';
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
    profile: null,
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
  expect(stdout).toBe('login     orderflow\nall orgs  it owns the tables\n');
});

test('an ADMIN gives roles in the own org, and only there', async () => {
  expect(await as(anna, ...grant('bert', 'acme', 'viewer'))).toMatchObject({ exitCode: 0 });
  expect((await as(bert, 'whoami')).stdout).toBe('login\tbert\nacme\tVIEWER\n');
  expect(await as(anna, ...grant('bert', 'globex', 'VIEWER'))).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining('error: org "globex" not found'),
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

test('a login without any role learns whom to ask', async () => {
  const stranger = await server.createLogin('stranger');
  expect(await as(stranger, 'list', '--org', 'acme')).toMatchObject({
    exitCode: 13,
    stderr: expect.stringMatching(
      /stranger has no access to any org\nhint: .*access grant stranger --org ORG --role VIEWER/,
    ),
  });
});

test('an unknown login, role or org is reported', async () => {
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
      /bert has the role OPS in org acme; this requires INTEGRATOR\nhint: .*access grant bert --org acme --role INTEGRATOR/,
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

  test('imports files that have a part of the data, by number, email and id, and what a mapping ties together', async () => {
    await as(anna, ...grant('bert', 'acme', 'INTEGRATOR'));
    await as(
      server.owner,
      'create',
      '--org',
      'globex',
      '--name',
      'Fremd',
      '--currency',
      'EUR',
      '--language',
      'de',
      '--email',
      'x@fremd.example',
      '--erp-number',
      'p-9',
    );
    const foreign = (await as(server.owner, 'show', 'p-9', '--org', 'globex', '--json')).json();
    const imported = async (stdin: string, ...flags: string[]) => {
      const argv = ['import', '-', '--org', 'acme', '--no-rejects', '--json', ...flags];
      return (await run(argv, { ...optionsOf(bert), stdin })).json();
    };
    const update = ['--only', 'update'];
    await imported(
      'erp_customer_number,name,default_currency,default_language\np-1,Eins,EUR,de\np-2,Zwei,EUR,de\n',
    );
    expect(
      await imported('erp_customer_number,email\np-1,a@eins.example\np-9,b@x.example\n', ...update),
    ).toMatchObject({
      updated: 1,
      failed: 1,
    });
    expect(
      await imported('erp_customer_number,contact_email,contact_name\np-1,k@eins.example,K\n', ...update),
    ).toMatchObject({
      unchanged: 1,
      contacts: { imported: 1 },
    });
    expect(await imported('erp_customer_number,billing_city\np-2,Ulm\n', ...update)).toMatchObject({
      updated: 1,
    });
    const byEmail = 'email,notes\nA@eins.example,n\nx@fremd.example,n\n';
    expect(await imported(byEmail, ...update, '--match', 'email')).toMatchObject({ updated: 1, failed: 1 });
    const byId = `id,notes\n${foreign.id},n\n`;
    expect(await imported(byId, ...update, '--match', 'id')).toMatchObject({
      updated: 0,
      errors: [{ code: 'customer_not_found' }],
    });
    const { stdout } = await as(bert, 'export', '--org', 'acme', '--q', 'p-');
    expect(await imported(stdout.replaceAll(',p-2,', ',p-3,'))).toMatchObject({ updated: 1, failed: 0 });
    const odoo = ['--mapping', 'odoo', '--default', 'currency=EUR', '--default', 'language=de'];
    const sample = await readFile('samples/sources/odoo.csv', 'utf8');
    expect(await imported(sample, ...odoo)).toMatchObject({
      imported: 14,
      superseded: 3,
      contacts: { imported: 2 },
    });
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

test('group roles that an administrator has made get their rights with the next grant', async () => {
  const nora = await server.createLogin('nora');
  const owner = await server.owner.open();
  await owner.execute(
    raw('revoke all on customer, org_access, customer_schema_migration from orderflow_ops_crm'),
  );
  expect(await as(server.owner, ...grant('nora', 'acme', 'OPS'))).toMatchObject({ exitCode: 0 });
  expect(await as(nora, 'list', '--org', 'acme')).toMatchObject({ exitCode: 0 });
  expect((await as(nora, 'whoami')).stdout).toBe('login\tnora\nacme\tOPS\n');
});

test('doctor reports each login’s roles, and finds nothing wrong with it', async () => {
  for (const role of ['VIEWER', 'OPS', 'INTEGRATOR', 'ADMIN']) {
    const name = `well_${role.toLowerCase()}`;
    const login = await server.createLogin(name);
    await as(server.owner, ...grant(name, 'acme', role));
    const { exitCode, stdout } = await as(login, 'doctor');
    expect(stdout).toContain(`${name} is ${role} in acme`);
    expect(exitCode).toBe(0);
  }
});

test('doctor names the right that an import lacks, and the statement gives it', async () => {
  const tim = await server.createLogin('tim');
  await as(server.owner, ...grant('tim', 'acme', 'INTEGRATOR'));
  await server.administrator.execute(
    raw('revoke temporary on database crm from public, orderflow_integrator_crm'),
  );
  const { exitCode, stdout } = await as(tim, 'doctor');
  expect(exitCode).toBe(13);
  const [, cure = ''] = /ask an administrator to run: (grant .*)/.exec(stdout) ?? [];
  await server.administrator.execute(raw(cure));
  expect((await as(tim, 'doctor')).exitCode).toBe(0);
  await server.administrator.execute(
    raw('grant temporary on database crm to public, orderflow_integrator_crm'),
  );
});

test('migrate is for the owner, and does not suggest becoming it', async () => {
  const mia = await server.createLogin('mia');
  const { exitCode, stderr } = await as(mia, 'migrate');
  expect(exitCode).toBe(13);
  expect(stderr).toContain('only the owner of the tables migrates, and that is orderflow');
  expect(stderr).not.toContain('grant');
});

test('a login that would not have the rights of its role is not given it', async () => {
  const ben = await server.createLogin('ben');
  await server.administrator.execute(raw('grant orderflow_ops_crm to ben with inherit false'));
  const refused = await as(server.owner, ...grant('ben', 'acme', 'OPS'));
  expect(refused).toMatchObject({ exitCode: 13 });
  const [, cure = ''] = /hint: ask an administrator of the server to run: (.*)\n/.exec(refused.stderr) ?? [];
  await server.administrator.execute(raw(cure));
  expect(await as(server.owner, ...grant('ben', 'acme', 'OPS'))).toMatchObject({ exitCode: 0 });
  expect(await as(ben, 'list', '--org', 'acme')).toMatchObject({ exitCode: 0 });
});

test('a login in capitals is unknown, and the intended one is suggested', async () => {
  await server.createLogin('carla');
  const { exitCode, stderr } = await as(server.owner, ...grant('Carla', 'acme', 'OPS'));
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining('did you mean carla?'),
  });
});

test('a role given to the owner takes nothing from it', async () => {
  expect(await as(server.owner, ...grant('orderflow', 'acme', 'VIEWER'))).toMatchObject({ exitCode: 0 });
  await server.createLogin('dorothea');
  expect(await as(server.owner, ...grant('dorothea', 'acme', 'ADMIN'))).toMatchObject({ exitCode: 0 });
  await as(server.owner, 'access', 'revoke', 'orderflow', '--org', 'acme');
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
