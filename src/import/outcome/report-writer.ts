import type { FileHandle } from 'node:fs/promises';
import { Failure } from '../../errors.ts';
import type { InspectionReport } from '../../model/inspection.ts';
import { openNamelessFile } from '../../files/nameless-file.ts';
import { readFile } from '../../files/read-file.ts';
import { createUnfinishedFile } from '../../files/unfinished-file.ts';

type List = 'rejected' | 'warnings';

/**
 * Writes an `InspectionReport` as JSON. Its lists are as long as the file is bad (in memory, 750,000 rejected rows
 * took 400 MB), so they wait in temporary files until the verdict that stands before them is known.
 */
export function createReportWriter(target: string) {
  const file = createUnfinishedFile(target);
  const lists = { rejected: createList(), warnings: createList() };

  async function orUnwritable(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => {
      throw new Failure('usage', `cannot write the report ${target}: ${(error as Error).message}`, {
        cause: error,
      });
    });
  }

  async function writeAll({ status, reason }: Pick<InspectionReport, 'status' | 'reason'>): Promise<void> {
    await file.write(`{\n  "status": ${JSON.stringify(status)},\n  "reason": ${JSON.stringify(reason)}`);
    for (const [name, list] of Object.entries(lists)) {
      await file.write(`,\n  "${name}": [`);
      for await (const piece of list.pieces()) await file.write(piece);
      await file.write(list.isEmpty() ? ']' : '\n  ]');
    }
    await file.write('\n}\n');
    await file.finish();
  }

  async function closeLists(): Promise<void> {
    for (const list of Object.values(lists)) await list.close();
  }

  return {
    add(to: List, entry: InspectionReport[List][number]): void {
      lists[to].add(JSON.stringify(entry));
    },
    /** Resolves when there is room for more. */
    async drained(): Promise<void> {
      for (const list of Object.values(lists)) await orUnwritable(list.drained());
    },
    async finish(verdict: Pick<InspectionReport, 'status' | 'reason'>): Promise<void> {
      await orUnwritable(writeAll(verdict));
      await closeLists();
    },
    async discard(): Promise<void> {
      await closeLists();
      await file.discard();
    },
  };
}

/** JSON texts, separated as in a list; on disk once there are many. */
function createList() {
  let pending = '';
  let separator = '\n    ';
  let spool: FileHandle | undefined;
  return {
    isEmpty: () => separator === '\n    ',
    add(text: string): void {
      pending += separator + text;
      separator = ',\n    ';
    },
    async drained(): Promise<void> {
      if (pending.length < 1 << 16) return;
      const text = pending;
      pending = '';
      spool ??= await openNamelessFile();
      await spool.writeFile(text);
    },
    async *pieces(): AsyncGenerator<Buffer | string> {
      if (spool !== undefined) yield* readFile(spool);
      yield pending;
    },
    async close(): Promise<void> {
      await spool?.close().catch(() => {});
      spool = undefined;
    },
  };
}
