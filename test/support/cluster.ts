import { readdirSync } from 'node:fs';
import path from 'node:path';

/** The data directory of the one embedded server that was started in this directory, of whichever version it is. */
export function clusterIn(directory: string): string {
  const name = readdirSync(directory).find((each) => /^data-\d+$/.test(each));
  if (name === undefined) throw new Error(`no server was started in ${directory}`);
  return path.join(directory, name);
}
