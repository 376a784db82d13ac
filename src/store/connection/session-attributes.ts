import type { Client } from 'pg';
import type { Explanation } from './network-error.ts';

const known = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;

/** Which of several servers to use (`target_session_attrs`; PostgreSQL documentation, 34.1.2). */
export type SessionAttributes = (typeof known)[number];

export function sessionAttributesOf(text: string | undefined): SessionAttributes | undefined {
  if (!text) return undefined;
  const found = known.find((each) => each === text);
  if (found === undefined) throw new Error(`target_session_attrs is not ${known.join(', ')}`);
  return found;
}

/**
 * Why a connected server is not of the requested kind; undefined if it is. `reported`: the parameters that it
 * sent while connecting. Poolers omit these two; then they are queried.
 */
export async function findMismatch(
  wanted: SessionAttributes,
  { client, reported }: { client: Client; reported: Map<string, string> },
): Promise<Explanation | undefined> {
  if (wanted === 'any') return undefined;
  const { standby, readOnly } = stateIn(reported) ?? (await askFor(client));
  const refusal = (message: string): Explanation => ({
    code: wanted === 'primary' || wanted === 'read-write' ? 'database_read_only' : 'database_refused',
    message: `${message}, and target_session_attrs=${wanted} asks for another`,
    hint: 'name the host of such a server, or leave target_session_attrs out',
  });
  if (wanted === 'primary') return standby ? refusal('the server is a standby') : undefined;
  if (wanted === 'read-write') {
    if (standby) return refusal('the server is a standby');
    return readOnly ? refusal('sessions are read-only here') : undefined;
  }
  if (wanted === 'read-only') return standby || readOnly ? undefined : refusal('the server accepts writes');
  return standby ? undefined : refusal('the server is a primary');
}

interface State {
  standby: boolean;
  readOnly: boolean;
}

function stateIn(reported: Map<string, string>): State | undefined {
  const standby = reported.get('in_hot_standby');
  const readOnly = reported.get('default_transaction_read_only');
  if (standby === undefined || readOnly === undefined) return undefined;
  return { standby: standby === 'on', readOnly: readOnly === 'on' };
}

async function askFor(client: Client): Promise<State> {
  const { rows } = await client.query<State>(`
    select
      pg_is_in_recovery() as standby,
      current_setting('transaction_read_only')::boolean as "readOnly"`);
  return rows[0] ?? { standby: false, readOnly: false };
}
