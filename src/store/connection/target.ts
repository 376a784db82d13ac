import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Failure } from '../../errors.ts';
import type { Authentication, ChannelBinding } from './authentication.ts';
import { allowedAuthenticationOf, channelBindingOf } from './authentication.ts';
import { readPasswordFile, readService } from './libpq-files.ts';
import type { ConnectionParameters } from './parameters.ts';
import { parseConnectionString, requireSupported } from './connection-string.ts';
import type { Place } from './hosts.ts';
import { placesOf } from './hosts.ts';
import type { SessionAttributes } from './session-attributes.ts';
import { sessionAttributesOf } from './session-attributes.ts';
import type { Encryption } from './tls.ts';
import { encryptionOf } from './tls.ts';

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

/** Which server a command talks to, decided once and handed to the driver as it is. Plain data. */
export interface ConnectionTarget extends Place {
  /** Where it was found, for messages and `doctor`. */
  source: TargetSource;
  user: string;
  database: string;
  password?: string;
  /** Where the password was found: a file, `PGPASSWORD`, a service, or the source itself. */
  passwordSource?: string;
  /** A password file that was not read because others may read it too. */
  ignoredPasswordFile?: string;
  /** Absent without encryption: unix sockets, `sslmode=disable`. */
  ssl?: Encryption;
  /** SCRAM bound to the TLS connection, so that nobody in between can pass it on; `prefer` unless given. */
  channelBinding?: ChannelBinding;
  /** How the server may ask who this is; however it wants unless given. */
  allowedAuthentication?: Authentication[];
  applicationName?: string;
  /** Settings for the session, as in PGOPTIONS: `-c search_path=crm`. */
  options?: string;
  /** Milliseconds until a connection attempt is given up; 0 waits for ever. */
  connectTimeout: number;
  /** Milliseconds of silence until the system asks whether the server is still there; 0 never asks. 30 s unless given. */
  keepAliveDelay?: number;
  /** Where else to try, in order, when this server does not answer. Absent once a connection has decided for one. */
  alternatives?: ConnectionTarget[];
  /** Which of them is good; the first that answers unless given. */
  sessionAttributes?: SessionAttributes;
}

/** `user@host:port/database`, as a person would name the server, or its servers. Never a password. */
export function describeTarget(target: ConnectionTarget): string {
  if (target.source === 'embedded') return `embedded database (${target.database})`;
  const servers = [target, ...(target.alternatives ?? [])].map(
    ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
  );
  return `${target.user}@${servers.join(',')}/${target.database}`;
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
  PGSSLCRL: 'sslcrl',
  PGSSLCRLDIR: 'sslcrldir',
  PGSSLNEGOTIATION: 'sslnegotiation',
  PGSSLMINPROTOCOLVERSION: 'ssl_min_protocol_version',
  PGSSLMAXPROTOCOLVERSION: 'ssl_max_protocol_version',
  PGGSSENCMODE: 'gssencmode',
  PGREQUIREAUTH: 'require_auth',
  PGREQUIREPEER: 'requirepeer',
  PGCONNECT_TIMEOUT: 'connect_timeout',
  PGAPPNAME: 'application_name',
  PGOPTIONS: 'options',
  PGCHANNELBINDING: 'channel_binding',
  PGTARGETSESSIONATTRS: 'target_session_attrs',
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
    if (source === '--database') refuseSecrets(own);
    const variables = fromEnvironment(env);
    const service = own['service'] ?? variables['service'];
    const serviced = service === undefined ? {} : await readService(service, env, homeDirectory);
    if (serviced === undefined)
      throw new Error(`there is no service “${service}” in PGSERVICEFILE or ~/.pg_service.conf`);
    const target = await complete(source, { ...variables, ...serviced, ...own }, sources);
    const layers: [ConnectionParameters, string][] = [
      [own, source],
      [serviced, `service ${service}`],
      [variables, 'PGPASSWORD'],
    ];
    const passwordSource = layers.find(([layer]) => layer['password'] !== undefined)?.[1];
    return passwordSource === undefined ? target : { ...target, passwordSource };
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error)) throw error;
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

/** Command lines are no place for a secret: every user of the machine can list them, and shells write them down. */
function refuseSecrets(own: ConnectionParameters): void {
  const secret = ['password', 'sslpassword'].find((name) => own[name] !== undefined);
  if (secret === undefined) return;
  throw new Failure(
    'configuration',
    `cannot use --database: it holds a ${secret}, which every user of this machine can read on a command line`,
    {
      hint:
        secret === 'password'
          ? 'leave it out there and put it into ~/.pgpass (chmod 600), a file that PGPASSFILE names, or PGPASSWORD; or put the whole URL into ORDERFLOW_DATABASE_URL'
          : 'put the whole URL into ORDERFLOW_DATABASE_URL, or sslpassword into a service file',
    },
  );
}

function fromEnvironment(env: TargetSources['env']): ConnectionParameters {
  const found: ConnectionParameters = {};
  for (const [variable, keyword] of Object.entries({ ...naming, ...adding })) {
    const value = env[variable];
    if (value !== undefined && value !== '') found[keyword] = value;
  }
  return found;
}

/** The first of the servers that are named, with the others as its alternatives. */
async function complete(
  source: TargetSource,
  given: ConnectionParameters,
  sources: TargetSources,
): Promise<ConnectionTarget> {
  requireSupported(given);
  const [place, ...others] = placesOf(given);
  const first = await completeAt(place, { source, given, sources });
  if (others.length === 0) return first;
  const alternatives: ConnectionTarget[] = [];
  // One after the other, so that of several faults the first is named.
  for (const other of others) alternatives.push(await completeAt(other, { source, given, sources }));
  return { ...first, alternatives };
}

async function completeAt(
  place: Place,
  {
    source,
    given,
    sources: { homeDirectory, env },
  }: { source: TargetSource; given: ConnectionParameters; sources: TargetSources },
): Promise<ConnectionTarget> {
  const { host, port } = place;
  const user = given['user'] || systemUser();
  const database = given['dbname'] || user;
  const passwordFile = given['passfile'] || path.join(homeDirectory, '.pgpass');
  const fromFile =
    given['password'] === undefined
      ? await readPasswordFile(passwordFile, { host, port, database, user })
      : {};
  const password = given['password'] ?? fromFile.password;
  const ssl = host.startsWith('/') ? undefined : await encryptionOf(given, { host, homeDirectory, env });
  const channelBinding = channelBindingOf(given['channel_binding']);
  const allowedAuthentication = allowedAuthenticationOf(given['require_auth']);
  const keepAliveDelay = keepAliveDelayOf(given);
  const sessionAttributes = sessionAttributesOf(given['target_session_attrs']);
  return {
    source,
    ...place,
    user,
    database,
    connectTimeout: timeoutOf(given['connect_timeout'] || '10'),
    ...(password !== undefined && { password, passwordSource: passwordFile }),
    ...(fromFile.openToOthers !== undefined && { ignoredPasswordFile: fromFile.openToOthers }),
    ...(ssl !== undefined && { ssl }),
    ...(channelBinding !== undefined && { channelBinding }),
    ...(allowedAuthentication !== undefined && { allowedAuthentication }),
    ...(keepAliveDelay !== undefined && { keepAliveDelay }),
    ...(given['application_name'] && { applicationName: given['application_name'] }),
    ...(given['options'] && { options: given['options'] }),
    ...(sessionAttributes !== undefined && { sessionAttributes }),
  };
}

function systemUser(): string {
  try {
    return os.userInfo().username;
  } catch {
    throw new Error('it names no user, and neither does the system');
  }
}

function timeoutOf(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error('connect_timeout is not a number of seconds');
  return Math.max(0, Number(text)) * 1000;
}

function keepAliveDelayOf(given: ConnectionParameters): number | undefined {
  if (given['keepalives'] === '0') return 0;
  const idle = given['keepalives_idle'] || '0';
  if (!/^\d+$/.test(idle)) throw new Error('keepalives_idle is not a number of seconds');
  return Number(idle) === 0 ? undefined : Number(idle) * 1000;
}
