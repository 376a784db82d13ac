import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, statfs } from 'node:fs/promises';
import process from 'node:process';

export interface ThrowAwayDirectory {
  path: string;
  remove(): Promise<void>;
}

/**
 * A directory for the calling process, with a path short enough for sockets, which the server's own account
 * can enter too. When the process is killed, it goes all the same, and the servers in it are stopped.
 */
export async function throwAwayDirectory(): Promise<ThrowAwayDirectory> {
  const path = await mkdtemp(`${await fastest()}/oc-test-`);
  await chmod(path, 0o755);
  const watch = `
    while kill -0 ${process.pid} 2>/dev/null && [ -d ${path} ]; do sleep 2; done
    [ -d ${path} ] || exit 0
    find ${path} -name postmaster.pid | while read -r file; do kill -INT "$(head -n 1 "$file")"; done
    sleep 2
    rm -rf ${path}`;
  spawn('/bin/sh', ['-c', watch], { detached: true, stdio: 'ignore' }).unref();
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Bytes that must be free in memory: the servers of a whole run, and their logs. */
const enough = 4 * 2 ** 30;

/** Memory where there is plenty: servers create and remove so many files that a disk's file system costs a tenth of a run. */
async function fastest(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => undefined);
  if (memory === undefined || process.availableMemory() < 2 * enough) return '/tmp';
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '');
  const [, type, options = ''] = / \/dev\/shm (\S+) (\S+)/.exec(mounts) ?? [];
  const suits = type === 'tmpfs' && !options.split(',').some((option) => ['noexec', 'ro'].includes(option));
  return suits && memory.bavail * memory.bsize >= enough ? '/dev/shm' : '/tmp';
}
