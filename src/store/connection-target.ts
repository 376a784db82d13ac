/**
 * Which server a command talks to, decided once and handed to the driver as it is.
 * For a unix socket `host` is the directory that holds it (libpq's convention).
 */
export interface ConnectionTarget {
  /** Where it was found, for messages and `doctor`. */
  source: '--database' | 'ORDERFLOW_DATABASE_URL' | 'DATABASE_URL' | 'PG* variables' | 'embedded';
  host: string;
  port: number;
  user: string;
  database: string;
  password?: string;
  ssl?:
    | { rejectUnauthorized: boolean; ca?: string; cert?: string; key?: string; servername?: string }
    | undefined;
  /** Milliseconds until a connection attempt is given up. */
  connectTimeout: number;
}

/** `user@host:port/database`, as a person would name the server. Never a password. */
export function describeTarget(target: ConnectionTarget): string {
  if (target.source === 'embedded') return `embedded database (${target.database})`;
  return `${target.user}@${target.host}:${target.port}/${target.database}`;
}

export interface TargetSources {
  flag?: string | undefined;
  env: Record<string, string | undefined>;
  homeDirectory: string;
}

export function resolveTarget(_sources: TargetSources): ConnectionTarget | undefined {
  return undefined;
}
