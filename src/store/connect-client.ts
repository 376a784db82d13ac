import net from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Client, Connection } from 'pg';
import { Failure } from '../errors.ts';
import type { ConnectionTarget } from './connection-target.ts';
import { describeTarget } from './connection-target.ts';
import { failureOf } from './sqlstate.ts';

declare module 'pg' {
  // Of the driver's client and connection, what its type definitions leave out.
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

/** A connected driver client: with the encryption that `sslmode` asks for, on a server that is new enough. */
export async function openClient(target: ConnectionTarget): Promise<Client> {
  // Node gives each address of a host 250 ms, which a server on another continent does not meet.
  net.setDefaultAutoSelectFamilyAttemptTimeout(2000);
  const attempts = encryptionAttempts(target);
  for (const [index, ssl] of attempts.entries()) {
    try {
      return await connect(target, ssl);
    } catch (error) {
      if (index < attempts.length - 1 && mayDiffer(error)) continue;
      throw failureOf(error, describeTarget(target));
    }
  }
  throw new Failure('unexpected', 'no way to connect was left');
}

/** What libpq's modes try, in order (PostgreSQL documentation, 34.19). */
function encryptionAttempts({ ssl }: ConnectionTarget): (ConnectionOptions | false)[] {
  if (ssl === undefined) return [false];
  const { mode, ...files } = ssl;
  const encrypted: ConnectionOptions = {
    ...files,
    // Like libpq, a root certificate that is there is used, in `require` too.
    rejectUnauthorized: mode === 'verify-full' || ssl.ca !== undefined,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
  if (mode === 'prefer') return [encrypted, false];
  return mode === 'allow' ? [false, encrypted] : [encrypted];
}

/** Whether the other way, encrypted or not, could fare better: not when nobody answers, or the password is wrong. */
function mayDiffer(error: unknown): boolean {
  const { code } = failureOf(error, '');
  return (
    code === 'database_refused' && !(error instanceof Error && 'code' in error && error.code === '28P01')
  );
}

async function connect(target: ConnectionTarget, ssl: ConnectionOptions | false): Promise<Client> {
  const client = new Client({
    host: target.host,
    port: target.port,
    user: target.user,
    // A function, because for want of a value the driver would look for one itself.
    password: () => passwordOf(target),
    database: target.database,
    ssl,
    enableChannelBinding: target.channelBinding ?? false,
    options: target.options,
    connectionTimeoutMillis: target.connectTimeout,
    application_name: target.applicationName ?? 'orderflow-customers',
    keepAlive: true,
    // A server that vanished without a word is noticed in under a minute instead of two hours.
    keepAliveInitialDelayMillis: 30_000,
  });
  client.on('error', () => {
    // A lost connection rejects the statement under way; this event only repeats it.
  });
  // Told by the server while connecting, and passed on by poolers: asking would cost a round trip.
  let version: string | undefined;
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
    if (parameterName === 'server_version') version = parameterValue;
  });
  await client.connect();
  if (version === undefined || Number.parseInt(version, 10) >= oldestVersion) return client;
  await client.end();
  throw new Failure(
    'database_refused',
    `${describeTarget(target)}: this is Postgres ${version}, ${oldestVersion} or newer is needed`,
    {
      hint: 'upgrade the server, or connect to another',
    },
  );
}

function passwordOf(target: ConnectionTarget): string {
  if (target.password !== undefined) return target.password;
  const { ignoredPasswordFile } = target;
  throw new Failure(
    'database_refused',
    `${describeTarget(target)}: the server wants a password, and none was given`,
    {
      hint:
        ignoredPasswordFile === undefined
          ? 'put it into PGPASSWORD, ~/.pgpass or the URL'
          : `${ignoredPasswordFile} was not used, because others may read it: chmod 600 ${ignoredPasswordFile}`,
    },
  );
}

/**
 * Asks the server to cancel what the client is running (PostgreSQL documentation, 54.2.9). The request
 * goes over a connection of its own, encrypted if the client's is; the server closes it without an answer.
 */
export function requestCancel(target: ConnectionTarget, client: Client): void {
  // Typed as a boolean, `ssl` holds the options that the client connected with.
  const { processID, secretKey, ssl } = client;
  const request = new Connection({ ssl });
  request.on('error', () => {
    // Then the statement runs on, and the caller asks again.
  });
  request.on('connect', () => (ssl ? request.requestSsl() : request.cancel(processID, secretKey)));
  request.on('sslconnect', () => request.cancel(processID, secretKey));
  if (target.host.startsWith('/')) request.connect(`${target.host}/.s.PGSQL.${target.port}`);
  else request.connect(target.port, target.host);
  request.unref();
}
