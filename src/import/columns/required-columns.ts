import { Failure } from '../../errors.ts';
import type { CustomerKey } from '../../model/columns.ts';
import type { FieldName } from '../../model/fields.ts';
import { fieldNames, fields } from '../../model/fields.ts';
import { quoted } from '../../model/printable.ts';
import { exportColumn } from '../../files/csv/own-columns.ts';
import type { ColumnDefaults, Columns, MatchedColumns } from './columns.ts';
import { matchColumns } from './match-columns.ts';
import { contactFields } from './header-names.ts';
import type { Mapping } from './mapping.ts';

/**
 * Finds the field of each column. Throws `Failure` if the file cannot be read correctly with this header. A
 * file that only changes existing customers needs only the column that identifies them.
 */
export function mapColumns(
  found: string[],
  defaults: ColumnDefaults,
  mapping?: Mapping,
  { only, match }: { only?: 'create' | 'update' | undefined; match?: CustomerKey | undefined } = {},
): Columns {
  refuseSeparatorLine(found);
  const { conflicts, ...columns } = matchColumns(found, mapping, defaults, match);
  const [conflict] = conflicts;
  if (conflict !== undefined) {
    const [one, other] = conflict.names.map((name) => quoted(name));
    throw new Failure('duplicate_column', `two columns are ${conflict.field}: ${one} and ${other}`, {
      hint: 'rename the one that you do not need; a name that begins with _ is ignored',
    });
  }
  requireKey(columns);
  if (only === 'update') requireAnyKey(columns);
  else requireColumns(columns);
  requireContactEmail(columns);
  return columns;
}

/** Gives every row a value that the file lacks. */
const cure: Partial<Record<FieldName, string>> = {
  default_currency: '--default currency=EUR',
  default_language: '--default language=de-DE',
};

/** Required fields without a column or a default. */
export function missingFields({ has, fills }: Pick<Columns, 'has' | 'fills'>): FieldName[] {
  return fieldNames.filter((field) => fields[field].required && !has(field) && fills[field] === undefined);
}

/**
 * Throws `missing_column` unless every required field has a column, with what the file has instead and what
 * to do.
 */
function requireColumns(columns: Columns): void {
  const { unknown, has } = columns;
  const missing = missingFields(columns);
  const cures = missing.flatMap((field) => cure[field] ?? []);
  if (missing.length > 0) {
    const misnamed = unknown.find(({ meant }) => meant !== undefined && missing.includes(meant));
    throw new Failure(
      'missing_column',
      `the header has no column for ${missing.join(', ')}; it has ${seen(columns)}`,
      {
        hint: misnamed
          ? `rename ${quoted(misnamed.name)} if it is meant to be ${misnamed.meant}, or map it with --mapping`
          : cures.length === missing.length
            ? `add ${cures.join(' ')} if that is right for new customers`
            : has('erp_customer_number')
              ? 'to change existing customers only, add --only update; or map the columns with --mapping'
              : 'rename the columns as docs/import-guide.md lists them, map them with --mapping, or check --delimiter',
      },
    );
  }
}

/**
 * Whether a file that lacks required columns describes parts of existing customers, instead of having unusual
 * names.
 */
export function isPart(columns: MatchedColumns): boolean {
  const missing = missingFields(columns);
  const { conflicts, has, mapped, unknown } = columns;
  const contacts = mapped.some(({ field }) => contactFields.some((name) => name === field));
  return (
    missing.includes('name') &&
    conflicts.length === 0 &&
    has('erp_customer_number') &&
    mapped.length > 1 &&
    (!contacts || has('contact_email')) &&
    !unknown.some(({ meant }) => meant !== undefined && missing.includes(meant))
  );
}

/** If a field other than the number identifies customers, its column must exist. */
function requireKey(columns: Columns): void {
  const { match, id, has } = columns;
  if (match === 'erp_customer_number' || (match === 'id' ? id !== undefined : has('email'))) return;
  const column = match === 'id' ? `${exportColumn} or id` : 'email';
  throw new Failure('missing_column', `the header lacks ${column}; it has ${seen(columns)}`, {
    hint: `customers are to be matched by ${match}: rename its column, or match them by their numbers`,
  });
}

function requireAnyKey(columns: Columns): void {
  if (columns.match !== 'erp_customer_number' || columns.has('erp_customer_number')) return;
  throw new Failure('missing_column', `the header lacks erp_customer_number; it has ${seen(columns)}`, {
    hint: '--only update finds customers by it: rename its column, map it with --mapping, or find them with --match email',
  });
}

function seen({ header }: Columns): string {
  const names = header.slice(0, 12).map((name) => quoted(name, 30));
  return names.join(', ') + (header.length > 12 ? ', …' : '');
}

function requireContactEmail({ mapped, has, fills }: Columns): void {
  const orphan =
    mapped.find(({ field }) => contactFields.some((name) => name === field))?.name ??
    contactFields.find((field) => fills[field] !== undefined);
  if (orphan !== undefined && !has('contact_email')) {
    throw new Failure('missing_column', `${quoted(orphan)} needs a contact_email column`, {
      hint: 'add it, or let the names of the contact columns begin with _ to leave contacts out',
    });
  }
}

/** Excel's line for the delimiter is not a header; read as a header, it would be the only column. */
function refuseSeparatorLine(firstCells: string[]): void {
  const [first = '', second = ''] = firstCells;
  const separator = /^sep=(.?)$/i.exec(first)?.[1];
  if (separator === undefined || second !== '' || firstCells.length > 2) return;
  throw new Failure('unsupported_format', 'the first line is Excel’s “sep=”, not the header', {
    hint: `remove that line${separator === '' ? '' : `; the delimiter is ${quoted(separator)}`}`,
  });
}
