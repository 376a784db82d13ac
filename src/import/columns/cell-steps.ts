import { quoted } from '../../model/printable.ts';
import { problem } from '../../model/problem.ts';
import type { Finding } from '../finding.ts';
import type { ColumnRule, ConditionRule } from './mapping.ts';
import type { Place } from './mapping-fit.ts';

/** Steps that add cells to a record before it is judged. */
export type Step = (cells: string[], findings: Finding[], warnings: Finding[]) => void;

/** Whether a record is one of the rows that a rule applies to; undefined if the file lacks the column. */
export function conditionOf(
  { column, equals, not_equals: others, starts_with: beginnings = [] }: ConditionRule,
  place: Place,
): ((cells: string[]) => boolean) | undefined {
  const index = place(column);
  if (index < 0) return undefined;
  return (cells) => {
    const cell = (cells[index] as string).trim();
    if (equals !== undefined) return equals.includes(cell);
    return others === undefined
      ? beginnings.some((beginning) => cell.startsWith(beginning))
      : !others.includes(cell);
  };
}

export const asItIs = (cell: string) => cell;

export function changeOf(
  { strip, values }: Pick<ColumnRule, 'strip' | 'values'>,
  { keepBlank = false } = {},
): ((cell: string) => string) | undefined {
  if (strip === undefined && values === undefined) return undefined;
  // A Map: a cell may contain "constructor".
  const table = new Map(Object.entries(values ?? {}));
  if (keepBlank) table.delete('');
  return (cell) => {
    const rest = strip !== undefined && cell.startsWith(strip) ? cell.slice(strip.length) : cell;
    return table.size === 0 ? rest : (table.get(rest.trim()) ?? rest);
  };
}

/** Cuts at the first separators, so that the last part may contain more of them (`1010 Wien Mitte`). */
export function pushParts(
  cells: string[],
  cell: string,
  { split, name, findings }: { split: NonNullable<ColumnRule['split']>; name: string; findings: Finding[] },
): void {
  const count = split.fields.length;
  const parts: string[] = [];
  let rest = cell.trim();
  while (rest !== '' && parts.length < count - 1) {
    const at = rest.indexOf(split.by);
    if (at < 0) break;
    parts.push(rest.slice(0, at).trim());
    rest = rest.slice(at + split.by.length).trim();
  }
  if (rest !== '' || parts.length > 0) parts.push(rest);
  if (parts.length !== count && parts.length > 0) {
    findings.push({
      column: name,
      value: cell,
      problem: problem(
        'invalid_value',
        `${quoted(cell)} does not have the ${count} parts ${split.fields.join(' and ')}, with ${quoted(split.by)} between them`,
      ),
    });
    parts.length = 0;
  }
  for (let part = 0; part < count; part++) cells.push(parts[part] ?? '');
}
