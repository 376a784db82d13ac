import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import type { ConnectionTarget } from '../../src/store/connection/target.ts';
import { connectTo } from './proxy.ts';

/** A key and a certificate, in PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

/** An authority of our own, made by openssl, and what it issues. Files are kept in `directory`. */
export async function certificateAuthority(directory: string): Promise<{
  cert: string;
  file: string;
  /** `from` and `until` as openssl has them: `20200101000000Z`. */
  issue(name: string, validity: { host: string; from: string; until: string }): Promise<Certificate>;
}> {
  const at = (name: string) => path.join(directory, name);
  async function openssl(words: string): Promise<void> {
    await promisify(execFile)('openssl', words.split(' '), { cwd: directory });
  }
  await writeFile(
    at('ca.cnf'),
    [
      '[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\nserial = serial\nnew_certs_dir = .\ndefault_md = sha256',
      'policy = any\ncopy_extensions = copy\nunique_subject = no\n[any]\ncommonName = supplied\n',
    ].join('\n'),
  );
  await writeFile(at('index.txt'), '');
  await writeFile(at('serial'), '01\n');
  const fresh = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  await openssl(`req -x509 ${fresh} -subj /CN=test-authority -days 2 -keyout ca.key -out ca.pem`);
  return {
    cert: await readFile(at('ca.pem'), 'utf8'),
    file: at('ca.pem'),
    async issue(name, { host, from, until }) {
      const subject = `-subj /CN=${host} -addext subjectAltName=${altName(host)}`;
      const signed = '-config ca.cnf -cert ca.pem -keyfile ca.key';
      await openssl(`req ${fresh} ${subject} -keyout ${name}.key -out ${name}.csr`);
      await openssl(
        `ca -batch -notext ${signed} -startdate ${from} -enddate ${until} -in ${name}.csr -out ${name}.pem`,
      );
      return {
        key: await readFile(at(`${name}.key`), 'utf8'),
        cert: await readFile(at(`${name}.pem`), 'utf8'),
      };
    },
  };
}

function altName(host: string): string {
  return net.isIP(host) === 0 ? `DNS:${host}` : `IP:${host}`;
}

export interface TlsServer {
  port: number;
  close(): Promise<void>;
}

/**
 * The test's server with TLS in front of it, as a server with `ssl = on` (PostgreSQL documentation, 54.2.10) or a
 * pooler would answer. With `clientsOf`, clients need a certificate of that authority.
 */
export async function startTlsServer(
  { key, cert }: Certificate,
  server: ConnectionTarget,
  { clientsOf }: { clientsOf?: string } = {},
): Promise<TlsServer> {
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('S');
      const secure = new tls.TLSSocket(socket, {
        isServer: true,
        key,
        cert,
        ...(clientsOf !== undefined && { ca: clientsOf, requestCert: true, rejectUnauthorized: true }),
      });
      secure.on('error', () => socket.destroy());
      secure.on('secure', () => {
        const backend = connectTo(server);
        backend.on('error', () => secure.destroy());
        secure.pipe(backend).pipe(secure);
      });
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
