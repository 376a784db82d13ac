import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ConnectionTarget } from '../../src/store/connection/target.ts';
import { throwAwayDirectory } from './throw-away.ts';

const programs = '/usr/lib/postgresql/15/bin';

/** The oldest version that is supported, as Debian installs it: some of its plans are others than the newest one's. */
export const postgres15 = existsSync(path.join(programs, 'initdb')) ? programs : undefined;

export interface OldServer {
  target: ConnectionTarget;
  stop(): Promise<void>;
}

/** A throw-away server of version 15 on a socket of its own, which lets everyone in. */
export async function startPostgres15(): Promise<OldServer> {
  if (postgres15 === undefined)
    throw new Error('Postgres 15 is not installed: apt-get install postgresql-15');
  const directory = await throwAwayDirectory();
  const place = path.join(directory.path, 'server');
  await mkdir(place, { mode: 0o700 });
  // A server refuses to run as root.
  const account = process.getuid?.() === 0 ? accountOf('postgres') : undefined;
  if (account !== undefined) await chown(place, account.uid, account.gid);
  const data = path.join(place, 'data');
  const start = (program: string, argv: string[]) =>
    promisify(execFile)(path.join(programs, program), argv, { cwd: place, ...account });
  await start('initdb', [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-N',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
  ]);
  const settings = [`unix_socket_directories=${place}`, 'listen_addresses=', 'fsync=off', 'autovacuum=off'];
  const options = settings.map((setting) => `-c ${setting}`).join(' ');
  await start('pg_ctl', ['start', '-w', '-s', '-D', data, '-l', path.join(place, 'log'), '-o', options]);
  return {
    target: {
      source: '--database',
      host: place,
      port: 5432,
      user: 'postgres',
      database: 'postgres',
      connectTimeout: 10_000,
    },
    async stop() {
      await start('pg_ctl', ['stop', '-m', 'immediate', '-D', data]);
      await directory.remove();
    },
  };
}

function accountOf(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
