import * as fs from 'node:fs';
import { open } from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const openDescriptor = promisify(fs.open);

/** What is needed of a file that is being written, whatever is behind its name. */
export interface WritableFile {
  writeFile(bytes: Buffer | string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens what is not an ordinary file: a device, or a named pipe, which waits for its reader. The signal ends
 * that wait, and a later wait for a stalled reader, with its reason. Otherwise throws the system's own error.
 */
export async function openSpecialFile(
  target: string,
  { named, signal }: { named: fs.Stats; signal: AbortSignal | undefined },
): Promise<WritableFile> {
  return named.isFIFO() ? await openNamedPipe(target, signal) : await open(target, 'w');
}

async function openNamedPipe(target: string, signal: AbortSignal | undefined): Promise<WritableFile> {
  const fd = await openForReader(target, signal);
  // Written by the event loop: a thread that waits for a reader would keep the process from ending.
  const pipe = new net.Socket({ fd, readable: false, writable: true });
  let failure: unknown;
  pipe.on('error', (error) => (failure ??= error));
  const stop = () => pipe.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', stop, { once: true });

  /** Resolves when the pipe has accepted it. `work` calls back in every case. */
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

/** Polls, because only a blocking open would be notified of the reader. */
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
