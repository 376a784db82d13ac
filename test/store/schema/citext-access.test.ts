import { raw } from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../src/store/connection/database.ts';
import { openDatabase } from '../../../src/store/connection/database.ts';
import type { Login, LoginServer } from '../../support/login-server.ts';
import { loginServer } from '../../support/login-server.ts';
import { run } from '../../support/run.ts';

let server: LoginServer;
let ann: Login;
/** In the owner's database. */
let administrator: Database;

beforeAll(async () => {
  server = await loginServer();
  const { database } = server.owner.target;
  administrator = await openDatabase({ ...server.administrator.target, database });
  ann = await server.createLogin('ann');
  await tool(server.owner, 'org', 'create', 'acme', '--name', 'Acme');
});
afterAll(async () => {
  await administrator.close();
  await server.stop();
});

const tool = (login: Login, ...argv: string[]) => run(argv, { env: { ORDERFLOW_DATABASE_URL: login.url } });
const grant = () => tool(server.owner, 'access', 'grant', 'ann', '--org', 'acme', '--role', 'INTEGRATOR');

async function extensionsOf(login: Login) {
  const result = await tool(login, 'doctor', '--json');
  const { checks } = result.json() as {
    checks: { name: string; status: string; message: string; remedy: string }[];
  };
  return { exitCode: result.exitCode, ...checks.find(({ name }) => name === 'extensions') };
}

/** What the hint asks of an administrator. */
async function cure(hint: string | undefined): Promise<void> {
  const statements = /to run, in \w+: (.*)/.exec(hint ?? '')?.[1];
  for (const statement of statements?.split('; ') ?? []) await administrator.execute(raw(statement));
}

test('citext where a login may not, or does not, look is named by doctor and grant, with its cure', async () => {
  const { database } = server.owner.target;
  await administrator.execute(raw('create schema ext'));
  await administrator.execute(raw('alter extension citext set schema ext'));
  await administrator.execute(raw(`alter database ${database} set search_path = public, ext`));
  await administrator.execute(raw(`grant usage on schema ext to ${server.owner.name}`));

  const refused = await grant();
  expect(refused.exitCode).toBe(13);
  expect(refused.stderr).toContain(
    'ann cannot use the type citext: it is in schema ext, which it may not use',
  );
  expect(refused.stderr).toContain('grant usage on schema ext to ann');
  expect(await extensionsOf(ann)).toMatchObject({ status: 'failure', exitCode: 13 });
  await cure(/hint: (.*)/.exec(refused.stderr)?.[1]);
  expect((await grant()).exitCode).toBe(0);
  expect(await extensionsOf(ann)).toMatchObject({ status: 'ok' });

  await administrator.execute(raw('alter role ann set search_path = public'));
  expect((await grant()).stderr).toContain('which its search_path does not include');
  const hidden = await extensionsOf(ann);
  expect(hidden).toMatchObject({
    status: 'failure',
    exitCode: 8,
    remedy: expect.stringContaining(`alter role ann in database ${database} set search_path = public, ext`),
  });
  await cure(hidden.remedy);
  expect(await extensionsOf(ann)).toMatchObject({ status: 'ok', exitCode: 0 });
  expect((await grant()).exitCode).toBe(0);
});
