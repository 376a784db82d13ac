import * as fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, stat } from 'node:fs/promises';
import net from 'node:net';
import type { Readable } from 'node:stream';
import tty from 'node:tty';
import { promisify } from 'node:util';
import { Failure } from '../errors.ts';

const openDescriptor = promisify(fs.open);
/**
 * Opening a named pipe would wait for its writer, and no signal would end that. Windows does not know the
 * flag.
 */
const withoutWaiting = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);

/**
 * Opens a file without blocking, whatever it is. Throws `file_not_found` or `file_unreadable`, with `name` in
 * the message; `kind` is what the file is for: a file, a mapping file.
 */
export async function openToRead(
  absolute: string,
  {
    name,
    kind = 'file',
    hints,
  }: { name: string; kind?: string; hints?: { missing: string; unreadable: string } },
): Promise<FileHandle> {
  return await open(absolute, withoutWaiting).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT'
      ? new Failure('file_not_found', `${kind} not found: ${name}`, { hint: hints?.missing, cause })
      : new Failure('file_unreadable', `cannot read ${name}: ${cause.message}`, {
          hint: hints?.unreadable,
          cause,
        });
  });
}

/**
 * Opens a pipe or a terminal; undefined for anything else. The event loop reads it, so destroying the stream
 * ends a pending read, even one that waits for a pipe's first writer. It is opened only once: a second
 * opening would miss the end of a writer that already closed it.
 */
export async function openPipe(absolute: string): Promise<Readable | undefined> {
  const found = await stat(absolute).catch(() => undefined);
  if (found?.isFIFO() !== true && found?.isCharacterDevice() !== true) return undefined;
  const fd = await openDescriptor(absolute, withoutWaiting).catch(() => undefined);
  if (fd === undefined) return undefined;
  if (found.isFIFO()) return new net.Socket({ fd, readable: true, writable: false });
  if (tty.isatty(fd)) return new tty.ReadStream(fd);
  fs.closeSync(fd);
  return undefined;
}

/** Names of standard input. Opening it by name fails for a socket. */
export function isStandardInput(file: string): boolean {
  return ['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'].includes(file);
}
