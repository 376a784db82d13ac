import type { Client } from 'pg';
import { Failure } from '../../errors.ts';
import { failureOf } from './server-error.ts';
import { findMismatch } from './session-attributes.ts';
import type { ConnectionTarget } from './target.ts';
import { describeTarget } from './target.ts';

/** A client, and the parameters that the server sent while connecting. */
export interface Connected {
  client: Client;
  reported: Map<string, string>;
}

/**
 * Connects to the first server of the target that answers and fits `target_session_attrs`; the returned
 * `target` is that server alone. As in libpq, the search ends at a server that refuses the user, and at one
 * whose certificate is not trusted (PostgreSQL documentation, 34.1.1.3).
 */
export async function openFirst(
  { alternatives = [], ...first }: ConnectionTarget,
  open: (server: ConnectionTarget) => Promise<Connected>,
): Promise<{ client: Client; target: ConnectionTarget }> {
  const { connectTimeout, sessionAttributes = 'any' } = first;
  const wanted = sessionAttributes === 'prefer-standby' ? 'standby' : sessionAttributes;
  const failures: Failure[] = [];
  /** With prefer-standby: the first primary, in case no standby is found. */
  let spare: { client: Client; target: ConnectionTarget } | undefined;
  for (const server of [first, ...alternatives]) {
    const target = { ...server, connectTimeout };
    let client: Client | undefined;
    try {
      const connected = await open(target);
      client = connected.client;
      const mismatch = await findMismatch(wanted, connected);
      if (mismatch === undefined) {
        await spare?.client.end();
        return { client, target };
      }
      const { code, message, hint } = mismatch;
      failures.push(new Failure(code, `${describeTarget(target)}: ${message}`, { hint }));
    } catch (error) {
      const failure = failureOf(error, describeTarget(target));
      await client?.end();
      if (!mayFallOver(failure)) {
        await spare?.client.end();
        throw failure;
      }
      failures.push(failure);
      continue;
    }
    if (sessionAttributes === 'prefer-standby' && spare === undefined) spare = { client, target };
    else await client.end();
  }
  if (spare !== undefined) return spare;
  throw summary(failures);
}

/** Whether another server could succeed: if this one cannot be reached, not if it refuses. */
function mayFallOver({ code, cause }: Failure): boolean {
  if (code === 'database_unreachable' || code === 'database_timeout' || code === 'connection_lost')
    return true;
  return cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
}

/** Of several failures, the code and hint of a server that answered count: the others may just be down. */
function summary(failures: Failure[]): Failure {
  const [first] = failures;
  const telling = failures.find(({ code }) => code !== 'database_unreachable') ?? first;
  if (telling === undefined) return new Failure('unexpected', 'no server was named');
  if (failures.length === 1) return telling;
  const reasons = failures.map(({ message }) => message).join('; ');
  return new Failure(telling.code, `none of ${failures.length} servers can be used: ${reasons}`, {
    hint: telling.hint,
    cause: telling,
  });
}
