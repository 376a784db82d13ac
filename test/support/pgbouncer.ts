import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionTarget } from '../../src/store/connection/target.ts';
import { throwAwayDirectory } from './throw-away.ts';

/** How many connections PgBouncer keeps to the server for a database, which its clients take in turn. */
export const poolSize = 3;

export const pgBouncer = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin']
  .map((directory) => path.join(directory, 'pgbouncer'))
  .find((file) => existsSync(file));

export interface Pooler {
  /** `target`, by way of the pooler. */
  target: ConnectionTarget;
  stop(): Promise<void>;
}

/** Starts PgBouncer in front of the test's server: each transaction is given to the next connection of the pool. */
export async function startPgBouncer(server: ConnectionTarget): Promise<Pooler> {
  if (pgBouncer === undefined) throw new Error('pgbouncer is not installed: apt-get install pgbouncer');
  const directory = await throwAwayDirectory();
  const place = path.join(directory.path, 'pgbouncer');
  await mkdir(place, { mode: 0o700 });
  const file = (name: string) => path.join(place, name);
  await writeFile(file('users.txt'), `"${server.user}" "${server.password ?? ''}"\n`);
  await writeFile(
    file('pgbouncer.ini'),
    `[databases]
* = host=${server.address ?? server.host} port=${server.port}
[pgbouncer]
listen_port = 6432
unix_socket_dir = ${place}
auth_type = trust
auth_file = ${file('users.txt')}
pool_mode = transaction
default_pool_size = ${poolSize}
min_pool_size = ${poolSize}
server_round_robin = 1
logfile = ${file('log')}
pidfile = ${file('pid')}
`,
  );
  // It refuses to run as root; whoever may open the server's socket may run it.
  const { uid, gid } = await stat(server.host).catch(() => ({ uid: 65_534, gid: 65_534 }));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) for (const each of ['.', 'users.txt', 'pgbouncer.ini']) await chown(file(each), uid, gid);
  const child = spawn(pgBouncer, ['-q', file('pgbouncer.ini')], {
    cwd: place,
    stdio: ['ignore', 'ignore', 'inherit'],
    ...(asRoot && { uid, gid }),
  });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const target = { ...server, host: place, port: 6432 };
  for (const started = performance.now(); !(await answers(file('.s.PGSQL.6432'))); await delay(10)) {
    if (child.exitCode !== null || performance.now() - started > 10_000)
      throw new Error('pgbouncer does not start');
  }
  return {
    target,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await directory.remove();
    },
  };
}

async function answers(socketFile: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketFile, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
