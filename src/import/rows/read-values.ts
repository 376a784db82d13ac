import type { Field } from '../../model/fields.ts';
import { isReading } from '../../model/fields.ts';
import type { ReadValue } from '../../model/import-report.ts';
import { listedMessages } from '../../model/import-report.ts';

/** The values of a file that were recognised without being codes, each once with its count. */
export interface ReadValues {
  /** Called for a cell that differs from what is stored. */
  note(read: { field: Field; column: string; cell: string; stored: string }): void;
  /** The most frequent first; at most a thousand. */
  list(): ReadValue[];
  /** How many cells were recognised this way, including those whose values are not listed. */
  total(): number;
}

/** Longer cells are remembered neither as readings nor as codes: names are shorter. */
const longestCell = 100;

export function createReadValues(): ReadValues {
  const byField = new Map<Field, Map<string, ReadValue | 'code'>>();
  let known = 0;
  let total = 0;

  return {
    note(read) {
      const { field, cell } = read;
      let cells = byField.get(field);
      if (cells === undefined) byField.set(field, (cells = new Map()));
      let value = cells.get(cell);
      if (value === undefined) {
        value = learn(read) ?? 'code';
        if (known < listedMessages && cell.length <= longestCell) {
          known++;
          cells.set(detached(cell), value);
        }
      }
      if (value === 'code') return;
      value.count++;
      total++;
    },
    list() {
      // Cells that differ only in outer spaces are one value.
      const merged = new Map<string, ReadValue>();
      for (const cells of byField.values()) {
        for (const value of cells.values()) {
          if (value === 'code') continue;
          const key = JSON.stringify([value.field, value.value]);
          const earlier = merged.get(key);
          merged.set(key, { ...value, count: value.count + (earlier?.count ?? 0) });
        }
      }
      return [...merged.values()].toSorted((one, other) => other.count - one.count);
    },
    total: () => total,
  };
}

function learn(read: { field: Field; column: string; cell: string; stored: string }): ReadValue | undefined {
  const { field, column, cell, stored } = read;
  if (!isReading(field, cell, stored)) return undefined;
  return { field: field.name, column, value: detached(cell.trim()), stored, count: 0 };
}

/** A copy: in the engine, a cell is a view of the chunk that it was cut from. */
function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
