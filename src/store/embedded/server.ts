import { lstat, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../errors.ts';
import type { ConnectionTarget } from '../connection/target.ts';
import { exists, findBinaries, installBinaries } from './binaries.ts';
import { makeCluster, makePrivateDirectory, serverFailure, writeSettings } from './cluster.ts';
import type { RunningServer } from './pid-file.ts';
import { clearStaleLocks, readPidFile, readyServer, stopServer } from './pid-file.ts';
import type { EmbeddedPlace, EmbeddedSettings } from './place.ts';
import { isBeingRemoved } from './maintenance.ts';
import { directoryFailure, embeddedPlace, socketDirectory, systemErrorCode } from './place.ts';
import { isServerOf, runServerStart } from './process.ts';

/** Starts the embedded database unless it runs; returns where it listens. */
export async function startEmbedded(settings: EmbeddedSettings): Promise<ConnectionTarget> {
  const place = await embeddedPlace(settings);
  const binaries = await findBinaries(settings.env);
  const expected = path.join(place.directory, `data-${binaries.major}`);
  const running = await readyServer(expected);
  if (running !== undefined) return targetOf(running);
  let made = false;
  try {
    if (!(await exists(expected))) settings.onFirstStart?.(place.directory);
    await makePrivateDirectory(place, place.directory);
    made = true;
    await sweepUnfinished(place);
    const bin = await installBinaries(place, binaries);
    const owned = await asOwner(place, expected);
    const cluster = await makeCluster(owned, bin, binaries.major);
    return targetOf(await startServer(owned, bin, cluster, settings.settings ?? {}));
  } catch (error) {
    if (made && (isLost(error, place.directory) || (await isBeingRemoved(place.directory)))) {
      throw new Failure(
        'database_unreachable',
        `the embedded database in ${place.directory} was removed while it was being started`,
        { hint: 'run it again', cause: error },
      );
    }
    if (error instanceof Failure) throw error;
    throw directoryFailure(error, place.directory);
  }
}

/** A file that was created in the directory is gone: between two steps of a removal, nothing else shows it. */
function isLost(error: unknown, directory: string): boolean {
  if (systemErrorCode(error) !== 'ENOENT') return false;
  const { path: file = '', dest = '' } = error as NodeJS.ErrnoException & { dest?: string };
  return [file, dest].some((name) => name.startsWith(directory + path.sep));
}

/** Where the embedded database listens if it runs; starts nothing. */
export async function runningEmbedded(settings: EmbeddedSettings): Promise<ConnectionTarget | undefined> {
  const place = await embeddedPlace(settings);
  const { major } = await findBinaries(settings.env);
  const running = await readyServer(path.join(place.directory, `data-${major}`));
  return running === undefined ? undefined : targetOf(running);
}

/** Remains of a killed start or removal; an hour is longer than any start takes. */
async function sweepUnfinished({ directory }: EmbeddedPlace): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!/^(unfinished|removed)-/.test(name)) continue;
    const found = await stat(path.join(directory, name)).catch(() => undefined);
    if (found === undefined || found.mtimeMs > Date.now() - 3_600_000) continue;
    await rm(path.join(directory, name), { recursive: true, force: true });
  }
}

/** Data created as `nobody` stays with that account even if `postgres` exists later. */
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
  let output = '';
  // Several attempts: a server killed hard leaves processes that keep its memory for a moment, and of several
  // concurrent starts all but one fail.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await clearStaleLocks(cluster, socket);
    await writeSettings(place, cluster, socket, settings);
    output = await runServerStart(place, path.join(bin, 'pg_ctl'), [
      'start',
      '-w',
      '-t',
      '60',
      '-s',
      '-D',
      cluster,
    ]);
    const server = await waitUntilReady(cluster);
    if (server !== undefined) return server;
    await delay(100 * (attempt + 1));
  }
  throw serverFailure(
    'the embedded database does not start',
    output,
    path.join(place.directory, 'server.log'),
  );
}

/** Another user could have put a directory into /tmp, to listen in the server's place. */
async function refuseForeignDirectory(place: EmbeddedPlace, directory: string): Promise<void> {
  const found = await lstat(directory);
  const owner = place.account?.uid ?? process.getuid?.();
  if (found.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0) return;
  throw new Failure(
    'configuration',
    `${directory} is not a private directory of the embedded database's account`,
    {
      hint: 'find out who created it, remove it, then try again',
    },
  );
}

/** Waits for a server that another process is starting; undefined as soon as there is none to wait for. */
async function waitUntilReady(cluster: string): Promise<RunningServer | undefined> {
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(20)) {
    const ready = await readyServer(cluster);
    if (ready !== undefined) return ready;
    const found = await readPidFile(cluster);
    if (found === undefined || !(await isServerOf(cluster, found.pid))) return undefined;
    // Its socket is gone (/tmp was cleaned): it cannot be reached, so it is started again.
    if (found.ready) await stopServer(cluster, found.pid);
  }
  return undefined;
}
