/** The values in one column. */
export interface ColumnValues {
  /** Cells that are not blank. */
  filled: number;
  blank: number;
  /** The first different values; at most `distinct`. */
  counts: Map<string, number>;
  /** Whether there were more different values than `counts` contains. */
  more: boolean;
}

/** Longer values are not examples, and not codes. */
const longestValue = 200;

/**
 * Collects the values of each column, for the examples next to its name: from at most `rows` rows, and at
 * most `distinct` different ones. If only examples are needed, it stops after a few rows, so it costs an
 * inspection next to nothing.
 */
export function createColumnValues(
  width: number,
  { distinct, rows }: { distinct: number; rows: number },
): { note(cells: readonly string[]): void; columns: ColumnValues[] } {
  const columns = Array.from({ length: width }, (): ColumnValues => ({
    filled: 0,
    blank: 0,
    counts: new Map(),
    more: false,
  }));
  let left = rows;

  function note(cells: readonly string[]): void {
    if (left === 0) return;
    left--;
    for (let index = 0; index < width; index++) {
      const column = columns[index] as ColumnValues;
      const value = (cells[index] ?? '').trim();
      if (value === '') {
        column.blank++;
        continue;
      }
      column.filled++;
      const count = column.counts.get(value);
      if (count !== undefined) column.counts.set(value, count + 1);
      else if (column.counts.size < distinct && value.length <= longestValue) {
        column.counts.set(detached(value), 1);
      } else {
        column.more = true;
      }
    }
  }

  return { note, columns };
}

/** Up to three different values of a column. */
export function examplesOf({ counts }: ColumnValues): string[] {
  return [...counts.keys()].slice(0, 3);
}

/** A copy: in the engine, a cell is a view of the chunk that it was cut from. */
function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
