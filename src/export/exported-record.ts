import { addressParts } from '../model/address.ts';
import { addressPlaceOf } from '../model/columns.ts';
import type { FieldName } from '../model/fields.ts';
import { fieldNames } from '../model/fields.ts';
import type { ExportRow } from '../store/search/export-rows.ts';

/** The value of each column of a file, in the order of `fieldNames`; null if the database has none. */
export type Values = (string | null)[];

const readers = fieldNames.map(readerOf);

export function valuesOf(row: ExportRow): Values {
  return readers.map((read) => read(row));
}

function readerOf(field: FieldName): (row: ExportRow) => string | null {
  const place = addressPlaceOf(field);
  if (place === undefined) return (row) => textOf((row as unknown as Record<string, unknown>)[field]);
  const { column, part } = place;
  return (row) => {
    const address = row[column];
    return isObject(address) && Object.hasOwn(address, part) ? textOf(address[part]) : null;
  };
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return null;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

/**
 * What other programs have stored in an address that a file cannot express: parts without a column, and
 * values that are not text and would come back as text. Undefined for nearly every address.
 */
export function lostFrom(address: unknown): { part: string; value: string }[] | undefined {
  if (address === null) return undefined;
  if (!isObject(address)) return [{ part: '', value: JSON.stringify(address) }];
  let lost: { part: string; value: string }[] | undefined;
  for (const part of Object.keys(address)) {
    const value = address[part];
    if (value === null || (typeof value === 'string' && isPart(part))) continue;
    (lost ??= []).push({ part, value: typeof value === 'string' ? value : JSON.stringify(value) });
  }
  return lost;
}

function isPart(name: string): boolean {
  return (addressParts as readonly string[]).includes(name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
