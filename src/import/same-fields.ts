import { Failure } from '../errors.ts';
import { quoted } from '../model/printable.ts';
import type { Columns } from './columns/columns.ts';
import type { ContactCells } from './columns/mapping-parts.ts';
import type { CustomerFile } from './customer-file.ts';

/**
 * Files that are imported together are one table: a field that one of them lacks would be cleared in its
 * customers. Throws `columns_differ` unless both give the same fields; names and order of their columns may
 * differ.
 */
export function requireSameFields(one: CustomerFile, other: CustomerFile): void {
  const [given, givenToo] = [fieldsOf(one.columns), fieldsOf(other.columns)];
  const only = [onlyIn(one, beside(given, givenToo)), onlyIn(other, beside(givenToo, given))].flat();
  if (only.length === 0) return;
  throw differing(one, other, only);
}

/**
 * A column `is_active` that is blank in every row is ignored, unless another file contains values: then it
 * would deactivate all of its customers. To be called once all files are read. Throws `columns_differ`.
 */
export function requireActiveEverywhere(files: CustomerFile[], { blank }: { blank: 'clear' | 'keep' }): void {
  if (blank === 'keep') return;
  const saying = files.find(({ tally }) => tally.activeSaid);
  const silent = files.find(({ tally }) => !tally.activeSaid && tally.blankActive > 0);
  if (saying === undefined || silent === undefined) return;
  const { name } = silent.columns.mapped.find(({ field }) => field === 'is_active') ?? { name: 'is_active' };
  throw differing(saying, silent, [
    `blank in every row of ${silent.source.name}: is_active (${quoted(name)})`,
  ]);
}

function differing(one: CustomerFile, other: CustomerFile, lines: string[]): Failure {
  return new Failure(
    'columns_differ',
    [
      `${one.source.name} and ${other.source.name} do not give the same fields`,
      ...lines,
      'nothing was written',
    ].join('\n'),
    {
      hint: 'export both with the same columns, whatever their order, or import the files one by one, each with a source of its own',
    },
  );
}

/** Each field that the file gives, with the name of its column. */
function fieldsOf({ mapped, match, fills, parts }: Columns): Map<string, string> {
  const fields = new Map<string, string>(mapped.map(({ field, name }) => [field, quoted(name)]));
  for (const [field, value] of Object.entries(fills)) {
    // The same value fills both, unless one of them has a column instead.
    if (value !== undefined && !fields.has(field)) fields.set(`a value for ${field}`, quoted(value));
  }
  if (match !== 'erp_customer_number') fields.set(`customers by ${match}`, '');
  for (const [index, contact] of (parts?.contacts ?? []).entries()) {
    for (const [column, name] of columnsOf(contact)) fields.set(`contact ${index + 1}: ${column}`, name);
  }
  for (const [index, { of, contact, addresses }] of (parts?.kinds ?? []).entries()) {
    const kind = `rows of kind ${index + 1}: `;
    for (const [by, cells] of Object.entries(of))
      if (cells !== undefined) fields.set(kind + by, quoted(cells.name));
    for (const [column, name] of columnsOf(contact)) fields.set(`${kind}contact ${column}`, name);
    for (const { column, parts: given } of addresses) {
      for (const { part, cells } of given) fields.set(`${kind}${column} ${part}`, quoted(cells.name));
    }
  }
  return fields;
}

function columnsOf(contact: ContactCells | undefined): [string, string][] {
  return Object.entries(contact ?? {}).flatMap(([column, cells]): [string, string][] =>
    cells === undefined ? [] : [[column, quoted(cells.name)]],
  );
}

function beside(fields: Map<string, string>, others: Map<string, string>): string[] {
  return [...fields].flatMap(([field, name]) =>
    others.has(field) ? [] : `${field}${name === '' ? '' : ` (${name})`}`,
  );
}

function onlyIn({ source }: CustomerFile, fields: string[]): string[] {
  return fields.length === 0 ? [] : [`only in ${source.name}: ${fields.join(', ')}`];
}
