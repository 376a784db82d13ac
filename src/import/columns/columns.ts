import type { CustomerKey } from '../../model/columns.ts';
import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import {
  fieldBySynonym,
  isContrary,
  isFirstName,
  isHouseNumber,
  isSecondAddress,
  suggestField,
} from './column-synonyms.ts';
import type { Mapping } from './mapping.ts';
import type { Transform } from './mapping-columns.ts';
import type { Parts } from './mapping-parts.ts';
import { applyMapping } from './mapping-columns.ts';
import { exportColumn, rejectColumns } from '../../files/csv/own-columns.ts';
import { contactFields, fieldOf } from './header-names.ts';
import { canFill, storedAs } from './fills.ts';
import { restoreFormula } from '../../model/spreadsheet-safety.ts';

/** Values for new customers if the file lacks the column or the cell is blank (`--default currency=EUR`). */
export interface ColumnDefaults {
  currency?: string;
  language?: string;
}

/** The value to use for a field if the file lacks it. */
export function defaultOf(field: FieldName, defaults: ColumnDefaults): string | undefined {
  if (field === 'default_currency') return defaults.currency;
  return field === 'default_language' ? defaults.language : undefined;
}

export interface MappedColumn {
  /** Where the cell is: in the record, or after its cells if `transform` adds it. */
  index: number;
  /** The name in the file; of a joined cell, the names of its columns. */
  name: string;
  field: FieldName;
  /** How it was matched: by the field's own name, by another name for the field, or by a mapping file. */
  via: 'name' | 'synonym' | 'mapping';
  /** The column states whether the customer is not active: `Gesperrt`. */
  contrary?: boolean | undefined;
}

export interface Columns {
  /** Names as in the file. */
  header: string[];
  /** The columns that are read. */
  mapped: MappedColumn[];
  has(this: void, field: FieldName): boolean;
  /** Normalised values for new customers, for what the file leaves blank. Existing customers keep theirs. */
  fills: { [Name in FieldName]?: string | undefined };
  /**
   * Columns without a known field, with the field that was perhaps meant and that no other column is, or with
   * the column that is already read for that field. Columns that begin with `_` are ignored on purpose and
   * not listed.
   */
  unknown: { name: string; meant: FieldName | undefined; instead?: string }[];
  /** Columns that are ignored on purpose: their name begins with `_`, or a mapping file ignores them. */
  ignored: string[];
  /** What a mapping file does to a record before it is judged; undefined if cells are read unchanged. */
  transform: Transform | undefined;
  /** A hint for a refused value of this column. */
  hintFor(this: void, column: string): string | undefined;
  /** What identifies a row's customer: by default the ids of an export, if the file has them. */
  match: CustomerKey;
  /** The column of ids, if they identify customers. */
  id: { index: number; name: string } | undefined;
  /** What a mapping takes from rows in addition to their customers. */
  parts: Parts | undefined;
  /**
   * True if the file is a rejects file or an export of the tool, whose cells were protected against
   * spreadsheets.
   */
  madeSafe: boolean;
}

/** The matched columns, whether or not a file with them can be imported. */
export interface MatchedColumns extends Columns {
  /** Columns that mean the same field; the first of them is in `mapped`. */
  conflicts: { field: FieldName; names: string[] }[];
}

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
  const unknownNames = unmatched.filter(({ index, name }) => {
    const field = fieldBySynonym(name);
    return field === undefined || doubtful.has(field) || !take(index, name, field, 'synonym');
  });
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

/**
 * A street next to a column of house numbers is only half of the address: a mapping has to join them. A
 * second street next to a second postcode belongs to another address.
 */
function doubtfulSynonyms(
  columns: { name: string }[],
  byField: ReadonlyMap<FieldName, MappedColumn>,
): Set<FieldName> {
  const doubtful: FieldName[] = [
    ...(columns.some(({ name }) => isHouseNumber(name))
      ? (['billing_street', 'shipping_street'] as const)
      : []),
    ...(columns.some(({ name }) => isSecondAddress(name)) ? (['billing_street2'] as const) : []),
  ];
  return new Set(doubtful.filter((field) => !byField.has(field)));
}

/** One column such as `Gesperrt` is read as the opposite of `is_active`, if no column gives that directly. */
function takeContrary(
  unknown: { index: number; name: string }[],
  { mapped, byField }: { mapped: MappedColumn[]; byField: Map<FieldName, MappedColumn> },
): void {
  const [only, ...others] = unknown.filter(({ name }) => isContrary(name));
  if (only === undefined || others.length > 0 || byField.has('is_active')) return;
  const column: MappedColumn = { ...only, field: 'is_active', via: 'synonym', contrary: true };
  unknown.splice(unknown.indexOf(only), 1);
  byField.set('is_active', column);
  mapped.push(column);
}

/** `Firma, Vorname, Name`: it is unclear whether the customer is the company or the person. */
function companiesBesidePersons(
  columns: { name: string }[],
  byField: ReadonlyMap<FieldName, MappedColumn>,
): string[][] {
  const own = byField.get('name');
  if (own?.via !== 'name' || !columns.some(({ name }) => isFirstName(name))) return [];
  return columns
    .filter(({ name }) => name !== own.name && fieldBySynonym(name) === 'name')
    .map(({ name }) => [own.name, name]);
}

/**
 * Without a contact_email, there is no contact for the phone. A column named `contact_phone` is reported; a
 * column that happens to be named `Telefon` is ignored like any unknown column.
 */
function dropOrphans(mapped: MappedColumn[], byField: Map<FieldName, MappedColumn>): MappedColumn[] {
  if (byField.has('contact_email')) return [];
  const orphans = mapped.filter(
    ({ field, via }) => via === 'synonym' && contactFields.some((name) => name === field),
  );
  for (const orphan of orphans) {
    mapped.splice(mapped.indexOf(orphan), 1);
    byField.delete(orphan.field);
  }
  return orphans;
}
