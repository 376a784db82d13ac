import type { FileHandle } from 'node:fs/promises';
import type { InspectionReport } from '../../model/inspection.ts';
import { openNamelessFile } from '../../files/nameless-file.ts';
import { readFile } from '../../files/read-file.ts';
import type { TextOutput } from '../../files/output.ts';

type List = 'rejected' | 'warnings';

/**
 * Writes an `InspectionReport` as JSON. Its lists grow with the number of bad rows (in memory, 750,000
 * rejected rows took 400 MB), so they wait in temporary files until the verdict, which precedes them, is
 * known.
 */
export function createReportWriter(output: TextOutput) {
  const lists = { rejected: createList(), warnings: createList() };

  async function writeAll({ status, reason }: Pick<InspectionReport, 'status' | 'reason'>): Promise<void> {
    await output.write(`{\n  "status": ${JSON.stringify(status)},\n  "reason": ${JSON.stringify(reason)}`);
    for (const [name, list] of Object.entries(lists)) {
      await output.write(`,\n  "${name}": [`);
      for await (const piece of list.pieces()) await output.write(piece);
      await output.write(list.isEmpty() ? ']' : '\n  ]');
    }
    await output.write('\n}\n');
    await output.finish();
  }

  async function closeLists(): Promise<void> {
    for (const list of Object.values(lists)) await list.close();
  }

  return {
    add(to: List, entry: InspectionReport[List][number]): void {
      lists[to].add(JSON.stringify(entry));
    },
    /** Resolves once there is room for more. */
    async drained(): Promise<void> {
      for (const list of Object.values(lists)) await output.orUnwritable(list.drained());
    },
    async finish(verdict: Pick<InspectionReport, 'status' | 'reason'>): Promise<void> {
      await output.orUnwritable(writeAll(verdict));
      await closeLists();
    },
    async discard(): Promise<void> {
      await closeLists();
      await output.discard();
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
