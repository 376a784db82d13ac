import { lstat, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { readPidFile, readyServer, stopServer } from './pid-file.ts';
import type { EmbeddedSettings } from './place.ts';
import type { EmbeddedStatus } from '../../model/embedded-status.ts';
import { embeddedPlace, socketDirectory, systemErrorCode } from './place.ts';
import { isServerOf } from './process.ts';

async function clusters(directory: string): Promise<{ major: number; directory: string }[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .flatMap((name) => /^data-(\d+)$/.exec(name)?.[1] ?? [])
    .map((major) => ({ major: Number(major), directory: path.join(directory, `data-${major}`) }))
    .toSorted((a, b) => b.major - a.major);
}

/** Reads the status without starting anything. */
export async function embeddedStatus(settings: EmbeddedSettings): Promise<EmbeddedStatus> {
  const place = await embeddedPlace(settings);
  const found = await clusters(place.directory);
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

/** The total bytes of all files below; files that disappear meanwhile are ignored. */
async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const file = path.join(directory, entry.name);
      if (entry.isDirectory()) return sizeOf(file);
      return (await lstat(file).catch(() => undefined))?.size ?? 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Stops the server if it runs; returns whether it did. */
export async function stopEmbedded(settings: EmbeddedSettings): Promise<boolean> {
  const place = await embeddedPlace(settings);
  let stopped = false;
  for (const { directory } of await clusters(place.directory)) {
    const found = await readPidFile(directory);
    if (found === undefined || !(await isServerOf(directory, found.pid))) continue;
    await stopServer(directory, found.pid);
    stopped = true;
  }
  return stopped;
}

/**
 * Stops the server and deletes the data and programs that the tool created, nothing else. Returns whether
 * there were any.
 */
export async function removeEmbedded(settings: EmbeddedSettings): Promise<boolean> {
  const place = await embeddedPlace(settings);
  await stopEmbedded(settings);
  let found = false;
  // Repeated, in case a concurrent first start has created something meanwhile; it fails because its files
  // are gone.
  while (await emptyOut(place.directory)) found = true;
  await rm(socketDirectory(place), { recursive: true, force: true });
  return found;
}

/**
 * Renames what the tool created before it is deleted: a name disappears atomically, so that processes still
 * working there never find half of it. False if there was nothing; then the directory is removed too, unless
 * it contains anything else.
 */
async function emptyOut(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => []);
  const ours = names.filter((name) =>
    /^(data-\d+|postgres-\d.*|(unfinished|removed)-.*|socket|server\.log)$/.test(name),
  );
  if (ours.length === 0) {
    await rmdir(directory).catch(() => {});
    return false;
  }
  const aside = await mkdtemp(path.join(directory, 'removed-'));
  for (const name of ours) {
    await rename(path.join(directory, name), path.join(aside, name)).catch((error: unknown) => {
      // Its creator has removed it, or given it its name.
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    });
  }
  // A server that was being started has not been stopped yet.
  for (const { directory: cluster } of await clusters(aside)) {
    const server = await readPidFile(cluster);
    const running = path.join(directory, path.basename(cluster));
    if (server !== undefined && (await isServerOf(running, server.pid)))
      await stopServer(running, server.pid);
  }
  await rm(aside, { recursive: true, force: true, maxRetries: 5 });
  return true;
}

/** Gives a failed start the reason. */
export async function isBeingRemoved(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => undefined);
  return names === undefined || names.some((name) => name.startsWith('removed-'));
}
