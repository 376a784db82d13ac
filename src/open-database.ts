import type { Io } from './io.ts';
import type { Settings } from './settings/settings.ts';
import type { Database } from './store/connection/database.ts';
import { openDatabase } from './store/connection/database.ts';
import { resolveTarget } from './store/connection/resolve-target.ts';
import { requireCurrentSchema, schemaStatus } from './store/schema/status.ts';

/** Connects to the server that was configured, or to the embedded database, which is started if it does not run. */
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
    /** Called before the embedded database is made, which takes a few seconds. */
    onFirstStart: (directory: string) => void;
  },
): Promise<Database> {
  const { env, homeDirectory } = io;
  const configured = await resolveTarget({ flag, stored: settings.connection, env, homeDirectory });
  const target =
    configured ??
    (await (await import('./store/embedded/server.ts')).startEmbedded({ env, homeDirectory, onFirstStart }));
  io.signal.throwIfAborted();
  const opening = openDatabase(target, { statementTimeout });
  // A server that does not answer is given up at once; the attempt itself ends with its own time limit.
  const aborted = new Promise<never>((_resolve, reject) => {
    io.signal.addEventListener('abort', () => reject(io.signal.reason), { once: true });
  });
  const database = await Promise.race([opening, aborted]).catch((error: unknown) => {
    void opening.then((late) => late.close()).catch(() => {});
    throw error;
  });
  // The statement under way breaks by this, and that is reported as the interrupt it was.
  io.signal.addEventListener('abort', () => database.interrupt(), { once: true });
  return database;
}

/** Only the embedded database is brought up to date unasked: elsewhere a schema is somebody's decision. */
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

/** How long a shell is kept waiting for names to complete with, in milliseconds. */
const completionPatience = 700;

/**
 * For a shell that completes: undefined where the embedded database does not run yet, for it is not started by a key.
 * Nothing on this connection takes longer than somebody at a prompt would wait.
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
