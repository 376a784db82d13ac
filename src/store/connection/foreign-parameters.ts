import type { ConnectionParameters } from './parameters.ts';
import { sslModes } from './tls.ts';

/**
 * Parameters of other clients' URLs (Prisma, SQLAlchemy, asyncpg, Rails, JDBC, node-postgres, pgx, Npgsql,
 * Doctrine, hosted services) that only concern their own pool, cache, retries or type conversion. They affect
 * neither which data is reached nor how safely.
 */
const theirOwn = new Set([
  // Prisma, and hosted poolers made for it
  'pgbouncer',
  'connection_limit',
  'pool_timeout',
  'socket_timeout',
  'statement_cache_size',
  'single_use_connections',
  'max_connection_lifetime',
  'max_idle_connection_lifetime',
  'supa',
  'workaround',
  'uselibpqcompat',
  // SQLAlchemy, asyncpg, Django
  'async_fallback',
  'command_timeout',
  'conn_health_checks',
  'conn_max_age',
  'disable_server_side_cursors',
  'max_cached_statement_lifetime',
  'prepared_statement_cache_size',
  // Rails
  'advisory_locks',
  'checkout_timeout',
  'encoding',
  'idle_timeout',
  'pool',
  'prepared_statements',
  'reaping_frequency',
  'statement_limit',
  // Doctrine
  'charset',
  'serverversion',
  // pgx, lib/pq
  'binary_parameters',
  'default_query_exec_mode',
  'description_cache_capacity',
  'pool_health_check_period',
  'pool_max_conn_idle_time',
  'pool_max_conn_lifetime',
  'pool_max_conn_lifetime_jitter',
  'pool_max_conns',
  'pool_min_conns',
  'statement_cache_capacity',
  // JDBC
  'autosave',
  'binarytransfer',
  'defaultrowfetchsize',
  'hostrecheckseconds',
  'loadbalancehosts',
  'preferquerymode',
  'preparedstatementcachequeries',
  'preparedstatementcachesizemib',
  'preparethreshold',
  'rewritebatchedinserts',
  'sockettimeout',
  'stringtype',
  'tcpkeepalive',
]);

/** The same parameter by another name. */
const renamed: Record<string, string> = {
  applicationname: 'application_name',
  channelbinding: 'channel_binding',
  connecttimeout: 'connect_timeout',
  gssencmode: 'gssencmode',
  logintimeout: 'connect_timeout',
  username: 'user',
};

/** The search path: in Prisma one literal name, elsewhere (JDBC, Rails, pgx) a list as in SQL. */
const schemaNames = new Set(['schema', 'currentschema', 'schema_search_path', 'search_path']);

/** JDBC's names for the kinds of servers. */
const serverTypes: Record<string, string> = {
  any: 'any',
  master: 'primary',
  primary: 'primary',
  secondary: 'standby',
  slave: 'standby',
  prefersecondary: 'prefer-standby',
  preferslave: 'prefer-standby',
};

/** What to write instead of a parameter that has several meanings, or another form in libpq. */
const insteads: Record<string, string> = {
  sslidentity: 'name the certificate in sslcert and its key in sslkey, both PEM',
  sslfactory: 'use sslmode: verify-full, verify-ca, or require to verify nothing',
  timeout: 'use connect_timeout, in seconds',
  database: 'use dbname, or write it after the “/”',
};

/**
 * Converts one parameter of a URL to libpq's, if its meaning is unambiguous; undefined if it is already
 * libpq's, or unknown. Throws an `Error` that names the parameter if it has to be written differently.
 * `fromJdbc`: in a `jdbc:` URL, whose `ssl=true` verifies the server.
 */
export function translateParameter(
  name: string,
  value: string,
  { fromJdbc }: { fromJdbc: boolean },
): ConnectionParameters | undefined {
  const lower = name.toLowerCase();
  if (lower === 'ssl') return { sslmode: sslModeOf(value.toLowerCase(), fromJdbc) };
  if (lower === 'sslmode' && value === 'no-verify') return { sslmode: 'require' };
  if (lower === 'sslaccept') {
    if (value === 'strict') return { sslmode: 'verify-full' };
    throw new Error('its parameter “sslaccept” has to go: to verify nothing, use sslmode=require');
  }
  if (schemaNames.has(lower)) {
    if (value.trim() === '') return {};
    return { options: searchPath(lower === 'schema' ? quoteName(value) : value) };
  }
  if (lower === 'targetservertype') {
    const wanted = serverTypes[value.toLowerCase()];
    if (wanted === undefined) throw new Error(`its parameter “${name}” has to go: use target_session_attrs`);
    return { target_session_attrs: wanted };
  }
  if (theirOwn.has(lower)) return {};
  const same = renamed[lower];
  if (same !== undefined) return { [same]: value };
  const instead = insteads[lower];
  if (instead !== undefined) throw new Error(`its parameter “${name}” has to go: ${instead}`);
  return undefined;
}

/**
 * Merges a parameter with the others: `options` are appended, and of two sslmodes the stricter one counts.
 */
export function addParameters(parameters: ConnectionParameters, added: ConnectionParameters): void {
  for (const [name, value] of Object.entries(added)) {
    const before = parameters[name];
    if (before === undefined) parameters[name] = value;
    else if (name === 'options') parameters[name] = joinOptions(before, value);
    else if (name !== 'sslmode' || strictness(value) > strictness(before)) parameters[name] = value;
  }
}

function joinOptions(before: string, added: string): string {
  if ([before, added].every((options) => options.includes('search_path')))
    throw new Error('it names the schema twice (schema, options): leave one of them out');
  return `${before} ${added}`;
}

/** An unknown mode ranks highest, so that it is refused later. */
function strictness(mode: string): number {
  const place = sslModes.findIndex((each) => each === mode);
  return place === -1 ? sslModes.length : place;
}

function sslModeOf(value: string, fromJdbc: boolean): string {
  // Without a value, JDBC treats it as true.
  if (value === 'true' || (fromJdbc && value === '')) return fromJdbc ? 'verify-full' : 'require';
  if (!fromJdbc) {
    if (value === '1' || value === 'no-verify') return 'require';
    if (value === 'false' || value === '0') return 'disable';
    if (sslModes.some((mode) => mode === value)) return value;
  }
  throw new Error('its parameter “ssl” has to go: use sslmode (disable, prefer, require, verify-full)');
}

function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** For `options`, which the server splits at spaces without a backslash. */
function searchPath(path: string): string {
  return `-csearch_path=${path.replaceAll(/[\\\s]/g, String.raw`\$&`)}`;
}
