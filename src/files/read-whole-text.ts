import { readFile } from 'node:fs/promises';

/** The text of a small file; undefined if it cannot be read. */
export async function readWholeText(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(() => undefined);
}
