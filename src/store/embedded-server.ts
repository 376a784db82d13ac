import { lstat, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../errors.ts';
import type { ConnectionTarget } from './connection-target.ts';
import { findBinaries, installBinaries } from './embedded-binaries.ts';
import { makeCluster, makePrivateDirectory, serverFailure, writeSettings } from './embedded-cluster.ts';
import type { EmbeddedPlace, EmbeddedSettings } from './embedded-place.ts';
import { directoryFailure, embeddedPlace, socketDirectory } from './embedded-place.ts';
import { isServerOf, runProgram } from './embedded-process.ts';

/** What `embedded status` tells. Sizes in bytes. */
export interface EmbeddedStatus {
  directory: string;
  exists: boolean;
  running: boolean;
  pid: number | undefined;
  socket: string | undefined;
  /** Of the data: `18`; undefined before the first start. */
  major: number | undefined;
  size: number;
}

/** Starts the embedded database unless it runs; returns where it listens. */
export async function startEmbedded(settings: EmbeddedSettings): Promise<ConnectionTarget> {
  const place = await embeddedPlace(settings);
  const binaries = await findBinaries(settings.env);
  const expected = path.join(place.directory, `data-${binaries.major}`);
  const running = await readyServer(expected);
  if (running !== undefined) return targetOf(running);
  try {
    await makePrivateDirectory(place, place.directory);
    const bin = await installBinaries(place, binaries);
    const owned = await asOwner(place, expected);
    const cluster = await makeCluster(owned, bin, binaries.major);
    return targetOf(await startServer(owned, bin, cluster, settings.settings ?? {}));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw directoryFailure(error, place.directory);
  }
}

/** Data made as `nobody` stays with that account when `postgres` comes to be later. */
async function asOwner(place: EmbeddedPlace, cluster: string): Promise<EmbeddedPlace> {
  const found = await stat(cluster).catch(() => undefined);
  if (place.account === undefined || found === undefined) return place;
  return { ...place, account: { uid: found.uid, gid: found.gid } };
}

function targetOf(server: RunningServer): ConnectionTarget {
  return {
    source: 'embedded',
    host: server.socket,
    port: server.port,
    user: 'postgres',
    database: 'orderflow',
    connectTimeout: 10_000,
  };
}

async function startServer(
  place: EmbeddedPlace,
  bin: string,
  cluster: string,
  settings: Record<string, string>,
): Promise<RunningServer> {
  const socket = socketDirectory(place);
  await makePrivateDirectory(place, socket);
  await refuseForeignDirectory(place, socket);
  let said = '';
  // More than one attempt: a server killed hard leaves processes that hold its memory for a moment,
  // and of several starts at once all but one fail.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await clearStalePid(cluster);
    await writeSettings(place, cluster, socket, settings);
    const started = await runProgram(place, path.join(bin, 'pg_ctl'), [
      'start',
      '-w',
      '-t',
      '60',
      '-s',
      '-D',
      cluster,
    ]);
    said = started.output;
    const server = await waitUntilReady(cluster);
    if (server !== undefined) return server;
    await delay(100 * (attempt + 1));
  }
  throw serverFailure(place, 'the embedded database does not start', said);
}

/** A directory in /tmp could have been laid there by somebody else, to listen in our place. */
async function refuseForeignDirectory(place: EmbeddedPlace, directory: string): Promise<void> {
  const found = await lstat(directory);
  const owner = place.account?.uid ?? process.getuid?.();
  if (found.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0) return;
  throw new Failure(
    'configuration',
    `${directory} is not a private directory of the embedded database's account`,
    {
      hint: 'look who made it and remove it, then try again',
    },
  );
}

interface RunningServer {
  pid: number;
  socket: string;
  port: number;
}

interface PidFile extends RunningServer {
  ready: boolean;
}

/** `postmaster.pid`: number, data directory, start time, port, socket directory, address, memory key, state. */
async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]), socket: lines[4] ?? '', ready: lines[7] === 'ready' };
}

async function readyServer(cluster: string): Promise<RunningServer | undefined> {
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

/** Waits for a server that another process is starting; undefined as soon as there is none to wait for. */
async function waitUntilReady(cluster: string): Promise<RunningServer | undefined> {
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(20)) {
    const ready = await readyServer(cluster);
    if (ready !== undefined) return ready;
    const found = await readPidFile(cluster);
    if (found === undefined || !(await isServerOf(cluster, found.pid))) return undefined;
    // Its socket is gone (/tmp was swept): nobody can reach it, so it may as well start anew.
    if (found.ready) await stopServer(cluster, found.pid);
  }
  return undefined;
}

/** After a crash or a reboot the file stays, and Postgres refuses to start if its number lives on as another's. */
async function clearStalePid(cluster: string): Promise<void> {
  const found = await readPidFile(cluster);
  if (found === undefined || (await isServerOf(cluster, found.pid))) return;
  const file = path.join(cluster, 'postmaster.pid');
  const aside = path.join(cluster, `stale-${process.pid}.pid`);
  await rename(file, aside).catch(() => {});
  // Between the look and the rename another process may have started the server: its file goes back.
  const moved = await readFile(aside, 'utf8').catch(() => '');
  if (moved !== '' && Number.parseInt(moved, 10) !== found.pid) await rename(aside, file);
  else await rm(aside, { force: true });
}

async function stopServer(cluster: string, pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(20)) {
    if (!(await isServerOf(cluster, pid))) return;
  }
  throw new Failure(
    'database_timeout',
    `the embedded database (process ${pid}) has not stopped within a minute`,
    {
      hint: `see whether something still runs in it, then try again`,
    },
  );
}

async function clusters(place: EmbeddedPlace): Promise<{ major: number; directory: string }[]> {
  const names = await readdir(place.directory).catch(() => []);
  return names
    .flatMap((name) => /^data-(\d+)$/.exec(name)?.[1] ?? [])
    .map((major) => ({ major: Number(major), directory: path.join(place.directory, `data-${major}`) }))
    .toSorted((a, b) => b.major - a.major);
}

/** Looks without starting anything. */
export async function embeddedStatus(settings: EmbeddedSettings): Promise<EmbeddedStatus> {
  const place = await embeddedPlace(settings);
  const found = await clusters(place);
  for (const { major, directory } of found) {
    const server = await readyServer(directory);
    if (server === undefined) continue;
    const { pid, socket } = server;
    return {
      directory: place.directory,
      exists: true,
      running: true,
      pid,
      socket,
      major,
      size: await sizeOf(directory),
    };
  }
  const newest = found[0];
  return {
    directory: place.directory,
    exists: newest !== undefined,
    running: false,
    pid: undefined,
    socket: undefined,
    major: newest?.major,
    size: newest === undefined ? 0 : await sizeOf(newest.directory),
  };
}

async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    // A file may go while we look.
    files.map((file) =>
      stat(path.join(file.parentPath, file.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Stops the server if it runs; true when there was one to stop. */
export async function stopEmbedded(settings: EmbeddedSettings): Promise<boolean> {
  const place = await embeddedPlace(settings);
  let stopped = false;
  for (const { directory } of await clusters(place)) {
    const found = await readPidFile(directory);
    if (found === undefined || !(await isServerOf(directory, found.pid))) continue;
    await stopServer(directory, found.pid);
    stopped = true;
  }
  return stopped;
}

/** Stops the server and deletes its data and programs: what we made, nothing else. True when there was any. */
export async function removeEmbedded(settings: EmbeddedSettings): Promise<boolean> {
  const place = await embeddedPlace(settings);
  await stopEmbedded(settings);
  const names = await readdir(place.directory).catch(() => []);
  const ours = names.filter((name) =>
    /^(data-\d+|postgres-\d.*|unfinished-.*|socket|server\.log)$/.test(name),
  );
  for (const name of ours) await rm(path.join(place.directory, name), { recursive: true, force: true });
  await rm(socketDirectory(place), { recursive: true, force: true });
  // Kept if somebody put something of their own there.
  await rmdir(place.directory).catch(() => {});
  return ours.length > 0;
}
