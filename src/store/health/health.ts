import { TLSSocket } from 'node:tls';
import sql from 'sql-template-tag';
import { Failure } from '../../errors.ts';
import type { Check } from '../../model/check.ts';
import type { Database } from '../connection/database.ts';
import { checkChangeLog } from './change-log.ts';
import { checkIndexes } from './indexes.ts';
import { checkPrivileges, checkSchema } from './schema.ts';
import { importLockHolders } from '../import-lock/import-lock.ts';
import { findCitextObstacle } from '../schema/citext-access.ts';

/** The extensions that the schema needs. */
const extensions = ['citext', 'pg_trgm'];

/**
 * Everything that reading statements reveal about a connected database. A check that fails reports why and
 * the others continue; if the connection is lost, that check is the last.
 */
export async function checkHealth(database: Database, { now }: { now: () => Date }): Promise<Check[]> {
  const checks: Check[] = [checkTls(database)];
  let lost = false;
  async function make(name: string, check: () => Promise<Check>): Promise<boolean> {
    if (lost) return false;
    const made = await check().catch((error: unknown) => {
      lost = error instanceof Failure && error.code === 'connection_lost';
      return unmade(name, error);
    });
    checks.push(made);
    return made.status !== 'failure';
  }
  await make('server_version', () => checkVersion(database));
  await make('writes', () => checkWrites(database));
  await make('extensions', () => checkExtensions(database));
  const current = await make('schema', () => checkSchema(database));
  await make('privileges', () => checkPrivileges(database));
  if (current && (await hasTables(database))) {
    await make('indexes', () => checkIndexes(database));
    await make('change_log', () => checkChangeLog(database));
    await make('import_lock', () => checkImportLock(database));
  }
  await make('clock', () => checkClock(database, now));
  return checks;
}

function unmade(name: string, error: unknown): Check {
  if (!(error instanceof Failure) || error.exitCode >= 128) throw error;
  const { message, hint: remedy = 'run it again with --debug', exitCode } = error;
  if (exitCode !== 7 && exitCode !== 8 && exitCode !== 13) {
    return { name, status: 'warning', message: `cannot be checked: ${message}`, remedy };
  }
  return { name, status: 'failure', message, remedy, exitCode };
}

async function hasTables(database: Database): Promise<boolean> {
  const [found] = await database.query<{ exist: boolean }>(
    sql`select to_regclass('org') is not null and to_regclass('customer_contact') is not null as exist`,
  );
  return found?.exist === true;
}

/** For this end of the connection: what a pooler in between does with it cannot be seen from here. */
function checkTls({ client, target }: Database): Check {
  const { stream } = client.connection;
  const name = 'tls';
  const isLocal = /^(?:localhost|127\..*|::1)$/.test(target.host);
  if (target.host.startsWith('/'))
    return { name, status: 'ok', message: 'a unix socket: nothing goes over a network' };
  if (!(stream instanceof TLSSocket)) {
    if (isLocal) return { name, status: 'ok', message: 'not encrypted, and does not leave this machine' };
    return {
      name,
      status: 'warning',
      message: 'passwords and customers go over the network unencrypted',
      remedy: 'enable TLS on the server, and set sslmode=verify-full',
    };
  }
  const protocol = stream.getProtocol() ?? 'TLS';
  if (stream.authorized && target.ssl?.mode === 'verify-full')
    return { name, status: 'ok', message: `${protocol}, and the server’s certificate is verified` };
  return {
    name,
    status: 'warning',
    message: `${protocol}, but the server is not verified`,
    remedy: 'set sslmode=verify-full, and sslrootcert to the certificate of its authority',
  };
}

async function checkVersion(database: Database): Promise<Check> {
  const [found] = await database.query<{ version: string }>(
    sql`select current_setting('server_version') as version`,
  );
  return { name: 'server_version', status: 'ok', message: `Postgres ${found?.version}` };
}

async function checkWrites(database: Database): Promise<Check> {
  const [found] = await database.query<{ standby: boolean; read_only: boolean }>(sql`
    select
      pg_is_in_recovery() as standby,
      current_setting('transaction_read_only')::boolean as read_only`);
  const name = 'writes';
  if (found?.standby === true) {
    return {
      name,
      status: 'failure',
      message: 'the server is a standby: it can be read, but accepts no writes',
      remedy: 'connect to the primary server for anything but looking up',
      exitCode: 7,
    };
  }
  if (found?.read_only === true) {
    const [set] = await database.query<{ cure: string }>(sql`
      select
        case
          when setrole <> 0 then format('alter role %I', setrole::regrole::text)
          else format('alter database %I', current_database())
        end
          || case
            when setrole <> 0 and setdatabase <> 0 then format(' in database %I', current_database())
            else ''
          end
          || ' reset default_transaction_read_only' as cure
      from pg_db_role_setting
      where setdatabase in (0, (select oid from pg_database where datname = current_database()))
      and setrole in (0, (select oid from pg_roles where rolname = session_user))
      and exists (select from unnest(setconfig) as setting where setting ~ '^default_transaction_read_only=')
      order by setrole <> 0 desc, setdatabase <> 0 desc
      limit 1`);
    return {
      name,
      status: 'failure',
      message: 'sessions are read-only here (default_transaction_read_only)',
      remedy: `connect to another server, or ask an administrator to run: ${set?.cure ?? 'alter system reset default_transaction_read_only; select pg_reload_conf()'}`,
      exitCode: 7,
    };
  }
  return { name, status: 'ok', message: 'allowed' };
}

async function checkExtensions(database: Database): Promise<Check> {
  const found = await database.query<{ name: string; installed: string | null }>(sql`
    select name, installed_version as installed
    from pg_available_extensions
    where name = any(${extensions})`);
  const name = 'extensions';
  const missing = extensions.filter((each) => !found.some((extension) => extension.name === each));
  const remedy = 'install the package with Postgres’s own extensions on the server (postgresql-contrib)';
  if (missing.length > 0) {
    return {
      name,
      status: 'failure',
      message: `the server does not have ${missing.join(', ')}`,
      remedy,
      exitCode: 8,
    };
  }
  const obstacle = await findCitextObstacle(database);
  if (obstacle !== undefined) {
    return {
      name,
      status: 'failure',
      message: obstacle.reason,
      remedy: `ask an administrator to run, in ${database.target.database}: ${obstacle.cure}`,
      exitCode: obstacle.kind === 'right' ? 13 : 8,
    };
  }
  const descriptions = extensions.map((each) => {
    const installed = found.find((extension) => extension.name === each)?.installed ?? null;
    return installed === null ? `${each} (available, not installed yet)` : `${each} ${installed}`;
  });
  return { name, status: 'ok', message: descriptions.join(', ') };
}

async function checkImportLock(database: Database): Promise<Check> {
  const holders = await importLockHolders(database);
  const name = 'import_lock';
  if (holders.length === 0) return { name, status: 'ok', message: 'free: no import is running' };
  return {
    name,
    status: 'warning',
    message: holders.map(({ slug, holder }) => `an import into ${slug} is running: ${holder}`).join('; '),
    remedy: 'wait until it has ended, or let yours wait: import --lock-wait 60s',
  };
}

/** Milliseconds by which the clocks may differ: more than a clock is off in an ordinary network. */
const tolerance = 2000;

async function checkClock(database: Database, now: () => Date): Promise<Check> {
  const before = now().getTime();
  const [found] = await database.query<{ milliseconds: string }>(
    // An integer: `extra_float_digits` would round a float.
    sql`select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as milliseconds`,
  );
  const after = now().getTime();
  const ahead = Number(found?.milliseconds ?? after) - (before + after) / 2;
  const name = 'clock';
  const seconds = `${(Math.abs(ahead) / 1000).toFixed(1)} s`;
  if (Math.abs(ahead) - (after - before) / 2 <= tolerance)
    return { name, status: 'ok', message: `the server’s and this machine’s are ${seconds} apart` };
  return {
    name,
    status: 'warning',
    message: `the server’s is ${seconds} ${ahead > 0 ? 'ahead of' : 'behind'} this machine’s`,
    remedy: 'set both by NTP: times of changes and of imports are the server’s',
  };
}
