import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { readPidFile, readyServer, stopServer } from './pid-file.ts';
import type { EmbeddedPlace, EmbeddedSettings } from './place.ts';
import { embeddedPlace, socketDirectory } from './place.ts';
import { isServerOf } from './process.ts';

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

/** Bytes in all files below; what goes while we look counts nothing. */
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
  // A first start that is under way goes on putting files there, until it fails for want of those that are gone.
  const persistent = { recursive: true, force: true, maxRetries: 15, retryDelay: 100 };
  for (const name of ours) await rm(path.join(place.directory, name), persistent);
  await rm(socketDirectory(place), persistent);
  // Kept if somebody put something of their own there.
  await rmdir(place.directory).catch(() => {});
  return ours.length > 0;
}
