import * as fs from 'node:fs';
import { open } from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const openDescriptor = promisify(fs.open);

/** What a file that is being written needs of whatever is behind its name. */
export interface WritableFile {
  writeFile(bytes: Buffer | string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens what is no ordinary file: a device, or a named pipe, which waits for its reader. Until then, and where the reader
 * does not read, the signal ends it with its reason. Else throws the system's own error.
 */
export async function openSpecialFile(
  target: string,
  { named, signal }: { named: fs.Stats; signal: AbortSignal | undefined },
): Promise<WritableFile> {
  return named.isFIFO() ? await openNamedPipe(target, signal) : await open(target, 'w');
}

async function openNamedPipe(target: string, signal: AbortSignal | undefined): Promise<WritableFile> {
  const fd = await openForReader(target, signal);
  // Written to by the event loop: a thread that waits for a reader would keep the process from ending.
  const pipe = new net.Socket({ fd, readable: false, writable: true });
  let failure: unknown;
  pipe.on('error', (error) => (failure ??= error));
  const stop = () => pipe.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', stop, { once: true });

  /** Resolves when the pipe has taken it. `work` calls back in every case. */
  async function settled(work: (done: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => work(resolve));
    signal?.throwIfAborted();
    if (failure !== undefined) throw failure;
  }

  return {
    writeFile: (bytes) => settled((done) => pipe.write(bytes, done)),
    async close() {
      if (!pipe.destroyed) await settled((done) => pipe.end(done));
      signal?.removeEventListener('abort', stop);
    },
  };
}

/** Asks again and again, because only an opening that waits would be told when the reader comes. */
async function openForReader(target: string, signal: AbortSignal | undefined): Promise<number> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await openDescriptor(target, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    }
    await delay(20);
  }
}
