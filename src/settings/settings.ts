import os from 'node:os';
import path from 'node:path';
import { Failure } from '../errors.ts';
import { nearName } from '../model/near-name.ts';
import { quoted } from '../model/printable.ts';
import type { StoredConnection } from '../store/connection/target.ts';
import type { SettingsFile, SettingsPlaces } from './settings-files.ts';
import { projectFileName, readSettingsFiles, userFilePath } from './settings-files.ts';

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
}

/**
 * Flags, then `ORDERFLOW_*` variables, then the project's file, then the user's. If both files have the same
 * profile, the project's replaces the other completely: a connection combined from two places would be one
 * that no one configured. Throws `configuration` for a broken file and for an unknown profile.
 */
export async function readSettings(
  places: SettingsPlaces,
  flags: { profile?: string | undefined },
): Promise<Settings> {
  const files = await readSettingsFiles(places);
  const settings: Settings = { files };
  const chosen = firstOf([
    [flags.profile, '--profile'],
    [places.env['ORDERFLOW_PROFILE'], 'ORDERFLOW_PROFILE'],
    ...files.map(({ settings: { profile }, path: file }): Said => [profile, file]),
  ]);
  if (chosen !== undefined) settings.profile = chosen;
  const profile = chosen === undefined ? undefined : requireProfile(files, chosen, places);
  const connection = connectionOf(settings, profile, places);
  if (connection !== undefined) settings.connection = connection;
  const org = firstOf([
    [flags.profile === undefined ? undefined : profile?.org, profile?.source ?? ''],
    [places.env['ORDERFLOW_ORG'], 'ORDERFLOW_ORG'],
    [profile?.org, profile?.source ?? ''],
    ...files.map(({ settings: { org: value }, path: file }): Said => [value, file]),
  ]);
  if (org !== undefined) settings.org = org;
  return settings;
}

type Said = [value: string | undefined, source: string];

/** An empty variable counts as unset. */
function firstOf(said: Said[]): Sourced | undefined {
  const [value, source] = said.find(([each]) => each !== undefined && each !== '') ?? [];
  return value === undefined || source === undefined ? undefined : { value, source };
}

interface Profile {
  source: `profile ${string}`;
  file: string;
  database?: string | undefined;
  read_database?: string | undefined;
  password_file?: string | undefined;
  org?: string | undefined;
}

function requireProfile(
  files: SettingsFile[],
  { value: name, source }: Sourced,
  places: SettingsPlaces,
): Profile {
  for (const { path: file, settings } of files) {
    const { profiles = {} } = settings;
    const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
    if (found !== undefined) return { ...found, source: `profile ${name} of ${file}`, file };
  }
  const known = [...new Set(files.flatMap(({ settings }) => Object.keys(settings.profiles ?? {})))];
  const near = nearName(name, known, (each) => each.toLowerCase());
  let hint = `there are ${known.join(', ')}`;
  if (known.length === 0) hint = `profiles are in ${projectFileName} or ${userFilePath(places)}`;
  if (near !== undefined) hint = `did you mean ${near}?`;
  throw new Failure('configuration', `profile ${quoted(name)} not found; ${source} names it`, { hint });
}

function connectionOf(
  { files, profile: chosen }: Settings,
  profile: Profile | undefined,
  places: SettingsPlaces,
): StoredConnection | undefined {
  if (profile?.database !== undefined) {
    const ranks: Record<string, StoredConnection['rank']> = {
      '--profile': 'flag',
      ORDERFLOW_PROFILE: 'environment',
    };
    return {
      rank: ranks[chosen?.source ?? ''] ?? 'file',
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
