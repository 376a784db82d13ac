import path from 'node:path';
import type { ConnectionParameters } from './parameters.ts';
import { readTextFile, statsOf } from './text-file.ts';

type Environment = Record<string, string | undefined>;

/**
 * The parameters of a service (PostgreSQL documentation, 34.17): from PGSERVICEFILE or `~/.pg_service.conf`,
 * otherwise `pg_service.conf` in PGSYSCONFDIR. Undefined if no file has the service.
 */
export async function readService(
  service: string,
  env: Environment,
  homeDirectory: string,
): Promise<ConnectionParameters | undefined> {
  const files = [
    env['PGSERVICEFILE'] || path.join(homeDirectory, '.pg_service.conf'),
    path.join(env['PGSYSCONFDIR'] || '/etc/postgresql-common', 'pg_service.conf'),
  ];
  for (const file of files) {
    const found = section((await readTextFile(file)) ?? '', service);
    if (found !== undefined) return found;
  }
  return undefined;
}

function section(text: string, name: string): ConnectionParameters | undefined {
  let found: ConnectionParameters | undefined;
  let current: string | undefined;
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[(.*)\]$/.exec(line)?.[1];
    // The first section of a name counts.
    if (header !== undefined) current = found === undefined || header !== name ? header : undefined;
    if (current !== name) continue;
    found ??= {};
    const equals = line.indexOf('=');
    if (header === undefined && equals > 0)
      found[line.slice(0, equals).trim()] = line.slice(equals + 1).trim();
  }
  return found;
}

export interface PasswordFile {
  password?: string;
  /** Set if the file was ignored because others may read it, as in libpq. */
  openToOthers?: string;
}

/** The password for a connection from PGPASSFILE or `~/.pgpass` (PostgreSQL documentation, 34.16). */
export async function readPasswordFile(
  file: string,
  wanted: { host: string; port: number; database: string; user: string },
): Promise<PasswordFile> {
  const found = statsOf(file);
  if (found === undefined || !found.isFile()) return {};
  if ((found.mode & 0o077) !== 0) return { openToOthers: file };
  const host = wanted.host.startsWith('/') ? [wanted.host, 'localhost'] : [wanted.host];
  const fields = [host, [String(wanted.port)], [wanted.database], [wanted.user]];
  const text = (await readTextFile(file)) ?? '';
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const entry = [...line.matchAll(/((?:[^:\\]|\\.)*)(?::|$)/g)].map(([, field = '']) =>
      field.replaceAll(/\\(.)/g, '$1'),
    );
    const matches = fields.every(
      (values, index) => entry[index] === '*' || values.includes(entry[index] ?? ''),
    );
    if (matches && entry[4] !== undefined) return { password: entry[4] };
  }
  return {};
}
