import os from 'node:os';
import path from 'node:path';
import { Failure } from '../../errors.ts';
import { allowedAuthenticationOf, channelBindingOf } from './authentication.ts';
import { readPasswordFile, readService } from './libpq-files.ts';
import type { ConnectionParameters } from './parameters.ts';
import { parseConnectionString, requireSupported } from './connection-string.ts';
import type { Place } from './hosts.ts';
import { placesOf } from './hosts.ts';
import { sessionAttributesOf } from './session-attributes.ts';
import type { NamedServer, TargetSources } from './named-server.ts';
import { fromEnvironment, nameServer, refuseSecrets, requirePasswordFile } from './named-server.ts';
import type { ConnectionTarget, TargetSource } from './target.ts';
import { encryptionOf } from './tls.ts';

/**
 * The configured server: `--database`, the connection of `--profile`, ORDERFLOW_DATABASE_URL, that of
 * ORDERFLOW_PROFILE, DATABASE_URL, libpq's PG* variables, and the one of a settings file; undefined without
 * any, which means the embedded database. As in libpq, what a URL leaves out is filled from its service, the
 * PG* variables and the password file. An empty variable counts as unset.
 *
 * Throws `configuration`, naming the source that is wrong and never its password.
 */
export async function resolveTarget(sources: TargetSources): Promise<ConnectionTarget | undefined> {
  const named = nameServer(sources);
  return named === undefined ? undefined : resolveNamed(named, sources);
}

/**
 * The server other than the configured one that reading commands use; undefined if the settings name none.
 */
export async function resolveReadTarget(sources: TargetSources): Promise<ConnectionTarget | undefined> {
  const { stored } = sources;
  // A flag or a variable names a server other than the settings do: the settings' read server belongs to
  // their own.
  if (stored?.readText === undefined || nameServer(sources) !== stored) return undefined;
  return resolveNamed({ ...stored, text: stored.readText }, sources);
}

async function resolveNamed(
  { source, text, passwordFile }: NamedServer,
  sources: TargetSources,
): Promise<ConnectionTarget> {
  const { env, homeDirectory } = sources;
  try {
    const own: ConnectionParameters = {
      ...(passwordFile !== undefined && { passfile: requirePasswordFile(passwordFile) }),
      ...(text !== undefined && parseConnectionString(text)),
    };
    if (source === '--database') refuseSecrets(own);
    const variables = fromEnvironment(env);
    const service = own['service'] ?? variables['service'];
    const serviced = service === undefined ? {} : await readService(service, env, homeDirectory);
    if (serviced === undefined)
      throw new Error(`service “${service}” not found in PGSERVICEFILE or ~/.pg_service.conf`);
    const target = await complete(source, { ...variables, ...serviced, ...own }, sources);
    const layers: [ConnectionParameters, string][] = [
      [own, source],
      [serviced, `service ${service}`],
      [variables, 'PGPASSWORD'],
    ];
    const passwordSource = layers.find(([layer]) => layer['password'] !== undefined)?.[1];
    return passwordSource === undefined ? target : { ...target, passwordSource };
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error)) throw error;
    throw new Failure('configuration', `cannot use ${source}: ${error.message}`, {
      hint:
        source === 'PG* variables'
          ? 'the variables are libpq’s: PGHOST, PGPORT, PGUSER, PGDATABASE …'
          : 'it looks like postgres://user@host:5432/database, or host=… dbname=…',
      // No cause: the text could contain a password.
    });
  }
}

/** The first of the named servers, with the others as its alternatives. */
async function complete(
  source: TargetSource,
  given: ConnectionParameters,
  sources: TargetSources,
): Promise<ConnectionTarget> {
  requireSupported(given);
  const [place, ...others] = placesOf(given);
  const first = await completeAt(place, { source, given, sources });
  if (others.length === 0) return first;
  const alternatives: ConnectionTarget[] = [];
  // In sequence, so that the first of several faults is named.
  for (const other of others) alternatives.push(await completeAt(other, { source, given, sources }));
  return { ...first, alternatives };
}

async function completeAt(
  place: Place,
  {
    source,
    given,
    sources: { homeDirectory, env },
  }: { source: TargetSource; given: ConnectionParameters; sources: TargetSources },
): Promise<ConnectionTarget> {
  const { host, port } = place;
  const user = given['user'] || systemUser();
  const database = given['dbname'] || user;
  const passwordFile = given['passfile'] || path.join(homeDirectory, '.pgpass');
  const fromFile =
    given['password'] === undefined
      ? await readPasswordFile(passwordFile, { host, port, database, user })
      : {};
  const password = given['password'] ?? fromFile.password;
  const ssl = host.startsWith('/') ? undefined : await encryptionOf(given, { host, homeDirectory, env });
  const channelBinding = channelBindingOf(given['channel_binding']);
  const allowedAuthentication = allowedAuthenticationOf(given['require_auth']);
  const keepAliveDelay = keepAliveDelayOf(given);
  const sessionAttributes = sessionAttributesOf(given['target_session_attrs']);
  return {
    source,
    ...place,
    user,
    database,
    connectTimeout: timeoutOf(given['connect_timeout'] || '10'),
    ...(password !== undefined && { password, passwordSource: passwordFile }),
    ...(fromFile.openToOthers !== undefined && { ignoredPasswordFile: fromFile.openToOthers }),
    ...(ssl !== undefined && { ssl }),
    ...(channelBinding !== undefined && { channelBinding }),
    ...(allowedAuthentication !== undefined && { allowedAuthentication }),
    ...(keepAliveDelay !== undefined && { keepAliveDelay }),
    ...(given['application_name'] && { applicationName: given['application_name'] }),
    ...(given['options'] && { options: given['options'] }),
    ...(sessionAttributes !== undefined && { sessionAttributes }),
  };
}

function systemUser(): string {
  try {
    return os.userInfo().username;
  } catch {
    throw new Error('it names no user, and neither does the system');
  }
}

function timeoutOf(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error('connect_timeout is not a number of seconds');
  return Math.max(0, Number(text)) * 1000;
}

function keepAliveDelayOf(given: ConnectionParameters): number | undefined {
  if (given['keepalives'] === '0') return 0;
  const idle = given['keepalives_idle'] || '0';
  if (!/^\d+$/.test(idle)) throw new Error('keepalives_idle is not a number of seconds');
  return Number(idle) === 0 ? undefined : Number(idle) * 1000;
}
