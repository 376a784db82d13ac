import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionParameters } from './parameters.ts';

/** Where a server may be. For a unix socket, `host` is its directory (libpq's convention). */
export interface Place {
  host: string;
  /** The address to connect to without a look-up (`hostaddr`); `host` is then the name to verify. */
  address?: string;
  port: number;
}

/**
 * The places to try, in order: `host`, `hostaddr` and `port` are comma-separated lists of equal length, or
 * one port for all (PostgreSQL documentation, 34.1.1.3). Throws an `Error` that quotes none of them.
 */
export function placesOf(given: ConnectionParameters): [Place, ...Place[]] {
  const hosts = listOf(given['host']);
  const addresses = listOf(given['hostaddr']);
  const ports = listOf(given['port']);
  const count = Math.max(addresses.length || hosts.length, 1);
  if (hosts.length > 0 && hosts.length !== count)
    throw new Error(`it names ${hosts.length} hosts and ${count} hostaddr: each host needs one`);
  if (ports.length > 1 && ports.length !== count)
    throw new Error(`it names ${ports.length} ports for ${count} hosts: name one port, or one for each host`);
  const place = (index: number): Place => {
    const port = portOf((ports.length === 1 ? ports[0] : ports[index]) || '5432');
    const address = addresses[index] || undefined;
    if (address !== undefined && isIP(address) === 0) throw new Error('its hostaddr is not an IP address');
    const host = hosts[index] || address || defaultHost(port);
    return {
      host,
      ...(address !== undefined && address !== host && !host.startsWith('/') && { address }),
      port,
    };
  };
  return [place(0), ...Array.from({ length: count - 1 }, (_none, index) => place(index + 1))];
}

function listOf(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : text.split(',').map((each) => each.trim());
}

/** The local server's socket where packagers put it, as their libpq would; otherwise TCP. */
function defaultHost(port: number): string {
  const directories = ['/var/run/postgresql', '/tmp'];
  return directories.find((directory) => existsSync(`${directory}/.s.PGSQL.${port}`)) ?? 'localhost';
}

function portOf(text: string): number {
  const port = Number(text);
  // Its text is not quoted: in a URL whose password contains a “/”, it is part of the password.
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new Error('its port is not a number from 1 to 65535');
  return port;
}
