import path from 'node:path';
import { Failure } from '../../errors.ts';
import type { ImportOptions } from '../options/import-options.ts';

/**
 * A dry run writes nothing, a rejects file neither, unless one is asked for by name. Two organizations in one directory
 * have a rejects file each.
 */
export function rejectsPath(
  file: string,
  { rejects, dryRun }: ImportOptions,
  cwd: string,
): ((org: string) => string) | null {
  if (rejects === false || (rejects === undefined && dryRun === true)) return null;
  const name = file === '-' ? 'stdin' : path.basename(file);
  if (rejects === undefined) return (org) => path.resolve(cwd, `${name}.${org}.rejected.csv`);
  const target = path.resolve(cwd, rejects);
  if (target === path.resolve(cwd, file)) {
    throw new Failure('usage', 'the rejects file would take the place of the file itself', {
      hint: 'name another with --rejects PATH',
    });
  }
  return () => target;
}
