import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '../errors.ts';

/** A file to read, opened; `chunks` are its bytes, unpacked when it is gzip. */
export interface Source {
  /** The name for people and the ledger: the path as it was given, or `stdin`. */
  name: string;
  /** Bytes on disk; undefined for standard input and other pipes. */
  size: number | undefined;
  /** How many bytes on disk were read so far, for progress. */
  bytesRead(): number;
  /** Throws `Failure` for a read error, for damaged gzip, and at the end of a file that was changed meanwhile. */
  chunks: AsyncIterable<Buffer>;
  close(): void;
}

const chunkSize = 1 << 16;

/**
 * Opens `file` (`-` is `stdin`) before anything else is done, so that a missing file is a usage error
 * and no transaction waits for it. Gzip is known by its first bytes (RFC 1952), never by the name.
 */
export async function openSource(file: string, options: { stdin: Readable; cwd: string }): Promise<Source> {
  if (file === '-') return sourceOf(options.stdin, { name: 'stdin' });
  const handle = await openFile(path.resolve(options.cwd, file), file);
  // One handle for everything: who writes into a named pipe sees its reader go when it is opened a second time.
  const stream = handle.createReadStream({ highWaterMark: chunkSize, autoClose: false });
  const close = () => {
    stream.destroy();
    handle.close().catch(() => {});
  };
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) {
      throw new Failure('file_unreadable', `${file} is a directory`, {
        hint: 'name the file in it to import',
      });
    }
    if (!stat.isFile()) return { ...sourceOf(stream, { name: file }), close };
    const atEnd = (bytesRead: number) => requireUnchanged(handle, { file, stat, bytesRead });
    return { ...sourceOf(stream, { name: file, size: stat.size, atEnd }), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function openFile(absolute: string, file: string): Promise<FileHandle> {
  return open(absolute, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      throw new Failure('file_not_found', `there is no file ${file}`, {
        hint: 'check the path; use - to read standard input',
        cause: error,
      });
    }
    throw new Failure('file_unreadable', `cannot read ${file}: ${error.message}`, {
      hint: 'check the file’s permissions',
      cause: error,
    });
  });
}

/** An export that is still being written looks like a whole file; half a file must not be imported as one. */
async function requireUnchanged(
  handle: FileHandle,
  { file, stat, bytesRead }: { file: string; stat: Stats; bytesRead: number },
): Promise<void> {
  const now = await handle.stat();
  if (bytesRead === stat.size && now.size === stat.size && now.mtimeMs === stat.mtimeMs) return;
  throw new Failure('file_changed', `${file} was changed while it was read`, {
    hint: 'run it again when the export that writes it has ended',
  });
}

function sourceOf(
  stream: Readable,
  { name, size, atEnd }: { name: string; size?: number; atEnd?: (bytesRead: number) => Promise<void> },
): Source {
  let bytesRead = 0;

  async function* fileChunks(): AsyncGenerator<Buffer> {
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
    while (true) {
      const { done, value } = await chunks.next().catch((error: Error) => {
        throw new Failure('file_unreadable', `cannot read ${name}: ${error.message}`, { cause: error });
      });
      if (done === true) break;
      const chunk = typeof value === 'string' ? Buffer.from(value) : value;
      bytesRead += chunk.length;
      yield chunk;
    }
    await atEnd?.(bytesRead);
  }

  return {
    name,
    size,
    bytesRead: () => bytesRead,
    chunks: unpackedIfGzip(fileChunks(), name),
    close: () => stream.destroy(),
  };
}

async function* unpackedIfGzip(chunks: AsyncGenerator<Buffer>, name: string): AsyncGenerator<Buffer> {
  // Two bytes tell gzip; a pipe may deliver them one at a time.
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  const whole = startingWith(head, chunks);
  yield* gzip ? unpacked(whole, name) : whole;
}

async function* startingWith(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

async function* unpacked(packed: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize });
  // The callback is where pipeline reports; the loop below sees the same error.
  pipeline(Readable.from(packed), gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('broken_compression', `${name} is a damaged gzip file: ${(error as Error).message}`, {
      hint: 'fetch the file again; it was cut off or changed on the way',
      cause: error,
    });
  }
}
