import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * A file that gets its name when all of it is there, so that the name never stands for half of it. Until then it lies
 * beside it, hidden; a link is followed first, and a file that is replaced leaves its permissions to the new one.
 * What is no ordinary file (a pipe, /dev/null) is written to as it is. Every function throws the system's own error.
 */
export function createUnfinishedFile(target: string) {
  let opened: FileHandle | undefined;
  let temporary: string | undefined;
  let place = target;

  async function openTarget(): Promise<FileHandle> {
    const found = await stat(target).catch(() => undefined);
    if (found !== undefined && !found.isFile()) return await open(target, 'w');
    if (found !== undefined) place = await realpath(target);
    const name = `.${path.basename(place)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    const beside = path.join(path.dirname(place), name);
    // 'x': whatever lies there already, a link say, was not put there by this run.
    const file = await open(beside, 'wx', found === undefined ? 0o666 : found.mode & 0o777).catch(
      (error: Error) => {
        // People know the name that they gave.
        error.message = error.message.replaceAll(beside, target);
        throw error;
      },
    );
    temporary = beside;
    return file;
  }

  return {
    /** Opens it, so that a path that cannot be written to is known before any work is done. */
    async open(): Promise<void> {
      opened ??= await openTarget();
    },
    async write(bytes: Buffer | string): Promise<void> {
      opened ??= await openTarget();
      // Unlike `write`, this goes on until every byte is written or the disk is full.
      await opened.writeFile(bytes);
    },
    /** Everything is on disk, and the file has its name. */
    async finish(): Promise<void> {
      if (opened === undefined) return;
      // A pipe cannot be synced.
      if (temporary !== undefined) await opened.sync();
      await opened.close();
      if (temporary !== undefined) await rename(temporary, place);
    },
    async discard(): Promise<void> {
      await opened?.close().catch(() => {});
      if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => {});
    },
  };
}

export type UnfinishedFile = ReturnType<typeof createUnfinishedFile>;
