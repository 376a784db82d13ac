import type { FileHandle } from 'node:fs/promises';
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import type { Readable } from 'node:stream';
import { Failure } from '../errors.ts';
import { watchForEnd } from './endless.ts';
import { openNamelessFile } from './nameless-file.ts';

const chunkSize = 1 << 18;

/**
 * A stream that can be read from its beginning more than once: what arrives is kept in a temporary file, see
 * `openNamelessFile`. A reading gets the bytes as they arrive, so a stream that is not a list of customers is
 * refused early; `whole` waits for the end. Throws `Failure` for a stream that does not end, see
 * `watchForEnd`, or that would fill the disk: half of the free space (`room`, in bytes) is left to others.
 */
export function spooled(stream: Readable, name: string, { room }: { room?: number } = {}) {
  const watch = watchForEnd(name);
  let spool: Promise<{ file: FileHandle; limit: number }> | undefined;
  let chunks: AsyncIterator<unknown> | undefined;
  let kept = 0;
  let ended = false;
  let closed = false;
  let pulling: Promise<void> | undefined;

  async function openSpool() {
    const file = await openNamelessFile();
    return { file, limit: room ?? (await freeRoom()) / 2 };
  }

  const opened = () =>
    (spool ??= openSpool().catch((error: unknown) => {
      throw unspoolable(error, name);
    }));

  /** Keeps one more chunk. After a failure, every further call fails in the same way. */
  async function keepNext(): Promise<void> {
    const { file, limit } = await opened();
    chunks ??= stream[Symbol.asyncIterator]();
    const next = await chunks.next();
    if (next.done === true) {
      if (closed) throw new Error('it was closed');
      ended = true;
      return;
    }
    const bytes = typeof next.value === 'string' ? Buffer.from(next.value) : (next.value as Buffer);
    watch(bytes);
    if (kept + bytes.length > limit) throw tooLong(name, limit);
    await file.writeFile(bytes).catch((error: unknown) => {
      throw unspoolable(error, name);
    });
    kept += bytes.length;
  }

  /** One at a time, for all readers; false at the end. */
  async function pull(): Promise<boolean> {
    if (ended) return false;
    const own = (pulling ??= keepNext());
    await own;
    if (pulling === own) pulling = undefined;
    return !ended;
  }

  async function* read(): AsyncGenerator<Buffer> {
    const { file } = await opened();
    let position = 0;
    while (true) {
      if (position === kept) {
        if (!(await pull()) && position === kept) return;
        continue;
      }
      const length = Math.min(chunkSize, kept - position);
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async function whole(): Promise<void> {
    while (await pull());
  }

  function close(): void {
    closed = true;
    stream.destroy();
    spool?.then(({ file }) => file.close()).catch(() => {});
  }

  return { read, whole, close };
}

async function freeRoom(): Promise<number> {
  const { bavail, bsize } = await statfs(os.tmpdir());
  return bavail * bsize;
}

function tooLong(name: string, limit: number): Failure {
  const size = limit < 1e9 ? `${Math.floor(limit / 1e6)} MB` : `${(limit / 1e9).toFixed(1)} GB`;
  return new Failure(
    'file_unreadable',
    `${name} is longer than ${size}, half of what was free in ${os.tmpdir()}`,
    { hint: 'does it end at all? if so, set TMPDIR to a larger disk, or import from a file' },
  );
}

function unspoolable(error: unknown, name: string): Failure {
  return new Failure(
    'file_unreadable',
    `cannot keep ${name} in a temporary file: ${(error as Error).message}`,
    { hint: 'free some space there, set TMPDIR to another directory, or import from a file', cause: error },
  );
}
