import type { Io } from '../io.ts';
import type { Candidates } from '../render/completion.ts';
import { profilesOf } from '../settings/profiles.ts';
import type { Settings } from '../settings/settings.ts';
import { readSettings } from '../settings/settings.ts';
import type { Completion } from '../store/customers/completion.ts';

/** What to look up. */
export type Asked = 'org' | 'ref' | 'run' | 'profile';

interface Typed {
  /** The beginning of the name. */
  typed: string;
  /** Values of flags before it, by long name. */
  given: Map<string, string>;
  io: Io;
}

/** Names with this beginning, from the settings and the database that the command itself would use. */
export async function lookUpNames(kind: Asked, { typed, given, io }: Typed): Promise<Candidates> {
  const settings = await readSettings(io, { profile: given.get('--profile'), org: given.get('--org') });
  if (kind === 'profile') {
    const names = profilesOf(settings.files).map(({ name }) => name);
    return names.filter((name) => name.startsWith(typed)).map((value) => ({ value, description: '' }));
  }
  const org = given.get('--org') ?? settings.org?.value;
  if (kind !== 'org')
    return org === undefined ? [] : lookUpInDatabase(kind, { typed, given, io, settings, org });
  const found = await lookUpInDatabase(kind, { typed, given, io, settings, org: '' }).catch(() => []);
  // If a flag names the database, only its organizations are candidates.
  if (given.has('--profile') || given.has('--database')) return found;
  const known = new Set(found.map(({ value }) => value));
  return [...found, ...listedByProfiles(settings, typed).filter(({ value }) => !known.has(value))];
}

/** Organizations listed by profiles, without reading their databases. */
function listedByProfiles({ files }: Settings, typed: string): Completion[] {
  return profilesOf(files).flatMap(({ name, orgs = [] }) =>
    orgs
      .filter((org) => org.startsWith(typed))
      .map((value) => ({ value, description: `in profile ${name}` })),
  );
}

async function lookUpInDatabase(
  kind: 'org' | 'ref' | 'run',
  { typed, given, io, settings, org }: Typed & { settings: Settings; org: string },
): Promise<Completion[]> {
  const { openForCompletion } = await import('../open-database.ts');
  const database = await openForCompletion(io, { flag: given.get('--database'), settings });
  if (database === undefined) return [];
  try {
    const { completeErpNumber, completeOrg, completeRun } = await import('../store/customers/completion.ts');
    if (kind === 'org') return await completeOrg(database, typed);
    const look = kind === 'run' ? completeRun : completeErpNumber;
    return await look(database, { org, typed });
  } finally {
    await database.close();
  }
}
