import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../../src/store/connection/database.ts';
import { openDatabase } from '../../../src/store/connection/database.ts';
import type { ConnectionTarget } from '../../../src/store/connection/target.ts';
import { resolveTarget } from '../../../src/store/connection/resolve-target.ts';
import { describeTarget } from '../../../src/store/connection/target.ts';
import { run } from '../../support/run.ts';
import type { ServerPair } from '../../support/standby.ts';
import { startPair } from '../../support/standby.ts';

let pair: ServerPair;
let homeDirectory: string;
/** A directory without a server's socket. */
let dead: string;

beforeAll(async () => {
  pair = await startPair({ follows: false });
  homeDirectory = await mkdtemp('/tmp/oc-hosts-');
  dead = path.join(homeDirectory, 'dead');
  const admin = await openDatabase(pair.primary);
  await admin.execute(sql`create database of_the_primary`);
  await admin.execute(sql`create database read_only`);
  await admin.execute(sql`alter database read_only set default_transaction_read_only = on`);
  await admin.close();
});
afterAll(async () => {
  await pair.stop();
  await rm(homeDirectory, { recursive: true });
});

async function resolve(env: Record<string, string>): Promise<ConnectionTarget> {
  const target = await resolveTarget({ env, homeDirectory });
  if (target === undefined) throw new Error('nothing was configured');
  return target;
}

type Place = 'dead' | 'primary' | 'standby';

function hostOf(place: Place): string {
  return place === 'dead' ? dead : pair[place].host;
}

function urlOf(places: Place[], parameters = '', name = 'postgres'): string {
  return `postgres://postgres@/${name}?host=${places.map(hostOf).join(',')}${parameters}`;
}

async function open(places: Place[], parameters = '', name = 'postgres'): Promise<Database> {
  return openDatabase(await resolve({ ORDERFLOW_DATABASE_URL: urlOf(places, parameters, name) }));
}

/** At which of the places the connection came about. */
async function reached(places: Place[], parameters = '', name = 'postgres'): Promise<Place> {
  const database = await open(places, parameters, name);
  const [found] = await database.query<{ standby: boolean }>(sql`select pg_is_in_recovery() as standby`);
  await database.close();
  const place = found?.standby === true ? 'standby' : 'primary';
  expect(database.target.host).toBe(hostOf(place));
  return place;
}

describe('a list of hosts', () => {
  test.each<[string, string[], string]>([
    ['postgres://u@a:1,b:2/d', ['a:1', 'b:2'], 'u@a:1,b:2/d'],
    ['postgres://u@a,b/d', ['a:5432', 'b:5432'], 'u@a:5432,b:5432/d'],
    ['postgres://u@a:1,b/d', ['a:1', 'b:5432'], 'u@a:1,b:5432/d'],
    ['postgres://u@[::1]:1,b:2/d', ['::1:1', 'b:2'], 'u@[::1]:1,b:2/d'],
    ['postgres://u@/d?host=a,b&port=7', ['a:7', 'b:7'], 'u@a:7,b:7/d'],
    ['host=a,b port=1,2 user=u dbname=d', ['a:1', 'b:2'], 'u@a:1,b:2/d'],
    ['jdbc:postgresql://a:1,b:2/d?user=u', ['a:1', 'b:2'], 'u@a:1,b:2/d'],
  ])('%s', async (text, places, described) => {
    const target = await resolve({ ORDERFLOW_DATABASE_URL: text });
    const all = [target, ...(target.alternatives ?? [])];
    expect(all.map(({ host, port }) => `${host}:${port}`)).toEqual(places);
    expect(describeTarget(target)).toBe(described);
  });

  test('comes from PGHOST, PGHOSTADDR and PGPORT too', async () => {
    const target = await resolve({
      PGHOST: 'a,b',
      PGHOSTADDR: '10.0.0.1,10.0.0.2',
      PGPORT: '1,2',
      PGTARGETSESSIONATTRS: 'primary',
    });
    expect(target).toMatchObject({ host: 'a', address: '10.0.0.1', port: 1, sessionAttributes: 'primary' });
    expect(target.alternatives).toMatchObject([{ host: 'b', address: '10.0.0.2', port: 2 }]);
  });

  test.each([
    ['postgres://ann:qxzj@a,b,c/d?port=1,2', 'it names 2 ports for 3 hosts'],
    ['postgres://ann:qxzj@a,b/d?hostaddr=10.0.0.1', 'it names 2 hosts and 1 hostaddr'],
    ['postgres://ann:qxzj@a,b/d?target_session_attrs=master', 'target_session_attrs is not any, read-write'],
    ['postgres://ann:qxzj@a:1,b:x/d', 'its port is not a number'],
  ])('%s is refused', async (text, reason) => {
    await expect(resolve({ ORDERFLOW_DATABASE_URL: text })).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining(reason),
    });
  });

  test('has a password for each host in the password file, and encryption by each host', async () => {
    const PGPASSFILE = path.join(homeDirectory, 'passwords');
    await writeFile(PGPASSFILE, 'a:*:*:*:of a\nlocalhost:*:*:*:of b\n', { mode: 0o600 });
    const target = await resolve({ PGPASSFILE, ORDERFLOW_DATABASE_URL: 'postgres://u@a,localhost/d' });
    expect(target).toMatchObject({ password: 'of a', ssl: { mode: 'verify-full' } });
    expect(target.alternatives).toMatchObject([{ password: 'of b', ssl: { mode: 'prefer' } }]);
  });
});

test('hosts are tried in order, until one answers', async () => {
  expect(await reached(['primary', 'standby'])).toBe('primary');
  expect(await reached(['standby', 'primary'])).toBe('standby');
  expect(await reached(['dead', 'primary'])).toBe('primary');
  expect(await reached(['dead', 'dead', 'standby'])).toBe('standby');
});

test('a dead port is passed over, as a dead socket is', async () => {
  const text = `host=127.0.0.1,${pair.primary.host} port=1,5432 user=postgres dbname=postgres`;
  const database = await openDatabase(await resolve({ ORDERFLOW_DATABASE_URL: text }));
  expect(database.target.host).toBe(pair.primary.host);
  await database.close();
});

test.each<[string, Place[], Place]>([
  ['any', ['standby', 'primary'], 'standby'],
  ['read-write', ['standby', 'primary'], 'primary'],
  ['primary', ['dead', 'standby', 'primary'], 'primary'],
  ['read-only', ['primary', 'standby'], 'standby'],
  ['standby', ['primary', 'dead', 'standby'], 'standby'],
  ['prefer-standby', ['primary', 'standby'], 'standby'],
  ['prefer-standby', ['dead', 'primary', 'dead'], 'primary'],
  ['prefer-standby', ['primary'], 'primary'],
])('target_session_attrs=%s of %j takes the %s', async (wanted, places, taken) => {
  expect(await reached(places, `&target_session_attrs=${wanted}`)).toBe(taken);
});

test.each<[string, Place[], string, string]>([
  [
    'read-write',
    ['standby'],
    'database_read_only',
    'the server is a standby, and target_session_attrs=read-write',
  ],
  ['primary', ['dead', 'standby'], 'database_read_only', 'none of 2 servers can be used: '],
  [
    'standby',
    ['primary', 'dead'],
    'database_refused',
    'the server is a primary, and target_session_attrs=standby',
  ],
  ['read-only', ['primary'], 'database_refused', 'the server accepts writes'],
  ['any', ['dead', 'dead'], 'database_unreachable', 'none of 2 servers can be used: '],
])('target_session_attrs=%s of %j ends in %s', async (wanted, places, code, reason) => {
  await expect(reached(places, `&target_session_attrs=${wanted}`)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(reason),
  });
});

test('a primary with read-only sessions is a primary, and fits only read-only', async () => {
  expect(await reached(['primary'], '&target_session_attrs=primary', 'read_only')).toBe('primary');
  expect(await reached(['primary'], '&target_session_attrs=read-only', 'read_only')).toBe('primary');
  await expect(reached(['primary'], '&target_session_attrs=read-write', 'read_only')).rejects.toMatchObject({
    message: expect.stringContaining('sessions are read-only here'),
  });
});

test('a server that answers and refuses ends the search', async () => {
  await expect(reached(['standby', 'primary'], '', 'of_the_primary')).rejects.toMatchObject({
    code: 'database_refused',
    message: `postgres@${pair.standby.host}:5432/of_the_primary: this database does not exist on the server`,
  });
});

test('what follows goes to the server that was chosen: a cancel, and another connection', async () => {
  const database = await open(['dead', 'standby', 'primary'], '&target_session_attrs=primary');
  expect(database.target.alternatives).toBeUndefined();
  const second = await openDatabase(database.target);
  expect(second.target.host).toBe(pair.primary.host);
  await second.close();
  const cancelled = database.query(raw('select pg_sleep(60)')).catch((reason: unknown) => reason);
  database.interrupt();
  expect(await cancelled).toMatchObject({ code: 'interrupted' });
  await database.close();
});

test('migrations and commands reach the same server, and name it', async () => {
  const env = {
    ORDERFLOW_DATABASE_URL: urlOf(['dead', 'standby', 'primary'], '&target_session_attrs=read-write'),
  };
  expect(await run(['migrate'], { env })).toMatchObject({ exitCode: 0 });
  expect(await run(['org', 'create', 'acme', '--name', 'Acme'], { env })).toMatchObject({ exitCode: 0 });
  const doctor = await run(['doctor'], { env });
  expect(doctor.exitCode).toBe(0);
  expect(doctor.stdout).toContain(`postgres@${pair.primary.host}:5432/postgres`);
  expect(doctor.stdout).not.toContain(dead);
});

test('the schema of a Prisma URL is where the session looks', async () => {
  const database = await open(['primary'], '&schema=My%20Crm&connection_limit=1');
  const [found] = await database.query(sql`select current_setting('search_path') as path`);
  expect(found).toEqual({ path: '"My Crm"' });
  await database.close();
});
