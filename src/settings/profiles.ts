import { Failure } from '../errors.ts';
import { nearName } from '../model/near-name.ts';
import { quoted } from '../model/printable.ts';
import type { SettingsFile, SettingsPlaces } from './settings-files.ts';
import { projectFileName, userFilePath } from './settings-files.ts';

/** A profile of a settings file, and that file. */
export interface Profile {
  name: string;
  source: `profile ${string}`;
  file: string;
  database?: string | undefined;
  read_database?: string | undefined;
  password_file?: string | undefined;
  org?: string | undefined;
  orgs?: string[] | undefined;
}

/**
 * All profiles, the project's first. If both files have the same profile, the project's replaces the other
 * completely: a connection combined from two places would be one that no one configured.
 */
export function profilesOf(files: SettingsFile[]): Profile[] {
  const found = new Map<string, Profile>();
  for (const { path: file, settings } of files) {
    for (const [name, profile] of Object.entries(settings.profiles ?? {}))
      if (!found.has(name)) found.set(name, { ...profile, name, source: `profile ${name} of ${file}`, file });
  }
  return [...found.values()];
}

/** Throws `configuration` for an unknown profile, with a similar name and the source of the wrong one. */
export function requireProfile(
  profiles: Profile[],
  { value: name, source }: { value: string; source: string },
  places: SettingsPlaces,
): Profile {
  const found = profiles.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const known = profiles.map((profile) => profile.name);
  const near = nearName(name, known, (each) => each.toLowerCase());
  let hint = `known are ${known.join(', ')}`;
  if (known.length === 0) hint = `profiles are in ${projectFileName} or ${userFilePath(places)}`;
  if (near !== undefined) hint = `did you mean ${near}?`;
  throw new Failure('configuration', `profile ${quoted(name)} not found; ${source} names it`, { hint });
}

/** The profile that has the organization in its `orgs`; the project's if both files have one. */
export function profileThatLists(profiles: Profile[], org: string): Profile | undefined {
  return profiles.find(({ orgs = [] }) => orgs.some((each) => each.toLowerCase() === org.toLowerCase()));
}
