import type { FieldName } from '../../model/fields.ts';
import { blockedField, fields } from '../../model/fields.ts';
import type { ColumnValues } from '../columns/column-values.ts';
import type { Clue } from './name-clues.ts';

/** The share of a column's non-blank cells that pass `test`; 0 for a blank column. */
export function shareOf({ counts }: ColumnValues, test: (value: string) => boolean): number {
  let all = 0;
  let passed = 0;
  for (const [value, count] of counts) {
    all += count;
    if (test(value)) passed += count;
  }
  return all === 0 ? 0 : passed / all;
}

/** The values of a column that a field refuses, the most frequent first, each with its number of rows. */
export function refusedValues(
  field: FieldName,
  { counts }: ColumnValues,
  { contrary = false }: { contrary?: boolean } = {},
): [value: string, rows: number][] {
  const { parse } = contrary ? blockedField : fields[field];
  return [...counts]
    .filter(([value]) => typeof parse(value) !== 'string')
    .toSorted(([, one], [, other]) => other - one);
}

export function refusedShare(field: FieldName, values: ColumnValues, contrary = false): number {
  const { parse } = contrary ? blockedField : fields[field];
  return shareOf(values, (value) => typeof parse(value) !== 'string');
}

const hasLetter = (value: string) => /\p{L}{2}/u.test(value);
const hasDigit = (value: string) => /\d/.test(value);
const isEmailLike = (value: string) => /^\S+@\S+\.\S+$/.test(value);
const isPlain = (value: string) => hasLetter(value) && !isEmailLike(value) && !/^https?:/i.test(value);
/** An address in one cell: `Am Bahnhof 7, 88212 Ravensburg`. */
const isWholeAddress = (value: string) => /[,;\n].*\b\d{4,5}\b/s.test(value);
const isAmountOrDate = (value: string) =>
  /^-?[\d.]*\d,\d\d$|^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}( .*)?$/.test(value);

/** `1010 Wien Mitte`; not `1015 AA Amsterdam`, whose postcode contains a space. */
const isPostalCodeAndCity = (value: string) =>
  /^(?:\p{Lu}{1,3}-)?\d{4,6}\s+\p{L}/u.test(value) && !/^\d{4} \p{Lu}{2} /u.test(value);

export function holdsPostalCodeAndCity(values: ColumnValues): boolean {
  return values.filled > 0 && shareOf(values, isPostalCodeAndCity) === 1;
}

/**
 * Whether the values of a column fit a field that its name only suggests: ERP numbers are unique, a name has
 * letters, a code is valid.
 */
export function suits(field: FieldName, values: ColumnValues): boolean {
  if (values.filled === 0) return false;
  const { filled, blank, counts } = values;
  switch (field) {
    case 'erp_customer_number':
      return (
        filled / (filled + blank) > 0.6 &&
        (values.more || counts.size / filled > 0.9) &&
        shareOf(values, hasDigit) > 0.5 &&
        shareOf(values, isAmountOrDate) === 0 &&
        shareOf(values, isEmailLike) === 0 &&
        refusedShare(field, values) < 0.1
      );
    case 'name':
      return shareOf(values, isPlain) > 0.8 && (values.more || counts.size / filled > 0.3);
    case 'email':
    case 'contact_email':
      return refusedShare(field, values) < 0.3 && shareOf(values, (value) => value.includes('@')) > 0.5;
    case 'billing_street':
    case 'shipping_street':
      return shareOf(values, isPlain) > 0.6 && shareOf(values, isWholeAddress) < 0.2;
    case 'billing_city':
    case 'shipping_city':
    case 'contact_name':
      return shareOf(values, isPlain) > 0.8 && shareOf(values, hasDigit) < 0.5;
    case 'contact_role':
      return shareOf(values, isPlain) > 0.8;
    case 'billing_state':
    case 'shipping_state':
      return shareOf(values, hasLetter) > 0.8 && refusedShare('is_active', values) === 1;
    case 'billing_postal_code':
    case 'shipping_postal_code':
    case 'contact_phone':
      return shareOf(values, hasDigit) > 0.8 && refusedShare(field, values) < 0.3;
    case 'is_active':
      return refusedShare(field, values) === 0;
    case 'notes':
      return shareOf(values, hasLetter) > 0.5;
    default:
      return refusedShare(field, values) < 0.1;
  }
}

/**
 * Whether a column does more harm than good although its name is unambiguous: a field of codes that refuses
 * most values would reject their rows, and an entirely blank column of active customers would deactivate all.
 */
export function unfit(field: FieldName, values: ColumnValues, contrary: boolean): boolean {
  if (field === 'is_active' && !contrary && values.filled === 0) return true;
  if (field === 'name' || field === 'erp_customer_number') return false;
  return values.filled > 0 && refusedShare(field, values, contrary) > 0.5;
}

const legalForm =
  /\b(GmbH|mbH|AG|KG|KGaA|OHG|UG|e\.\s?K\.|e\.\s?V\.|eG|SE|Ltd|Limited|Inc|LLC|LLP|PLC|Corp|S\.?A\.?|SAS|SARL|S\.?r\.?l\.?|S\.?p\.?A\.?|B\.?V\.?|N\.?V\.?|Sp\. z o\.o\.|s\.r\.o\.|A\/S|AB|Oy)(?=\W|$)/;

/** What the values of a column look like if its name means nothing; the likeliest first. */
export function cluesOfValues(values: ColumnValues): Clue[] {
  const { filled, counts, more } = values;
  if (filled === 0) return [];
  const different = more ? 1 : counts.size / filled;
  const all = (test: (value: string) => boolean) => shareOf(values, test) === 1;
  const most = (test: (value: string) => boolean) => shareOf(values, test) > 0.8;
  if (most(isEmailLike) && refusedShare('email', values) < 0.2) {
    return different > 0.7 ? likely('email') : weak('email');
  }
  if (shareOf(values, (value) => legalForm.test(value)) > 0.2 && suits('name', values)) return likely('name');
  if (all((value) => /^[A-Z]{3}$/.test(value)) && refusedShare('default_currency', values) === 0) {
    return likely('default_currency');
  }
  if (all((value) => /^\p{Ll}{2}[-_]\p{Lu}{2}$/u.test(value))) return likely('default_language');
  if (refusedShare('billing_country', values) === 0 && all(hasLetter)) return weak('billing_country');
  const postal: FieldName[] = most((value) => /^\d{4,5}$/.test(value)) ? ['billing_postal_code'] : [];
  const number =
    most((value) => /^\p{Lu}{0,3}[-.]?\d{2,}$/u.test(value)) && suits('erp_customer_number', values);
  if (number) return weak('erp_customer_number', ...postal);
  if (postal.length > 0) return weak(...postal);
  if (most((value) => /^[+(0][\d\s()/.+-]{5,}$/.test(value))) return weak('contact_phone');
  if (shareOf(values, (value) => /^\p{L}.*\s\d+\s?\p{L}?$/u.test(value)) > 0.6) return weak('billing_street');
  if (
    different > 0.5 &&
    all((value) => isPlain(value) && value.length < 40) &&
    !all((value) => hasDigit(value))
  ) {
    return weak('billing_city', 'contact_name');
  }
  return [];
}

function likely(field: FieldName): Clue[] {
  return [{ field, strength: 'likely' }];
}

function weak(...names: FieldName[]): Clue[] {
  return names.map((field) => ({ field, strength: 'weak' }));
}
