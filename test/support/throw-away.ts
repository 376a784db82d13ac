import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';

export interface ThrowAwayDirectory {
  path: string;
  remove(): Promise<void>;
}

/**
 * A directory for the calling process, with a path short enough for sockets, which the server's own account
 * can enter too. When the process is killed, it goes all the same, and the servers in it are stopped.
 */
export async function throwAwayDirectory(): Promise<ThrowAwayDirectory> {
  const path = await mkdtemp('/tmp/oc-test-');
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
