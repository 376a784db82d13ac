import type { RepeatedError } from '../../model/import-report.ts';
import type { Finding } from '../finding.ts';

/** Up to this many rows with the same error are listed row by row. */
const few = 3;
/** A file may have a different error in each row: beyond this number, new ones are not counted. */
const counted = 10_000;

/** Counts equal errors: if 266 countries are all "Lummerland", one message is enough. */
export function countRepeats() {
  // The text that JSON makes is a copy: in the engine, a cell is a view of the chunk it was cut from.
  const rows = new Map<string, number>();
  return {
    add(column: string | null, { code, message, hint }: Finding['problem']): void {
      const key = JSON.stringify([column, code, message, hint ?? null]);
      const count = rows.get(key);
      if (count !== undefined || rows.size < counted) rows.set(key, (count ?? 0) + 1);
    },
    /** Errors of more than a few rows, the most frequent first. */
    list(): RepeatedError[] {
      return [...rows]
        .filter(([, count]) => count > few)
        .toSorted(([, one], [, other]) => other - one)
        .map(([key, count]) => {
          const [column, code, error, hint] = JSON.parse(key) as [
            string | null,
            string,
            string,
            string | null,
          ];
          return { column, code, error, hint, rows: count };
        });
    },
  };
}
