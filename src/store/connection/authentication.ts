import type { Client } from 'pg';
import { Failure } from '../../errors.ts';

/**
 * How a server authenticates a client, by libpq's names; `none` is no authentication, or by the client
 * certificate.
 */
export type Authentication = 'password' | 'md5' | 'scram-sha-256' | 'none';

export type ChannelBinding = 'disable' | 'prefer' | 'require';

const methods: Authentication[] = ['password', 'md5', 'scram-sha-256', 'none'];
/** Other methods of libpq, which the driver does not support: allowing or forbidding them has no effect. */
const unspoken = ['gss', 'sspi', 'oauth'];

export function channelBindingOf(text: string | undefined): ChannelBinding | undefined {
  if (!text) return undefined;
  if (text === 'disable' || text === 'prefer' || text === 'require') return text;
  throw new Error('channel_binding is not disable, prefer or require');
}

/** Parses `require_auth`: a list of allowed methods or, each with a `!`, of forbidden ones. */
export function allowedAuthenticationOf(text: string | undefined): Authentication[] | undefined {
  if (!text) return undefined;
  const words = text.split(',').map((word) => word.trim());
  const names = words.map((word) => word.replace(/^!/, ''));
  const forbidding = words.filter((word) => word.startsWith('!')).length;
  const known = new Set<string>([...methods, ...unspoken]);
  if (forbidding % words.length !== 0 || !names.every((name) => known.has(name)))
    throw new Error(`require_auth is not a list of ${methods.join(', ')}, all or none of them with a “!”`);
  return methods.filter((method) => names.includes(method) === (forbidding === 0));
}

interface Wanted {
  channelBinding?: ChannelBinding;
  allowedAuthentication?: Authentication[];
}

/**
 * Watches how the server authenticates. Before the password is sent, and when the server accepts the client
 * without asking, `check` throws unless `wanted` allows that method; `server` names it in the message.
 */
export function watchAuthentication(
  client: Client,
  wanted: Wanted,
  server: string,
): { check(moment: 'asked' | 'done'): void } {
  let method: Authentication = 'none';
  let bound = false;
  let proven = false;
  const { connection } = client;
  connection.on('authenticationCleartextPassword', () => (method = 'password'));
  connection.on('authenticationMD5Password', () => (method = 'md5'));
  connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
    method = 'scram-sha-256';
    bound = mechanisms.includes('SCRAM-SHA-256-PLUS');
  });
  // Only a server that knows the password, or its verifier, can send a final message that the driver accepts.
  connection.on('authenticationSASLFinal', () => (proven = true));
  return {
    check(moment) {
      const allowed = wanted.allowedAuthentication;
      // In the middle of the exchange, a server that only pretended to check has accepted the client.
      const broken = moment === 'done' && method === 'scram-sha-256' && !proven;
      if (allowed?.includes(method) === false || (broken && allowed !== undefined)) {
        throw new Failure(
          'database_refused',
          `${server}: the server asks for ${method === 'none' ? 'no password' : `the password by ${method}`}, and require_auth does not allow that`,
          { hint: 'check that this is the right server, its pg_hba.conf, and require_auth' },
        );
      }
      if (wanted.channelBinding === 'require' && (!bound || broken)) {
        throw new Failure(
          'database_refused',
          `${server}: the server does not bind the password to the connection, and channel_binding=require asks for it`,
          { hint: 'it takes TLS and scram-sha-256 on the server, and no pooler in between' },
        );
      }
    },
  };
}
