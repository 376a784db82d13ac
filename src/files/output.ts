import { Failure } from '../errors.ts';
import { createUnfinishedFile } from './unfinished-file.ts';

/** Text that a flag sends to a stream, or to a file that appears under its name when it is complete. */
export interface TextOutput {
  write(text: Buffer | string): Promise<void>;
  finish(): Promise<void>;
  /** Removes the file. */
  discard(): Promise<void>;
  /** Names it in every error of the given work. */
  orUnwritable(work: Promise<void>): Promise<void>;
}

/** Writes to a file's path, or piece by piece to a function. `what` names it in errors: `the report`. */
export function createTextOutput(
  target: string | ((piece: Buffer | string) => Promise<unknown>),
  { what, signal }: { what: string; signal: AbortSignal },
): TextOutput {
  async function orUnwritable(work: Promise<void>): Promise<void> {
    const named = typeof target === 'string' ? `${what} ${target}` : what;
    await work.catch((error: unknown) => {
      if (error instanceof Failure) throw error;
      throw new Failure('usage', `cannot write ${named}: ${(error as Error).message}`, { cause: error });
    });
  }
  if (typeof target !== 'string') {
    return {
      orUnwritable,
      async write(text) {
        await target(text);
      },
      async finish() {},
      async discard() {},
    };
  }
  const file = createUnfinishedFile(target, { signal });
  return {
    orUnwritable,
    write: (text) => orUnwritable(file.write(text)),
    finish: () => orUnwritable(file.finish()),
    discard: () => file.discard(),
  };
}
