import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '../errors.ts';

/** A file to read, opened; `chunks` are its bytes, unpacked when it is gzip. */
export interface Source {
  /** The name for people and the ledger: the path as it was given, or `stdin`. */
  name: string;
  /** Bytes on disk; undefined for standard input. */
  size: number | undefined;
  /** How many bytes on disk were read so far, for progress. */
  bytesRead(): number;
  chunks: AsyncIterable<Buffer>;
  close(): void;
}

const chunkSize = 1 << 16;

/**
 * Opens `file` (`-` is `stdin`) before anything else is done, so that a missing file is a usage error
 * and no transaction waits for it. Gzip is known by its first bytes (RFC 1952), never by the name.
 */
export async function openSource(file: string, options: { stdin: Readable; cwd: string }): Promise<Source> {
  if (file === '-') return sourceOf(options.stdin, { name: 'stdin', size: undefined });
  const { size } = await checkFile(path.resolve(options.cwd, file), file);
  const stream = createReadStream(path.resolve(options.cwd, file), { highWaterMark: chunkSize });
  return sourceOf(stream, { name: file, size });
}

async function checkFile(absolute: string, file: string): Promise<{ size: number }> {
  const handle = await open(absolute, 'r').catch((error: NodeJS.ErrnoException) => {
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
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) {
      throw new Failure('file_unreadable', `${file} is a directory`, {
        hint: 'name the file in it to import',
      });
    }
    return { size: stat.size };
  } finally {
    await handle.close();
  }
}

async function sourceOf(
  stream: Readable,
  { name, size }: { name: string; size: number | undefined },
): Promise<Source> {
  let bytesRead = 0;
  const raw = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;

  async function* fileChunks(first: Buffer[]): AsyncGenerator<Buffer> {
    yield* first;
    while (true) {
      const next = await nextChunk();
      if (next === undefined) return;
      yield next;
    }
  }

  async function nextChunk(): Promise<Buffer | undefined> {
    let result: IteratorResult<Buffer>;
    try {
      result = await raw.next();
    } catch (error) {
      throw new Failure('file_unreadable', `cannot read ${name}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    if (result.done === true) return undefined;
    const chunk = typeof result.value === 'string' ? Buffer.from(result.value) : result.value;
    bytesRead += chunk.length;
    return chunk;
  }

  // Two bytes tell gzip; a pipe may deliver them one at a time.
  const first: Buffer[] = [];
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const chunk = await nextChunk();
    if (chunk === undefined) break;
    first.push(chunk);
    head = Buffer.concat([head, chunk.subarray(0, 2)]);
  }
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  return {
    name,
    size,
    bytesRead: () => bytesRead,
    chunks: gzip ? unpacked(fileChunks(first), name) : fileChunks(first),
    close: () => stream.destroy(),
  };
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
