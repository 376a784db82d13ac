import net from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Client, Connection } from 'pg';
import { sqlstate, sqlstateOf } from './sqlstate.ts';
import { Failure } from '../../errors.ts';
import { watchAuthentication } from './authentication.ts';
import type { Connected } from './first-server.ts';
import { openFirst } from './first-server.ts';
import type { ConnectionTarget } from './target.ts';
import { describeTarget } from './target.ts';
import { failureOf } from './server-error.ts';

declare module 'pg' {
  interface ClientConfig {
    sslnegotiation?: 'postgres' | 'direct';
    /** The connection below has the same member. */
    sslNegotiation?: 'postgres' | 'direct';
  }
  // Members of the driver's client and connection that its type definitions lack.
  interface Client {
    processID: number;
    secretKey: number;
  }
  interface Connection {
    connect(...address: [path: string] | [port: number, host: string]): void;
    requestSsl(): void;
    cancel(processID: number, secretKey: number): void;
    unref(): void;
  }
}

const oldestVersion = 15;

/**
 * A connected driver client, with the encryption that `sslmode` requires, on a recent enough server; and the
 * chosen target: further connections of the command go to the same server.
 */
export async function openClient(
  target: ConnectionTarget,
): Promise<{ client: Client; target: ConnectionTarget }> {
  // Node gives each address of a host 250 ms, which is too short for a server on another continent.
  net.setDefaultAutoSelectFamilyAttemptTimeout(2000);
  return openFirst(target, openEncrypted);
}

async function openEncrypted(target: ConnectionTarget): Promise<Connected> {
  const attempts = encryptionAttempts(target);
  for (const [index, ssl] of attempts.entries()) {
    try {
      return await connect(target, ssl);
    } catch (error) {
      if (index < attempts.length - 1 && mayDiffer(error)) continue;
      const failure = failureOf(error, describeTarget(target));
      // An older server takes the first bytes of TLS for the length of a message, and hangs up.
      throw target.ssl?.direct === true && failure.code === 'connection_lost'
        ? notDirect(target, error)
        : failure;
    }
  }
  throw new Failure('unexpected', 'no way to connect was left');
}

function notDirect(target: ConnectionTarget, cause: unknown): Failure {
  const message = 'the server ended the connection when TLS began';
  return new Failure('database_refused', `${describeTarget(target)}: ${message}`, {
    hint: 'sslnegotiation=direct needs Postgres 17; leave it out if the server is older',
    cause,
  });
}

/** The modes that libpq tries, in order (PostgreSQL documentation, 34.19). */
function encryptionAttempts({ ssl, host, address }: ConnectionTarget): (ConnectionOptions | false)[] {
  if (ssl === undefined) return [false];
  const { mode, direct: _direct, ...material } = ssl;
  const encrypted: ConnectionOptions = {
    ...material,
    // The driver derives the expected server name from the address.
    ...(address !== undefined && { host, ...(net.isIP(host) === 0 && { servername: host }) }),
    // Like libpq, an existing root certificate is used with `require` too.
    rejectUnauthorized: mode === 'verify-full' || ssl.ca !== undefined,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
  if (mode === 'prefer') return [encrypted, false];
  return mode === 'allow' ? [false, encrypted] : [encrypted];
}

/**
 * Whether the other mode, encrypted or not, could succeed: not if the server does not answer, if the password
 * is wrong, or if the tool itself refused.
 */
function mayDiffer(error: unknown): boolean {
  if (error instanceof Failure || sqlstateOf(error) === sqlstate.invalidPassword) return false;
  return failureOf(error, '').code === 'database_refused';
}

async function connect(target: ConnectionTarget, ssl: ConnectionOptions | false): Promise<Connected> {
  const client = new Client({
    host: addressOf(target),
    port: target.port,
    user: target.user,
    // A function, because without a value the driver would look for a password itself.
    password() {
      authentication.check('asked');
      return passwordOf(target);
    },
    database: target.database,
    ssl,
    // Set even if it is the default: without a value the driver would use the environment.
    sslnegotiation: target.ssl?.direct === true && ssl !== false ? 'direct' : 'postgres',
    // On a plain connection the driver would inform the server that it missed the offer of channel binding.
    enableChannelBinding: ssl !== false && target.channelBinding !== 'disable',
    options: target.options,
    connectionTimeoutMillis: target.connectTimeout,
    application_name: target.applicationName ?? 'orderflow-customers',
    keepAlive: target.keepAliveDelay !== 0,
    // Detects a server that disappeared silently in minutes instead of two hours.
    keepAliveInitialDelayMillis: target.keepAliveDelay ?? 30_000,
  });
  const authentication = watchAuthentication(client, target, describeTarget(target));
  client.on('error', () => {
    // A lost connection rejects the running statement; this event only repeats it.
  });
  // Sent by the server while connecting, and passed on by poolers: a query would cost a round trip.
  const reported = new Map<string, string>();
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
    reported.set(parameterName, parameterValue);
  });
  await client.connect();
  try {
    authentication.check('done');
  } catch (error) {
    await client.end();
    throw error;
  }
  const unfit = findUnfitness(reported);
  if (unfit === undefined) return { client, reported };
  await client.end();
  throw new Failure('database_refused', `${describeTarget(target)}: ${unfit.message}`, { hint: unfit.hint });
}

/** Why commands cannot work with a server that reports these parameters. */
function findUnfitness(reported: Map<string, string>): { message: string; hint: string } | undefined {
  const version = reported.get('server_version');
  if (version !== undefined && Number.parseInt(version, 10) < oldestVersion) {
    return {
      message: `this is Postgres ${version}, ${oldestVersion} or newer is needed`,
      hint: 'upgrade the server, or connect to another',
    };
  }
  const encoding = reported.get('server_encoding');
  if (encoding === undefined || encoding === 'UTF8') return undefined;
  return {
    message: `the database is encoded in ${encoding}; only UTF8 can store every name`,
    hint: "an encoding cannot be changed: create database NEW encoding 'UTF8' template template0, then move the data with pg_dump and pg_restore",
  };
}

function passwordOf(target: ConnectionTarget): string {
  if (target.password !== undefined) return target.password;
  const { ignoredPasswordFile } = target;
  throw new Failure(
    'database_refused',
    `${describeTarget(target)}: the server requires a password, and none was given`,
    {
      hint:
        ignoredPasswordFile === undefined
          ? 'put it into ~/.pgpass (or the file that PGPASSFILE names; chmod 600), PGPASSWORD, or the URL in ORDERFLOW_DATABASE_URL'
          : `${ignoredPasswordFile} was not used, because others may read it: chmod 600 ${ignoredPasswordFile}`,
    },
  );
}

/**
 * Asks the server to cancel the client's statement (PostgreSQL documentation, 54.2.9). The request uses a
 * connection of its own, encrypted if the client's is; the server closes it without an answer.
 */
export function requestCancel(target: ConnectionTarget, client: Client): void {
  // Typed as a boolean, but `ssl` contains the options that the client connected with.
  const { processID, secretKey, ssl } = client;
  const request = new Connection({ ssl, sslNegotiation: target.ssl?.direct ? 'direct' : 'postgres' });
  request.on('error', () => {
    // Then the statement continues, and the caller asks again.
  });
  request.on('connect', () => {
    if (!ssl) request.cancel(processID, secretKey);
    else if (target.ssl?.direct !== true) request.requestSsl();
  });
  request.on('sslconnect', () => request.cancel(processID, secretKey));
  if (target.host.startsWith('/')) request.connect(`${target.host}/.s.PGSQL.${target.port}`);
  else request.connect(target.port, addressOf(target));
  request.unref();
}

function addressOf({ address, host }: ConnectionTarget): string {
  return address ?? host;
}
