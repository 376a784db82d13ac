import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import { contactFields } from '../columns/header-names.ts';

/** A mapping while it is being made: what is to become of each column of one file. */
export interface Draft {
  /** What is read from one column alone, by the column's name. */
  columns: Map<string, ColumnDraft>;
  /** Fields that are put together of several columns. */
  joins: JoinDraft[];
  /** Currency and language of new customers where the file says none. */
  constants: { default_currency?: string; default_language?: string };
}

export interface ColumnDraft {
  fields: FieldName[];
  /** Taken off the front of each cell that begins with it. */
  strip?: string;
  /** Cell → value; '' is a blank cell. */
  values?: Record<string, string>;
  /** Where the column holds several fields: cut at the first signs. */
  splitBy?: string;
}

export interface JoinDraft {
  field: FieldName;
  columns: string[];
  with: string;
  /** Joined instead, where all of `columns` are blank. */
  else: string[];
}

export function emptyDraft(): Draft {
  return { columns: new Map(), joins: [], constants: {} };
}

/** The name that a mapping finds a column by. */
export function plainName(name: string): string {
  return name.normalize('NFC').trim();
}

/**
 * Whether a mapping can speak of a column: it has a name, no other has the same, it does not begin with `_`, and it is
 * not called after what every object has.
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

/** The columns that fill a field; empty for none. */
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

/** Takes a field from whatever fills it. */
export function clearField(draft: Draft, field: FieldName): void {
  draft.joins = draft.joins.filter((join) => join.field !== field);
  for (const [name, column] of draft.columns) {
    if (!column.fields.includes(field)) continue;
    column.fields = column.fields.filter((other) => other !== field);
    // Half of a split column is no field of its own.
    if (column.fields.length === 0 || column.splitBy !== undefined) draft.columns.delete(name);
  }
}

/** Reads nothing from a column any more; what was joined with it is read from the others. */
export function ignoreColumn(draft: Draft, column: string): void {
  draft.columns.delete(column);
  draft.joins = draft.joins.flatMap((join): JoinDraft[] => {
    const columns = join.columns.filter((name) => name !== column);
    const others = join.else.filter((name) => name !== column);
    if (columns.length > 0) return [{ ...join, columns, else: others }];
    return others.length > 0 ? [{ ...join, columns: others, else: [] }] : [];
  });
}

/** Reads a column as these fields, and nothing else as them. */
export function setColumn(draft: Draft, column: string, wanted: ColumnDraft): void {
  ignoreColumn(draft, column);
  for (const field of wanted.fields) clearField(draft, field);
  draft.columns.set(column, wanted);
}

/** Reads a field from several columns; one that is joined is no longer read for itself. */
export function setJoin(draft: Draft, join: JoinDraft): void {
  clearField(draft, join.field);
  for (const column of join.columns) draft.columns.delete(column);
  draft.joins.push(join);
}

/**
 * A contact is known by its email address. Where no column is that, the customer's own serves; without one there are no
 * contacts, and with `named` none without a name: a phone alone says nothing of a person. Returns the columns that are
 * therefore left out.
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
