import { stat } from 'node:fs/promises';
import { Failure } from '../../errors.ts';
import type { Codec } from '../../files/encoding/codec.ts';
import { rejectColumns } from '../../files/csv/own-columns.ts';
import type { EncodingDecision } from '../../files/encoding/encoding.ts';
import { createUnfinishedFile } from '../../files/unfinished-file.ts';
import { neutralizeFormula } from '../../model/spreadsheet-safety.ts';

/** A rejected record, and why. `cells` is missing if the text could not be cut into cells. */
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
  /** Resolves once there is room for more. */
  drained(): Promise<void>;
  /**
   * Everything is on disk, still under the temporary name; returns the path it will have, null if no row was
   * rejected.
   */
  complete(): Promise<string | null>;
  /** Gives the file its name. */
  publish(): Promise<void>;
  /** Removes what was written so far. */
  discard(): Promise<void>;
}

/**
 * Writes rejected records unchanged, in the input's dialect and encoding, with five columns that explain what
 * to fix; an import of the file ignores them. The file is created under a temporary name next to `target`
 * when the first record is rejected, so the target name never refers to an incomplete file.
 */
export function createRejectsWriter(options: {
  target: string;
  header: string[];
  delimiter: string;
  quote: string;
  /** The escape character for quotes inside a quoted cell. */
  escape: string;
  encoding: Pick<EncodingDecision, 'byteOrderMark'>;
  codec: Codec;
}): RejectsWriter {
  const { target, header, delimiter, quote, escape, encoding, codec } = options;
  // Customer data: only the user may read it.
  const file = createUnfinishedFile(target, { mode: 0o600 });
  const names = header.filter((name) => !isWhy(name));
  let pending: string[] = [];
  let pendingLength = 0;
  let opened = false;
  let any = false;

  function add({ row, line, cells, raw, columns, codes, errors }: Reject): void {
    if (!any) push(`${encoding.byteOrderMark ? '\ufeff' : ''}${recordOf([...names, ...rejectColumns])}`);
    any = true;
    const kept = withoutWhy(cells ?? [raw]);
    // What did not fit the header must not fit it unchanged when the file is imported again.
    const unfit = cells?.length !== header.length && kept.length === names.length ? [''] : [];
    const why = [String(row), String(line), columns.join(' '), codes.join(' '), errors.join(' | ')];
    push(recordOf([...kept, ...unfit, ...why]));
  }

  /** A record from a rejects file still has last time's columns; they are replaced by the new ones. */
  function withoutWhy(cells: string[]): string[] {
    if (cells.length === header.length) return cells.filter((_cell, index) => !isWhy(header[index]));
    // In a ragged record, cells are not where the header has them. The tool's own columns end it as they were
    // written, unless a person deleted them.
    const [row = '', line = '', , codes = ''] = cells.slice(-rejectColumns.length);
    const ours =
      header.some(isWhy) &&
      cells.length !== names.length &&
      /^\d+ \d+ [a-z_]/.test(`${row} ${line} ${codes}`);
    return ours ? cells.slice(0, -rejectColumns.length) : cells;
  }

  function recordOf(cells: string[]): string {
    return `${cells.map((cell) => cellText(neutralizeFormula(cell))).join(delimiter)}\n`;
  }

  function push(text: string): void {
    pending.push(text);
    pendingLength += text.length;
  }

  function cellText(cell: string): string {
    // The cells of such a file contain neither, but the explanation may.
    if (quote === '') return cell.replaceAll(delimiter, ' ').replaceAll(/[\r\n]+/g, ' ');
    const special = [quote, delimiter, '\n', '\r'].some((sign) => cell.includes(sign));
    if (!special) return cell;
    const whole = escape === quote ? cell : cell.replaceAll(escape, escape + escape);
    return quote + whole.replaceAll(quote, escape + quote) + quote;
  }

  async function write(): Promise<void> {
    if (pending.length === 0) return;
    const bytes = codec.encode(pending.join(''));
    pending = [];
    pendingLength = 0;
    try {
      if (!opened) await refuseOtherThanFile(target);
      opened = true;
      await file.write(bytes);
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
      if (!opened) return null;
      try {
        await file.complete();
      } catch (error) {
        throw unwritable(error);
      }
      return target;
    },
    async publish() {
      if (!opened) return;
      await file.publish().catch((error: unknown) => {
        throw new Failure(
          'rejects_unwritable',
          `the rejected rows could not be named ${target}: ${(error as Error).message}`,
          { hint: `they are in ${file.temporary()}`, cause: error },
        );
      });
    },
    discard: () => file.discard(),
  };
}

/** Renaming onto a directory fails only after the commit; onto /dev/null, it would replace the device. */
async function refuseOtherThanFile(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found?.isFile() === false) throw new Error('something that is not a file has this name');
}

function isWhy(name: string | undefined): boolean {
  return (rejectColumns as readonly string[]).includes(name ?? '');
}
