import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../errors.ts';
import type { Source } from '../../files/source.ts';
import { namesOfFiles } from '../../model/file-names.ts';

/**
 * The export writes the file `done` when it is complete (`--done`). One that is older than the data belongs
 * to an earlier export.
 */
export async function requireDone(
  done: string | undefined,
  { sources, cwd }: { sources: readonly Source[]; cwd: string },
): Promise<void> {
  if (done === undefined) return;
  const found = await stat(path.resolve(cwd, done)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return;
    throw new Failure('file_unreadable', `cannot look at ${done}: ${cause.message}`, {
      hint: 'check the permissions of its directory',
      cause,
    });
  });
  if (found === undefined) {
    const names = namesOfFiles(sources.map(({ name }) => name));
    throw new Failure('export_not_done', `${done} does not exist: the export of ${names} is not complete`, {
      hint: 'run it again when the export has ended, or check that the export writes this file (--done)',
    });
  }
  for (const { name, modified } of sources) {
    if (modified === undefined || found.mtime >= modified) continue;
    throw new Failure(
      'export_not_done',
      `${done} (${found.mtime.toISOString()}) is older than ${name} (${modified.toISOString()}): ` +
        'the export is not complete',
      { hint: 'run it again when the export has ended; it must write this file after the data (--done)' },
    );
  }
}

/** How often the file is checked during the time in which it must not change; at least each second. */
const looks = 10;

/**
 * Waits until none of the files has been written to for this many milliseconds (`--settle`). The files
 * themselves are watched, because their times are unreliable: copying programs reset them. A missing file is
 * reported when it is read.
 */
export async function waitUntilSettled(
  files: readonly string[],
  { settle, cwd, signal }: { settle: number | undefined; cwd: string; signal: AbortSignal },
): Promise<void> {
  if (settle === undefined) return;
  let seen = await stateOf(files, cwd);
  const pause = Math.min(1000, settle / looks);
  for (let calm = 0; seen !== '' && calm < settle; calm += pause) {
    await delay(pause, undefined, { signal }).catch(() => {
      throw signal.reason;
    });
    const now = await stateOf(files, cwd);
    if (now !== seen) calm = -pause;
    seen = now;
  }
}

/** '' if one of the files is missing. Throws `usage` for a pipe, which has no end yet. */
async function stateOf(files: readonly string[], cwd: string): Promise<string> {
  const states = await Promise.all(
    files.map(async (file) => (file === '-' ? 'pipe' : await stateOfFile(path.resolve(cwd, file)))),
  );
  if (states.includes('pipe')) {
    throw new Failure('usage', '--settle needs a file: a pipe cannot be watched', {
      hint: 'leave --settle out; --expect-rows shows whether all of it has come',
    });
  }
  return states.includes(undefined) ? '' : states.join('\n');
}

/**
 * Changes whenever a file is written to or replaced; undefined if it is missing, `pipe` for what has no end
 * yet.
 */
async function stateOfFile(absolute: string): Promise<string | undefined> {
  const found = await stat(absolute, { bigint: true }).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return undefined;
  return found.isFile() ? `${found.ino} ${found.size} ${found.mtimeNs}` : 'pipe';
}
