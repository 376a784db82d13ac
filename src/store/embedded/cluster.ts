import { appendFile, chmod, chown, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../errors.ts';
import { exists, ignoreExisting } from './binaries.ts';
import type { EmbeddedPlace } from './place.ts';
import { runProgram } from './process.ts';

/**
 * Creates the data directory, with the database `orderflow` in it, unless it exists. It is created under
 * another name and renamed, so it is complete or absent, and if several processes create it at once, the
 * first one wins.
 */
export async function makeCluster(place: EmbeddedPlace, bin: string, major: number): Promise<string> {
  const cluster = path.join(place.directory, `data-${major}`);
  if (await exists(cluster)) return cluster;
  const unfinished = await mkdtemp(path.join(place.directory, 'unfinished-'));
  try {
    await giveTo(place, unfinished);
    await must(place, path.join(bin, 'initdb'), [
      `--pgdata=${unfinished}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      ...localeOptions(major),
      '--no-instructions',
    ]);
    await appendFile(path.join(unfinished, 'postgresql.conf'), "\ninclude_if_exists 'orderflow.conf'\n");
    const single = ['--single', '-D', unfinished, 'postgres'];
    await must(place, path.join(bin, 'postgres'), single, 'create database orderflow\n');
    await rename(unfinished, cluster).catch(ignoreExisting);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return cluster;
}

/**
 * Byte order with Unicode's letters: `lower()` and citext know Ä, and text indexes need no collation. 200,000
 * customers with three text indexes take 5.0 s to insert, against 8.0 s with ICU's German order; what people
 * read is sorted with a collation of its own. Servers before 17 lack this provider; there the C library's
 * C.UTF-8 does the same.
 */
function localeOptions(major: number): string[] {
  if (major < 17) return ['--locale=C.UTF-8'];
  return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
}

async function must(place: EmbeddedPlace, file: string, args: string[], input?: string): Promise<void> {
  const { exitCode, output } = await runProgram(place, file, args, input);
  // Single-user mode reports an error and still exits with 0.
  if (exitCode === 0 && !/^\S.*\b(?:ERROR|FATAL|PANIC): /m.test(output)) return;
  throw serverFailure(`${path.basename(file)} could not create the embedded database`, output);
}

/** A failure with the reason that Postgres gave, the last one if there are several. */
export function serverFailure(what: string, output: string, log?: string): Failure {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const reason =
    lines.findLast((line) => /\b(FATAL|PANIC|ERROR|error):/.test(line)) ??
    lines.findLast((line) => line.includes('could not')) ??
    lines.at(-1) ??
    'it gave no reason';
  const message = `${what}: ${reason.replace(/^\d{4}-\d\d-\d\d .*\[\d+\] /, '').trim()}`;
  if (/No space left on device|Disk quota exceeded/.test(output)) {
    return new Failure('database_full', message, {
      hint: 'free some space there, or set XDG_DATA_HOME to a directory on another disk',
    });
  }
  const elsewhere = 'a server of your own goes into ORDERFLOW_DATABASE_URL';
  if (output.includes('could not look up effective user ID')) {
    return new Failure('no_database_configured', message, {
      hint: `Postgres needs an account that is in /etc/passwd; ${elsewhere}`,
    });
  }
  return new Failure('database_unreachable', message, {
    hint: log === undefined ? elsewhere : `${log} has the details; ${elsewhere}`,
  });
}

/** The tool's settings, rewritten before each start because the directory may have moved. */
export async function writeSettings(
  place: EmbeddedPlace,
  cluster: string,
  socket: string,
  settings: Record<string, string>,
): Promise<void> {
  const all = {
    listen_addresses: '',
    port: '5432',
    // A list of names: the inner quotes keep a comma in the path from ending it.
    unix_socket_directories: `"${socket.replaceAll('"', '""')}"`,
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
  const unfinished = await mkdtemp(path.join(cluster, 'unfinished-'));
  try {
    const file = path.join(unfinished, 'orderflow.conf');
    await writeFile(file, lines.join(''), { mode: 0o600 });
    await giveTo(place, file);
    await rename(file, path.join(cluster, 'orderflow.conf'));
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Creates `directory`, readable only by the server's account. */
export async function makePrivateDirectory(place: EmbeddedPlace, directory: string): Promise<void> {
  await mkdir(path.dirname(directory), { recursive: true });
  await mkdir(directory, { mode: 0o700 }).then(async () => {
    await chmod(directory, 0o700);
    await giveTo(place, directory);
  }, ignoreExisting);
}

async function giveTo({ account }: EmbeddedPlace, file: string): Promise<void> {
  if (account !== undefined) await chown(file, account.uid, account.gid);
}
