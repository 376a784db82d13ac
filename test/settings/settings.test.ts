import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { jsonFault } from '../../src/settings/json-fault.ts';
import { readConnections, readSettings } from '../../src/settings/settings.ts';
import { userFilePath } from '../../src/settings/settings-files.ts';
import { resolveTarget } from '../../src/store/connection/resolve-target.ts';

let root: string;
let home: string;
let work: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'settings-'));
  home = path.join(root, 'home');
  work = path.join(home, 'work', 'deep');
  await mkdir(path.join(home, '.config/orderflow-customers'), { recursive: true });
  await mkdir(work, { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const places = (env: Record<string, string>, homeDirectory: string) => ({ env, cwd: '/', homeDirectory });

const userFile = () => path.join(home, '.config/orderflow-customers/config.json');
const projectFile = () => path.join(work, 'orderflow-customers.json');

async function write(file: string, content: unknown): Promise<string> {
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

interface Given {
  profile?: string;
  org?: string;
  env?: Record<string, string>;
}

function read({ profile, org, env = {} }: Given = {}) {
  return readSettings({ env, cwd: work, homeDirectory: home }, { profile, org });
}

async function target(options: Given & { flag?: string } = {}) {
  const { connection } = await read(options);
  const { flag, env = {} } = options;
  return resolveTarget({ flag, stored: connection, env, homeDirectory: home });
}

const refused = (text: string) => ({ code: 'configuration', message: expect.stringContaining(text) });

describe('a file that is not a settings file', () => {
  test('a file of more than a megabyte is not read', async () => {
    await writeFile(projectFile(), `{"org":"acme"}${' '.repeat(1 << 20)}`);
    await expect(read()).rejects.toMatchObject(refused('bytes; settings have at most 1048576'));
  });

  test.each(['/dev/zero', '/dev/urandom', '/dev/null'])('a link to %s is not read', async (device) => {
    await symlink(device, userFile());
    await expect(read()).rejects.toMatchObject(refused('is not a regular file'));
  });

  test('a named pipe is not waited for', async () => {
    await promisify(execFile)('mkfifo', [projectFile()]);
    await expect(read()).rejects.toMatchObject(refused('is not a regular file'));
  });

  test('a directory of that name counts nothing', async () => {
    await mkdir(projectFile());
    expect(await read()).toEqual({ files: [] });
  });
});

describe('where they come from', () => {
  test('without a file and a variable, settings are empty', async () => {
    expect(await read()).toEqual({ files: [] });
    expect(await target()).toBeUndefined();
  });

  test('the project’s file goes before the user’s, key by key', async () => {
    const user = await write(userFile(), { org: 'usual', database: 'postgres://u@user.example/crm' });
    expect(await read()).toMatchObject({ org: { value: 'usual', source: user } });
    const project = await write(projectFile(), { org: 'acme' });
    const settings = await read();
    expect(settings.org).toEqual({ value: 'acme', source: project });
    expect(settings.connection).toMatchObject({ rank: 'file', source: `file ${user}` });
  });

  test('a variable goes before the files, and an empty one counts nothing', async () => {
    await write(projectFile(), { org: 'acme' });
    expect((await read({ env: { ORDERFLOW_ORG: 'beta' } })).org).toEqual({
      value: 'beta',
      source: 'ORDERFLOW_ORG',
    });
    expect((await read({ env: { ORDERFLOW_ORG: '' } })).org?.value).toBe('acme');
  });

  test('the nearest project file counts, up to the home directory and no further', async () => {
    await write(path.join(root, 'orderflow-customers.json'), { org: 'outside' });
    expect((await read()).org).toBeUndefined();
    await write(path.join(home, 'orderflow-customers.json'), { org: 'home' });
    expect((await read()).org?.value).toBe('home');
    await write(path.join(home, 'work', 'orderflow-customers.json'), { org: 'above' });
    expect((await read()).org?.value).toBe('above');
    await write(projectFile(), { org: 'here' });
    expect((await read()).org?.value).toBe('here');
  });

  test('the user’s file is where XDG or Windows has it', () => {
    expect(userFilePath(places({ XDG_CONFIG_HOME: '/etc/x' }, '/home/ann'), 'linux')).toBe(
      '/etc/x/orderflow-customers/config.json',
    );
    expect(userFilePath(places({ XDG_CONFIG_HOME: 'x' }, '/home/ann'), 'linux')).toBe(
      '/home/ann/.config/orderflow-customers/config.json',
    );
    expect(userFilePath(places({ APPDATA: 'C:\\Users\\ann\\Roaming' }, 'C:\\Users\\ann'), 'win32')).toBe(
      'C:\\Users\\ann\\Roaming\\orderflow-customers\\config.json',
    );
  });
});

describe('a profile', () => {
  beforeEach(async () => {
    await write(userFile(), {
      org: 'usual',
      database: 'postgres://me@default.example/crm',
      profiles: {
        prod: { database: 'postgres://crm@prod.example/crm', org: 'acme' },
        test: { database: 'host=test.example dbname=crm user=t' },
        reading: { org: 'beta' },
      },
    });
  });

  test.for([
    ['the file alone', {}, 'default.example'],
    ['PG* variables before the file', { env: { PGHOST: 'pg.example', PGUSER: 'u' } }, 'pg.example'],
    [
      'ORDERFLOW_PROFILE before PG* variables',
      { env: { PGHOST: 'pg.example', ORDERFLOW_PROFILE: 'test' } },
      'test.example',
    ],
    [
      'ORDERFLOW_PROFILE before DATABASE_URL',
      { env: { DATABASE_URL: 'postgres://u@url.example/crm', ORDERFLOW_PROFILE: 'test' } },
      'test.example',
    ],
    [
      'ORDERFLOW_DATABASE_URL before ORDERFLOW_PROFILE',
      { env: { ORDERFLOW_DATABASE_URL: 'postgres://u@url.example/crm', ORDERFLOW_PROFILE: 'test' } },
      'url.example',
    ],
    [
      '--profile before ORDERFLOW_DATABASE_URL and ORDERFLOW_PROFILE',
      {
        profile: 'prod',
        env: { ORDERFLOW_DATABASE_URL: 'postgres://u@url.example/crm', ORDERFLOW_PROFILE: 'test' },
      },
      'prod.example',
    ],
    [
      '--database before --profile',
      { profile: 'prod', flag: 'postgres://u@flag.example/crm' },
      'flag.example',
    ],
    ['a profile without a database leaves the usual one', { profile: 'reading' }, 'default.example'],
  ] as const)('%s', async ([, given, host]) => {
    expect((await target(given))?.host).toBe(host);
  });

  test('brings its org; chosen by flag it goes before ORDERFLOW_ORG', async () => {
    const env = { ORDERFLOW_ORG: 'gamma' };
    expect((await read({ profile: 'prod' })).org).toEqual({
      value: 'acme',
      source: `profile prod of ${userFile()}`,
    });
    expect((await read({ profile: 'prod', env })).org?.value).toBe('acme');
    expect((await read({ env: { ...env, ORDERFLOW_PROFILE: 'prod' } })).org?.value).toBe('gamma');
    expect((await read({ profile: 'test' })).org?.value).toBe('usual');
  });

  test('can be the usual one, by the files’ own word', async () => {
    await write(projectFile(), { profile: 'prod' });
    expect((await read()).profile).toEqual({ value: 'prod', source: projectFile() });
    expect((await target())?.host).toBe('prod.example');
    expect((await target({ env: { PGHOST: 'pg.example' } }))?.host).toBe('pg.example');
  });

  test('of the project replaces the user’s of that name whole', async () => {
    await write(projectFile(), { profiles: { prod: { org: 'other' } } });
    const settings = await read({ profile: 'prod' });
    expect(settings.org?.value).toBe('other');
    expect(settings.connection?.source).toBe(`file ${userFile()}`);
  });

  test('that does not exist is a failure that names a similar one', async () => {
    await expect(read({ profile: 'prdo' })).rejects.toMatchObject({
      code: 'configuration',
      exitCode: 2,
      message: 'profile "prdo" not found; --profile names it',
      hint: 'did you mean prod?',
    });
    await expect(read({ env: { ORDERFLOW_PROFILE: 'zzz' } })).rejects.toMatchObject({
      hint: 'known are prod, test, reading',
    });
    await expect(read({ profile: 'toString' })).rejects.toMatchObject({ code: 'configuration' });
  });
});

describe('an organization that a profile lists', () => {
  const id = '0192D3A0-1111-7000-8000-0000000000AB';
  const west = 'postgres://crm@west.example/crm';

  beforeEach(async () => {
    await write(userFile(), {
      org: 'alpha',
      database: 'postgres://me@default.example/crm',
      profile: 'test',
      profiles: {
        test: { database: 'postgres://t@test.example/crm', org: 'acme' },
        west: {
          database: west,
          read_database: 'host=standby.example user=r',
          orgs: ['acme', id.toLowerCase()],
        },
        east: { database: 'host=east.example user=e', orgs: ['beta', 'gamma'], org: 'gamma' },
      },
    });
  });

  const url = 'postgres://u@url.example/crm';
  test.for([
    ['by its slug', { org: 'acme' }, 'west.example'],
    ['by its id, in any case', { org: id }, 'west.example'],
    ['in another profile', { org: 'beta' }, 'east.example'],
    ['an org that no profile lists is where it was', { org: 'delta' }, 'test.example'],
    ['no part of a slug', { org: 'acm' }, 'test.example'],
    ['the org of ORDERFLOW_ORG', { env: { ORDERFLOW_ORG: 'beta' } }, 'east.example'],
    ['--org before ORDERFLOW_ORG', { org: 'acme', env: { ORDERFLOW_ORG: 'beta' } }, 'west.example'],
    ['the org that a profile names itself is looked for in it', {}, 'test.example'],
    ['before DATABASE_URL', { org: 'acme', env: { DATABASE_URL: url } }, 'west.example'],
    ['before PG* variables', { org: 'acme', env: { PGHOST: 'pg.example', PGUSER: 'u' } }, 'west.example'],
    ['after ORDERFLOW_DATABASE_URL', { org: 'acme', env: { ORDERFLOW_DATABASE_URL: url } }, 'url.example'],
    ['after ORDERFLOW_PROFILE', { org: 'acme', env: { ORDERFLOW_PROFILE: 'test' } }, 'test.example'],
    ['after --profile', { org: 'acme', profile: 'east' }, 'east.example'],
    ['after --database', { org: 'acme', flag: url }, 'url.example'],
  ] as const)('%s', async ([, given, host]) => {
    expect((await target(given))?.host).toBe(host);
  });

  test('is known with its profile, also where that is not used', async () => {
    const source = `profile west of ${userFile()}`;
    const listing = { org: 'acme', profile: 'west', source };
    expect(await read({ org: 'acme' })).toMatchObject({
      profile: { value: 'west', source: `org acme, listed in ${userFile()}` },
      connection: { source, rank: 'environment', readText: 'host=standby.example user=r' },
      listing,
    });
    const overruled = await read({ org: 'acme', profile: 'east' });
    expect(overruled).toMatchObject({ profile: { value: 'east', source: '--profile' }, listing });
    expect(await read({ org: 'delta' })).not.toHaveProperty('listing');
  });

  test('in both files is in the project’s profile', async () => {
    await write(projectFile(), { profiles: { near: { database: 'host=near.example', orgs: ['beta'] } } });
    expect((await target({ org: 'beta' }))?.host).toBe('near.example');
    expect((await target({ org: 'gamma' }))?.host).toBe('east.example');
    await write(projectFile(), { profiles: { east: { database: 'host=other.example' } } });
    expect((await target({ org: 'gamma' }))?.host).toBe('test.example');
  });

  test('and every database are found together, the profiles’ first', async () => {
    await write(projectFile(), { profiles: { west: { database: 'host=near.example' }, none: { org: 'x' } } });
    const found = await readConnections({
      env: { ORDERFLOW_PROFILE: 'nowhere' },
      cwd: work,
      homeDirectory: home,
    });
    expect(found.map(({ profile, connection }) => [profile, connection.text])).toEqual([
      ['west', 'host=near.example'],
      ['test', 'postgres://t@test.example/crm'],
      ['east', 'host=east.example user=e'],
      [null, 'postgres://me@default.example/crm'],
    ]);
  });
});

describe('a password', () => {
  const secret = 'correct-horse';

  test.for([
    ['in a URL', { database: `postgres://crm:${secret}@db.example/crm` }],
    ['in keywords', { database: `host=db.example password=${secret}` }],
    ['behind the question mark', { database: `postgres://db.example/crm?password=${secret}` }],
    ['as a key', { password: secret }],
    ['in a profile', { profiles: { prod: { password: secret } } }],
    ['beside a mistyped key', { databse: 'x', database: `postgres://crm:${secret}@db.example/crm` }],
  ])('%s is refused, and never printed', async ([, content]) => {
    await write(projectFile(), content);
    const failure = await read().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'configuration',
      message: expect.stringMatching(/orderflow-customers\.json: .*password/),
      hint: expect.stringMatching(/PGPASSFILE.*PGSERVICE.*password_file/),
    });
    expect(`${(failure as Error).stack} ${JSON.stringify(failure)}`).not.toContain(secret);
  });

  test('is read from the file that the profile names, in the format of .pgpass', async () => {
    const database = 'postgres://crm@db.example/crm';
    await write(userFile(), { profiles: { prod: { database, password_file: 'prod.pgpass' } } });
    const file = path.join(path.dirname(userFile()), 'prod.pgpass');
    await expect(target({ profile: 'prod' })).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining(`its password_file ${file} does not exist`),
    });
    await write(file, `db.example:5432:crm:crm:${secret}\n`);
    await chmod(file, 0o644);
    expect(await target({ profile: 'prod' })).toMatchObject({ ignoredPasswordFile: file });
    expect(await target({ profile: 'prod' })).not.toHaveProperty('password');
    await chmod(file, 0o600);
    expect(await target({ profile: 'prod' })).toMatchObject({ password: secret, passwordSource: file });
  });

  test('is looked for below the home directory where ~ says so', async () => {
    await write(userFile(), { database: 'postgres://crm@db.example/crm', password_file: '~/secret' });
    expect((await read()).connection?.passwordFile).toBe(path.join(home, 'secret'));
  });
});

describe('a file that is wrong', () => {
  test.for([
    ['{ "databse": "host=h" }', 'unknown setting databse; did you mean database?'],
    ['{ "profiles": { "prod": { "ogr": "x" } } }', 'unknown setting profiles.prod.ogr; did you mean org?'],
    [
      '{ "colour_of_hair": 1 }',
      'unknown setting colour_of_hair; known are database, read_database, password_file, org',
    ],
    ['{ "org": 7 }', 'org: it must be a text in quotes'],
    ['{ "org": " " }', 'org: it is empty'],
    ['{ "database": "db.example" }', 'database: it is neither a postgres:// URL'],
    ['{ "password_file": "x" }', 'password_file: it needs a database'],
    ['{ "profiles": { "a b": {} } }', 'profiles.a b: a profile’s name has only letters'],
    ['{ "orgs": ["acme"] }', 'unknown setting orgs'],
    ['{ "profiles": { "a": { "orgs": ["x1"] } } }', 'profiles.a.orgs: it needs a database'],
    [
      '{ "profiles": { "a": { "database": "host=h", "orgs": "acme" } } }',
      'profiles.a.orgs: it must be a list',
    ],
    [
      '{ "profiles": { "a": { "database": "host=h", "orgs": [7] } } }',
      'profiles.a.orgs.0: it must be a slug or an id',
    ],
    [
      '{ "profiles": { "a": { "database": "host=h", "orgs": ["Acme GmbH"] } } }',
      'profiles.a.orgs.0: it is not the slug or the id of an organization',
    ],
    [
      '{ "profiles": { "a": { "database": "host=h", "org": "x" }, "b": { "database": "host=h", "orgs": ["x1"] }, "c": { "database": "host=h", "orgs": ["y2", "X1"] } } }',
      'profiles.c.orgs: x1 is in profiles.b.orgs already',
    ],
    ['{ "profiles": [] }', 'profiles: it must be an object'],
    ['[]', 'the file must be one object'],
    ['', 'is not JSON: line 1, column 1'],
    ['{\n  "org": "acme",\n}', 'is not JSON: line 3, column 1'],
    ['{\n  "org": acme\n}', 'is not JSON: line 2, column 10'],
    ['{\n  // a comment\n}', 'is not JSON: line 2, column 3'],
    ['{ "org": "a" } x', 'is not JSON: line 1, column 16'],
  ] as const)('%j: %s', async ([content, problem]) => {
    await write(projectFile(), content);
    await expect(read()).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining(problem),
      hint: expect.any(String),
    });
    await expect(read()).rejects.toThrow(projectFile());
  });

  test('a byte order mark is ignored', async () => {
    await write(projectFile(), '\ufeff{ "org": "acme" }');
    expect((await read()).org?.value).toBe('acme');
  });

  test('of another user, in a directory above, is not used', async () => {
    const file = await write(path.join(home, 'work', 'orderflow-customers.json'), { org: 'x' });
    expect((await read()).org?.value).toBe('x');
    const foreign = process.getuid?.() === 0 ? () => chown(file, 12_345, 12_345) : undefined;
    // Only root can give a file away; where tests run as somebody else, root's own is what is trusted.
    if (foreign === undefined) return;
    await foreign();
    await expect(read()).rejects.toThrow('belongs to another user');
  });
});

test('the place of a fault is found in any JSON that is cut or changed', () => {
  const whole = '{"a": [1, -2.5e3, "x\\u00e9\\n", true, null, {}], "b": {"c": []}}';
  expect(jsonFault(whole)).toBeUndefined();
  for (let end = 0; end < whole.length; end++)
    expect(jsonFault(whole.slice(0, end))).toBeLessThanOrEqual(end);
  expect(jsonFault('[1, 02]')).toBe(5);
  expect(jsonFault('{"a" 1}')).toBe(5);
});
