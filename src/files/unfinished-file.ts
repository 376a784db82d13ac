import { createHash, randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, readdir, readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { WritableFile } from './open-to-write.ts';
import { openSpecialFile } from './open-to-write.ts';

/**
 * A file that appears under its name only when it is complete. Until then it is hidden beside it. A link is
 * followed first, and a replaced file passes its permissions on to the new one, unless `mode` is given. A
 * target that is not an ordinary file (a pipe, /dev/null) is written directly; `signal` ends the wait for a
 * pipe's reader. Every function throws the system's own error, or the signal's reason.
 *
 * The hidden name contains a digest of this machine and the process's number: opening a file first removes
 * what killed processes of this machine have left beside it under the same name.
 */
export function createUnfinishedFile(
  target: string,
  { mode, signal }: { mode?: number; signal?: AbortSignal } = {},
) {
  let opened: WritableFile | undefined;
  let synced: FileHandle | undefined;
  let temporary: string | undefined;
  let place = target;

  async function openTarget(): Promise<WritableFile> {
    const found = await stat(target).catch(() => undefined);
    if (found?.isFile() === false) return await openSpecialFile(target, { named: found, signal });
    if (found !== undefined) place = await realpath(target);
    const prefix = `.${path.basename(place)}.${await machineDigest()}-`;
    await removeLeftovers(path.dirname(place), prefix);
    const beside = `${path.join(path.dirname(place), prefix)}${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    const permissions = mode ?? (found === undefined ? 0o666 : found.mode & 0o777);
    // 'x': whatever already exists there, a link for example, is not from this run.
    const file = await open(beside, 'wx', permissions).catch((error: Error) => {
      // People know the name that they gave.
      error.message = error.message.replaceAll(beside, target);
      throw error;
    });
    temporary = beside;
    synced = file;
    return file;
  }

  /** Everything is on disk, still under the temporary name. */
  async function complete(): Promise<void> {
    if (opened === undefined) return;
    // A pipe cannot be synced.
    await synced?.sync();
    await opened.close();
  }

  /** Gives a complete file its name. */
  async function publish(): Promise<void> {
    if (temporary !== undefined) await rename(temporary, place);
  }

  return {
    /** Where the bytes are until the file has its name. */
    temporary: () => temporary ?? target,
    /** Opens it, so that an unwritable path is known before any work is done. */
    async open(): Promise<void> {
      opened ??= await openTarget();
    },
    async write(bytes: Buffer | string): Promise<void> {
      opened ??= await openTarget();
      // Unlike `write`, this continues until every byte is written or the disk is full.
      await opened.writeFile(bytes);
    },
    complete,
    publish,
    /** Everything is on disk, and the file has its name. */
    async finish(): Promise<void> {
      await complete();
      await publish();
    },
    async discard(): Promise<void> {
      await opened?.close().catch(() => {});
      if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => {});
    },
  };
}

export type UnfinishedFile = ReturnType<typeof createUnfinishedFile>;

/**
 * Identifies processes that share this one's numbering. Several machines may share the directory, and their
 * processes cannot be looked up. The same is true of another container, even with the same host name, and of
 * those from before a reboot, whose numbers have been reused. So on Linux, the boot id and the PID namespace
 * are part of it.
 */
export async function machineDigest(proc = '/proc'): Promise<string> {
  const boot = await readFile(path.join(proc, 'sys/kernel/random/boot_id'), 'utf8').catch(() => '');
  const namespace = await readlink(path.join(proc, 'self/ns/pid')).catch(() => '');
  return createHash('sha256').update([os.hostname(), boot, namespace].join('\n')).digest('hex').slice(0, 8);
}

/** Removes what killed runs have left. A file of a process that still exists stays. */
async function removeLeftovers(directory: string, prefix: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const left = names.filter((name) => {
    if (!name.startsWith(prefix)) return false;
    const process = /^(\d+)-[\da-f]{8}\.tmp$/.exec(name.slice(prefix.length))?.[1];
    return process !== undefined && !isRunning(Number(process));
  });
  // A file that cannot be removed belongs to another user.
  await Promise.all(left.map((name) => rm(path.join(directory, name), { force: true }).catch(() => {})));
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // Without permission to signal it, it exists all the same.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
