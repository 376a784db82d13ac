import type { FieldName } from '../../model/fields.ts';
import {
  fieldBySynonym,
  isContrary,
  isFirstName,
  isHouseNumber,
  isSecondAddress,
} from './column-synonyms.ts';
import type { MappedColumn } from './columns.ts';
import { contactFields } from './header-names.ts';

/**
 * A street next to a column of house numbers is only half of the address: a mapping has to join them. A
 * second street next to a second postcode belongs to another address.
 */
export function doubtfulSynonyms(
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
export function takeContrary(
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
export function companiesBesidePersons(
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
export function dropOrphans(mapped: MappedColumn[], byField: Map<FieldName, MappedColumn>): MappedColumn[] {
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
