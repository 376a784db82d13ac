import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Failure } from '../errors.ts';
import { openNamelessFile } from './nameless-file.ts';
import { readFile } from './read-file.ts';

/**
 * A stream that can be read from its beginning more than once: when it is first read, all of it goes to a temporary
 * file, see `openNamelessFile`.
 */
export function spooled(stream: Readable, name: string) {
  let spool: Promise<FileHandle> | undefined;
  let closed = false;

  async function fill(): Promise<FileHandle> {
    const file = await openNamelessFile().catch((error: unknown) => {
      throw unspoolable(error, name);
    });
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

function unspoolable(error: unknown, name: string): Failure {
  return new Failure(
    'file_unreadable',
    `cannot keep ${name} in a temporary file: ${(error as Error).message}`,
    { hint: 'make room there, set TMPDIR to another directory, or import from a file', cause: error },
  );
}
