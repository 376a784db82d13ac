import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import type { Mapping } from './mapping.ts';
import { columnsOfParts } from './mapping-parts.ts';

/** What a mapping takes from a file, as `mappings show --json` prints it. */
export interface DescribedMapping {
  /** The fields that it fills, in the order of the tool's own columns. */
  fields: FieldName[];
  /** Each column that it reads, with the fields it goes into. */
  columns: { column: string; other_names: string[]; optional: boolean; fields: FieldName[] }[];
  /** Columns by which it skips rows. */
  skips_by: string[];
}

export function describeMapping(mapping: Mapping): DescribedMapping {
  const into = new Map<string, Set<FieldName>>();
  function add(column: string, names: readonly FieldName[]): void {
    const known = into.get(column) ?? new Set();
    for (const name of names) known.add(name);
    into.set(column, known);
  }
  for (const [column, { fields = [], split }] of Object.entries(mapping.columns)) {
    add(column, [...fields, ...(split?.fields ?? [])]);
  }
  for (const { field, columns, else: others } of mapping.join) {
    for (const column of [...columns, ...others]) add(column, [field]);
  }
  for (const { column, field } of columnsOfParts(mapping)) add(column, field === undefined ? [] : [field]);
  const filled = new Set([
    ...[...into.values()].flatMap((names) => [...names]),
    ...(Object.keys(mapping.constants) as FieldName[]),
  ]);
  return {
    fields: fieldNames.filter((name) => filled.has(name)),
    columns: [...into].map(([column, names]) => ({
      column,
      other_names: mapping.names[column] ?? [],
      optional: mapping.optional.includes(column) || mapping.columns[column]?.optional === true,
      fields: [...names],
    })),
    skips_by: mapping.skip.map(({ column }) => column),
  };
}
