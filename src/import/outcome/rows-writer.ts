import type { Writable } from 'node:stream';
import { Failure } from '../../errors.ts';
import { csvLine } from '../../model/csv-line.ts';
import { createUnfinishedFile } from '../../files/unfinished-file.ts';

/** Writes records as CSV (comma, doubled quotes, LF) in UTF-8, to a stream or a file. */
export function createRowsWriter(target: Writable | string) {
  const path = typeof target === 'string' ? target : '';
  const file = typeof target === 'string' ? createUnfinishedFile(target) : undefined;
  let pending = '';

  async function write(): Promise<void> {
    const text = pending;
    pending = '';
    if (file !== undefined) {
      await orUnwritable(file.write(text));
    } else if (typeof target !== 'string' && !target.write(text) && !target.destroyed) {
      await new Promise((resolve) =>
        target.once('drain', resolve).once('close', resolve).once('error', resolve),
      );
    }
  }

  async function orUnwritable(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => {
      throw new Failure('usage', `cannot write the rows to ${path}: ${(error as Error).message}`, {
        cause: error,
      });
    });
  }

  return {
    add(cells: string[]): void {
      pending += csvLine(cells);
    },
    async drained(): Promise<void> {
      if (pending.length > 1 << 16) await write();
    },
    async finish(): Promise<void> {
      await write();
      if (file !== undefined) await orUnwritable(file.finish());
    },
    async discard(): Promise<void> {
      await file?.discard();
    },
  };
}
