import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import { Failure } from '../errors.ts';
import { createUnfinishedFile } from './unfinished-file.ts';

/** Where the bytes of an export are written. */
export interface ByteSink {
  /** Throws at once if the target cannot be written. */
  open(): Promise<void>;
  /** False if the reader is gone. */
  write(bytes: Buffer): Promise<boolean>;
  finish(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/** A file that appears under its name only when it is complete; compressed if the name ends in .gz. */
export function fileSink(target: string, { signal }: { signal: AbortSignal }): ByteSink {
  const file = createUnfinishedFile(target, { signal });
  const attempt = async (work: Promise<void>): Promise<boolean> => {
    await work.catch((error: unknown) => {
      if (error instanceof Failure) throw error;
      throw new Failure('file_unwritable', `cannot write ${target}: ${(error as Error).message}`, {
        hint: 'name another place with --output FILE',
        cause: error,
      });
    });
    return true;
  };
  const sink: ByteSink = {
    open: async () => void (await attempt(file.open())),
    write: (bytes) => attempt(file.write(bytes)),
    finish: async () => void (await attempt(file.finish())),
    discard: () => file.discard(),
  };
  return target.endsWith('.gz') ? compressed(sink) : sink;
}

function compressed(sink: ByteSink): ByteSink {
  const gzip = createGzip();
  const passingOn = (async () => {
    for await (const chunk of gzip) await sink.write(chunk as Buffer);
  })();
  // Awaited by the next write or by finish; marked as handled until then.
  passingOn.catch(() => {});
  return {
    ...sink,
    async write(bytes) {
      if (!gzip.write(bytes)) await Promise.race([once(gzip, 'drain').catch(() => {}), passingOn]);
      return true;
    },
    async finish() {
      gzip.end();
      await passingOn;
      await sink.finish();
    },
    async discard() {
      gzip.destroy();
      await passingOn.catch(() => {});
      await sink.discard();
    },
  };
}
