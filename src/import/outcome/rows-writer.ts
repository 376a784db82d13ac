import { csvLine } from '../../model/csv-line.ts';
import type { TextOutput } from '../../files/output.ts';

/** Writes records as CSV (comma, doubled quotes, LF) in UTF-8. */
export function createRowsWriter(output: TextOutput) {
  let pending = '';

  async function write(): Promise<void> {
    const text = pending;
    pending = '';
    await output.write(text);
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
      await output.finish();
    },
    discard: () => output.discard(),
  };
}
