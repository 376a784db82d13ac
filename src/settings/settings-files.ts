import { constants, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Failure } from '../errors.ts';
import { jsonFault } from './json-fault.ts';
import type { FileSettings } from './settings-shape.ts';

/** Where settings can be: the parts of `Io` that decide it. */
export interface SettingsPlaces {
  env: Record<string, string | undefined>;
  cwd: string;
  homeDirectory: string;
}

export interface SettingsFile {
  kind: 'project' | 'user';
  path: string;
  settings: FileSettings;
}

export const projectFileName = 'orderflow-customers.json';

/** Bytes; a file with a hundred profiles has a fiftieth of this. */
const largest = 1 << 20;

/**
 * The existing settings files, the one with higher precedence first: the project's, which is the nearest
 * `orderflow-customers.json` in the working directory or one above it, up to the home directory or the root;
 * then the user's own. Without any, this costs one look-up per directory, and zod is not loaded.
 */
export async function readSettingsFiles(places: SettingsPlaces): Promise<SettingsFile[]> {
  const found = [await readProjectFile(places), await readSettingsFile('user', userFilePath(places))];
  return found.filter((file) => file !== undefined);
}

/** `config.json` in `orderflow-customers` below XDG_CONFIG_HOME, `~/.config`, or on Windows `%APPDATA%`. */
export function userFilePath({ env, homeDirectory }: SettingsPlaces, platform = process.platform): string {
  const system = platform === 'win32' ? path.win32 : path;
  // The XDG specification requires that a relative path is ignored.
  const named = env[platform === 'win32' ? 'APPDATA' : 'XDG_CONFIG_HOME'];
  const usual =
    platform === 'win32'
      ? system.join(homeDirectory, 'AppData', 'Roaming')
      : system.join(homeDirectory, '.config');
  const directory = named !== undefined && system.isAbsolute(named) ? named : usual;
  return system.join(directory, 'orderflow-customers', 'config.json');
}

async function readProjectFile({ cwd, homeDirectory }: SettingsPlaces): Promise<SettingsFile | undefined> {
  for (let directory = path.resolve(cwd); ; directory = path.dirname(directory)) {
    const file = path.join(directory, projectFileName);
    const found = await readSettingsFile('project', file, () => directory === path.resolve(cwd));
    if (found !== undefined) return found;
    if (directory === path.resolve(homeDirectory) || directory === path.dirname(directory)) return undefined;
  }
}

async function readSettingsFile(
  kind: SettingsFile['kind'],
  file: string,
  isTrusted = () => true,
): Promise<SettingsFile | undefined> {
  const text = await readAtMost(file).catch((error: NodeJS.ErrnoException) => {
    // ENOTDIR: a part of the path is a file.
    if (['ENOENT', 'ENOTDIR'].includes(error.code ?? '')) return undefined;
    if (!isTrusted()) return undefined;
    if (error instanceof Failure) throw error;
    throw new Failure('configuration', `${file} cannot be read: ${error.message}`, {
      hint: 'check its permissions: it may contain settings that apply here',
      cause: error,
    });
  });
  if (text === undefined) return undefined;
  if (!isTrusted()) refuseForeign(file);
  const { parseSettings } = await import('./settings-shape.ts');
  const settings = parseSettings(parseJson(file, text.replace(/^\ufeff/, '')));
  if (!('problem' in settings)) return { kind, path: file, settings };
  throw new Failure('configuration', `${file}: ${settings.problem}`, {
    hint: settings.secret
      ? 'remove it; PGPASSFILE (~/.pgpass), PGSERVICE or a password_file beside the database can hold it'
      : 'docs/settings.md lists the settings',
  });
}

/** The text of a file; undefined if it does not exist, or is a directory. */
async function readAtMost(file: string): Promise<string | undefined> {
  // Most directories have none, and loading Node's promises takes as long as a statement.
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  const { open } = process.getBuiltinModule('node:fs/promises');
  // Not blocking: a named pipe would wait for its writer. Windows does not know the flag.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = await handle.stat();
    if (found.isDirectory()) return undefined;
    if (!found.isFile()) {
      throw new Failure('configuration', `${file} is not a regular file, so no settings are read from it`, {
        hint: 'remove it, or replace it with a JSON file',
      });
    }
    if (found.size > largest) {
      throw new Failure(
        'configuration',
        `${file} has ${found.size} bytes; settings have at most ${largest}`,
        {
          hint: 'is this the right file? docs/settings.md lists the settings',
        },
      );
    }
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(largest), 0, largest, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * A file that another user left in a directory above (/tmp, for example) would decide which server receives
 * the password.
 */
function refuseForeign(file: string): void {
  const user = process.getuid?.();
  const { uid } = statSync(file);
  if (user === undefined || uid === user || uid === 0) return;
  throw new Failure('configuration', `${file} belongs to another user, so its settings are ignored`, {
    hint: 'if you trust it, work in its own directory, or change its owner',
  });
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const lines = text.slice(0, jsonFault(text) ?? text.length).split('\n');
    const place = `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
    // No cause, and not the parser's words: both quote the file.
    throw new Failure('configuration', `${file} is not JSON: ${place} is not valid there`, {
      hint: 'a comma too many or too few, a comment, or single quotes? JSON has neither comments nor single quotes',
    });
  }
}
