import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../errors.ts';
import type { Source } from '../../files/source.ts';

/**
 * The export writes the file `done` when it is complete (`--done`). One that is older than the data belongs to an
 * earlier export.
 */
export async function requireDone(
  done: string | undefined,
  { source, cwd }: { source: Source; cwd: string },
): Promise<void> {
  if (done === undefined) return;
  const found = await stat(path.resolve(cwd, done)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return;
    throw new Failure('file_unreadable', `cannot look at ${done}: ${cause.message}`, {
      hint: 'check the permissions of its directory',
      cause,
    });
  });
  const { name, modified } = source;
  if (found === undefined) {
    throw new Failure('export_not_done', `${done} does not exist: the export of ${name} is not complete`, {
      hint: 'run it again when the export has ended, or check that the export writes this file (--done)',
    });
  }
  if (modified === undefined || found.mtime >= modified) return;
  throw new Failure(
    'export_not_done',
    `${done} (${found.mtime.toISOString()}) is older than ${name} (${modified.toISOString()}): ` +
      'the export is not complete',
    { hint: 'run it again when the export has ended; it must write this file after the data (--done)' },
  );
}
