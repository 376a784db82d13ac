import { Failure } from './errors.ts';
import type { Io } from './io.ts';
import type { Settings } from './settings/settings.ts';
import type { Database } from './store/connection/database.ts';
import { openDatabase } from './store/connection/database.ts';
import { resolveReadTarget, resolveTarget } from './store/connection/resolve-target.ts';
import type { StandbyLag } from './store/connection/standby.ts';
import { standbyLag } from './store/connection/standby.ts';
import type { ConnectionTarget, StoredConnection } from './store/connection/target.ts';
import { describeTarget } from './store/connection/target.ts';
import { requireCurrentSchema, schemaStatus } from './store/schema/status.ts';

/** Connects to the configured server, or to the embedded database, starting it if necessary. */
export async function openConfigured(
  io: Io,
  {
    flag,
    settings,
    statementTimeout,
    onFirstStart,
  }: {
    flag: string | undefined;
    settings: Settings;
    statementTimeout?: number | undefined;
    /** Called before the embedded database is created, which takes a few seconds. */
    onFirstStart: (directory: string) => void;
  },
): Promise<Database> {
  const { env, homeDirectory } = io;
  const configured = await resolveTarget({ flag, stored: settings.connection, env, homeDirectory });
  const target =
    configured ??
    (await (await import('./store/embedded/server.ts')).startEmbedded({ env, homeDirectory, onFirstStart }));
  return openTarget(io, target, statementTimeout);
}

/**
 * Connects to a database of a settings file, whichever one flags and environment select, and checks its
 * schema.
 */
export async function openStored(
  io: Io,
  { connection, statementTimeout }: { connection: StoredConnection; statementTimeout: number | undefined },
): Promise<Database> {
  const { env, homeDirectory } = io;
  const stored: StoredConnection = { ...connection, rank: 'flag' };
  const target = await resolveTarget({ stored, env, homeDirectory });
  if (target === undefined) throw new Error('a stored connection names a server');
  const database = await openTarget(io, target, statementTimeout);
  await requireCurrentSchema(database).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  return database;
}

/** For an organization listed by a profile, when a flag or a variable selects another database. */
export function remarkOnListing({ listing }: Settings, target: ConnectionTarget): string | undefined {
  if (listing === undefined || target.source === listing.source) return undefined;
  const { org, profile } = listing;
  return `${describeTarget(target)}, named by ${target.source}, although profile ${profile} lists org ${org}`;
}

/** Connects; an interrupt ends the attempt, and later the statement under way. */
async function openTarget(
  io: Io,
  target: ConnectionTarget,
  statementTimeout: number | undefined,
): Promise<Database> {
  io.signal.throwIfAborted();
  const opening = openDatabase(target, { statementTimeout });
  // A server that does not answer is abandoned at once; the attempt itself ends at its own time limit.
  const aborted = new Promise<never>((_resolve, reject) => {
    io.signal.addEventListener('abort', () => reject(io.signal.reason), { once: true });
  });
  const database = await Promise.race([opening, aborted]).catch((error: unknown) => {
    void opening.then((late) => late.close()).catch(() => {});
    throw error;
  });
  // This breaks the running statement, which is then reported as the interrupt it was.
  io.signal.addEventListener('abort', () => database.interrupt(), { once: true });
  return database;
}

/** From this many seconds behind the primary, readers are informed, on a terminal or not. */
const remarkable = 10;

/** What to report about the server that is read from; a warning is printed with `--quiet` too. */
export interface Remark {
  text: string;
  isWarning: boolean;
}

/**
 * Connects to the `read_database` of the settings and checks its schema. Without one, or if it does not
 * answer, `database` is undefined and the caller reads the configured server.
 */
export async function openReadDatabase(
  io: Io,
  {
    flag,
    settings,
    statementTimeout,
  }: { flag: string | undefined; settings: Settings; statementTimeout: number | undefined },
): Promise<{ database?: Database; remark?: Remark }> {
  const { env, homeDirectory } = io;
  const target = await resolveReadTarget({ flag, stored: settings.connection, env, homeDirectory });
  if (target === undefined) return {};
  let database: Database | undefined;
  try {
    database = await openTarget(io, target, statementTimeout);
    const lag = await standbyLag(database);
    await requireCurrentSchema(database);
    const remark = remarkOf(lag, describeTarget(database.target));
    return { database, remark };
  } catch (error) {
    await database?.close().catch(() => {});
    if (!(error instanceof Failure) || !['database_unreachable', 'database_timeout'].includes(error.code))
      throw error;
    return {
      remark: { text: `read_database: ${error.message}; reading from the database instead`, isWarning: true },
    };
  }
}

function remarkOf(lag: StandbyLag | undefined, server: string): Remark {
  if (lag === undefined) {
    const text = `from ${server}, the read_database, which is no standby: it may differ from the database`;
    return { text, isWarning: true };
  }
  const { seconds, streaming } = lag;
  if (seconds === 0) return { text: `from the standby ${server}, which is up to date`, isWarning: false };
  const since = seconds === null ? 'an unknown time' : duration(seconds);
  const behind = streaming
    ? `${since} behind the primary`
    : `no longer following the primary; its last change is ${since} old`;
  const isWarning = !streaming || seconds === null || seconds >= remarkable;
  return { text: `from the standby ${server}, which is ${behind}`, isWarning };
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** Only the embedded database is migrated automatically: elsewhere, people decide about the schema. */
export async function requireSchema(database: Database): Promise<void> {
  if (database.target.source === 'embedded') {
    const { state } = await schemaStatus(database);
    if (state === 'current') return;
    if (state !== 'newer') {
      const { migrate } = await import('./store/schema/migrate.ts');
      await migrate(database);
      return;
    }
  }
  await requireCurrentSchema(database);
}

/** How long completion may keep a shell waiting, in milliseconds. */
const completionPatience = 700;

/**
 * For shell completion. Undefined if the embedded database is not running, because a key press must not start
 * it. Nothing on this connection takes longer than a person at a prompt would wait.
 */
export async function openForCompletion(
  { env, homeDirectory }: Pick<Io, 'env' | 'homeDirectory'>,
  { flag, settings }: { flag: string | undefined; settings: Settings },
): Promise<Database | undefined> {
  const configured = await resolveTarget({ flag, stored: settings.connection, env, homeDirectory });
  const target =
    configured ??
    (await (await import('./store/embedded/server.ts')).runningEmbedded({ env, homeDirectory }));
  if (target === undefined) return undefined;
  const database = await openDatabase({ ...target, connectTimeout: completionPatience });
  setTimeout(() => database.interrupt(), completionPatience).unref();
  return database;
}
