import { Failure } from '../errors.ts';
import type { FieldName } from '../model/fields.ts';
import { fieldNames } from '../model/fields.ts';
import { quoted } from '../model/printable.ts';

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
  /** Columns that no field is known for; those that begin with `_` are ignored on purpose and not listed. */
  unknown: string[];
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
export function mapColumns(header: string[], defaults: ColumnDefaults): Columns {
  const mapped: Columns['mapped'] = [];
  const byField = new Map<FieldName, string>();
  const unknown: string[] = [];
  for (const [index, name] of header.entries()) {
    const field = fieldOf(name);
    if (field === undefined) {
      if (!name.trimStart().startsWith('_')) unknown.push(name);
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
  requireColumns(byField, header, defaults);
  return {
    header,
    mapped,
    has: (field) => byField.has(field),
    unknown,
    fromRejects: rejectColumns.every((name) => header.includes(name)),
  };
}

function requireColumns(found: Map<FieldName, string>, header: string[], defaults: ColumnDefaults): void {
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
    throw new Failure('missing_column', `the header lacks ${missing.join(', ')}; it has ${seen}`, {
      hint:
        cures.length === missing.length
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
