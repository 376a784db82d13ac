import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { roles } from '../../src/model/role.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import type { MatrixColumn, MatrixCommand } from '../support/access-matrix.ts';
import { matrixColumns, matrixCommands, matrixTable } from '../support/access-matrix.ts';
import { insertCustomer } from '../support/customers.ts';
import type { Login, LoginServer } from '../support/login-server.ts';
import { loginServer } from '../support/login-server.ts';
import type { RunResult } from '../support/run.ts';
import { run } from '../support/run.ts';

let server: LoginServer;
let database: Database;
const logins = new Map<string, Login>();
/** By slug; `acme` is the one with a login of each role, `globex` has logins of each role, too. */
const about = new Map<string, Parameters<MatrixCommand['argv']>[0]>();
let created = 0;

beforeAll(async () => {
  server = await loginServer();
  database = await server.owner.open();
  for (const slug of ['acme', 'globex']) {
    const org = await createOrganization(database, { slug, name: slug });
    for (const role of roles) {
      const login = await server.createLogin(`${slug}_${role.toLowerCase()}`);
      logins.set(login.name, login);
      await must(server.owner, ['access', 'grant', login.name, '--org', slug, '--role', role]);
    }
    about.set(slug, await fill(org));
  }
  logins.set('stranger', await server.createLogin('stranger'));
  await server.createLogin('newcomer');
});
afterAll(() => server.stop());

async function fill(org: Organization): Promise<Parameters<MatrixCommand['argv']>[0]> {
  const customerId = await insertCustomer(database, org, {
    name: `${org.slug}-secret`,
    erp_customer_number: `${org.slug}-1`,
  });
  const imported = await must(
    server.owner,
    ['import', '-', '--org', org.slug, '--no-rejects', '--json', '--source', 'erp'],
    'name,default_currency,default_language,erp_customer_number\nAlt AG,EUR,de-DE,7000\n',
  );
  return {
    org: org.slug,
    customer: `${org.slug}-1`,
    customerId,
    run: imported.json().run_id,
    free: 'replaced',
  };
}

async function must(login: Login, argv: string[], stdin?: string): Promise<RunResult> {
  const result = await run(argv, {
    env: { ORDERFLOW_DATABASE_URL: login.url },
    ...(stdin !== undefined && { stdin }),
  });
  if (result.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}${result.stdout}`);
  return result;
}

async function attempt(command: MatrixCommand, login: Login | undefined, org: string): Promise<RunResult> {
  const known = about.get(org);
  if (login === undefined || known === undefined) throw new Error('who or where?');
  const given = { ...known, free: `free-${(created += 1)}` };
  if (command.before !== undefined && org !== 'nowhere') await must(server.owner, command.before(given));
  return run(command.argv(given), {
    env: { ORDERFLOW_DATABASE_URL: login.url },
    ...(command.stdin !== undefined && { stdin: command.stdin }),
  });
}

const elsewhere = new Map<string, RunResult>();

/** What a login of `globex` gets in `acme`: tried once, and looked at by two tests. */
async function attemptElsewhere(command: MatrixCommand, name: string): Promise<RunResult> {
  const key = `${command.name} as ${name}`;
  const result = elsewhere.get(key) ?? (await attempt(command, logins.get(name), 'acme'));
  elsewhere.set(key, result);
  return result;
}

/** Tries as everybody in turn. */
async function outcomesOf(command: MatrixCommand): Promise<Map<MatrixColumn, number | undefined>> {
  const outcomes = new Map<MatrixColumn, number | undefined>();
  const tries: [MatrixColumn, string[]][] = [
    ...roles.map((role): [MatrixColumn, string[]] => [role, [`acme_${role.toLowerCase()}`]]),
    ['a role in another org', command.withoutOrg ? [] : roles.map((role) => `globex_${role.toLowerCase()}`)],
    ['no role', ['stranger']],
    ['owner of the tables', ['orderflow']],
  ];
  for (const [column, names] of tries) {
    const exitCodes = new Set<number>();
    for (const name of names) {
      const login = name === 'orderflow' ? server.owner : logins.get(name);
      const isElsewhere = column === 'a role in another org';
      const result = await (isElsewhere ? attemptElsewhere(command, name) : attempt(command, login, 'acme'));
      exitCodes.add(result.exitCode);
      if (isElsewhere) expectNothingTold(command, result);
    }
    expect(exitCodes.size, `${command.name}: ${column}`).toBeLessThanOrEqual(1);
    outcomes.set(column, [...exitCodes][0]);
  }
  return outcomes;
}

/** The org that was asked for is named as it was given; nothing of what is in it is. */
function expectNothingTold(command: MatrixCommand, { exitCode, stdout, stderr }: RunResult): void {
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  expect(stderr).toMatch(/^error: org "acme" not found\n/);
  expect(stderr, `by ${command.name}`).not.toContain('secret');
}

test('docs/security.md says what each role may do: run npm run docs', async () => {
  const outcomes = new Map<string, Map<MatrixColumn, number | undefined>>();
  for (const command of matrixCommands) outcomes.set(command.name, await outcomesOf(command));
  expect(matrixColumns).toHaveLength(7);
  const page = await readFile(new URL('../../docs/security.md', import.meta.url), 'utf8');
  const [head, rest = ''] = page.split('<!-- matrix: written by npm run docs -->');
  const [, tail] = rest.split('<!-- end of matrix -->');
  const written = `${head}<!-- matrix: written by npm run docs -->\n\n${matrixTable(outcomes)}\n\n<!-- end of matrix -->${tail}`;
  await expect(written).toMatchFileSnapshot('../../docs/security.md');
}, 120_000);

test.each(roles)('as %s, another org looks like an unknown one', async (role) => {
  const name = `globex_${role.toLowerCase()}`;
  for (const command of matrixCommands) {
    if (command.withoutOrg) continue;
    const other = await attemptElsewhere(command, name);
    about.set('nowhere', { ...(about.get('acme') as Parameters<MatrixCommand['argv']>[0]), org: 'nowhere' });
    const missing = await attempt(command, logins.get(name), 'nowhere');
    expect(said(other, 'acme'), `by ${command.name}`).toEqual(said(missing, 'nowhere'));
  }
});

test.each(roles)("as %s, another org's customer and run are not told from missing ones", async (role) => {
  const login = logins.get(`acme_${role.toLowerCase()}`);
  const other = about.get('globex') as Parameters<MatrixCommand['argv']>[0];
  const cases: [string[], string, string][] = [
    [['show', '--org', 'acme'], other.customer, 'nothing-1'],
    [['show', '--org', 'acme'], other.customerId, '00000000-0000-4000-8000-000000000000'],
    [['runs', 'show', '--org', 'acme'], other.run, '00000000-0000-4000-8000-000000000000'],
  ];
  for (const [argv, foreign, missing] of cases) {
    const env = { ORDERFLOW_DATABASE_URL: login?.url };
    const found = await run([...argv, foreign], { env });
    expect(found.exitCode).toBe(4);
    expect(said(found, foreign)).toEqual(said(await run([...argv, missing], { env }), missing));
  }
});

/** What was printed, with what was asked for left out. */
function said({ exitCode, stdout, stderr }: RunResult, asked: string) {
  return { exitCode, stdout, stderr: stderr.replaceAll(asked, 'X') };
}

test('every statement on a tenant table that the commands send names the org', async () => {
  const tenantTable =
    /\b(?:from|join|into|update|using)\s+(customer(?:_contact|_import_run|_search_word)?|org_access)\b/;
  const statements = (await server.statements()).filter(
    ({ login, statement }) =>
      login !== 'postgres' && tenantTable.test(statement) && !isOfMigration(statement),
  );
  const unscoped = statements.filter(
    ({ statement }) =>
      !/\borg_id\s*=\s*\$\d/.test(statement) &&
      !/\binsert into customer\w*(?: as \w+)? \([^)]*\borg_id\b/.test(statement),
  );
  expect(new Set(statements.map(({ statement }) => statement)).size).toBeGreaterThan(10);
  // A look-up by a function asks for one org, each of its calls.
  const lookUps = (await server.statements()).filter(
    ({ login, statement }) =>
      login !== 'postgres' && /\bcustomer_search_\w+\(/.test(statement) && !isOfMigration(statement),
  );
  expect(lookUps.length).toBeGreaterThan(10);
  for (const { statement } of lookUps)
    expect(statement).not.toMatch(/\bfrom customer_search_\w+\((?!\s*of_org => \$\d)/);
  // The one that asks for all orgs of the login itself.
  expect([...new Set(unscoped.map(({ statement }) => statement.replaceAll(/\s+/g, ' ')))]).toEqual([
    expect.stringMatching(
      /from org_access as access join org on org.id = access.org_id where access.login = access_login\(\)/,
    ),
  ]);
});

/** A migration is sent as the file is, with the comment that it begins with. */
function isOfMigration(statement: string): boolean {
  return statement.startsWith('-- ');
}
