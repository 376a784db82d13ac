import { isIP } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import type { SecureVersion } from 'node:tls';
import type { ConnectionParameters } from './parameters.ts';
import { readTextFile, statsOf } from './text-file.ts';

/**
 * As in libpq, the strictest last: `prefer` and `allow` fall back, `require` encrypts, `verify-…` also
 * verifies the server.
 */
export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

type Environment = Record<string, string | undefined>;

/** How a connection is encrypted. Certificates, keys and revocation lists are PEM. */
export interface Encryption {
  mode: Exclude<SslMode, 'disable'>;
  /** The trusted authorities. Without them, `verify-full` trusts Node's, and the other modes any server. */
  ca?: string;
  crl?: string;
  cert?: string;
  key?: string;
  /** Passphrase of the key. */
  passphrase?: string;
  minVersion?: SecureVersion;
  maxVersion?: SecureVersion;
  /** TLS from the first byte (`sslnegotiation=direct`, Postgres 17 and newer). */
  direct?: true;
}

/**
 * The encryption that libpq's parameters specify (PostgreSQL documentation, 34.1.2 and 34.19), with their
 * files read and checked; undefined for none. It differs from libpq in two ways. A server on another machine
 * is verified unless `sslmode` specifies otherwise, where libpq would fall back to a plain connection that
 * can be intercepted. And without a root certificate file, `verify-full` trusts Node's public authorities.
 */
export async function encryptionOf(
  given: ConnectionParameters,
  { host, homeDirectory, env }: { host: string; homeDirectory: string; env: Environment },
): Promise<Encryption | undefined> {
  const usual = (name: string) => path.join(homeDirectory, '.postgresql', name);
  const fromSystem = given['sslrootcert'] === 'system';
  const mode = modeOf(given['sslmode'] || (fromSystem || !isLoopback(host) ? 'verify-full' : 'prefer'));
  if (fromSystem && mode !== 'verify-full')
    throw new Error(
      'sslrootcert=system needs sslmode=verify-full, because anyone can get such a certificate',
    );
  if (mode === 'disable') return undefined;
  const ca = fromSystem
    ? await systemAuthorities(env)
    : await pem('sslrootcert', given['sslrootcert'], usual('root.crt'));
  // Any certificate of any public authority would be accepted, for any host: libpq refuses that too.
  if (mode === 'verify-ca' && ca === undefined) throw new Error('sslmode=verify-ca needs an sslrootcert');
  const crl = await pem('sslcrl', given['sslcrl'], usual('root.crl'));
  const cert = await pem('sslcert', given['sslcert'], usual('postgresql.crt'));
  const key = cert === undefined ? undefined : await readKey(given['sslkey'], usual('postgresql.key'));
  const passphrase = given['sslpassword'];
  const encryption: Encryption = {
    mode,
    ...(ca !== undefined && { ca }),
    ...(crl !== undefined && { crl }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(key !== undefined && passphrase !== undefined && { passphrase }),
    ...versionLimit('minVersion', 'ssl_min_protocol_version', given),
    ...versionLimit('maxVersion', 'ssl_max_protocol_version', given),
    ...(isDirect(given, mode) && { direct: true }),
  };
  requireUsable(encryption);
  return encryption;
}

/** This machine: data sent to it passes no network (RFC 6761, 6.3 for the names). */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || /^(?:.+\.)?localhost\.?$/i.test(host);
}

function modeOf(text: string): SslMode {
  const mode = sslModes.find((each) => each === text);
  if (mode === undefined)
    throw new Error('sslmode is not disable, allow, prefer, require, verify-ca or verify-full');
  return mode;
}

function isDirect(given: ConnectionParameters, mode: SslMode): boolean {
  const negotiation = given['sslnegotiation'] || 'postgres';
  if (negotiation === 'postgres') return false;
  if (negotiation !== 'direct') throw new Error('sslnegotiation is not postgres or direct');
  if (mode === 'allow' || mode === 'prefer')
    throw new Error(`sslnegotiation=direct needs sslmode=require or stricter, not ${mode}`);
  return true;
}

function versionLimit(
  limit: 'minVersion' | 'maxVersion',
  name: string,
  given: ConnectionParameters,
): Partial<Pick<Encryption, 'minVersion' | 'maxVersion'>> {
  const text = given[name];
  if (!text) return {};
  const versions: SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
  const version = versions.find((each) => each.toLowerCase() === text.toLowerCase());
  if (version === undefined) throw new Error(`${name} is not ${versions.join(', ')}`);
  return { [limit]: version };
}

/** A file that was named must exist; the one at libpq's default path need not. */
async function pem(what: string, named: string | undefined, usual: string): Promise<string | undefined> {
  const text = await readTextFile(named || usual);
  if (named && text === undefined) throw new Error(`the file of ${what} cannot be read: ${named}`);
  return text;
}

/**
 * libpq's rule: a key that others can read is not secret. Root's own may be readable by the group, for a
 * service.
 */
async function readKey(named: string | undefined, usual: string): Promise<string> {
  const file = named || usual;
  const found = statsOf(file);
  if (found === undefined)
    throw new Error(`there is a certificate, but not its private key ${file} (sslkey)`);
  if (!found.isFile()) throw new Error(`the private key ${file} (sslkey) is not a file`);
  const excess = found.mode & (found.uid === 0 && process.getuid?.() !== 0 ? 0o037 : 0o077);
  if (excess !== 0)
    throw new Error(`others may read the private key ${file} (sslkey); make it private: chmod 600 ${file}`);
  const text = await readTextFile(file);
  if (text === undefined) throw new Error(`the private key ${file} (sslkey) cannot be read`);
  return text;
}

/** Where systems keep their trusted authorities in one file: Debian, Red Hat, SUSE; Alpine and macOS. */
const systemFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * Only on request: parsing the usual 140 certificates takes 80 ms, while Node's own are already loaded.
 * Undefined, which means Node's own, if the system has no such file.
 */
async function systemAuthorities(env: Environment): Promise<string | undefined> {
  const files = [env['SSL_CERT_FILE'], ...systemFiles].filter((file) => file !== undefined);
  for (const file of files) {
    const found = await readTextFile(file);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Names the parameter of a damaged file before a server is contacted. Node accepts an invalid `ca` silently.
 */
function requireUsable({ ca, crl, cert, key, passphrase }: Encryption): void {
  // Not imported: most connections bring no certificates, and loading the modules takes milliseconds.
  if (ca === undefined && crl === undefined && cert === undefined) return;
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  if (ca !== undefined) check('sslrootcert', () => new X509Certificate(ca));
  if (crl !== undefined) check('sslcrl', () => createSecureContext({ crl }));
  if (cert === undefined) return;
  check('sslcert', () => new X509Certificate(cert));
  try {
    createSecureContext({ cert, key, passphrase });
  } catch (cause) {
    const reason = /MISMATCH/.test((cause as NodeJS.ErrnoException).code ?? '')
      ? 'belongs to another certificate than that of sslcert'
      : 'cannot be used: it is damaged, or sslpassword does not open it';
    throw new Error(`the private key of sslkey ${reason}`, { cause });
  }
}

function check(parameter: string, read: () => unknown): void {
  try {
    read();
  } catch (cause) {
    throw new Error(`the file of ${parameter} cannot be used: it is damaged, or not PEM`, { cause });
  }
}
