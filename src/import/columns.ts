import { Failure } from '../errors.ts';
import type { FieldName } from '../model/fields.ts';
import { fieldNames } from '../model/fields.ts';
import { quoted } from '../model/printable.ts';
import { nearName } from './near-name.ts';
import { restoreFormula } from './spreadsheet-safety.ts';

/** Values for required columns that a file lacks (`--default currency=EUR`). */
export interface ColumnDefaults {
  currency?: string;
  language?: string;
}

export interface Columns {
  /** As the file has them. */
  header: string[];
  /** The columns that are read: where each stands, its name in the file, and its field. */
  mapped: { index: number; name: string; field: FieldName }[];
  has(field: FieldName): boolean;
  /**
   * Columns that no field is known for, with the field that was perhaps meant and that no other column is. Those that
   * begin with `_` are ignored on purpose and not listed.
   */
  unknown: { name: string; meant: FieldName | undefined }[];
  /** True when the file is a rejects file of ours, whose cells were made safe for spreadsheets. */
  fromRejects: boolean;
}

/** The columns that a rejects file has behind the input's own. */
export const rejectColumns = ['_row', '_line', '_column', '_code', '_error'] as const;

const fieldByKey = new Map<string, FieldName>(fieldNames.map((name) => [keyOf(name), name]));

/** Headers match without regard to case, outer space, and `-`, `_` or space between words. */
function keyOf(header: string): string {
  return header
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replace(/[-_\s]+/gu, '');
}

export function fieldOf(header: string): FieldName | undefined {
  return header.trimStart().startsWith('_') ? undefined : fieldByKey.get(keyOf(header));
}

/** Finds the field of each column. Throws `Failure` where the file cannot be read rightly with this header. */
export function mapColumns(found: string[], defaults: ColumnDefaults): Columns {
  refuseSeparatorLine(found);
  // Some of the columns may be gone: they are in the way of who mends the rows.
  const fromRejects = rejectColumns.filter((name) => found.includes(name)).length > 1;
  const header = fromRejects ? found.map(restoreFormula) : found;
  const mapped: Columns['mapped'] = [];
  const byField = new Map<FieldName, string>();
  const unmatched: string[] = [];
  for (const [index, name] of header.entries()) {
    const field = fieldOf(name);
    if (field === undefined) {
      if (!name.trimStart().startsWith('_')) unmatched.push(name);
      continue;
    }
    const earlier = byField.get(field);
    if (earlier !== undefined) {
      throw new Failure(
        'duplicate_column',
        `two columns are ${field}: ${quoted(earlier)} and ${quoted(name)}`,
        {
          hint: 'rename the one that is not meant; a name that begins with _ is ignored',
        },
      );
    }
    byField.set(field, name);
    mapped.push({ index, name, field });
  }
  const free = fieldNames.filter((name) => !byField.has(name));
  const unknown = unmatched.map((name) => ({ name, meant: nearName(name, free, keyOf) }));
  requireColumns(byField, { header, unknown }, defaults);
  return { header, mapped, has: (field) => byField.has(field), unknown, fromRejects };
}

/** The line that tells Excel the delimiter is no header; read as one, it would be the only column. */
function refuseSeparatorLine(firstCells: string[]): void {
  const [first = '', second = ''] = firstCells;
  const separator = /^sep=(.?)$/i.exec(first)?.[1];
  if (separator === undefined || second !== '' || firstCells.length > 2) return;
  throw new Failure('unsupported_format', 'the first line is Excel’s “sep=”, not the header', {
    hint: `remove that line${separator === '' ? '' : `; the delimiter is ${quoted(separator)}`}`,
  });
}

function requireColumns(
  found: Map<FieldName, string>,
  { header, unknown }: Pick<Columns, 'header' | 'unknown'>,
  defaults: ColumnDefaults,
): void {
  const missing: string[] = [];
  const cures: string[] = [];
  if (!found.has('name')) missing.push('name');
  if (!found.has('default_currency') && defaults.currency === undefined) {
    missing.push('default_currency');
    cures.push('--default currency=EUR');
  }
  if (!found.has('default_language') && defaults.language === undefined) {
    missing.push('default_language');
    cures.push('--default language=de-DE');
  }
  if (missing.length > 0) {
    const seen =
      header
        .slice(0, 12)
        .map((name) => quoted(name, 30))
        .join(', ') + (header.length > 12 ? ', …' : '');
    const misnamed = unknown.find(({ meant }) => meant !== undefined && missing.includes(meant));
    throw new Failure('missing_column', `the header lacks ${missing.join(', ')}; it has ${seen}`, {
      hint: misnamed
        ? `rename ${quoted(misnamed.name)} if it is meant to be ${misnamed.meant}`
        : cures.length === missing.length
          ? `add ${cures.join(' ')} if that is right for every row`
          : 'rename the columns as docs/import-guide.md lists them, or check --delimiter',
    });
  }
  const orphan = contactFields.find((field) => found.has(field));
  if (orphan !== undefined && !found.has('contact_email')) {
    throw new Failure(
      'missing_column',
      `${quoted(found.get(orphan) ?? orphan)} needs a contact_email column`,
      {
        hint: 'add it, or rename the contact columns to begin with _ to leave contacts out',
      },
    );
  }
}

const contactFields = ['contact_name', 'contact_phone', 'contact_role', 'contact_is_primary'] as const;
