import { statSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../../errors.ts';
import type { ImportOptions } from '../options/import-options.ts';

/**
 * Where the rejected rows of each file go. A dry run writes nothing, not even a rejects file unless one is
 * named. Two organizations in one directory have separate rejects files, and so have two files with the same
 * name.
 */
export function rejectsPath(
  files: readonly string[],
  { rejects, dryRun }: Pick<ImportOptions, 'rejects' | 'dryRun'>,
  cwd: string,
): ((org: string, index: number) => string) | null {
  if (rejects === false || (rejects === undefined && dryRun === true)) return null;
  const inputs = new Set(files.map((file) => path.resolve(cwd, file)));
  function requireOther(target: string): string {
    if (!inputs.has(target)) return target;
    throw new Failure('usage', 'the rejects file would take the place of the file itself', {
      hint: 'name another with --rejects PATH',
    });
  }
  if (rejects !== undefined && files.length === 1) {
    // That it is another file is known (`requireOtherOutputs`).
    const target = path.resolve(cwd, rejects);
    return () => target;
  }
  const directory = path.resolve(cwd, rejects ?? '');
  if (rejects !== undefined) requireDirectory(directory, rejects);
  const names = namesBeside(files);
  return (org, index) => requireOther(path.join(directory, `${names[index]}.${org}.rejected.csv`));
}

/**
 * The files' names without their directories; equal ones are numbered: `customers.csv`, `customers.csv.2`.
 */
function namesBeside(files: readonly string[]): string[] {
  const names: string[] = [];
  for (const file of files) {
    const name = file === '-' ? 'stdin' : path.basename(file);
    let free = name;
    for (let count = 2; names.includes(free); count++) free = `${name}.${count}`;
    names.push(free);
  }
  return names;
}

function requireDirectory(absolute: string, rejects: string): void {
  if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new Failure(
    'usage',
    `each of several files has its own rejects file, and ${rejects} is no directory`,
    {
      hint: 'name a directory with --rejects PATH, or leave it out',
    },
  );
}
