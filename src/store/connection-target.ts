import { constants, existsSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Failure } from '../errors.ts';
import { readPasswordFile, readService } from './connection-files.ts';
import type { ConnectionParameters } from './connection-string.ts';
import { parseConnectionString } from './connection-string.ts';

export type TargetSource =
  | '--database'
  | 'ORDERFLOW_DATABASE_URL'
  | 'DATABASE_URL'
  | 'PG* variables'
  | 'embedded'
  | StoredConnection['source'];

/** A connection as a settings file has it. */
export interface StoredConnection {
  /** With the file's path. */
  source: `profile ${string}` | `file ${string}`;
  /** By what it was chosen: `--profile`, ORDERFLOW_PROFILE, or nothing but the file that is there. */
  rank: 'flag' | 'environment' | 'file';
  /** A URL or `keyword=value` pairs. */
  text: string;
  /** In the format of `~/.pgpass`; an absolute path. */
  passwordFile?: string;
}

/** As libpq means them: `prefer` and `allow` fall back, `require` encrypts, `verify-…` also looks who answers. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/**
 * Which server a command talks to, decided once and handed to the driver as it is. Plain data.
 * For a unix socket `host` is the directory that holds it (libpq's convention).
 */
export interface ConnectionTarget {
  /** Where it was found, for messages and `doctor`. */
  source: TargetSource;
  host: string;
  port: number;
  user: string;
  database: string;
  password?: string;
  /** Where the password was found: a file, `PGPASSWORD`, a service, or the source itself. */
  passwordSource?: string;
  /** A password file that was not read because others may read it too. */
  ignoredPasswordFile?: string;
  /** Absent without encryption: unix sockets, `sslmode=disable`. Certificates and key in PEM. */
  ssl?: { mode: Exclude<SslMode, 'disable'>; ca?: string; cert?: string; key?: string };
  /** Ask for SCRAM with channel binding where the server offers it. */
  channelBinding?: boolean;
  applicationName?: string;
  /** Settings for the session, as in PGOPTIONS: `-c search_path=crm`. */
  options?: string;
  /** Milliseconds until a connection attempt is given up; 0 waits for ever. */
  connectTimeout: number;
}

/** `user@host:port/database`, as a person would name the server. Never a password. */
export function describeTarget(target: ConnectionTarget): string {
  if (target.source === 'embedded') return `embedded database (${target.database})`;
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return `${target.user}@${host}:${target.port}/${target.database}`;
}

export interface TargetSources {
  flag?: string | undefined;
  stored?: StoredConnection | undefined;
  env: Record<string, string | undefined>;
  homeDirectory: string;
}

/** libpq's variables. Those in `naming` say which server; the others only add to one that was named. */
const naming = {
  PGHOST: 'host',
  PGHOSTADDR: 'hostaddr',
  PGPORT: 'port',
  PGUSER: 'user',
  PGDATABASE: 'dbname',
  PGSERVICE: 'service',
};
const adding = {
  PGPASSWORD: 'password',
  PGPASSFILE: 'passfile',
  PGSSLMODE: 'sslmode',
  PGSSLROOTCERT: 'sslrootcert',
  PGSSLCERT: 'sslcert',
  PGSSLKEY: 'sslkey',
  PGCONNECT_TIMEOUT: 'connect_timeout',
  PGAPPNAME: 'application_name',
  PGOPTIONS: 'options',
  PGCHANNELBINDING: 'channel_binding',
};

/**
 * The server that was configured: `--database`, the connection of `--profile`, ORDERFLOW_DATABASE_URL, that of
 * ORDERFLOW_PROFILE, DATABASE_URL, libpq's PG* variables, and one that merely stands in a settings file; undefined when
 * there is none, which means the embedded database. As in libpq, what a URL leaves out is filled from its service, the
 * PG* variables and the password file. An empty variable is an unset one.
 * Throws `configuration`, naming the source that is wrong and never its password.
 */
export async function resolveTarget(sources: TargetSources): Promise<ConnectionTarget | undefined> {
  const { env, homeDirectory } = sources;
  const named = nameServer(sources);
  if (named === undefined) return undefined;
  const { source, text, passwordFile } = named;
  try {
    const own: ConnectionParameters = {
      ...(passwordFile !== undefined && { passfile: await requirePasswordFile(passwordFile) }),
      ...(text !== undefined && parseConnectionString(text)),
    };
    const variables = fromEnvironment(env);
    const service = own['service'] ?? variables['service'];
    const serviced = service === undefined ? {} : await readService(service, env, homeDirectory);
    if (serviced === undefined)
      throw new Error(`there is no service “${service}” in PGSERVICEFILE or ~/.pg_service.conf`);
    const target = await complete(source, { ...variables, ...serviced, ...own }, homeDirectory);
    const layers: [ConnectionParameters, string][] = [
      [own, source],
      [serviced, `service ${service}`],
      [variables, 'PGPASSWORD'],
    ];
    const passwordSource = layers.find(([layer]) => layer['password'] !== undefined)?.[1];
    return passwordSource === undefined ? target : { ...target, passwordSource };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Failure('configuration', `cannot use ${source}: ${error.message}`, {
      hint:
        source === 'PG* variables'
          ? 'the variables are libpq’s: PGHOST, PGPORT, PGUSER, PGDATABASE …'
          : 'it looks like postgres://user@host:5432/database, or host=… dbname=…',
      // No cause: the text could hold a password.
    });
  }
}

interface NamedServer {
  source: TargetSource;
  text?: string | undefined;
  passwordFile?: string;
}

function nameServer({ flag, env, stored }: TargetSources): NamedServer | undefined {
  const ofRank = (rank: StoredConnection['rank']): NamedServer[] => (stored?.rank === rank ? [stored] : []);
  const variable = (source: 'ORDERFLOW_DATABASE_URL' | 'DATABASE_URL'): NamedServer[] =>
    env[source] ? [{ source, text: env[source] }] : [];
  const isNamed = Object.keys(naming).some((name) => env[name]);
  return [
    ...(flag === undefined ? [] : [{ source: '--database' as const, text: flag }]),
    ...ofRank('flag'),
    ...variable('ORDERFLOW_DATABASE_URL'),
    ...ofRank('environment'),
    ...variable('DATABASE_URL'),
    ...(isNamed ? [{ source: 'PG* variables' as const }] : []),
    ...ofRank('file'),
  ][0];
}

async function requirePasswordFile(file: string): Promise<string> {
  await access(file, constants.R_OK).catch(() => {
    throw new Error(`its password_file ${file} is not there, or may not be read`);
  });
  return file;
}

function fromEnvironment(env: TargetSources['env']): ConnectionParameters {
  const found: ConnectionParameters = {};
  for (const [variable, keyword] of Object.entries({ ...naming, ...adding })) {
    const value = env[variable];
    if (value !== undefined && value !== '') found[keyword] = value;
  }
  return found;
}

async function complete(
  source: TargetSource,
  given: ConnectionParameters,
  homeDirectory: string,
): Promise<ConnectionTarget> {
  const port = portOf(given['port'] || '5432');
  if (given['hostaddr']) throw new Error('hostaddr is not supported, name the server by host');
  const host = given['host'] || defaultHost(port);
  if (host.includes(',')) throw new Error('several hosts are not supported, name one');
  const user = given['user'] || systemUser();
  const database = given['dbname'] || user;
  const passwordFile = given['passfile'] || path.join(homeDirectory, '.pgpass');
  const fromFile =
    given['password'] === undefined
      ? await readPasswordFile(passwordFile, { host, port, database, user })
      : {};
  const password = given['password'] ?? fromFile.password;
  const ssl = host.startsWith('/') ? undefined : await sslOf(given, homeDirectory);
  const channelBinding = given['channel_binding'] === 'require' || given['channel_binding'] === 'prefer';
  return {
    source,
    host,
    port,
    user,
    database,
    connectTimeout: timeoutOf(given['connect_timeout'] || '10'),
    ...(password !== undefined && { password, passwordSource: passwordFile }),
    ...(fromFile.openToOthers !== undefined && { ignoredPasswordFile: fromFile.openToOthers }),
    ...(ssl !== undefined && { ssl }),
    ...(channelBinding && { channelBinding }),
    ...(given['application_name'] && { applicationName: given['application_name'] }),
    ...(given['options'] && { options: given['options'] }),
  };
}

function systemUser(): string {
  try {
    return os.userInfo().username;
  } catch {
    throw new Error('it names no user, and neither does the system');
  }
}

/** The local server's socket where packagers put it, as their libpq would; else TCP. */
function defaultHost(port: number): string {
  const directories = ['/var/run/postgresql', '/tmp'];
  return directories.find((directory) => existsSync(`${directory}/.s.PGSQL.${port}`)) ?? 'localhost';
}

function portOf(text: string): number {
  const port = Number(text);
  // What stands there is not quoted: in a URL whose password holds a “/”, it is a part of the password.
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new Error('its port is not a number from 1 to 65535');
  return port;
}

function timeoutOf(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error('connect_timeout is not a number of seconds');
  return Math.max(0, Number(text)) * 1000;
}

async function sslOf(given: ConnectionParameters, homeDirectory: string): Promise<ConnectionTarget['ssl']> {
  const mode = given['sslmode'] || 'prefer';
  if (mode === 'disable') return undefined;
  if (!isSslMode(mode))
    throw new Error('sslmode is not disable, allow, prefer, require, verify-ca or verify-full');
  const root = given['sslrootcert'];
  const ca =
    root === 'system'
      ? undefined
      : await pem(root, path.join(homeDirectory, '.postgresql', 'root.crt'), 'sslrootcert');
  const cert = await pem(
    given['sslcert'],
    path.join(homeDirectory, '.postgresql', 'postgresql.crt'),
    'sslcert',
  );
  const key = await pem(given['sslkey'], path.join(homeDirectory, '.postgresql', 'postgresql.key'), 'sslkey');
  // Any certificate of any public authority would do, for any host: libpq refuses that too.
  if (mode === 'verify-ca' && ca === undefined) throw new Error('sslmode=verify-ca needs an sslrootcert');
  return {
    mode,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function isSslMode(mode: string): mode is Exclude<SslMode, 'disable'> {
  return ['allow', 'prefer', 'require', 'verify-ca', 'verify-full'].includes(mode);
}

/** A file that was named has to be there; the one where libpq looks by itself need not. */
async function pem(named: string | undefined, usual: string, what: string): Promise<string | undefined> {
  if (!named) return readFile(usual, 'utf8').catch(() => undefined);
  return readFile(named, 'utf8').catch(() => {
    throw new Error(`the file of ${what} cannot be read: ${named}`);
  });
}
