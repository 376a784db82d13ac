import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import { contactFields } from '../columns/header-names.ts';

/** A mapping under construction: what happens to each column of one file. */
export interface Draft {
  /** What is read from one column alone, by the column's name. */
  columns: Map<string, ColumnDraft>;
  /** Fields that are joined from several columns. */
  joins: JoinDraft[];
  /** Currency and language of new customers if the file does not give them. */
  constants: { default_currency?: string; default_language?: string };
}

export interface ColumnDraft {
  fields: FieldName[];
  /** Removed from the front of each cell that begins with it. */
  strip?: string;
  /** Cell → value; '' is a blank cell. */
  values?: Record<string, string>;
  /** If the column contains several fields: cut at the first separators. */
  splitBy?: string;
}

export interface JoinDraft {
  field: FieldName;
  columns: string[];
  with: string;
  /** Joined instead, if all of `columns` are blank. */
  else: string[];
}

export function emptyDraft(): Draft {
  return { columns: new Map(), joins: [], constants: {} };
}

/** The name by which a mapping finds a column. */
export function plainName(name: string): string {
  return name.normalize('NFC').trim();
}

/**
 * Whether a mapping can name a column: it has a name, no other column has the same name, it does not begin
 * with `_`, and is not a property that every object has.
 */
export function isMappable(header: readonly string[], index: number): boolean {
  const name = plainName(header[index] ?? '');
  if (name === '' || name === '__proto__' || name.startsWith('_')) return false;
  return header.every((other, place) => place === index || plainName(other) !== name);
}

/** The fields that a column fills, alone or with others. */
export function fieldsFrom({ columns, joins }: Draft, column: string): FieldName[] {
  const joined = joins.filter((join) => [...join.columns, ...join.else].includes(column));
  return [...(columns.get(column)?.fields ?? []), ...joined.map(({ field }) => field)];
}

/** The columns that fill a field; can be empty. */
export function columnsFor({ columns, joins }: Draft, field: FieldName): string[] {
  const joined = joins.filter((join) => join.field === field);
  return [
    ...[...columns].filter(([, { fields }]) => fields.includes(field)).map(([name]) => name),
    ...joined.flatMap((join) => [...join.columns, ...join.else]),
  ];
}

export function isFilled(draft: Draft, field: FieldName): boolean {
  return columnsFor(draft, field).length > 0;
}

/** The fields that the mapping fills, in the order of the tool's own columns. */
export function filledFields(draft: Draft): FieldName[] {
  return fieldNames.filter((field) => isFilled(draft, field));
}

/** Removes a field from whatever fills it. */
export function clearField(draft: Draft, field: FieldName): void {
  draft.joins = draft.joins.filter((join) => join.field !== field);
  for (const [name, column] of draft.columns) {
    if (!column.fields.includes(field)) continue;
    column.fields = column.fields.filter((other) => other !== field);
    // Half of a split column is not a field by itself.
    if (column.fields.length === 0 || column.splitBy !== undefined) draft.columns.delete(name);
  }
}

/** Stops reading a column; what was joined with it is read from the others. */
export function ignoreColumn(draft: Draft, column: string): void {
  draft.columns.delete(column);
  draft.joins = draft.joins.flatMap((join): JoinDraft[] => {
    const columns = join.columns.filter((name) => name !== column);
    const others = join.else.filter((name) => name !== column);
    if (columns.length > 0) return [{ ...join, columns, else: others }];
    return others.length > 0 ? [{ ...join, columns: others, else: [] }] : [];
  });
}

/** Reads a column as these fields only. */
export function setColumn(draft: Draft, column: string, wanted: ColumnDraft): void {
  ignoreColumn(draft, column);
  for (const field of wanted.fields) clearField(draft, field);
  draft.columns.set(column, wanted);
}

/** Reads a field from several columns; a joined column is no longer read by itself. */
export function setJoin(draft: Draft, join: JoinDraft): void {
  clearField(draft, join.field);
  for (const column of join.columns) draft.columns.delete(column);
  draft.joins.push(join);
}

/**
 * Contacts are identified by their email address. If no column contains it, the customer's own email is used;
 * without one there are no contacts, and with `named` no contacts without a name: a phone alone does not
 * describe a person. Returns the columns that are therefore omitted.
 */
export function settleContacts(draft: Draft, { named }: { named: boolean }): string[] {
  const wanted = contactFields.filter((field) => isFilled(draft, field));
  if (wanted.length === 0 || isFilled(draft, 'contact_email')) return [];
  const email = [...draft.columns].find(
    ([, { fields, splitBy }]) => fields.includes('email') && splitBy === undefined,
  );
  if (email !== undefined && (!named || isFilled(draft, 'contact_name'))) {
    email[1].fields.push('contact_email');
    return [];
  }
  const left = wanted.flatMap((field) => columnsFor(draft, field));
  for (const field of wanted) clearField(draft, field);
  return [...new Set(left)].filter((column) => fieldsFrom(draft, column).length === 0);
}
