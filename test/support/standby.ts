import { readdir, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ConnectionTarget } from '../../src/store/connection/target.ts';
import { stopEmbedded } from '../../src/store/embedded/maintenance.ts';
import { startEmbedded } from '../../src/store/embedded/server.ts';
import { throwAwayDirectory } from './throw-away.ts';

export interface ServerPair {
  primary: ConnectionTarget;
  /** A copy of the primary's data in recovery: it can be read, but accepts no writes. */
  standby: ConnectionTarget;
  stopPrimary(): Promise<void>;
  stop(): Promise<void>;
}

/** The standby stays as it was copied, or follows the primary by streaming. */
export async function startPair({ follows }: { follows: boolean }): Promise<ServerPair> {
  const directory = await throwAwayDirectory();
  const settingsOf = (name: string) => ({
    homeDirectory: os.homedir(),
    env: process.env,
    dataDirectory: path.join(directory.path, name),
    settings: { fsync: 'off', full_page_writes: 'off' },
  });
  const [first, second] = [settingsOf('primary'), settingsOf('standby')];
  await startEmbedded(first);
  await stopEmbedded(first);
  // Of the system, since it keeps the owner of each file.
  await promisify(execFile)('cp', ['-a', first.dataDirectory, second.dataDirectory]);
  const [data = ''] = await dataDirectories(second.dataDirectory);
  await writeFile(path.join(data, 'standby.signal'), '');
  const primary = await startEmbedded(first);
  const { host, port, user } = primary;
  const sender = follows && {
    primary_conninfo: `host=${host} port=${port} user=${user}`,
    // What reads there makes way for the primary's changes at once.
    max_standby_streaming_delay: '0',
  };
  const standby = await startEmbedded({ ...second, settings: { ...second.settings, ...sender } });
  return {
    primary: { ...primary, source: '--database' },
    standby: { ...standby, source: '--database' },
    async stopPrimary() {
      await stopEmbedded(first);
    },
    async stop() {
      await Promise.all([stopEmbedded(first), stopEmbedded(second)]);
      await directory.remove();
    },
  };
}

async function dataDirectories(place: string): Promise<string[]> {
  const names = await readdir(place);
  return names.filter((name) => name.startsWith('data-')).map((name) => path.join(place, name));
}
