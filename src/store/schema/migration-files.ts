import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../errors.ts';
import { migrationNames } from './status.ts';

/** Works from src/ and dist/: the nearest directory above this file that contains the first migration. */
export function migrationsDirectory(): string {
  let directory = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(directory, 'migrations', `${migrationNames[0]}.sql`))) {
    const above = path.dirname(directory);
    if (above === directory)
      throw new Failure('unexpected', 'the migrations are missing from this installation');
    directory = above;
  }
  return path.join(directory, 'migrations');
}
