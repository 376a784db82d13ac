import type { Authentication, ChannelBinding } from './authentication.ts';
import type { Place } from './hosts.ts';
import type { SessionAttributes } from './session-attributes.ts';
import type { Encryption } from './tls.ts';

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
  /** The server that reading commands use in its place, such as a standby of it. */
  readText?: string;
  /** Of both. In the format of `~/.pgpass`; an absolute path. */
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
