import { accessSync, constants } from 'node:fs';
import { Failure } from '../../errors.ts';
import type { ConnectionParameters } from './parameters.ts';
import type { StoredConnection, TargetSource } from './target.ts';

export interface TargetSources {
  flag?: string | undefined;
  stored?: StoredConnection | undefined;
  env: Record<string, string | undefined>;
  homeDirectory: string;
}

/** libpq's variables. Those in `naming` choose a server; the others only complete one that was chosen. */
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

export interface NamedServer {
  source: TargetSource;
  text?: string | undefined;
  passwordFile?: string;
}

/** The first source that names a server, with what it specifies itself. */
export function nameServer({ flag, env, stored }: TargetSources): NamedServer | undefined {
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

export function requirePasswordFile(file: string): string {
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw new Error(`its password_file ${file} does not exist, or cannot be read`);
  }
  return file;
}

/**
 * Command lines must not contain secrets: every user of the machine can list them, and shells record them.
 */
export function refuseSecrets(own: ConnectionParameters): void {
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

/** What libpq’s variables specify, by its keywords. */
export function fromEnvironment(env: TargetSources['env']): ConnectionParameters {
  const found: ConnectionParameters = {};
  for (const [variable, keyword] of Object.entries({ ...naming, ...adding })) {
    const value = env[variable];
    if (value !== undefined && value !== '') found[keyword] = value;
  }
  return found;
}
