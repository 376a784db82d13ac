import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../errors.ts';
import { knownSystems } from './known-systems.ts';

/** The text of a mapping that comes with the tool. */
export async function shippedMappingText(name: string): Promise<string> {
  return readFile(path.join(mappingsDirectory(), `${name}.yaml`), 'utf8');
}

/** Works from src/ and dist/: the nearest directory above this file that contains the first mapping. */
function mappingsDirectory(): string {
  let directory = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(directory, 'mappings', `${knownSystems[0]?.name}.yaml`))) {
    const above = path.dirname(directory);
    if (above === directory) {
      throw new Failure('unexpected', 'the mappings are missing from this installation');
    }
    directory = above;
  }
  return path.join(directory, 'mappings');
}
