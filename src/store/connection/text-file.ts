import type { Stats } from 'node:fs';
import { existsSync, statSync } from 'node:fs';
import process from 'node:process';

/*
 * Files that libpq reads and most people do not have. Node's promises take as long to load as a statement takes,
 * so they are loaded for a file that exists.
 */

/** The text of a file; undefined if it cannot be read. */
export async function readTextFile(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  const { readFile } = process.getBuiltinModule('node:fs/promises');
  return readFile(file, 'utf8').catch(() => undefined);
}

/** Undefined for a file that is not there or out of reach. */
export function statsOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
