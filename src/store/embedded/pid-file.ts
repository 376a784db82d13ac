import { randomUUID } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../errors.ts';
import { isServerOf } from './process.ts';

/** A server that accepts connections: its process and its socket. */
export interface RunningServer {
  pid: number;
  socket: string;
  port: number;
}

interface PidFile extends RunningServer {
  ready: boolean;
}

/**
 * `postmaster.pid`: number, data directory, start time, port, socket directory, address, memory key, state.
 */
export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]), socket: lines[4] ?? '', ready: lines[7] === 'ready' };
}

/** The server of this data directory if it accepts connections; costs about a millisecond. */
export async function readyServer(cluster: string): Promise<RunningServer | undefined> {
  const found = await readPidFile(cluster);
  if (found === undefined || !found.ready) return undefined;
  const accepts = await new Promise<boolean>((resolve) => {
    const socket = net.connect(`${found.socket}/.s.PGSQL.${found.port}`);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
  return accepts ? found : undefined;
}

/**
 * After a crash or a reboot, the lock files of data directory and socket remain, and Postgres refuses to
 * start if their process number is in use: by another's process, or by a zombie.
 */
export async function clearStaleLocks(cluster: string, socket: string): Promise<void> {
  for (const file of [path.join(cluster, 'postmaster.pid'), path.join(socket, '.s.PGSQL.5432.lock')]) {
    const pid = await pidIn(file);
    if (Number.isNaN(pid) || (await isServerOf(cluster, pid))) continue;
    const aside = path.join(cluster, `stale-${randomUUID()}`);
    await rename(file, aside).catch(() => {});
    // Between the check and the rename, another process may have started the server: its file is put back.
    const moved = await pidIn(aside);
    if (Number.isNaN(moved) || moved === pid) await rm(aside, { force: true });
    else await rename(aside, file);
  }
}

async function pidIn(file: string): Promise<number> {
  return Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
}

/** Stops the server, ending its sessions, and waits until it is gone. */
export async function stopServer(cluster: string, pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(20)) {
    if (!(await isServerOf(cluster, pid))) return;
  }
  throw new Failure(
    'database_timeout',
    `the embedded database (process ${pid}) did not stop within a minute`,
    {
      hint: `check whether a session is still running in it, then try again`,
    },
  );
}
