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

/** A connection from a settings file. */
export interface StoredConnection {
  /** With the file's path. */
  source: `profile ${string}` | `file ${string}`;
  /** What selected it: `--profile`, ORDERFLOW_PROFILE, or simply the file that exists. */
  rank: 'flag' | 'environment' | 'file';
  /** A URL or `keyword=value` pairs. */
  text: string;
  /** The server that reading commands use instead, such as a standby of it. */
  readText?: string;
  /** For both servers. In the format of `~/.pgpass`; an absolute path. */
  passwordFile?: string;
}

/** The server that a command uses, decided once and passed to the driver unchanged. Plain data. */
export interface ConnectionTarget extends Place {
  /** Where it was specified, for messages and `doctor`. */
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
  /** SCRAM bound to the TLS connection, so that a machine in between cannot relay it; `prefer` by default. */
  channelBinding?: ChannelBinding;
  /** The allowed authentication methods; by default all. */
  allowedAuthentication?: Authentication[];
  applicationName?: string;
  /** Settings for the session, as in PGOPTIONS: `-c search_path=crm`. */
  options?: string;
  /** Milliseconds until a connection attempt is abandoned; 0 for no limit. */
  connectTimeout: number;
  /**
   * Milliseconds of silence until the system probes whether the server is still alive; 0 for never. 30 s by
   * default.
   */
  keepAliveDelay?: number;
  /**
   * Alternatives to try, in order, if this server does not answer. Absent once a connection has chosen one.
   */
  alternatives?: ConnectionTarget[];
  /** The required kind of server; by default the first that answers. */
  sessionAttributes?: SessionAttributes;
}

/** `user@host:port/database`, as a person would name the server or servers. Never a password. */
export function describeTarget(target: ConnectionTarget): string {
  if (target.source === 'embedded') return `embedded database (${target.database})`;
  const servers = [target, ...(target.alternatives ?? [])].map(
    ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
  );
  return `${target.user}@${servers.join(',')}/${target.database}`;
}
