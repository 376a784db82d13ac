import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../errors.ts';
import { rejectColumns } from './columns.ts';
import { encodeUtf8 } from './decode.ts';
import { neutralizeFormula } from './spreadsheet-safety.ts';

/** A record that was not taken, and why. `cells` is missing where the text could not be cut into cells. */
export interface Reject {
  row: number;
  line: number;
  cells: string[] | undefined;
  raw: string;
  columns: string[];
  codes: string[];
  errors: string[];
}

export interface RejectsWriter {
  add(reject: Reject): void;
  /** Resolves when there is room for more. */
  drained(): Promise<void>;
  /** Everything is on disk, still under the temporary name; returns the path it will have, null when nothing was rejected. */
  complete(): Promise<string | null>;
  /** Gives the file its name. */
  publish(): Promise<void>;
  /** Removes what was written so far. */
  discard(): Promise<void>;
}

/**
 * Writes rejected records as they stood, in the input's delimiter and encoding, with five columns that say what
 * to mend; importing the file again ignores these. Written under a temporary name beside `target`, so that a
 * name never stands for half a file. The file is made when the first record is rejected.
 */
export function createRejectsWriter(options: {
  target: string;
  header: string[];
  delimiter: string;
}): RejectsWriter {
  const { target, header, delimiter } = options;
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.tmp`);
  let pending: string[] = [];
  let pendingLength = 0;
  let opened: Awaited<ReturnType<typeof open>> | undefined;
  let any = false;

  function add({ row, line, cells, raw, columns, codes, errors }: Reject): void {
    if (!any) {
      const names = header.filter((name) => !(rejectColumns as readonly string[]).includes(name));
      push(`${[...names, ...rejectColumns].map(cellText).join(delimiter)}\n`);
      any = true;
    }
    // A record of ours that comes back carries the columns of last time; they make room for the new ones.
    const kept = (cells ?? [raw]).filter(
      (_cell, index) => !(rejectColumns as readonly string[]).includes(header[index] ?? ''),
    );
    const why = [String(row), String(line), columns.join(' '), codes.join(' '), errors.join(' | ')];
    push(`${[...kept, ...why].map((cell) => cellText(neutralizeFormula(cell))).join(delimiter)}\n`);
  }

  function push(text: string): void {
    pending.push(text);
    pendingLength += text.length;
  }

  function cellText(cell: string): string {
    const plain =
      !cell.includes('"') && !cell.includes(delimiter) && !cell.includes('\n') && !cell.includes('\r');
    return plain ? cell : `"${cell.replaceAll('"', '""')}"`;
  }

  async function write(): Promise<void> {
    if (pending.length === 0) return;
    const bytes = encodeUtf8(pending.join(''));
    pending = [];
    pendingLength = 0;
    try {
      opened ??= await open(temporary, 'w', 0o600);
      await opened.write(bytes);
    } catch (error) {
      throw unwritable(error);
    }
  }

  function unwritable(error: unknown): Failure {
    return new Failure(
      'rejects_unwritable',
      `cannot write the rejects file ${target}: ${(error as Error).message}`,
      {
        hint: 'name another place with --rejects PATH, or do without: --no-rejects',
        cause: error,
      },
    );
  }

  return {
    add,
    async drained() {
      if (pendingLength > 1 << 16) await write();
    },
    async complete() {
      await write();
      if (opened === undefined) return null;
      try {
        await opened.sync();
        await opened.close();
      } catch (error) {
        throw unwritable(error);
      }
      return target;
    },
    async publish() {
      if (opened === undefined) return;
      await rename(temporary, target).catch((error: unknown) => {
        throw unwritable(error);
      });
    },
    async discard() {
      await opened?.close().catch(() => {});
      await rm(temporary, { force: true });
    },
  };
}
