import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/store/connection/database.ts';
import { embeddedStatus, removeEmbedded, stopEmbedded } from '../../../src/store/embedded/maintenance.ts';
import type { EmbeddedSettings } from '../../../src/store/embedded/place.ts';
import { embeddedPlace } from '../../../src/store/embedded/place.ts';
import { readyServer } from '../../../src/store/embedded/pid-file.ts';
import { isServerOf } from '../../../src/store/embedded/process.ts';
import { startEmbedded } from '../../../src/store/embedded/server.ts';
import { clusterIn } from '../../support/cluster.ts';
import type { ThrowAwayDirectory } from '../../support/throw-away.ts';
import { throwAwayDirectory } from '../../support/throw-away.ts';

const isRoot = process.getuid?.() === 0;
let throwAway: ThrowAwayDirectory;
let directory: string;
let place: EmbeddedSettings;

beforeAll(async () => {
  throwAway = await throwAwayDirectory();
  directory = throwAway.path;
  place = settingsFor('server');
});

afterAll(async () => {
  await stopEmbedded(place);
  await throwAway.remove();
});

function settingsFor(name: string): EmbeddedSettings {
  return {
    homeDirectory: directory,
    env: { PATH: process.env['PATH'] },
    dataDirectory: path.join(directory, name),
    settings: { fsync: 'off' },
  };
}

async function runningPid(settings: EmbeddedSettings): Promise<number> {
  const { pid } = await embeddedStatus(settings);
  if (pid === undefined) throw new Error('the server does not run');
  return pid;
}

async function ask<Row>(settings: EmbeddedSettings, statement: ReturnType<typeof sql>): Promise<Row[]> {
  const database = await openDatabase(await startEmbedded(settings));
  try {
    return await database.query<Row>(statement);
  } finally {
    await database.close();
  }
}

test('four cold starts at once all reach the one server', async () => {
  const fresh = settingsFor('at-once');
  try {
    const pids = await Promise.all(
      Array.from({ length: 4 }, async () => {
        await ask(fresh, sql`select 1`);
        return runningPid(fresh);
      }),
    );
    expect(new Set(pids).size).toBe(1);
    const left = readdirSync(path.join(directory, 'at-once'));
    expect(left.filter((name) => name.startsWith('unfinished'))).toEqual([]);
  } finally {
    await removeEmbedded(fresh);
  }
});

describe('the server', () => {
  beforeEach(async () => {
    await startEmbedded(place);
  });

  test('is reused while it runs', async () => {
    const before = await runningPid(place);
    await startEmbedded(place);
    expect(await runningPid(place)).toBe(before);
  });

  test('does not run as root, and refuses other users', async () => {
    const { host } = await startEmbedded(place);
    const socket = await stat(host);
    expect(socket.uid).not.toBe(0);
    expect(socket.uid === process.getuid?.()).toBe(!isRoot);
    expect(socket.mode & 0o777).toBe(0o700);
    expect(await ask(place, sql`select current_setting('listen_addresses') as addresses`)).toEqual([
      { addresses: '' },
    ]);
  });

  test('knows the letters of Unicode and the extensions that the schema needs', async () => {
    const [row] = await ask(
      place,
      sql`
        select lower('ÄÖẞ') as lower,
          (select array_agg(name::text order by name) from pg_available_extensions
            where name in ('citext', 'pg_trgm', 'unaccent')) as extensions`,
    );
    expect(row).toEqual({ lower: 'äöß', extensions: ['citext', 'pg_trgm', 'unaccent'] });
  });

  test('starts again after it was stopped, with its data', async () => {
    await ask(place, sql`create table kept as select 1 as one`);
    expect(await stopEmbedded(place)).toBe(true);
    expect(await stopEmbedded(place)).toBe(false);
    expect((await embeddedStatus(place)).running).toBe(false);
    expect(await ask(place, sql`select one from kept`)).toEqual([{ one: 1 }]);
    await ask(place, sql`drop table kept`);
  });

  test('starts again after it was killed', async () => {
    const pid = await runningPid(place);
    process.kill(pid, 'SIGKILL');
    const cluster = clusterIn(path.join(directory, 'server'));
    // A process that is dying has no command line any more, while its socket still takes connections.
    while ((await isServerOf(cluster, pid)) || (await readyServer(cluster)) !== undefined) await delay(5);
    expect(await ask(place, sql`select 1 as one`)).toEqual([{ one: 1 }]);
    expect(await runningPid(place)).not.toBe(pid);
  });

  test('starts although the number of its former process belongs to another now', async () => {
    const { account } = await embeddedPlace(place);
    const pidFile = path.join(clusterIn(path.join(directory, 'server')), 'postmaster.pid');
    const lines = (await readFile(pidFile, 'utf8')).split('\n');
    await stopEmbedded(place);
    const other = spawn('sleep', ['60'], { ...account });
    try {
      await writeFile(pidFile, [other.pid, ...lines.slice(1)].join('\n'));
      expect(await ask(place, sql`select 1 as one`)).toEqual([{ one: 1 }]);
      expect(other.exitCode).toBeNull();
    } finally {
      other.kill();
    }
  });

  test('cleans up after a killed start, but not during a running one', async () => {
    await stopEmbedded(place);
    const old = path.join(directory, 'server', 'unfinished-old');
    await mkdir(old);
    await utimes(old, 0, 0);
    await mkdir(path.join(directory, 'server', 'unfinished-young'));
    await startEmbedded(place);
    const left = readdirSync(path.join(directory, 'server')).filter((name) => name.startsWith('unfinished'));
    expect(left).toEqual(['unfinished-young']);
  });

  test('starts anew when its socket was swept away', async () => {
    const { host, port } = await startEmbedded(place);
    await rm(`${host}/.s.PGSQL.${port}`);
    expect(await ask(place, sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });
});

test('a path too long for a socket gets a short one in /tmp', async () => {
  const long = settingsFor('x'.repeat(100));
  try {
    const { host } = await startEmbedded(long);
    expect(host).toMatch(/^\/tmp\/orderflow-customers-[0-9a-f]{16}$/);
    expect(await ask(long, sql`select 1 as one`)).toEqual([{ one: 1 }]);
    await removeEmbedded(long);
    await expect(stat(host)).rejects.toThrow('ENOENT');
  } finally {
    await removeEmbedded(long);
  }
});

test('remove stops the server and deletes what was made, but nothing of others', async () => {
  const own = settingsFor('removed');
  await startEmbedded(own);
  const pid = await runningPid(own);
  const cluster = clusterIn(path.join(directory, 'removed'));
  await writeFile(path.join(directory, 'removed', 'notes.txt'), 'mine');
  expect(await removeEmbedded(own)).toBe(true);
  expect(await isServerOf(cluster, pid)).toBe(false);
  expect(readdirSync(path.join(directory, 'removed'))).toEqual(['notes.txt']);
  expect(await removeEmbedded(own)).toBe(false);
});

test('a directory that cannot be made is a failure that names it', async () => {
  await writeFile(path.join(directory, 'file'), '');
  await expect(startEmbedded(settingsFor('file/below'))).rejects.toMatchObject({
    code: 'configuration',
    message: expect.stringContaining(path.join(directory, 'file/below')),
    hint: expect.stringContaining('XDG_DATA_HOME'),
  });
});

describe('the place', () => {
  test('is in XDG_DATA_HOME, else in the home directory', async () => {
    const home = path.join(directory, 'home');
    await mkdir(home, { mode: 0o755 });
    const inHome = await embeddedPlace({ homeDirectory: home, env: { XDG_DATA_HOME: 'relative' } });
    expect(inHome.directory).toBe(path.join(home, '.local/share/orderflow-customers'));
    const inXdg = await embeddedPlace({ homeDirectory: home, env: { XDG_DATA_HOME: `${home}/data` } });
    expect(inXdg.directory).toBe(path.join(home, 'data/orderflow-customers'));
  });

  test('is outside of a home that the server’s account cannot enter', async () => {
    const home = path.join(directory, 'private');
    await mkdir(home, { mode: 0o700 });
    const found = await embeddedPlace({ homeDirectory: home, env: {} });
    const standIn = path.join('/var/lib/orderflow-customers', encodeURIComponent(home.slice(1)));
    expect(found.directory).toBe(isRoot ? standIn : path.join(home, '.local/share/orderflow-customers'));
  });

  test('cannot be had without a home directory', async () => {
    await expect(embeddedPlace({ homeDirectory: '', env: {} })).rejects.toMatchObject({
      code: 'configuration',
    });
  });
});
