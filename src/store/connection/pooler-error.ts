import type { Explanation } from './network-error.ts';

/**
 * PgBouncer's own messages, all under one SQLSTATE (08P01), which libpq treats as a lost connection. The
 * words are the same in every language. Each was seen with PgBouncer 1.18; those about logins are from later
 * versions too.
 */
const explanations: [RegExp, Explanation][] = [
  [
    /^no more connections allowed/,
    {
      code: 'database_refused',
      message: 'the pooler accepts no more clients (max_client_conn)',
      hint: 'try again when others have left, or raise max_client_conn in PgBouncer',
    },
  ],
  [
    /^query_wait_timeout/,
    {
      code: 'database_timeout',
      message: 'the pooler had no free connection to the server in time (query_wait_timeout)',
      hint: 'check whether the server runs and the pool is paused; otherwise try again, or raise pool_size in PgBouncer',
    },
  ],
  [
    /^no such database|^database ".*" does not exist/,
    {
      code: 'database_refused',
      message: 'the pooler has no such database',
      hint: 'check its name, or add it to [databases] of PgBouncer',
    },
  ],
  [
    /^database ".*" is disabled/,
    {
      code: 'database_unreachable',
      message: 'the database is disabled in the pooler',
      hint: 'try again later, or enable it in PgBouncer’s console',
    },
  ],
  [
    /^unsupported startup parameter/,
    {
      code: 'database_refused',
      message: 'the pooler does not pass on a setting of the connection (options)',
      hint: 'leave options or PGOPTIONS out, or name it in PgBouncer’s ignore_startup_parameters',
    },
  ],
  [
    /authentication failed|^no such user|^auth failed/,
    {
      code: 'database_refused',
      message: 'the pooler refuses this user: the password is wrong, or it does not know the user',
      hint: 'check user and password, and auth_file or auth_query of PgBouncer',
    },
  ],
  [
    /cannot connect to server|server login (?:has been )?fail|client_login_timeout|server_login_retry/,
    {
      code: 'database_unreachable',
      message: 'the pooler answers, but cannot reach the server behind it',
      hint: 'check whether that server runs, and PgBouncer’s log',
    },
  ],
  [
    /shutting down|pooler is shut/,
    {
      code: 'database_unreachable',
      message: 'the pooler is shutting down',
      hint: 'try again in a minute',
    },
  ],
];

/** Undefined for messages that are not a pooler's own. */
export function explainPoolerError(message: string): Explanation | undefined {
  return explanations.find(([words]) => words.test(message))?.[1];
}
