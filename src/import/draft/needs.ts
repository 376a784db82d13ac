import type { ColumnDefaults } from '../columns/columns.ts';
import type { ColumnValues } from '../columns/column-values.ts';
import type { Draft } from './draft.ts';
import { columnsFor, plainName } from './draft.ts';

/** A currency or language that the file does not give every customer. */
export interface Need {
  field: 'default_currency' | 'default_language';
  flag: 'currency' | 'language';
  /** The column that is blank in some rows; undefined if no column gives it. */
  column: string | undefined;
  /** Rows without it. */
  rows: number;
}

/** What neither the file gives every customer, nor the draft. */
export function needsOf(
  draft: Draft,
  { header, values }: { header: string[]; values: ColumnValues[] },
): Need[] {
  return (['currency', 'language'] as const).flatMap((flag): Need[] => {
    const field = `default_${flag}` as const;
    const [column] = columnsFor(draft, field);
    if (column === undefined) {
      return draft.constants[field] === undefined ? [{ field, flag, column, rows: Infinity }] : [];
    }
    const blank = values[header.findIndex((name) => plainName(name) === column)]?.blank ?? 0;
    const given = draft.columns.get(column)?.values?.[''] !== undefined;
    return blank === 0 || given ? [] : [{ field, flag, column, rows: blank }];
  });
}

/** Adds what is needed to the draft, as far as it is given. */
export function fillNeeds(draft: Draft, needs: Need[], given: ColumnDefaults): void {
  for (const { field, flag, column } of needs) {
    const value = given[flag];
    if (value === undefined) continue;
    if (column === undefined) draft.constants[field] = value;
    else {
      const rule = draft.columns.get(column);
      if (rule !== undefined) rule.values = { ...rule.values, '': value };
    }
  }
}
