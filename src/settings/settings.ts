import os from 'node:os';
import path from 'node:path';
import type { StoredConnection } from '../store/connection/target.ts';
import type { Profile } from './profiles.ts';
import { profilesOf, profileThatLists, requireProfile } from './profiles.ts';
import type { SettingsFile, SettingsPlaces } from './settings-files.ts';
import { readSettingsFiles } from './settings-files.ts';

/**
 * A value and its source: `--profile`, `ORDERFLOW_ORG`, `profile prod of /srv/crm/orderflow-customers.json`.
 */
export interface Sourced {
  value: string;
  source: string;
}

/** The combined settings of flags, environment and files. Absent ones were not specified anywhere. */
export interface Settings {
  files: SettingsFile[];
  profile?: Sourced;
  /**
   * The connection of the profile, otherwise the one at the top level of a file; environment and flags
   * override it.
   */
  connection?: StoredConnection;
  /** The organization that reading commands use without `--org`. */
  org?: Sourced;
  /** The profile that lists the organization, whether or not it is the one in use. */
  listing?: { org: string; profile: string; source: string };
}

/**
 * Flags, then `ORDERFLOW_*` variables, then the profile that lists the organization, then the project's file,
 * then the user's. Throws `configuration` for a broken file and for an unknown profile.
 */
export async function readSettings(
  places: SettingsPlaces,
  flags: { profile?: string | undefined; org?: string | undefined },
): Promise<Settings> {
  const files = await readSettingsFiles(places);
  const profiles = profilesOf(files);
  const settings: Settings = { files };
  const named = firstOf([
    [flags.profile, '--profile'],
    [places.env['ORDERFLOW_PROFILE'], 'ORDERFLOW_PROFILE'],
  ]);
  const chosen =
    named ?? firstOf(files.map(({ settings: { profile }, path: file }): Specified => [profile, file]));
  let profile = chosen === undefined ? undefined : requireProfile(profiles, chosen, places);
  if (chosen !== undefined) settings.profile = chosen;
  const org = firstOf([
    [flags.profile === undefined ? undefined : profile?.org, profile?.source ?? ''],
    [places.env['ORDERFLOW_ORG'], 'ORDERFLOW_ORG'],
    [profile?.org, profile?.source ?? ''],
    ...files.map(({ settings: { org: value }, path: file }): Specified => [value, file]),
  ]);
  if (org !== undefined) settings.org = org;

  const asked = flags.org ?? org?.value ?? '';
  const listing = profileThatLists(profiles, asked);
  if (listing !== undefined) {
    settings.listing = { org: asked, profile: listing.name, source: listing.source };
    // A profile's own default organization is looked for in that profile.
    const comesWithProfile = flags.org === undefined && org?.source === profile?.source;
    if (named === undefined && !comesWithProfile) {
      profile = listing;
      settings.profile = { value: listing.name, source: `org ${asked}, listed in ${listing.file}` };
    }
  }
  const rank = rankOf(named, profile === listing && listing !== undefined);
  const connection = connectionOf(files, { profile, rank, places });
  if (connection !== undefined) settings.connection = connection;
  return settings;
}

/** A stored connection with its profile. */
export interface NamedConnection {
  /** Null for the database at the top level of a file. */
  profile: string | null;
  connection: StoredConnection;
}

/** Every database in the settings files, those of profiles first, whichever is in use. */
export async function readConnections(places: SettingsPlaces): Promise<NamedConnection[]> {
  const files = await readSettingsFiles(places);
  const profiles: (Profile | undefined)[] = profilesOf(files).filter(
    ({ database }) => database !== undefined,
  );
  return [...profiles, undefined].flatMap((profile) => {
    const connection = connectionOf(files, { profile, rank: 'flag', places });
    return connection === undefined ? [] : [{ profile: profile?.name ?? null, connection }];
  });
}

type Specified = [value: string | undefined, source: string];

/** An empty variable counts as unset. */
function firstOf(specified: Specified[]): Sourced | undefined {
  const [value, source] = specified.find(([each]) => each !== undefined && each !== '') ?? [];
  return value === undefined || source === undefined ? undefined : { value, source };
}

/** Which variables the profile's database overrides: libpq's are not about an organization. */
function rankOf(named: Sourced | undefined, byOrg: boolean): StoredConnection['rank'] {
  if (named?.source === '--profile') return 'flag';
  return named !== undefined || byOrg ? 'environment' : 'file';
}

function connectionOf(
  files: SettingsFile[],
  {
    profile,
    rank,
    places,
  }: { profile: Profile | undefined; rank: StoredConnection['rank']; places: SettingsPlaces },
): StoredConnection | undefined {
  if (profile?.database !== undefined) {
    return {
      rank,
      source: profile.source,
      text: profile.database,
      ...(profile.read_database !== undefined && { readText: profile.read_database }),
      ...passwordFileOf(profile.password_file, profile.file, places),
    };
  }
  const holder = files.find(({ settings }) => settings.database !== undefined);
  if (holder?.settings.database === undefined) return undefined;
  return {
    rank: 'file',
    source: `file ${holder.path}`,
    text: holder.settings.database,
    ...(holder.settings.read_database !== undefined && { readText: holder.settings.read_database }),
    ...passwordFileOf(holder.settings.password_file, holder.path, places),
  };
}

/** Relative to the file that names it; `~/` is the home directory. */
function passwordFileOf(
  named: string | undefined,
  file: string,
  { homeDirectory }: SettingsPlaces,
): { passwordFile?: string } {
  if (named === undefined) return {};
  const passwordFile = /^~[/\\]/.test(named)
    ? path.join(homeDirectory || os.homedir(), named.slice(2))
    : path.resolve(path.dirname(file), named);
  return { passwordFile };
}
