import type { InspectedColumn } from '../../model/inspection.ts';
import type { ColumnValues } from './column-values.ts';
import { examplesOf } from './column-values.ts';
import type { MatchedColumns } from './columns.ts';
import { partFields } from './mapping-parts.ts';

/** A column of a file with the fields it fills, and examples of its values. */
export function inspectedColumn(
  { header, mapped, unknown, parts }: MatchedColumns,
  index: number,
  values: ColumnValues[],
): InspectedColumn {
  const column = header[index] as string;
  // A cell that a mapping adds is after the record, under the names of the columns it is made of.
  const own = mapped.filter(
    (read) =>
      read.index === index || (read.index >= header.length && read.name.split(' + ').includes(column)),
  );
  const beside = partFields(parts).filter(({ places }) => places.includes(index));
  const fields = [
    ...new Map(
      [...own, ...beside].map((read) => [read.field, { field: read.field, via: read.via }]),
    ).values(),
  ];
  return {
    column,
    field: fields.length === 0 ? null : fields.map(({ field }) => field).join(', '),
    matched_by: fields[0]?.via ?? null,
    did_you_mean: fields.length > 0 ? null : (unknown.find(({ name }) => name === column)?.meant ?? null),
    examples: examplesOf(values[index] as ColumnValues),
  };
}
