import type { EmbeddedStatus } from '../model/embedded-status.ts';
import { printable } from '../model/printable.ts';
import type { Style } from './text/style.ts';

/** Name and value per line: aligned on a terminal, tab-separated when piped. */
export function renderEmbeddedStatus(status: EmbeddedStatus, style: Style): string {
  const lines: [string, string][] = [
    ['state', stateOf(status)],
    ['directory', status.directory],
  ];
  if (status.major !== undefined) lines.push(['version', `Postgres ${status.major}`]);
  if (status.exists) lines.push(['size', style.terminal ? renderSize(status.size) : String(status.size)]);
  if (status.socket !== undefined)
    lines.push(['psql', `psql -h ${quoted(status.socket)} -U postgres orderflow`]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines
    .map(([name, value]) => `${style.terminal ? name.padEnd(width + 2) : `${name}\t`}${printable(value)}\n`)
    .join('');
}

function stateOf({ exists, running, pid }: EmbeddedStatus): string {
  if (running) return `running (process ${pid})`;
  return exists ? 'stopped' : 'not created yet: the first command that needs it creates it';
}

/** `48 MB`: precise enough to decide whether it is worth deleting. */
export function renderSize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${Math.round(bytes / 1000 ** power)} ${units[power]}`;
}

function quoted(argument: string): string {
  return /^[\w./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
