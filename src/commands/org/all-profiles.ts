import { Failure } from '../../errors.ts';
import type { Io } from '../../io.ts';
import type { OrganizationOfProfile } from '../../model/organization.ts';
import { openStored } from '../../open-database.ts';
import type { NamedConnection } from '../../settings/settings.ts';
import { readConnections } from '../../settings/settings.ts';
import { listOrganizations } from '../../store/orgs/organizations.ts';

/** A database that could not be read, and why. */
export interface UnreadDatabase {
  profile: string | null;
  /** Names the database in messages. */
  source: string;
  error: Failure;
}

/** Databases read at the same time; a hundred on one server would use up its connections. */
const atOnce = 8;

/**
 * The organizations of every database in the settings files, in the order of the profiles, and the databases
 * that cannot be read. Throws `configuration` if the files have no database.
 */
export async function readAllProfiles(
  io: Io,
  { statementTimeout }: { statementTimeout: number | undefined },
): Promise<{ organizations: OrganizationOfProfile[]; failures: UnreadDatabase[] }> {
  const connections = await readConnections(io);
  if (connections.length === 0) {
    throw new Failure('configuration', 'no settings file names a database', {
      hint: 'docs/settings.md shows how profiles name databases',
    });
  }
  const read: (OrganizationOfProfile[] | UnreadDatabase)[] = [];
  // All share one iterator: each takes the next connection.
  const waiting = connections.entries();
  async function readNext(): Promise<void> {
    for (const [index, connection] of waiting) read[index] = await readOne(io, connection, statementTimeout);
  }
  await Promise.all(Array.from({ length: atOnce }, readNext));
  return {
    organizations: read.flatMap((found) => (Array.isArray(found) ? found : [])),
    failures: read.flatMap((found) => (Array.isArray(found) ? [] : [found])),
  };
}

async function readOne(
  io: Io,
  { profile, connection }: NamedConnection,
  statementTimeout: number | undefined,
): Promise<OrganizationOfProfile[] | UnreadDatabase> {
  try {
    const database = await openStored(io, { connection, statementTimeout });
    try {
      const organizations = await listOrganizations(database);
      return organizations.map((organization) => ({ profile, ...organization }));
    } finally {
      await database.close();
    }
  } catch (error) {
    if (!(error instanceof Failure) || io.signal.aborted) throw error;
    const source = profile === null ? connection.source : `profile ${profile}`;
    return { profile, source, error };
  }
}
