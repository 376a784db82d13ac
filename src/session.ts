import type { GlobalOptions } from './global-options.ts';
import type { Io } from './io.ts';
import type { Settings } from './settings/settings.ts';
import type { Database } from './store/connection/database.ts';

/** The settings and connections of one command, each read or opened on first use. */
export interface Session {
  settings(this: void): Promise<Settings>;
  /**
   * The profile that lists the organization, for suggested commands: not all of them name the organization.
   */
  profile(this: void): string | undefined;
  database(this: void, options?: { schema?: 'current' | 'any' }): Promise<Database>;
  readDatabase(this: void): Promise<Database>;
  close(this: void): Promise<void>;
}

/** `say` writes a line to stderr, `aside` only if a person reads the result on a terminal. */
export function createSession(
  io: Io,
  options: GlobalOptions,
  { say, aside }: { say: (line: string) => void; aside: (line: string) => void },
): Session {
  let reading: Promise<Settings> | undefined;
  let opening: Promise<Database> | undefined;
  let checking: Promise<void> | undefined;
  let reader: Promise<Database> | undefined;
  let profile: string | undefined;

  function settings(): Promise<Settings> {
    return (reading ??= import('./settings/settings.ts').then(async ({ readSettings }) => {
      const found = await readSettings(io, options);
      const isOverruled = options.database !== undefined || Boolean(io.env.ORDERFLOW_DATABASE_URL);
      if (!isOverruled && found.profile?.value === found.listing?.profile) profile = found.listing?.profile;
      return found;
    }));
  }

  async function connect({ schema = 'current' }: { schema?: 'current' | 'any' } = {}): Promise<Database> {
    // The driver is a third of the start-up cost: help and mistyped lines do without it.
    const { openConfigured, remarkOnListing, requireSchema } = await import('./open-database.ts');
    opening ??= settings().then(async (found) => {
      const database = await openConfigured(io, {
        flag: options.database,
        settings: found,
        statementTimeout: options.timeout,
        onFirstStart(directory) {
          if (!options.quiet) say(`first start: creating the embedded database in ${directory} …`);
        },
      });
      const remark = remarkOnListing(found, database.target);
      if (remark !== undefined) aside(remark);
      return database;
    });
    const opened = await opening;
    if (schema === 'current') await (checking ??= requireSchema(opened));
    return opened;
  }

  async function openToRead(): Promise<Database> {
    const found = await settings();
    if (found.connection?.readText === undefined) return connect();
    const { openReadDatabase, remarkOnListing } = await import('./open-database.ts');
    const { database: opened, remark } = await openReadDatabase(io, {
      flag: options.database,
      settings: found,
      statementTimeout: options.timeout,
    });
    if (remark?.isWarning === true) say(remark.text);
    else if (remark !== undefined) aside(remark.text);
    const other = opened && remarkOnListing(found, opened.target);
    if (other !== undefined) aside(other);
    return opened ?? connect();
  }

  return {
    settings,
    profile: () => profile,
    database: connect,
    readDatabase: () => (reader ??= openToRead()),
    async close() {
      const opened = new Set<Database>();
      for (const each of [opening, reader])
        await each?.then((database) => opened.add(database)).catch(() => {});
      for (const database of opened) await database.close().catch(() => {});
    },
  };
}
