import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { Failure } from '../errors.ts';
import { readFile } from './read-file.ts';

/**
 * A stream that can be read from its beginning more than once: when it is first read, all of it goes to a temporary
 * file that only this account can read and that has no name any more, so that it is gone with the process, whatever
 * ends that.
 */
export function spooled(stream: Readable, name: string) {
  let spool: Promise<FileHandle> | undefined;
  let closed = false;

  async function fill(): Promise<FileHandle> {
    const file = await openNameless(name);
    try {
      for await (const chunk of stream) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
        await file.writeFile(bytes).catch((error: unknown) => {
          throw unspoolable(error, name);
        });
      }
      if (closed) throw new Error('it was closed');
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }

  async function* read(): AsyncGenerator<Buffer> {
    spool ??= fill();
    yield* readFile(await spool);
  }

  function close(): void {
    closed = true;
    stream.destroy();
    spool?.then((file) => file.close()).catch(() => {});
  }

  return { read, close };
}

async function openNameless(name: string): Promise<FileHandle> {
  const place = path.join(os.tmpdir(), `orderflow-customers-${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(place, 'wx+', 0o600);
    await rm(place);
    return file;
  } catch (error) {
    throw unspoolable(error, name);
  }
}

function unspoolable(error: unknown, name: string): Failure {
  return new Failure(
    'file_unreadable',
    `cannot keep ${name} in a temporary file: ${(error as Error).message}`,
    { hint: 'make room there, set TMPDIR to another directory, or import from a file', cause: error },
  );
}
