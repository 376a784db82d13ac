import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { Failure } from '../../errors.ts';

/** The account that runs the server, if it is not the current one. */
export interface Account {
  uid: number;
  gid: number;
}

/** Where the embedded database keeps its files: `data-18`, `postgres-18.4.0`, `socket`, `server.log`. */
export interface EmbeddedPlace {
  directory: string;
  account: Account | undefined;
}

export interface EmbeddedSettings {
  homeDirectory: string;
  env: Record<string, string | undefined>;
  /** Instead of the user's data directory; as root, one that the server's account can reach. */
  dataDirectory?: string | undefined;
  /** Additional server settings, as in postgresql.conf: `{ fsync: 'off' }`. */
  settings?: Record<string, string> | undefined;
  /** Called if the data directory does not exist yet: creating it takes a few seconds. */
  onFirstStart?: ((directory: string) => void) | undefined;
}

/**
 * The directory of the embedded database: `orderflow-customers` in `XDG_DATA_HOME`, `~/.local/share` or
 * `~/Library/Application Support`. Postgres refuses to run as root, so for root it runs as `postgres` or
 * `nobody`; if that account cannot enter root's home (usually 0700), the directory is one below
 * /var/lib/orderflow-customers instead, named after that home.
 */
export async function embeddedPlace(settings: EmbeddedSettings): Promise<EmbeddedPlace> {
  if (process.platform === 'win32') {
    throw new Failure(
      'no_database_configured',
      'no database is configured, and the embedded one does not run on Windows',
      {
        hint: 'set ORDERFLOW_DATABASE_URL, or give --database URL',
      },
    );
  }
  const home = dataHome(settings);
  const directory = settings.dataDirectory ?? path.join(home.directory, 'orderflow-customers');
  if (process.getuid?.() !== 0) return { directory, account: undefined };
  const account = await serverAccount();
  if (settings.dataDirectory !== undefined || (await canEnter(account, directory)))
    return { directory, account };
  const standIn = path.join('/var/lib/orderflow-customers', encodeURIComponent(home.of.slice(1)) || 'root');
  return { directory: standIn, account };
}

function dataHome({ homeDirectory, env }: EmbeddedSettings): { directory: string; of: string } {
  // The XDG specification requires that a relative path is ignored.
  const xdg = env['XDG_DATA_HOME'];
  if (xdg !== undefined && path.isAbsolute(xdg))
    return { directory: path.normalize(xdg), of: path.normalize(xdg) };
  if (!path.isAbsolute(homeDirectory)) {
    throw new Failure('configuration', 'no home directory to keep the embedded database in', {
      hint: 'set HOME or XDG_DATA_HOME, or name a server in ORDERFLOW_DATABASE_URL',
    });
  }
  const parts = process.platform === 'darwin' ? ['Library', 'Application Support'] : ['.local', 'share'];
  return { directory: path.join(homeDirectory, ...parts), of: homeDirectory };
}

async function serverAccount(): Promise<Account> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined && Number(uid) !== 0)
      return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Failure(
    'no_database_configured',
    'the embedded database cannot run as root, and the accounts “postgres” and “nobody”, which could run it, do not exist',
    {
      hint: 'run as an ordinary user, or name a server in ORDERFLOW_DATABASE_URL',
    },
  );
}

async function canEnter(account: Account, directory: string): Promise<boolean> {
  const parent = path.dirname(directory);
  if (parent !== directory && !(await canEnter(account, parent))) return false;
  const found = await stat(directory).catch(() => undefined);
  if (found === undefined) return true;
  if (found.uid === account.uid) return (found.mode & 0o100) !== 0;
  return (found.mode & (found.gid === account.gid ? 0o010 : 0o001)) !== 0;
}

/** A path for the server's socket that fits the 104 bytes that all systems allow. */
export function socketDirectory(place: EmbeddedPlace): string {
  const beside = path.join(place.directory, 'socket');
  if (Buffer.byteLength(`${beside}/.s.PGSQL.5432`) < 104) return beside;
  const hash = createHash('sha256').update(place.directory).digest('hex').slice(0, 16);
  // Not os.tmpdir(): TMPDIR differs between a shell and cron, and both must find the same server.
  return `/tmp/orderflow-customers-${hash}`;
}

/** The failure for a directory that the operating system did not allow to create or write. */
export function directoryFailure(error: unknown, directory: string): Failure {
  const code = systemErrorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Failure('database_full', `no space left for the embedded database in ${directory}`, {
      hint: 'free some space there, or set XDG_DATA_HOME to a directory on another disk',
      cause: error,
    });
  }
  const reasons: Record<string, string> = {
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'the file system is read-only',
    // Node's code for the same error when it creates several levels.
    ENOENT: 'it cannot be created',
    ENOTDIR: 'a part of that path is a file',
    EEXIST: 'a part of that path is a file',
  };
  const reason = reasons[code ?? ''] ?? String(error);
  return new Failure('configuration', `cannot keep the embedded database in ${directory}: ${reason}`, {
    hint: 'set XDG_DATA_HOME to a directory of your own, or name a server in ORDERFLOW_DATABASE_URL',
    cause: error,
  });
}

/** `ENOENT` and the like; undefined for an error that did not come from the operating system. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
