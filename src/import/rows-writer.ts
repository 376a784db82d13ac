import { open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { Failure } from '../errors.ts';

/**
 * Writes records as CSV (RFC 4180: comma, doubled quotes, LF) in UTF-8, to a stream or a file. A file is written
 * under a temporary name and renamed, so that its name never stands for half of it; what is no ordinary file
 * (a pipe, /dev/null) is written to as it is.
 */
export function createRowsWriter(target: Writable | string) {
  let pending = '';
  let opened: FileHandle | undefined;
  let temporary: string | undefined;

  async function openTarget(file: string): Promise<FileHandle> {
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined && !found.isFile()) return await open(file, 'w');
    temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
    return await open(temporary, 'w');
  }

  async function write(): Promise<void> {
    const text = pending;
    pending = '';
    if (typeof target !== 'string') {
      if (!target.write(text) && !target.destroyed) {
        await new Promise((resolve) =>
          target.once('drain', resolve).once('close', resolve).once('error', resolve),
        );
      }
      return;
    }
    try {
      opened ??= await openTarget(target);
      await opened.write(text);
    } catch (error) {
      throw new Failure('usage', `cannot write the rows to ${target}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  return {
    add(cells: string[]): void {
      pending += `${cells.map(cellText).join(',')}\n`;
    },
    async drained(): Promise<void> {
      if (pending.length > 1 << 16) await write();
    },
    async finish(): Promise<void> {
      await write();
      await opened?.close();
      if (temporary !== undefined && typeof target === 'string') await rename(temporary, target);
    },
    async discard(): Promise<void> {
      await opened?.close().catch(() => {});
      if (temporary !== undefined) await rm(temporary, { force: true });
    },
  };
}

function cellText(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
