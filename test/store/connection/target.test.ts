import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import type { ConnectionTarget } from '../../../src/store/connection/target.ts';
import { resolveTarget } from '../../../src/store/connection/resolve-target.ts';
import { describeTarget } from '../../../src/store/connection/target.ts';

let homeDirectory: string;

beforeAll(async () => {
  homeDirectory = await mkdtemp('/tmp/oc-home-');
});

afterAll(async () => {
  await rm(homeDirectory, { recursive: true });
});

async function resolve(
  flag: string | undefined,
  env: Record<string, string> = {},
): Promise<ConnectionTarget> {
  const target = await resolveTarget({ flag, env, homeDirectory });
  if (target === undefined) throw new Error('nothing was configured');
  return target;
}

async function refusal(flag: string | undefined, env: Record<string, string> = {}): Promise<Failure> {
  const error: unknown = await resolve(flag, env).catch((reason: unknown) => reason);
  if (!(error instanceof Failure)) throw new Error('it was not refused', { cause: error });
  return error;
}

describe('what counts, in order', () => {
  const env = {
    ORDERFLOW_DATABASE_URL: 'postgres://h/own',
    DATABASE_URL: 'postgres://h/general',
    PGHOST: 'pg',
    PGDATABASE: 'variables',
  };

  test('the flag, the tool’s own variable, the general one, libpq’s, none', async () => {
    expect(await resolve('postgres://h/flag', env)).toMatchObject({ source: '--database', database: 'flag' });
    expect(await resolve(undefined, env)).toMatchObject({
      source: 'ORDERFLOW_DATABASE_URL',
      database: 'own',
    });
    expect(await resolve(undefined, { ...env, ORDERFLOW_DATABASE_URL: '' })).toMatchObject({
      source: 'DATABASE_URL',
      database: 'general',
    });
    expect(await resolve(undefined, { PGHOST: 'pg', PGDATABASE: 'variables' })).toMatchObject({
      source: 'PG* variables',
      host: 'pg',
      database: 'variables',
    });
    expect(await resolveTarget({ env: {}, homeDirectory })).toBeUndefined();
  });

  test('a password or a timeout alone names no server', async () => {
    const alone = {
      PGPASSWORD: 'x',
      PGPASSFILE: '/x',
      PGCONNECT_TIMEOUT: '3',
      PGSSLMODE: 'require',
      PGAPPNAME: 'x',
    };
    expect(await resolveTarget({ env: alone, homeDirectory })).toBeUndefined();
  });

  test('what a URL leaves out comes from libpq’s variables', async () => {
    const filled = await resolve('postgres://h/db', {
      PGUSER: 'ann',
      PGPASSWORD: 's',
      PGPORT: '6000',
      PGHOST: 'other',
    });
    expect(filled).toMatchObject({ host: 'h', port: 6000, user: 'ann', password: 's' });
  });
});

test.each<[string, Partial<ConnectionTarget>]>([
  [
    'postgres://ann:s%40cret@db.example:6000/crm',
    { host: 'db.example', port: 6000, user: 'ann', password: 's@cret', database: 'crm' },
  ],
  ['postgresql://ann:a@b#c@h/crm', { host: 'h', user: 'ann', password: 'a@b#c' }],
  ['postgres://ann@h', { host: 'h', port: 5432, user: 'ann', database: 'ann' }],
  ['postgres://ann@/crm?host=/var/run/pg', { host: '/var/run/pg', user: 'ann', database: 'crm' }],
  ['postgres:///crm?host=/var/run/pg&user=ann&port=6000', { host: '/var/run/pg', port: 6000, user: 'ann' }],
  ['postgres://%2Fvar%2Frun%2Fpg/crm', { host: '/var/run/pg', database: 'crm' }],
  ['postgres://[::1]:6000/crm', { host: '::1', port: 6000 }],
  [
    'postgres://h/crm?connect_timeout=3&application_name=nightly',
    { connectTimeout: 3000, applicationName: 'nightly' },
  ],
  ['postgres://h/crm?connect_timeout=0&keepalives=1', { connectTimeout: 0 }],
  [
    'postgres://h/crm?ssl=true&channel_binding=require',
    { ssl: { mode: 'require' }, channelBinding: 'require' },
  ],
  ['postgres://h/crm?options=-c%20search_path%3Dcrm', { options: '-c search_path=crm' }],
  ['postgresql+asyncpg://ann:s@h/crm', { host: 'h', user: 'ann', password: 's', database: 'crm' }],
  ['postgres+psycopg2://ann@h:6000/crm', { host: 'h', port: 6000, database: 'crm' }],
  ['postgresql+psycopg://h/crm', { host: 'h' }],
  ['pgsql://h/crm?charset=utf8&serverVersion=16', { host: 'h', database: 'crm' }],
  ['postgis://h/crm?pool=5&encoding=unicode&prepared_statements=false', { host: 'h', database: 'crm' }],
  [
    'jdbc:postgresql://h:6000/crm?user=ann&password=s&ApplicationName=nightly&loginTimeout=3',
    { port: 6000, user: 'ann', password: 's', applicationName: 'nightly', connectTimeout: 3000 },
  ],
  ['jdbc:postgresql://h/crm?ssl=true&currentSchema=crm,ext', { ssl: { mode: 'verify-full' } }],
  ['jdbc:postgresql://h/crm?currentSchema=crm,%20ext', { options: String.raw`-csearch_path=crm,\ ext` }],
  [
    'postgresql://h/crm?schema=crm&pgbouncer=true&connection_limit=1&pool_timeout=20',
    { database: 'crm', options: '-csearch_path=crm' },
  ],
  ['postgresql://h/crm?schema=My%20Crm', { options: String.raw`-csearch_path="My\ Crm"` }],
  ['postgresql://h/crm?options=-cwork_mem%3D9MB&schema=crm', { options: '-cwork_mem=9MB -csearch_path=crm' }],
  ['postgresql://h/crm?schema=', { database: 'crm' }],
  ['postgresql://h/crm?ssl=require', { ssl: { mode: 'require' } }],
  ['postgresql://h/crm?sslmode=no-verify', { ssl: { mode: 'require' } }],
  ['postgresql://h/crm?sslmode=verify-full&ssl=true', { ssl: { mode: 'verify-full' } }],
  ['postgresql://h/crm?sslmode=require&sslaccept=strict', { ssl: { mode: 'verify-full' } }],
  ['host=h port = 6000 dbname=crm user=ann', { host: 'h', port: 6000, database: 'crm', user: 'ann' }],
  [
    String.raw`host=/tmp dbname='a crm' user=ann password='it\'s \\'`,
    { host: '/tmp', database: 'a crm', password: String.raw`it's ` + '\\' },
  ],
])('%s is understood', async (text, wanted) => {
  expect(await resolve(undefined, { ORDERFLOW_DATABASE_URL: text })).toMatchObject(wanted);
});

test.each([
  ['crm', 'neither a postgres:// URL nor'],
  [' ', 'it is empty'],
  ['mysql://ann:qxzj@h/crm', 'neither a postgres:// URL nor'],
  ['postgres://ann:qxzj@h:54x2/crm', 'its port is not a number'],
  ['postgres://ann:qx/zj@h/crm', 'write “/” in a password as %2F'],
  ['postgres://ann:/qxzj@h/crm', 'write “/” in a password as %2F'],
  ['postgres://ann:?qx=zj@h/crm', '“?” as %3F'],
  ['postgres://ann:x@x/qxzj@h/crm', 'write “/” in a password as %2F'],
  ['postgres://ann:qxzj@h:0/crm', 'its port is not a number'],
  ['postgres://ann:100%qxzj@h/crm', 'write % itself as %25'],
  ['postgres://ann:qxzj@a:1,b:2x/crm', 'its port is not a number'],
  ['postgres://ann:qxzj@h/crm?colour=x', 'the parameter “colour” is not supported'],
  ['postgres://ann:qxzj@h/crm?sslaccept=accept_invalid_certs', '“sslaccept” has to go: to verify nothing'],
  ['postgres://ann:qxzj@h/crm?sslidentity=client.p12', '“sslidentity” has to go: name the certificate'],
  ['postgres://ann:qxzj@h/crm?timeout=5', '“timeout” has to go: use connect_timeout'],
  ['postgres://ann:qxzj@h/crm?ssl=maybe', '“ssl” has to go: use sslmode'],
  ['jdbc:postgresql://ann:qxzj@h/crm?ssl=false', '“ssl” has to go: use sslmode'],
  ['postgres://ann:qxzj@h/crm?schema=a&options=-csearch_path%3Db', 'it names the schema twice'],
  ['jdbc:postgresql:crm?password=qxzj', 'write its host too'],
  ['Host=h;Username=ann;Password=qxzj', 'a .NET connection string'],
  ['postgres://ann:qxzj@h/crm?sslmode=maybe', 'sslmode is not'],
  ['postgres://ann:qxzj@h/crm?sslmode=verify-ca', 'needs an sslrootcert'],
  ['postgres://ann:qxzj@h/crm?sslrootcert=/none.crt', 'cannot be read: /none.crt'],
  ['postgres://ann:qxzj@h/crm?connect_timeout=soon', 'connect_timeout is not'],
  ['host=h password=qxzj hostaddr=h', 'hostaddr is not an IP address'],
  ['host=h password=qxzj requirepeer=postgres', '“requirepeer” is not supported'],
  ['host=h password=qxzj gssencmode=require', 'gssencmode=require is not supported'],
  ['host=h password=qxzj require_auth=scram', 'require_auth is not a list of'],
  ['host=h password=qxzj require_auth=md5,!none', 'require_auth is not a list of'],
  ['host=h password=qxzj channel_binding=yes', 'channel_binding is not'],
  ['host=h password=qxzj sslnegotiation=soon', 'sslnegotiation is not'],
  ['host=h password=qxzj ssl_min_protocol_version=SSLv3', 'ssl_min_protocol_version is not'],
  ['host=h password=qxzj keepalives_idle=soon', 'keepalives_idle is not'],
  ['service=none password=qxzj', 'service “none” not found'],
])('%s is refused, and its password not shown', async (text, reason) => {
  const failure = await refusal(undefined, { ORDERFLOW_DATABASE_URL: text });
  expect(failure).toMatchObject({ code: 'configuration', exitCode: 2 });
  expect(failure.message).toMatch(/^cannot use ORDERFLOW_DATABASE_URL: /);
  expect(failure.message).toContain(reason);
  expect(`${failure.stack}${JSON.stringify(failure)}`).not.toContain('qx');
});

describe('a password on the command line', () => {
  test.each([
    'postgres://ann:qxzj@h/crm',
    'postgres://ann@h/crm?password=qxzj',
    'host=h user=ann password=qxzj',
    'postgres://ann@h/crm?sslpassword=qxzj',
  ])('is refused, with the other ways: %s', async (text) => {
    const failure = await refusal(text);
    expect(failure).toMatchObject({ code: 'configuration', exitCode: 2 });
    expect(failure.message).toMatch(/^cannot use --database: it holds a \w*password, which every user/);
    expect(failure.hint).toContain('ORDERFLOW_DATABASE_URL');
    expect(`${failure.stack}${JSON.stringify(failure)}`).not.toContain('qx');
  });

  test('is not missed where it comes from elsewhere', async () => {
    expect(await resolve('postgres://ann@h/crm', { PGPASSWORD: 'qxzj' })).toMatchObject({ password: 'qxzj' });
  });
});

test.each([
  ['PGREQUIREPEER', 'postgres'],
  ['PGSSLCRLDIR', '/crls'],
  ['PGGSSENCMODE', 'require'],
])('%s=%s asks for unsupported safety, and is refused', async (name, value) => {
  expect((await refusal('postgres://h/crm', { [name]: value })).message).toContain('not supported');
});

test('hostaddr is connected to with the host’s name, and is the host without one', async () => {
  expect(await resolve('postgres://h/crm?hostaddr=10.0.0.1')).toMatchObject({
    host: 'h',
    address: '10.0.0.1',
  });
  const alone = await resolve(undefined, { PGHOSTADDR: '10.0.0.1' });
  expect([alone.host, alone.address]).toEqual(['10.0.0.1', undefined]);
});

test('keep-alives are those of libpq', async () => {
  expect((await resolve('postgres://h/crm')).keepAliveDelay).toBeUndefined();
  expect((await resolve('postgres://h/crm?keepalives_idle=7')).keepAliveDelay).toBe(7000);
  expect((await resolve('postgres://h/crm?keepalives=0&keepalives_idle=7')).keepAliveDelay).toBe(0);
});

test('the source that is wrong is named', async () => {
  expect((await refusal(undefined, { DATABASE_URL: 'x' })).message).toMatch(/^cannot use DATABASE_URL: /);
  expect((await refusal(undefined, { PGPORT: 'x' })).message).toMatch(/^cannot use PG\* variables: /);
});

describe('encryption', () => {
  test('is absent where other clients’ ssl=false asks for that', async () => {
    expect((await resolve('postgres://h/crm?ssl=false')).ssl).toBeUndefined();
  });

  test('is verified over the network, preferred on this machine, and absent on a socket', async () => {
    expect((await resolve('postgres://h/crm')).ssl).toEqual({ mode: 'verify-full' });
    expect((await resolve('postgres://localhost/crm')).ssl).toEqual({ mode: 'prefer' });
    expect((await resolve('postgres://h/crm?sslmode=disable')).ssl).toBeUndefined();
    expect((await resolve('postgres:///crm?host=/tmp&sslmode=require')).ssl).toBeUndefined();
    expect((await resolve('postgres://h/crm', { PGSSLMODE: 'verify-full' })).ssl).toEqual({
      mode: 'verify-full',
    });
  });
});

describe('the password file', () => {
  const lines = String.raw`# comment
h:5432:crm:ann:first
*:*:*:bob:a\:b\\c
/run/pg:*:*:*:socket
localhost:*:*:sue:by localhost
`;

  async function passwordOf(url: string, mode = 0o600): Promise<ConnectionTarget> {
    const file = path.join(homeDirectory, '.pgpass');
    await writeFile(file, lines);
    await chmod(file, mode);
    return resolve(url);
  }

  test('gives the password of the first line that fits', async () => {
    expect((await passwordOf('postgres://ann@h/crm')).password).toBe('first');
    expect((await passwordOf('postgres://bob@elsewhere:1/x')).password).toBe(String.raw`a:b\c`);
    expect((await passwordOf('postgres://cid@/x?host=/run/pg')).password).toBe('socket');
    expect((await passwordOf('postgres://sue@/x?host=/other')).password).toBe('by localhost');
    expect((await passwordOf('postgres://ann@h/other')).password).toBeUndefined();
    expect((await resolve('postgres://ann@h/crm', { PGPASSWORD: 'own' })).password).toBe('own');
  });

  test('is not used when others may read it', async () => {
    const target = await passwordOf('postgres://ann@h/crm', 0o640);
    expect(target.password).toBeUndefined();
    expect(target.ignoredPasswordFile).toBe(path.join(homeDirectory, '.pgpass'));
  });
});

test('a service gives what the URL and the variables leave open', async () => {
  const PGSERVICEFILE = path.join(homeDirectory, 'services.conf');
  await writeFile(
    PGSERVICEFILE,
    '[other]\nhost=no\n\n# ours\n[crm]\nhost=db.example\nport=6000\ndbname=crm\nuser = ann\n',
  );
  const env = { PGSERVICEFILE, PGSERVICE: 'crm' };
  expect(await resolve(undefined, env)).toMatchObject({
    host: 'db.example',
    port: 6000,
    database: 'crm',
    user: 'ann',
  });
  expect(await resolve('postgres://h/x', env)).toMatchObject({
    host: 'h',
    port: 6000,
    database: 'x',
    user: 'ann',
  });
  expect(await resolve('service=crm dbname=y', { PGSERVICEFILE })).toMatchObject({
    host: 'db.example',
    database: 'y',
  });
});

test.each([
  ['postgres://ann:qxzj@db.example:6000/crm', 'ann@db.example:6000/crm'],
  ['postgres://ann:qxzj@[::1]/crm', 'ann@[::1]:5432/crm'],
])('a target is described without its password: %s', async (url, described) => {
  expect(describeTarget(await resolve(undefined, { ORDERFLOW_DATABASE_URL: url }))).toBe(described);
});
