import { chmod, chown, copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import type { Sql } from 'sql-template-tag';
import { raw } from 'sql-template-tag';
import { openDatabase } from '../../src/store/connection/database.ts';
import { stopEmbedded } from '../../src/store/embedded/maintenance.ts';
import { startEmbedded } from '../../src/store/embedded/server.ts';
import type { Authority, Certificate } from './certificates.ts';
import { makeAuthority } from './certificates.ts';
import { throwAwayDirectory } from './throw-away.ts';

export interface TlsServer {
  port: number;
  /** For what the test itself writes. */
  directory: string;
  authority: Authority;
  /** The server's own, for `db.example` and `localhost`. */
  certificate: Certificate;
  /** Runs a statement as the superuser. */
  run(statement: Sql, database?: string): Promise<unknown[]>;
  stop(): Promise<void>;
}

/** By login, in the database `postgres`. Each has the password `canary-1`. */
const access = `
local all all trust
hostssl all by_certificate all cert
hostnossl all plain_only all scram-sha-256
host all plain_only all reject
host all in_clear all password
host all by_md5 all md5
host all unasked all trust
hostssl all tls_only all scram-sha-256
host all by_scram all scram-sha-256
`;

/** A Postgres of its own that listens on 127.0.0.1 and speaks TLS, its certificates made by the test. */
export async function startTlsServer(): Promise<TlsServer> {
  const directory = await throwAwayDirectory();
  const own = path.join(directory.path, 'test');
  await mkdir(own);
  const authority = await makeAuthority(own, 'authority');
  const certificate = await authority.issue('db.example', { names: 'DNS:db.example,DNS:localhost' });
  const dataDirectory = path.join(directory.path, 'server');
  const plain = { homeDirectory: directory.path, env: process.env, dataDirectory };
  // Once without TLS: only then is there a directory of the server's account, which its key must belong to.
  await startEmbedded(plain);
  await stopEmbedded(plain);
  const { uid, gid } = await stat(dataDirectory);
  async function give(name: string, from: string): Promise<string> {
    const file = path.join(dataDirectory, name);
    await copyFile(from, file);
    await chmod(file, 0o600);
    if (process.getuid?.() === 0) await chown(file, uid, gid);
    return file;
  }
  await writeFile(path.join(own, 'pg_hba.conf'), access);
  const port = await freePort();
  const settings = {
    ...plain,
    settings: {
      fsync: 'off',
      listen_addresses: '127.0.0.1',
      port: String(port),
      ssl: 'on',
      ssl_cert_file: await give('server.crt', certificate.cert),
      ssl_key_file: await give('server.key', certificate.key),
      ssl_ca_file: await give('root.crt', authority.cert),
      hba_file: await give('pg_hba.conf', path.join(own, 'pg_hba.conf')),
    },
  };
  const target = await startEmbedded(settings);
  const admin = await openDatabase(target);
  for (const login of access.matchAll(/^host\S* all (\w+)/gm)) {
    const encryption = login[1] === 'by_md5' ? 'md5' : 'scram-sha-256';
    await admin.execute(raw(`set password_encryption = '${encryption}'`));
    await admin.execute(
      raw(
        `do $$ begin create role ${login[1]} login password 'canary-1'; exception when duplicate_object then end $$`,
      ),
    );
  }
  await admin.close();
  return {
    port,
    directory: own,
    authority,
    certificate,
    async run(statement, database = 'postgres') {
      const connection = await openDatabase({ ...target, database });
      try {
        return await connection.query(statement);
      } finally {
        await connection.close();
      }
    },
    async stop() {
      await stopEmbedded(settings);
      await directory.remove();
    },
  };
}

export async function freePort(): Promise<number> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
