import { once } from 'node:events';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { openDatabase } from '../../../src/store/connection/database.ts';
import { resolveTarget } from '../../../src/store/connection/resolve-target.ts';
import { isLoopback } from '../../../src/store/connection/tls.ts';
import type { Certificate } from '../../support/certificates.ts';
import { lockKey, makeAuthority } from '../../support/certificates.ts';
import type { TlsServer } from '../../support/tls-server.ts';
import { startTlsServer } from '../../support/tls-server.ts';

let server: TlsServer;
let homeDirectory: string;
let opened: Database[] = [];

beforeAll(async () => {
  server = await startTlsServer();
  homeDirectory = path.join(server.directory, 'home');
  await mkdir(homeDirectory);
});
afterEach(async () => {
  await Promise.all(opened.map((database) => database.close()));
  opened = [];
  await rm(path.join(homeDirectory, '.postgresql'), { recursive: true, force: true });
});
afterAll(() => server.stop());

interface Wish {
  /** As the certificate may name it; it is always 127.0.0.1 that is connected to. */
  host?: string;
  port?: number;
  user?: string;
  password?: string;
  [parameter: string]: string | number | undefined;
}

async function connect(wish: Wish, env: Record<string, string> = {}): Promise<Database> {
  const { host = 'db.example', port = server.port, user = 'by_scram', password = 'canary-1', ...more } = wish;
  const parameters = { host, hostaddr: '127.0.0.1', port, user, password, dbname: 'postgres', ...more };
  const text = Object.entries(parameters)
    .map(([name, value]) => `${name}='${value}'`)
    .join(' ');
  const target = await resolveTarget({ env: { ORDERFLOW_DATABASE_URL: text, ...env }, homeDirectory });
  if (target === undefined) throw new Error('nothing was configured');
  const database = await openDatabase(target);
  opened.push(database);
  return database;
}

/** Whether the server sees the session encrypted, in which version, and with whose certificate. */
async function session(wish: Wish, env?: Record<string, string>) {
  const database = await connect(wish, env);
  const [row] = await database.query<{ ssl: boolean; version: string | null; client: string | null }>(sql`
    select ssl, version, client_dn as client from pg_stat_ssl where pid = pg_backend_pid()`);
  return row;
}

async function refusal(wish: Wish, env?: Record<string, string>): Promise<Failure> {
  const error: unknown = await connect(wish, env).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error('it was not refused', { cause: error });
  expect(['database_refused', 'configuration']).toContain(error.code);
  expect(`${error.message}${JSON.stringify(error.hint)}${error.stack}`).not.toContain('canary');
  return error;
}

const trusted = () => ({ sslrootcert: server.authority.cert });

describe('a server on another machine', () => {
  test('is verified unless sslmode says otherwise', async () => {
    expect(await session(trusted())).toMatchObject({ ssl: true });
    const unknown = await refusal({});
    expect(unknown.message).toContain('not issued by an authority that is trusted here');
    expect(unknown.hint).toContain('sslrootcert');
    expect(unknown.hint).toContain('sslmode=require');
    expect(await session({ sslmode: 'require' })).toMatchObject({ ssl: true });
    expect(await session({}, { PGSSLMODE: 'prefer' })).toMatchObject({ ssl: true });
    expect(await session({ sslmode: 'disable' })).toMatchObject({ ssl: false });
  });

  test('that is another than it was called is refused, unless only its authority counts', async () => {
    const other = { ...trusted(), host: 'other.example' };
    const failure = await refusal(other);
    expect(failure.message).toContain('certificate is for another host name');
    expect(failure.hint).toContain('sslmode=verify-ca');
    expect(await session({ ...other, sslmode: 'verify-ca' })).toMatchObject({ ssl: true });
  });

  test('with the certificate of another authority is refused, under require too once an authority is named', async () => {
    const stranger = await makeAuthority(server.directory, 'stranger');
    for (const sslmode of ['verify-full', 'verify-ca', 'require'])
      expect((await refusal({ sslmode, sslrootcert: stranger.cert })).message).toContain('not issued by');
  });

  test('is trusted by ~/.postgresql/root.crt, as psql trusts it', async () => {
    await mkdir(path.join(homeDirectory, '.postgresql'));
    await copyFile(server.authority.cert, path.join(homeDirectory, '.postgresql/root.crt'));
    expect(await session({})).toMatchObject({ ssl: true });
  });

  test('with a revoked certificate is refused', async () => {
    const victim = await makeAuthority(server.directory, 'revoking');
    const revoked = await victim.issue('db.example', { names: 'DNS:db.example' });
    const sslcrl = await victim.revoke(revoked);
    const middle = await terminate(revoked);
    const wish = { port: middle.port, sslrootcert: victim.cert, channel_binding: 'disable' };
    expect(await session(wish)).toMatchObject({ ssl: true });
    expect((await refusal({ ...wish, sslcrl })).message).toContain('certificate was revoked');
    middle.close();
  });

  test('with an expired certificate is refused', async () => {
    const middle = await terminate(
      await server.authority.issue('db.example', { names: 'DNS:db.example', expired: true }),
    );
    expect((await refusal({ ...trusted(), port: middle.port })).message).toContain('certificate has expired');
    middle.close();
  });

  test('that offers no encryption receives nothing, not even the user’s name', async () => {
    const heard: Buffer[] = [];
    const listener = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        heard.push(chunk);
        socket.write('N');
      });
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as net.AddressInfo;
    const failure = await refusal({ port });
    listener.close();
    expect(failure.message).toContain('offers no encryption');
    expect(failure.hint).toContain('sslmode=disable');
    // The request for TLS, and nothing else (PostgreSQL documentation, 54.7).
    expect(Buffer.concat(heard).toString('hex')).toBe('0000000804d2162f');
  });

  test('is trusted by the system’s authorities if requested, and then in no weaker mode', async () => {
    const env = { SSL_CERT_FILE: server.authority.cert };
    expect(await session({ sslrootcert: 'system' }, env)).toMatchObject({ ssl: true });
    const weaker = { sslrootcert: 'system', sslmode: 'require' };
    expect((await refusal(weaker, env)).message).toContain('needs sslmode=verify-full');
  });
});

test('this machine is any name and address of the loopback', () => {
  expect(
    ['localhost', 'LOCALHOST', 'db.localhost', '127.0.0.1', '127.8.0.1', '::1'].filter(isLoopback),
  ).toHaveLength(6);
  expect(
    ['db.example', 'localhost.example', '10.0.0.1', '::2', '127.0.0.1.example'].filter(isLoopback),
  ).toEqual([]);
});

describe('a server on this machine', () => {
  test('is used with encryption if possible, and without if it requires that', async () => {
    expect(await session({ host: 'localhost' })).toMatchObject({ ssl: true });
    expect(await session({ host: '127.0.0.1' })).toMatchObject({ ssl: true });
    expect(await session({ host: 'localhost', user: 'plain_only' })).toMatchObject({ ssl: false });
    expect(await session({ host: 'localhost', user: 'tls_only', sslmode: 'allow' })).toMatchObject({
      ssl: true,
    });
    expect(await session({ host: 'localhost', user: 'by_scram', sslmode: 'allow' })).toMatchObject({
      ssl: false,
    });
  });

  test('is verified by name where sslmode asks for it', async () => {
    expect(await session({ ...trusted(), host: 'localhost', sslmode: 'verify-full' })).toMatchObject({
      ssl: true,
    });
    const failure = await refusal({ ...trusted(), host: '127.0.0.1', sslmode: 'verify-full' });
    expect(failure.message).toContain('another host name');
  });
});

describe('a client certificate', () => {
  let client: Certificate;
  const wish = () => ({ ...trusted(), user: 'by_certificate', sslcert: client.cert, sslkey: client.key });

  beforeAll(async () => {
    client = await server.authority.issue('by_certificate');
  });

  test('lets in without a password', async () => {
    expect(await session(wish())).toMatchObject({ client: '/CN=by_certificate' });
  });

  test('is found in ~/.postgresql', async () => {
    await mkdir(path.join(homeDirectory, '.postgresql'));
    await copyFile(client.cert, path.join(homeDirectory, '.postgresql/postgresql.crt'));
    const { sslcert: _cert, sslkey: _key, ...rest } = wish();
    expect((await refusal(rest)).message).toContain('not its private key');
    await copyFile(client.key, path.join(homeDirectory, '.postgresql/postgresql.key'));
    expect(await session(rest)).toMatchObject({ client: '/CN=by_certificate' });
  });

  test('is not used when others may read its key', async () => {
    await chmod(client.key, 0o640);
    expect((await refusal(wish())).message).toContain(`chmod 600 ${client.key}`);
    await chmod(client.key, 0o600);
  });

  test('may have an encrypted key, with its password not on the command line', async () => {
    const sslkey = await lockKey(client.key, 'canary-key');
    expect(await session({ ...wish(), sslkey, sslpassword: 'canary-key' })).toMatchObject({
      client: '/CN=by_certificate',
    });
    for (const sslpassword of ['canary-wrong', undefined]) {
      const wrong = { ...wish(), sslkey, ...(sslpassword !== undefined && { sslpassword }) };
      expect((await refusal(wrong)).message).toContain('sslpassword does not open it');
    }
    const flag = `host=db.example sslpassword=canary-key`;
    await expect(resolveTarget({ flag, env: {}, homeDirectory })).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('cannot use --database: it holds a sslpassword'),
    });
  });

  test('that is missing, or of an authority unknown to the server, is reported', async () => {
    const stranger = await (await makeAuthority(server.directory, 'unknown')).issue('by_certificate');
    const failure = await refusal({ ...wish(), sslcert: stranger.cert, sslkey: stranger.key });
    expect(failure.message).toContain('does not accept this client’s certificate');
    const { sslcert: _cert, sslkey: _key, ...rest } = wish();
    expect((await refusal(rest)).message).toContain('requires a valid client certificate');
  });

  test('of another key, or damaged, is reported before the server is contacted', async () => {
    const other = await server.authority.issue('other');
    expect((await refusal({ ...wish(), sslkey: other.key, port: 1 })).message).toContain(
      'another certificate',
    );
    const damaged = path.join(server.directory, 'damaged.pem');
    await writeFile(damaged, 'PEM', { mode: 0o600 });
    for (const [name, value] of Object.entries({
      sslrootcert: damaged,
      sslcert: damaged,
      sslkey: damaged,
      sslcrl: damaged,
    }))
      expect((await refusal({ ...wish(), [name]: value, port: 1 })).message).toMatch(
        new RegExp(`${name} cannot be used`),
      );
  });
});

describe('the password', () => {
  test('is bound to the connection: it cannot be relayed, even if certificates are not verified', async () => {
    const middle = await terminate(await server.authority.issue('middle'));
    const wish = { port: middle.port, sslmode: 'require' };
    expect(await session({ ...wish, channel_binding: 'disable' })).toMatchObject({ ssl: true });
    expect((await refusal(wish)).message).toContain('channel binding check failed');
    middle.close();
  });

  test('is not given without that binding where it is required', async () => {
    const wish = { ...trusted(), channel_binding: 'require' };
    expect(await session(wish)).toMatchObject({ ssl: true });
    for (const changed of [
      { sslmode: 'disable' },
      { user: 'in_clear' },
      { user: 'by_md5' },
      { user: 'unasked' },
    ])
      expect((await refusal({ ...wish, ...changed })).message).toContain(
        'channel_binding=require asks for it',
      );
  });

  test('is given only in the ways that require_auth allows', async () => {
    const ways = [
      ['in_clear', 'password'],
      ['by_md5', 'md5'],
      ['by_scram', 'scram-sha-256'],
      ['unasked', 'none'],
    ] as const;
    for (const [user, way] of ways) {
      const wish = { ...trusted(), user };
      expect(await session({ ...wish, require_auth: way })).toMatchObject({ ssl: true });
      expect((await refusal({ ...wish, require_auth: `!${way}` })).message).toContain('require_auth');
      const other = way === 'md5' ? 'password' : 'md5';
      expect((await refusal({ ...wish, require_auth: other })).message).toContain('does not allow');
    }
    expect(await session({ ...trusted() }, { PGREQUIREAUTH: 'md5,scram-sha-256' })).toMatchObject({
      ssl: true,
    });
  });

  test('that is wrong is refused once, and not tried again without encryption', async () => {
    const failure = await refusal({ host: 'localhost', password: 'canary-2' });
    expect(failure.message).toContain('wrong password');
  });
});

test('TLS from the first byte, and its versions, are as requested', async () => {
  const wish = { ...trusted(), sslnegotiation: 'direct' };
  expect((await refusal({ ...wish, sslmode: 'prefer' })).message).toContain('needs sslmode=require');
  const outcome = (more: Wish) =>
    session({ ...wish, ...more }).then(
      (row) => row?.version,
      ({ code, hint }: Failure) => ({ code, hint }),
    );
  const tooOld = {
    code: 'database_refused',
    hint: 'sslnegotiation=direct needs Postgres 17; leave it out if the server is older',
  };
  const isOld = !(await startsWithTls());
  expect(await outcome({})).toEqual(isOld ? tooOld : 'TLSv1.3');
  expect(await outcome({ ssl_max_protocol_version: 'TLSv1.2' })).toEqual(isOld ? tooOld : 'TLSv1.2');
});

test('a statement is cancelled over TLS, however it began', async () => {
  for (const sslnegotiation of (await startsWithTls()) ? ['postgres', 'direct'] : ['postgres']) {
    const database = await connect({ ...trusted(), sslnegotiation });
    const sleeping = database.query(sql`select pg_sleep(30)`).catch((reason: unknown) => reason);
    const started = performance.now();
    database.interrupt();
    expect(await sleeping).toMatchObject({ code: 'interrupted' });
    expect(performance.now() - started).toBeLessThan(5000);
  }
});

/** Postgres 17 and newer take TLS from the first byte. */
async function startsWithTls(): Promise<boolean> {
  const [found] = await server.run(
    sql`select current_setting('server_version_num')::integer >= 170000 as direct`,
  );
  return (found as { direct: boolean }).direct;
}

/** Somebody in between: ends the tool's TLS with a certificate of its own and begins another with the server. */
async function terminate({ cert, key }: Certificate): Promise<{ port: number; close(): void }> {
  const own = { cert: await readFile(cert), key: await readFile(key) };
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('S');
      const near = new tls.TLSSocket(socket, { isServer: true, ...own });
      near.on('error', () => {});
      const plain = net.connect(server.port, '127.0.0.1', () =>
        plain.write(Buffer.from('0000000804d2162f', 'hex')),
      );
      sockets.add(plain);
      plain.on('error', () => {});
      plain.once('data', () => {
        const far = tls.connect({ socket: plain, rejectUnauthorized: false });
        far.on('error', () => {});
        near.pipe(far).pipe(near);
      });
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as net.AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}
