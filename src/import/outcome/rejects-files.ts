import type { CustomerFile, RejectedRow } from '../customer-file.ts';
import type { Source } from '../../files/source.ts';
import type { Codec } from '../../files/encoding/codec.ts';
import { codecOf } from '../../files/encoding/codecs.ts';
import type { Reject, RejectsWriter } from './rejects.ts';
import { createRejectsWriter } from './rejects.ts';

/**
 * The rejected rows of an import: a file for each imported file, in its dialect and encoding, so that it can
 * be imported again.
 */
export interface RejectsFiles {
  add(source: Source, reject: RejectedRow): void;
  /** Resolves once there is room for more. */
  drained(): Promise<void>;
  /**
   * Everything is on disk, still under temporary names; returns the paths they will have, null for a file
   * without rejected rows.
   */
  complete(): Promise<(string | null)[]>;
  publish(): Promise<void>;
  discard(): Promise<void>;
}

/** To be called before the transaction: it loads the codecs. */
export async function codecsOf(files: readonly CustomerFile[]): Promise<Codec[]> {
  return await Promise.all(files.map(({ encoding }) => codecOf(encoding.name)));
}

/** `target` is the path for the file with this number. */
export function createRejectsFiles(
  files: readonly CustomerFile[],
  { codecs, target }: { codecs: Codec[]; target: (index: number) => string },
): RejectsFiles {
  const writers = new Map<Source, RejectsWriter>(
    files.map((file, index) => {
      const { header } = file.columns;
      const codec = codecs[index] as Codec;
      return [file.source, createRejectsWriter({ ...file, header, codec, target: target(index) })];
    }),
  );

  async function each<Result>(work: (writer: RejectsWriter) => Promise<Result>): Promise<Result[]> {
    const results: Result[] = [];
    for (const writer of writers.values()) results.push(await work(writer));
    return results;
  }

  return {
    add: (source, reject) => writers.get(source)?.add(rejectOf(reject)),
    async drained() {
      await each((writer) => writer.drained());
    },
    complete: () => each((writer) => writer.complete()),
    async publish() {
      await each((writer) => writer.publish());
    },
    async discard() {
      await each((writer) => writer.discard());
    },
  };
}

function rejectOf({ row, line, cells, raw, findings }: RejectedRow): Reject {
  return {
    row,
    line,
    cells,
    raw,
    columns: findings.flatMap(({ column }) => (column === null ? [] : [column])),
    codes: findings.map(({ problem }) => problem.code),
    errors: findings.map(
      ({ column, problem: { message, hint } }) =>
        `${column === null ? '' : `${column}: `}${message}${hint === undefined ? '' : `; ${hint}`}`,
    ),
  };
}
