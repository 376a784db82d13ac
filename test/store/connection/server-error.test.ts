import { readdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { DatabaseError } from 'pg';
import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { openDatabase } from '../../../src/store/connection/database.ts';
import type { ConnectionTarget } from '../../../src/store/connection/target.ts';
import { removeEmbedded } from '../../../src/store/embedded/maintenance.ts';
import { startEmbedded } from '../../../src/store/embedded/server.ts';
import { failureOf } from '../../../src/store/connection/server-error.ts';
import { clusterIn } from '../../support/cluster.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';
import type { ThrowAwayDirectory } from '../../support/throw-away.ts';
import { throwAwayDirectory } from '../../support/throw-away.ts';

async function failureFrom(attempt: Promise<unknown>): Promise<Failure> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error('it did not fail as it should', { cause: error });
  // Every failure says what to do, names the server, and keeps what it was made from.
  expect(error.hint).toBeTruthy();
  expect(error.cause).toBeDefined();
  return error;
}

describe('a statement', () => {
  let server: TestDatabase;
  let database: Database;
  let second: Database;

  beforeAll(async () => {
    server = await testDatabase();
    database = await server.open();
    second = await server.open();
    await database.execute(raw(`insert into org (name, slug) values ('Acme', 'acme')`));
    await database.execute(
      raw(`
        insert into customer (org_id, name, erp_customer_number, default_currency, default_language)
        select id, 'Müller', '4711', 'EUR', 'de-DE' from org;
        insert into customer_contact (org_id, customer_id, email, is_primary)
        select org_id, id, 'a@example.com', true from customer`),
    );
  });

  afterAll(() => server.close());

  async function codeOf(statement: string): Promise<string> {
    return (await failureFrom(database.execute(raw(statement)))).code;
  }

  test('on a missing table: the schema is missing', async () => {
    expect(await codeOf('select * from no_table')).toBe('schema_missing');
    expect(await codeOf('select * from no_schema.customer')).toBe('schema_missing');
    expect(await codeOf('select no_column from customer')).toBe('schema_outdated');
  });

  test.each([
    [
      `insert into customer (org_id, name, erp_customer_number, default_currency, default_language)
        select id, 'Maier', '4711', 'EUR', 'de-DE' from org`,
      'already has this ERP number',
    ],
    [
      `insert into customer_contact (org_id, customer_id, email) select org_id, id, 'A@example.com' from customer`,
      'already has a contact with this email',
    ],
    [
      `insert into customer_contact (org_id, customer_id, email, is_primary)
        select org_id, id, 'b@example.com', true from customer`,
      'already has a primary contact',
    ],
    [`insert into org (name, slug) values ('Other', 'acme')`, 'organization with this slug'],
  ])('that takes what is taken is a conflict in the field’s words: %#', async (statement, words) => {
    const failure = await failureFrom(database.execute(raw(statement)));
    expect(failure).toMatchObject({
      code: 'conflict',
      exitCode: 12,
      message: expect.stringContaining(words),
    });
    expect(failure.message + JSON.stringify(failure.hint)).not.toMatch(/4711|example\.com|Müller/);
  });

  test('that removes what others refer to is a conflict', async () => {
    expect(await codeOf('delete from org')).toBe('conflict');
  });

  test('with a value that a column cannot hold is refused', async () => {
    expect(await codeOf(`insert into org (name, slug) values (null, 'x-y')`)).toBe('invalid_value');
    expect(await codeOf(`select 'x'::uuid`)).toBe('invalid_value');
    expect(await codeOf(`insert into org (name, slug) values ('x', 'NOT A SLUG')`)).toBe('invalid_value');
  });

  test('that writes in a read-only transaction', async () => {
    const run = database.transaction(async () => {
      await database.execute(sql`set transaction read only`);
      await database.execute(sql`delete from customer`);
    });
    expect((await failureFrom(run)).code).toBe('database_read_only');
  });

  test('that the role may not run', async () => {
    const run = database.transaction(async () => {
      await database.execute(raw('create role nothing_granted'));
      await database.execute(raw('set local role nothing_granted'));
      await database.query(sql`select * from customer`);
    });
    expect(await failureFrom(run)).toMatchObject({
      code: 'not_permitted',
      exitCode: 13,
      message: expect.stringContaining('permission denied for table customer'),
    });
  });

  test('that runs out of time, or is cancelled', async () => {
    const slow = database.transaction(async () => {
      await database.execute(sql`set local statement_timeout = 20`);
      await database.query(sql`select pg_sleep(30)`);
    });
    expect((await failureFrom(slow)).code).toBe('database_timeout');
    const cancelled = database.query(sql`select pg_cancel_backend(pg_backend_pid()), pg_sleep(30)`);
    expect((await failureFrom(cancelled)).code).toBe('interrupted');
  });

  test('that waits too long for a lock', async () => {
    const run = second.transaction(async () => {
      await second.execute(sql`lock table customer`);
      return database.transaction(async () => {
        await database.execute(sql`set local lock_timeout = 20`);
        await database.execute(sql`delete from customer`);
      });
    });
    expect(await failureFrom(run)).toMatchObject({ code: 'locked', exitCode: 11 });
  });

  test('that another writer got ahead of', async () => {
    const run = database.transaction(async () => {
      await database.execute(sql`set transaction isolation level repeatable read`);
      await database.query(sql`select * from org`);
      await second.execute(sql`update org set name = 'Acme Inc.'`);
      await database.execute(sql`update org set name = 'Acme Ltd.'`);
    });
    expect(await failureFrom(run)).toMatchObject({
      code: 'locked',
      message: expect.stringContaining('another writer'),
    });
  });

  test('with a mistake of our own stays unexpected, with its SQLSTATE', async () => {
    const failure = await failureFrom(database.execute(raw('selec 1')));
    expect(failure).toMatchObject({ code: 'unexpected', message: expect.stringContaining('SQLSTATE 42601') });
  });
});

describe('connecting', () => {
  let throwAway: ThrowAwayDirectory;
  let directory: string;
  let admin: Database;
  let tcp: ConnectionTarget;

  /** A server of its own, on TCP and with passwords: the shared one has neither. */
  beforeAll(async () => {
    throwAway = await throwAwayDirectory();
    directory = throwAway.path;
    const port = await freePort();
    const place = placeOf(port);
    const target = await startEmbedded(place);
    admin = await openDatabase(target);
    await admin.execute(
      raw(`create role ann login password 'correct horse'; create role crowd login connection limit 0;
        create role bob login; create role group_role nologin`),
    );
    await admin.execute(raw('create database narrow connection limit 0'));
    await admin.execute(raw('create database closed'));
    await admin.execute(raw('revoke connect on database closed from public'));
    const cluster = clusterIn(path.join(directory, 'server'));
    const rules = await readFile(path.join(cluster, 'pg_hba.conf'), 'utf8');
    const first = ['host all ann 127.0.0.1/32 scram-sha-256', 'host all ghost 127.0.0.1/32 reject', ''];
    await writeFile(path.join(cluster, 'pg_hba.conf'), first.join('\n') + rules);
    await admin.query(sql`select pg_reload_conf()`);
    tcp = { ...target, source: '--database', host: '127.0.0.1', port };
  });

  afterAll(async () => {
    await admin.close();
    await removeEmbedded(placeOf(0));
    await throwAway.remove();
  });

  function placeOf(port: number) {
    return {
      homeDirectory: directory,
      env: { PATH: process.env['PATH'] },
      dataDirectory: path.join(directory, 'server'),
      settings: { fsync: 'off', listen_addresses: '127.0.0.1', port: String(port), max_connections: '12' },
    };
  }

  async function attempt(change: Partial<ConnectionTarget>): Promise<Failure> {
    return failureFrom(openDatabase({ ...tcp, ...change }).then((database) => database.close()));
  }

  test('with the right password works, whatever sslmode allows', async () => {
    for (const mode of ['prefer', 'allow'] as const) {
      const database = await openDatabase({ ...tcp, user: 'ann', password: 'correct horse', ssl: { mode } });
      expect(await database.query(sql`select current_user as name`)).toEqual([{ name: 'ann' }]);
      await database.close();
    }
  });

  test('with a wrong password is refused, and the password is nowhere in it', async () => {
    const failure = await attempt({ user: 'ann', password: 'wrong battery' });
    expect(failure).toMatchObject({
      code: 'database_refused',
      message: expect.stringContaining('wrong password'),
    });
    expect(`${failure.stack} ${JSON.stringify(failure)} ${JSON.stringify(failure.cause)}`).not.toContain(
      'battery',
    );
  });

  test('without a password says that one is wanted, or why the file was not used', async () => {
    const none = openDatabase({ ...tcp, user: 'ann' });
    await expect(none).rejects.toMatchObject({ message: expect.stringContaining('none was given') });
    const ignored = openDatabase({ ...tcp, user: 'ann', ignoredPasswordFile: '/home/ann/.pgpass' });
    await expect(ignored).rejects.toMatchObject({
      hint: expect.stringContaining('chmod 600 /home/ann/.pgpass'),
    });
  });

  test.each<[string, Partial<ConnectionTarget>, Partial<Failure>]>([
    [
      'a database that is not there',
      { database: 'nowhere' },
      { code: 'database_refused', message: expect.stringContaining('does not exist on the server') },
    ],
    [
      'a user who is not there',
      { user: 'nobody_here' },
      { code: 'database_refused', message: expect.stringContaining('nobody_here') },
    ],
    [
      'a user whom pg_hba.conf keeps out',
      { user: 'ghost' },
      { code: 'database_refused', message: expect.stringContaining('pg_hba.conf') },
    ],
    [
      'more connections than its user may have',
      { user: 'crowd' },
      {
        code: 'database_refused',
        message: expect.stringContaining('this user has reached its connection limit'),
        hint: expect.stringContaining('alter role'),
      },
    ],
    [
      'more connections than its database may have',
      { database: 'narrow', user: 'bob' },
      {
        code: 'database_refused',
        message: expect.stringContaining('the database has reached'),
        hint: expect.stringContaining('alter database'),
      },
    ],
    [
      'a user who may not log in',
      { user: 'group_role' },
      { code: 'database_refused', hint: expect.stringContaining('alter role … login') },
    ],
    [
      'encryption that the server does not offer',
      { ssl: { mode: 'require' } },
      { code: 'database_refused', message: expect.stringContaining('no encryption') },
    ],
    [
      'a port where nothing listens',
      { port: 1 },
      { code: 'database_unreachable', message: expect.stringContaining('connection refused') },
    ],
    [
      'a socket that is not there',
      { host: '/tmp', port: 1 },
      { code: 'database_unreachable', message: expect.stringContaining('no server socket') },
    ],
    [
      'a host that is not there',
      { host: 'no-such-host.invalid' },
      { code: 'database_unreachable', message: expect.stringContaining('host not found') },
    ],
  ])('to %s', async (_what, change, wanted) => {
    expect(await attempt(change)).toMatchObject({ ...wanted, exitCode: 7 });
  });

  test('to a database that the user may not connect to is not permitted', async () => {
    expect(await attempt({ user: 'bob', database: 'closed' })).toMatchObject({
      code: 'not_permitted',
      exitCode: 13,
      message: expect.stringContaining('permission denied for database "closed"'),
      hint: expect.stringContaining('grant connect'),
    });
  });

  test('to a server that is full', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 15 }, () => openDatabase({ ...tcp, user: 'bob' })),
    );
    const open = attempts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failure: unknown = attempts.find((each) => each.status === 'rejected')?.reason;
    await Promise.all(open.map((database) => database.close()));
    expect(failure).toMatchObject({
      code: 'database_refused',
      exitCode: 7,
      message: expect.stringContaining('accepts no more connections: all are in use'),
      hint: expect.stringContaining('max_connections'),
    });
  });

  test('to a server that shuts down', async () => {
    const files = await readdir(clusterIn(path.join(directory, 'server')));
    expect(files).toContain('postmaster.pid');
    const pid = Number.parseInt(
      await readFile(path.join(clusterIn(path.join(directory, 'server')), 'postmaster.pid'), 'utf8'),
      10,
    );
    // A smart shutdown waits for the session that is open, and takes no new ones.
    process.kill(pid, 'SIGTERM');
    let failure = await attemptUntilRefused();
    expect(failure).toMatchObject({
      code: 'database_unreachable',
      message: expect.stringContaining('shutting down'),
    });
    await admin.close();
    failure = await attempt({ port: 1 });
    expect(failure.exitCode).toBe(7);
  });

  async function attemptUntilRefused(): Promise<Failure> {
    for (;;) {
      const outcome: unknown = await openDatabase(tcp).then(
        (database) => database.close(),
        (reason: unknown) => reason,
      );
      if (outcome instanceof Failure) return outcome;
    }
  }
});

test.each([
  ['53100', 'database_full'],
  ['53200', 'database_refused'],
  ['40P01', 'locked'],
  ['57P01', 'connection_lost'],
  ['57P03', 'database_unreachable'],
  ['08006', 'connection_lost'],
])('SQLSTATE %s, which takes a broken server to see, means %s', (state, code) => {
  const error = Object.assign(new DatabaseError('as the server says', 0, 'error'), { code: state });
  expect(failureOf(error, 'ann@h:5432/crm')).toMatchObject({
    code,
    message: expect.stringMatching(/^ann@h:5432\/crm: /),
  });
});

test.each([
  ['the database system is starting up', 'the server is starting up', 'in a minute'],
  ['the database system is shutting down', 'the server is shutting down', 'when it is back'],
  ['the database system is in recovery mode', 'the server is recovering', 'log'],
  ['the database system is not yet accepting connections', 'the server is recovering', 'log'],
  ['Das Datenbanksystem startet', 'starting up, shutting down or recovering', 'in a minute'],
])('a server that says “%s”: %s', (said, message, hint) => {
  expect(failureOf(serverError('57P03', said), 'h')).toMatchObject({
    code: 'database_unreachable',
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });
});

// As PgBouncer 1.18 answered when each was brought about by hand; the last two as later versions have it.
test.each([
  ['no more connections allowed (max_client_conn)', 'database_refused', 'max_client_conn'],
  ['query_wait_timeout', 'database_timeout', 'no free connection'],
  ['no such database: nowhere', 'database_refused', 'has no such database'],
  ['database "off" is disabled', 'database_unreachable', 'disabled'],
  ['unsupported startup parameter: options', 'database_refused', 'does not pass on'],
  ['"trust" authentication failed', 'database_refused', 'refuses this user'],
  [
    'server login has been failing, cached error: x (server_login_retry)',
    'database_unreachable',
    'behind it',
  ],
  ['SASL authentication failed', 'database_refused', 'refuses this user'],
  ['invalid server parameter', 'connection_lost', 'connection was lost'],
])('a pooler that says “%s”: %s', (said, code, message) => {
  const failure = failureOf(serverError('08P01', said), 'h');
  expect(failure).toMatchObject({ code, exitCode: 7, message: expect.stringContaining(message) });
  expect(failure.hint).toBeTruthy();
});

test.each([
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'this client’s certificate has expired'],
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', 'this client’s certificate has expired'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'does not accept this client’s certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'does not accept this client’s certificate'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'not issued by an authority'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'not issued by an authority'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'no encrypted connection was established'],
])('%s: %s', (code, message) => {
  expect(failureOf(Object.assign(new Error('as OpenSSL says'), { code }), 'h')).toMatchObject({
    code: 'database_refused',
    message: expect.stringContaining(message),
    hint: expect.any(String),
  });
});

function serverError(state: string, said: string): DatabaseError {
  return Object.assign(new DatabaseError(said, 0, 'error'), { code: state });
}

async function freePort(): Promise<number> {
  const listener = net.createServer();
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  listener.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
