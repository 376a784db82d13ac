import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import { quoted } from '../../model/printable.ts';
import { knownSystem } from './known-systems.ts';
import type { Mapping } from './mapping.ts';
import { columnsOfParts, columnsToTie } from './mapping-parts.ts';

/** The position of a column that the mapping names in the file; -1 if it is missing. */
export type Place = (column: string) => number;

/**
 * Finds the columns that a mapping names in the header of a file. Throws `mapping_mismatch` if the file lacks
 * them, because the mapping was then written for another file, and `duplicate_column` if one of them occurs
 * twice.
 */
export function findMappedColumns(header: string[], mapping: Mapping): Place {
  const names = header.map(plain);
  const place = placeOf(names, mapping);
  refuseOtherColumns(names, mapping, place);
  refuseRepeated(names, mapping, place);
  return place;
}

/** Finds a column by its own name, or by the first alternative name in the mapping. */
function placeOf(names: string[], mapping: Mapping): Place {
  const others = new Map(Object.entries(mapping.names).map(([column, more]) => [plain(column), more]));
  return (column) => {
    const called = [column, ...(others.get(plain(column)) ?? [])].map(plain);
    const found = called.find((name) => names.includes(name));
    return found === undefined ? -1 : names.indexOf(found);
  };
}

/** The columns that the mapping needs, without those that it marks as optional in their rules. */
function columnsNamed(mapping: Mapping, place: Place): string[] {
  return [
    ...Object.entries(mapping.columns).flatMap(([column, { optional }]) => (optional ? [] : [column])),
    ...mapping.join.flatMap(({ columns, else: otherwise }) => [...columns, ...otherwise]),
    ...mapping.skip.map(({ column }) => column),
    ...columnsOfParts(mapping).map(({ column }) => column),
    ...mapping.rows.flatMap(({ when }) => when?.column ?? []),
    ...columnsToTie(mapping, place),
  ].map(plain);
}

/** Columns that begin with `_` do not count: a rejects file has some that its source did not have. */
function refuseOtherColumns(names: string[], mapping: Mapping, place: Place): void {
  const dispensable = new Set(mapping.optional.map(plain));
  const needed = columnsNamed(mapping, place).filter(
    (column) => !dispensable.has(column) && place(column) < 0,
  );
  const { expects } = mapping;
  const fresh = expects === undefined ? [] : without(names, expects.map(plain));
  const gone = without([...new Set([...(expects ?? []).map(plain), ...needed])], names);
  if (fresh.length === 0 && gone.length === 0) return;
  const changes = [
    ...(gone.length > 0 ? [`missing: ${list(gone)}`] : []),
    ...(fresh.length > 0 ? [`new: ${list(fresh)}`] : []),
  ];
  throw new Failure('mapping_mismatch', `${mapping.file} does not fit this file: ${changes.join('; ')}`, {
    hint:
      knownSystem(mapping.file) !== undefined
        ? advice`docs/sources/${mapping.file}.md shows what to export; to change the mapping: ${tool('mappings', 'show', mapping.file)} > my.yaml`
        : expects === undefined
          ? `is it the right mapping? Mark a column that may be missing with optional: true`
          : `look at the file, then bring columns and expects in ${mapping.file} up to date`,
  });
}

function refuseRepeated(names: string[], mapping: Mapping, place: Place): void {
  const mapped = new Set(
    [...Object.keys(mapping.columns), ...columnsNamed(mapping, place)].flatMap(
      (column) => names[place(column)] ?? [],
    ),
  );
  const twice = names.find((name, index) => mapped.has(name) && names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new Failure(
    'duplicate_column',
    `two columns are named ${quoted(twice)}, which ${mapping.file} maps`,
    {
      hint: 'rename the one that you do not need',
    },
  );
}

/** The names that `others` lacks, or has fewer times. */
function without(names: string[], others: string[]): string[] {
  const left = new Map<string, number>();
  for (const name of others) left.set(name, (left.get(name) ?? 0) + 1);
  return names.filter((name) => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count <= 0 && !name.startsWith('_');
  });
}

function list(names: string[]): string {
  const shown = names.slice(0, 8).map((name) => quoted(name, 40));
  return shown.join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
}

/** Header names must match exactly, except for outer spaces and the Unicode form of umlauts. */
function plain(name: string): string {
  return name.normalize('NFC').trim();
}
