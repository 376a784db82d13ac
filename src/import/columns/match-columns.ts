import { exportColumn, rejectColumns } from '../../files/csv/own-columns.ts';
import type { CustomerKey } from '../../model/columns.ts';
import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import { restoreFormula } from '../../model/spreadsheet-safety.ts';
import { companiesBesidePersons, doubtfulSynonyms, dropOrphans, takeContrary } from './ambiguous-columns.ts';
import { fieldBySynonym, isSecondAddress, suggestField } from './column-synonyms.ts';
import type { ColumnDefaults, Columns, MappedColumn, MatchedColumns } from './columns.ts';
import { canFill, storedAs } from './fills.ts';
import { contactFields, fieldOf } from './header-names.ts';
import type { Mapping } from './mapping.ts';
import { applyMapping } from './mapping-columns.ts';

/**
 * Finds the field of each column: first by `mapping`, then by fields' own names, then by ERP names for them.
 * Accepts missing columns. If two columns mean one field, they are listed in `conflicts` and the first is
 * mapped. Throws only if the mapping was written for another file.
 */
export function matchColumns(
  found: string[],
  mapping?: Mapping,
  defaults: ColumnDefaults = {},
  asked?: CustomerKey,
): MatchedColumns {
  // Some of the columns may be missing: people delete them while correcting rows.
  const madeSafe =
    found.includes(exportColumn) || rejectColumns.filter((name) => found.includes(name)).length > 1;
  const header = madeSafe ? found.map(restoreFormula) : found;
  const match = asked ?? mapping?.match ?? (header.includes(exportColumn) ? 'id' : 'erp_customer_number');
  const id = match === 'id' ? idColumn(header) : undefined;
  const applied = mapping === undefined ? undefined : applyMapping(header, mapping);
  const mapped: MappedColumn[] = (applied?.mapped ?? []).map((column) => ({ ...column, via: 'mapping' }));
  const ignored = applied?.ignored ?? [];
  const conflicts: { field: FieldName; names: string[] }[] = [];
  const byField = new Map<FieldName, MappedColumn>(mapped.map((column) => [column.field, column]));
  const left: { index: number; name: string }[] = [];
  for (const [index, name] of header.entries()) {
    if (applied?.taken.has(index) || index === id?.index) continue;
    if (mapping?.other_columns === 'ignore' || name.trimStart().startsWith('_')) ignored.push(name);
    else left.push({ index, name });
  }

  /** A synonym does not override the mapping or a field's own name: `email` and `Mail` in one file. */
  function take(index: number, name: string, field: FieldName, via: 'name' | 'synonym'): boolean {
    const earlier = byField.get(field);
    if (earlier === undefined) {
      const column = { index, name, field, via };
      byField.set(field, column);
      mapped.push(column);
      return true;
    }
    if (earlier.via === via) conflicts.push({ field, names: [earlier.name, name] });
    return earlier.via === via;
  }

  const unmatched = left.filter(({ index, name }) => {
    const field = fieldOf(name);
    return field === undefined || !take(index, name, field, 'name');
  });
  const doubtful = doubtfulSynonyms(left, byField);
  const unread = unmatched.filter(({ index, name }) => {
    const field = fieldBySynonym(name);
    return field === undefined || doubtful.has(field) || !take(index, name, field, 'synonym');
  });
  const isDeciding = ({ index }: { index: number }) => applied?.deciding.has(index) === true;
  ignored.push(...unread.filter(isDeciding).map(({ name }) => name));
  const unknownNames = unread.filter((column) => !isDeciding(column));
  takeContrary(unknownNames, { mapped, byField });
  unknownNames.push(...dropOrphans(mapped, byField));
  for (const other of companiesBesidePersons(left, byField)) conflicts.push({ field: 'name', names: other });

  const fills: Columns['fills'] = {};
  for (const [field, value] of Object.entries(mapping?.constants ?? {}) as [FieldName, string][]) {
    if (applied === undefined || byField.has(field)) continue;
    if (canFill(field)) {
      fills[field] = storedAs(field, value, mapping);
      continue;
    }
    const column = { index: applied.addConstant(value), name: field, field, via: 'mapping' as const };
    byField.set(field, column);
    mapped.push(column);
  }
  for (const [field, value] of applied?.blanks ?? []) fills[field] = value;
  const email = byField.get('contact_email');
  const contact = contactFields.flatMap((field) => byField.get(field) ?? []);
  if (email !== undefined) {
    applied?.leaveOutWithoutEmail(email.index, contact);
  } else if (mapping?.contact_without_email === 'ignore') {
    for (const column of contact) {
      mapped.splice(mapped.indexOf(column), 1);
      byField.delete(column.field);
      ignored.push(column.name);
    }
    for (const field of contactFields) delete fills[field];
  }
  for (const field of fieldNames) {
    const value = defaultOf(field, defaults);
    if (value !== undefined) fills[field] = value;
  }
  const second = header.some(isSecondAddress);
  const free = fieldNames.filter((name) => !byField.has(name) && !(second && name === 'billing_street2'));
  return {
    header,
    mapped: mapped.toSorted((one, other) => one.index - other.index),
    has: (field) => byField.has(field),
    fills,
    unknown: unknownNames
      .toSorted((one, other) => one.index - other.index)
      .map(({ name }) => {
        const field = fieldBySynonym(name) ?? fieldOf(name);
        const other = field === undefined ? undefined : byField.get(field);
        if (other !== undefined) return { name, meant: undefined, instead: other.name };
        return { name, meant: suggestField(name, free) };
      }),
    ignored,
    transform: applied?.transform(),
    hintFor: (column) => applied?.hintFor(column),
    match,
    id,
    parts: applied?.parts,
    madeSafe,
    conflicts,
  };
}

/** The column of an export, or of a list. */
function idColumn(header: string[]): Columns['id'] {
  const name = [exportColumn, 'id'].find((candidate) => header.includes(candidate));
  return name === undefined ? undefined : { index: header.indexOf(name), name };
}

/** The value to use for a field if the file lacks it. */
export function defaultOf(field: FieldName, defaults: ColumnDefaults): string | undefined {
  if (field === 'default_currency') return defaults.currency;
  return field === 'default_language' ? defaults.language : undefined;
}
