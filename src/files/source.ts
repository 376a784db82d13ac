import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '../errors.ts';
import { isStandardInput, openPipe, openToRead } from './open-to-read.ts';
import { readFile } from './read-file.ts';
import { spooled } from './spool.ts';
import { keepYoungHeapSmall } from './young-heap.ts';

/** An open file to read; `chunks` are its bytes, unpacked if it is gzip. */
export interface Source {
  /** The name for people and the ledger: the path as it was given, or `stdin`. */
  name: string;
  /** Bytes on disk; undefined for standard input and other pipes. */
  size: number | undefined;
  /** When the file was last written; undefined for standard input and other pipes. */
  modified?: Date | undefined;
  /** How many bytes on disk the latest reading has consumed; for progress. */
  bytesRead(): number;
  /**
   * Each iteration reads from the beginning; they must not overlap. Throws `Failure` for a read error, for
   * damaged gzip, and at the end if the file changed since it was opened.
   */
  chunks: AsyncIterable<Buffer>;
  /** Throws `file_changed` if the file changed since it was opened, even if it was read completely before. */
  requireUnchanged?(): Promise<void>;
  /** Waits until a pipe is complete, so that later readings wait for no writer. */
  whole(): Promise<void>;
  close(): void;
}

/** Bytes that can be read from the beginning any number of times. */
interface Rereadable {
  read(): AsyncIterable<Buffer>;
  whole?(): Promise<void>;
  close(): void;
}

const chunkSize = 1 << 16;
/**
 * The ratio of unpacked to packed bytes, beyond a free allowance. Exports reach 5 or 15, and one with sixty
 * blank, quoted columns 65; deflate can reach 1,032, and bombs do.
 */
const ratioLimit = 200;
const ratioFree = 64 << 20;

/**
 * Opens `file` (`-` is `stdin`) before anything else, so that a missing file is a usage error and no
 * transaction waits for it. Gzip is recognised by its first bytes (RFC 1952), not by the name. `signal`
 * closes it.
 */
export async function openSource(
  file: string,
  { signal, ...options }: { stdin: Readable; cwd: string; signal?: AbortSignal },
): Promise<Source> {
  keepYoungHeapSmall();
  const source = await open(file, options);
  // A pipe that delivers nothing would keep an interrupted run waiting indefinitely. It may already be
  // interrupted.
  if (signal?.aborted === true) source.close();
  else signal?.addEventListener('abort', () => source.close(), { once: true });
  return source;
}

async function open(file: string, options: { stdin: Readable; cwd: string }): Promise<Source> {
  if (file === '-') return sourceOf(spooled(options.stdin, 'stdin'), { name: 'stdin' });
  const absolute = path.resolve(options.cwd, file);
  if (isStandardInput(absolute) && !(await isRegular(absolute))) {
    return sourceOf(spooled(options.stdin, file), { name: file });
  }
  const pipe = await openPipe(absolute);
  if (pipe !== undefined) return sourceOf(spooled(pipe, file), { name: file });
  const handle = await openToRead(absolute, {
    name: file,
    hints: {
      missing: 'check the path; use - to read standard input',
      unreadable: 'check the file’s permissions',
    },
  });
  const close = () => {
    handle.close().catch(() => {});
  };
  try {
    const found = await handle.stat();
    if (found.isDirectory()) {
      throw new Failure('file_unreadable', `${file} is a directory`, {
        hint: 'give a file in it',
      });
    }
    if (!found.isFile()) {
      const stream = handle.createReadStream({ highWaterMark: chunkSize });
      return sourceOf(spooled(stream, file), { name: file });
    }
    // One handle here too: if another file replaces this one, the opened one is still read.
    const read = () => readFile(handle);
    const atEnd = (bytesRead: number) => requireUnchanged(handle, { file, stat: found, bytesRead });
    return {
      ...sourceOf({ read, close }, { name: file, size: found.size, atEnd }),
      modified: found.mtime,
      requireUnchanged: () => atEnd(found.size),
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function isRegular(absolute: string): Promise<boolean> {
  return await stat(absolute).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** An export that is still being written looks complete; half a file must not be imported. */
async function requireUnchanged(
  handle: FileHandle,
  { file, stat: before, bytesRead }: { file: string; stat: Stats; bytesRead: number },
): Promise<void> {
  const now = await handle.stat();
  if (bytesRead === before.size && now.size === before.size && now.mtimeMs === before.mtimeMs) return;
  throw new Failure('file_changed', `${file} was changed while it was read`, {
    hint: 'run it again when the export that writes it has ended',
  });
}

function sourceOf(
  file: Rereadable,
  { name, size, atEnd }: { name: string; size?: number; atEnd?: (bytesRead: number) => Promise<void> },
): Source {
  let bytesRead = 0;
  let readings = 0;

  async function* fileChunks(): AsyncGenerator<Buffer> {
    // An abandoned reading may still prefetch a chunk, which must not count for the next reading.
    let own = 0;
    const counted = ++readings;
    bytesRead = 0;
    const chunks = file.read()[Symbol.asyncIterator]();
    try {
      while (true) {
        const { done, value } = await chunks.next().catch((error: Error) => {
          throw unreadable(error, name);
        });
        if (done === true) break;
        own += value.length;
        if (counted === readings) bytesRead = own;
        yield value;
      }
    } finally {
      await chunks.return?.();
    }
    await atEnd?.(own);
  }

  return {
    name,
    size,
    bytesRead: () => bytesRead,
    chunks: { [Symbol.asyncIterator]: () => unpackedIfGzip(fileChunks(), name) },
    async whole() {
      await file.whole?.().catch((error: Error) => {
        throw unreadable(error, name);
      });
    },
    close: () => file.close(),
  };
}

function unreadable(error: Error, name: string): Failure {
  if (error instanceof Failure) return error;
  return new Failure('file_unreadable', `cannot read ${name}: ${error.message}`, { cause: error });
}

async function* unpackedIfGzip(chunks: AsyncGenerator<Buffer>, name: string): AsyncGenerator<Buffer> {
  // Two bytes identify gzip; a pipe may deliver them one at a time.
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
  // pipeline reports errors to this callback; the loop below sees the same error.
  pipeline(Readable.from(packed), gunzip, () => {});
  let unpackedBytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      unpackedBytes += chunk.length;
      if (unpackedBytes > ratioFree && unpackedBytes > gunzip.bytesWritten * ratioLimit) {
        throw new Failure(
          'broken_compression',
          `${name} unpacks to more than ${ratioLimit} times its size, as bombs do, and is not read further`,
          { hint: 'if you trust it, unpack it yourself and import that file' },
        );
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('broken_compression', `${name} is a damaged gzip file: ${(error as Error).message}`, {
      hint: 'fetch the file again; it was cut off or changed on the way',
      cause: error,
    });
  }
}
