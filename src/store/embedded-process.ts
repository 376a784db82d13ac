import { execFile, spawn } from 'node:child_process';
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type { EmbeddedPlace } from './embedded-place.ts';
import { systemErrorCode } from './embedded-place.ts';

/**
 * Runs one of Postgres' programs as the server's account; returns its exit code and what it, and the
 * server it started, have said. Output goes to `server.log`: a pipe would be held open by the server for
 * as long as it lives, and so keep the command from ending.
 */
export async function runProgram(
  place: EmbeddedPlace,
  file: string,
  args: string[],
  input?: string,
): Promise<{ exitCode: number; output: string }> {
  const logFile = path.join(place.directory, 'server.log');
  const before = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  // The log is for looking into a failure; nobody rotates it.
  const log = await open(logFile, before > 10_000_000 ? 'w' : 'a', 0o600);
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      const child = spawn(file, args, {
        cwd: place.directory,
        env: programEnvironment(),
        stdio: [input === undefined ? 'ignore' : 'pipe', log.fd, log.fd],
        ...place.account,
      });
      child.on('error', reject);
      child.on('exit', (code) => resolve(code ?? 1));
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
    const output = await readFile(logFile).then((all) =>
      all.subarray(before > 10_000_000 ? 0 : before).toString(),
    );
    return { exitCode, output };
  } finally {
    await log.close();
  }
}

/** `PGPORT`, `PGDATA` and the like would become settings of the server; the locale is given by initdb's options. */
function programEnvironment(): Record<string, string> {
  const kept: Record<string, string> = { LC_ALL: 'C' };
  for (const name of ['PATH', 'TZ', 'TMPDIR']) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** True when `pid` lives and is the server of `dataDirectory`; after a reboot the number may be another's. */
export async function isServerOf(dataDirectory: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command.split('\0').includes(dataDirectory);
  }
  return new Promise((resolve) => {
    execFile('ps', ['-ww', '-o', 'command=', '-p', String(pid)], (error, stdout) => {
      resolve(error === null && stdout.includes(dataDirectory));
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}
