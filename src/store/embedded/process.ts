import { execFile, spawn } from 'node:child_process';
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type { EmbeddedPlace } from './place.ts';
import { systemErrorCode } from './place.ts';

export interface ProgramResult {
  exitCode: number;
  output: string;
}

/** Runs one of Postgres' programs to its end, as the server's account; returns its output. */
export async function runProgram(
  place: EmbeddedPlace,
  file: string,
  args: string[],
  input = '',
): Promise<ProgramResult> {
  const child = spawn(file, args, { cwd: place.directory, env: programEnvironment(), ...place.account });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  child.stdin.on('error', () => {
    // It ended without reading its input: its exit code shows why.
  });
  child.stdin.end(input);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  return { exitCode, output: Buffer.concat(output).toString() };
}

/**
 * Runs `pg_ctl start`; returns the server's output since then. The output goes to `server.log`: the server
 * keeps its output open as long as it lives, and a pipe would keep the command from ending.
 */
export async function runServerStart(place: EmbeddedPlace, file: string, args: string[]): Promise<string> {
  const logFile = path.join(place.directory, 'server.log');
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  // For investigating a failure; it is not rotated.
  const startAnew = size > 10_000_000;
  const log = await open(logFile, startAnew ? 'w' : 'a', 0o600);
  try {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(file, args, {
        cwd: place.directory,
        env: programEnvironment(),
        stdio: ['ignore', log.fd, log.fd],
        ...place.account,
      });
      child.on('error', reject);
      child.on('exit', () => resolve());
    });
    return (await readFile(logFile)).subarray(startAnew ? 0 : size).toString();
  } finally {
    await log.close();
  }
}

/** `PGPORT`, `PGDATA` and others would become settings of the server; initdb's options set the locale. */
function programEnvironment(): Record<string, string> {
  const kept: Record<string, string> = { LC_ALL: 'C' };
  for (const name of ['PATH', 'TZ', 'TMPDIR']) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/**
 * True if `pid` lives and is the server of `dataDirectory`; after a reboot the number may be another
 * process's.
 */
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
