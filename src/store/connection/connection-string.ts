import { addParameters, translateParameter } from './foreign-parameters.ts';
import type { ConnectionParameters } from './parameters.ts';

/** Parameters that the tool supports. */
const used = new Set([
  'host',
  'hostaddr',
  'port',
  'dbname',
  'user',
  'password',
  'passfile',
  'service',
  'connect_timeout',
  'application_name',
  'options',
  'channel_binding',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslcrl',
  'sslnegotiation',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
  'require_auth',
  'target_session_attrs',
  'keepalives',
  'keepalives_idle',
]);

/** libpq parameters that affect neither which data is reached nor how safely. */
const ignored = new Set([
  'fallback_application_name',
  'client_encoding',
  'gssencmode',
  'keepalives_interval',
  'keepalives_count',
  'load_balance_hosts',
  'sslcompression',
  'sslsni',
  'tcp_user_timeout',
]);

/**
 * `postgres://`, also as SQLAlchemy (`+psycopg2`), JDBC, PHP and PostGIS clients write it: the driver is
 * irrelevant here.
 */
const scheme = /^(jdbc:)?(?:postgres|postgresql|pgsql|postgis)(?:\+\w+)?:\/\//i;

/**
 * Parses a connection URI or a `keyword=value` string (PostgreSQL documentation, 34.1.1). Throws an `Error`
 * whose reason quotes nothing that could be part of a password.
 */
export function parseConnectionString(text: string): ConnectionParameters {
  const parameters = scheme.test(text.trim()) ? parseUri(text.trim()) : parseKeywords(text);
  requireSupported(parameters);
  return parameters;
}

/**
 * Throws for a parameter that the tool does not support, wherever it was written; above all for one that asks
 * for safety.
 */
export function requireSupported(parameters: ConnectionParameters): void {
  for (const name of Object.keys(parameters)) {
    if (!used.has(name) && !ignored.has(name)) throw new Error(`the parameter “${name}” is not supported`);
  }
  if (parameters['gssencmode'] === 'require')
    throw new Error('gssencmode=require is not supported; TLS is, by sslmode');
}

/** Not `new URL`: it treats `#` as a fragment, and refuses `postgres://user@/database`. */
function parseUri(uri: string): ConnectionParameters {
  const [, userInfo, address = '', path, query = ''] =
    /^(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(uri.replace(scheme, '')) ?? [];
  // Otherwise the part of the password after a “/” would be read as the database, and shown as its name.
  if (`${path ?? ''}${query}`.includes('@'))
    throw new Error('an “@” follows its host: write “/” in a password as %2F, “?” as %3F, “@” as %40');
  const parameters: ConnectionParameters = {};
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') parameters[name] = decode(value);
  };
  if (userInfo !== undefined) {
    const colon = userInfo.indexOf(':');
    set('user', colon === -1 ? userInfo : userInfo.slice(0, colon));
    set('password', colon === -1 ? undefined : userInfo.slice(colon + 1));
  }
  const places = address.split(',').map(splitPlace);
  set('host', listed(places.map(({ host }) => host)));
  set('port', listed(places.map(({ port }) => port)));
  set('dbname', path);
  const fromJdbc = /^jdbc:/i.test(uri);
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const equals = pair.indexOf('=');
    if (equals === -1) throw new Error('a parameter after “?” has no “=”');
    const name = decode(pair.slice(0, equals));
    const value = decode(pair.slice(equals + 1));
    addParameters(parameters, translateParameter(name, value, { fromJdbc }) ?? { [name]: value });
  }
  return parameters;
}

/** `host:port` or `[address]:port`; each is optional. */
function splitPlace(place: string): { host: string; port: string } {
  const found = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(place);
  if (found === null) throw new Error('its host and port cannot be separated');
  const [, bracketed, host = '', port = ''] = found;
  return { host: bracketed ?? host, port };
}

/** Lists as in libpq: a comma for each position, so that an omitted port is the default one. */
function listed(parts: string[]): string {
  return parts.every((part) => part === '') && parts.length === 1 ? '' : parts.join(',');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('a “%” in it does not begin a percent-encoded character (write % itself as %25)');
  }
}

function parseKeywords(text: string): ConnectionParameters {
  if (/^\s*(?:Host|Server|Database|User(?:name| Id)?)\s*=[^;]*;/.test(text))
    throw new Error('it is a .NET connection string: write a URL, or host=… port=… with spaces in between');
  const parameters: ConnectionParameters = {};
  const pair = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/sy;
  const end = text.trimEnd().length;
  while (pair.lastIndex < end) {
    const found = pair.exec(text);
    if (found === null) {
      throw new Error(
        /^\s*jdbc:postgresql:/i.test(text)
          ? 'write its host too: jdbc:postgresql://localhost/database'
          : 'it is neither a postgres:// URL nor “keyword=value” pairs',
      );
    }
    const [, name = '', quoted, plain = ''] = found;
    parameters[name] = (quoted ?? plain).replaceAll(/\\(.)/gs, '$1');
  }
  if (Object.keys(parameters).length === 0) throw new Error('it is empty');
  return parameters;
}
