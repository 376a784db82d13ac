import { parseAddressPart, parseAddressPartCode } from './address-rules.ts';
import { parseActive, parseBlocked, parseBlockedCode, parseBoolean, parseBooleanCode } from './boolean.ts';
import type { AddressColumn, AddressField, ContactField, CustomerColumn } from './columns.ts';
import { isAddressColumn, partFieldsOf } from './columns.ts';
import { findWithdrawnCurrency, parseCurrency, parseCurrencyCode } from './currency.ts';
import { parseEmail } from './email.ts';
import { parseLanguage, parseLanguageTag } from './language.ts';
import { parseIdentifier } from './identifier.ts';
import { findLostLetter } from './lost-letter.ts';
import { findNamePlaceholder, parseValue } from './placeholder.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import { findErrorValue } from './spreadsheet-damage.ts';
import type { Reading } from './reading.ts';
import { parseText } from './text.ts';

/** The rule of one field: the same for a CSV value, a flag and an answer to a question. */
export interface Field {
  name: FieldName;
  required: boolean;
  /**
   * What to say if a required value is missing. A contact needs its email, but a customer needs no contact.
   */
  missing?: Problem;
  /**
   * The value as it is stored (booleans as 'true' or 'false'), '' for blank, or what is wrong with it. Never
   * throws; returns the very same string if nothing changes.
   */
  parse: (text: string) => string | Problem;
  /** The same for a field of codes, accepting only codes: no names, no other system's keys. */
  parseCode?: (text: string) => string | Problem;
  /** The warning for a value that `parse` has accepted. */
  warn?: (value: string) => Problem | undefined;
}

/** A field that every record must have. */
export interface NeededField extends Field {
  missing: Problem;
}

type NeededName = 'name' | 'default_currency' | 'default_language' | 'contact_email';

/** A file has a column for each part of an address. */
export type FieldName = Exclude<CustomerColumn, AddressColumn> | AddressField | ContactField;

const rule = {
  name: { max: 500 },
  erpNumber: { max: 100 },
  notes: { max: 10_000, lineBreaks: true },
  contactName: { max: 200 },
  phone: { max: 50 },
  role: { max: 100 },
};

function parseName(text: string): string | Problem {
  const name = parseText(text, rule.name);
  return typeof name === 'string' ? (findErrorValue(name) ?? findNamePlaceholder(name) ?? name) : name;
}

const required: Record<Exclude<NeededName, 'contact_email'>, NeededField> = {
  name: {
    name: 'name',
    required: true,
    missing: problem('name_required', 'a name is required'),
    parse: parseName,
    warn: findLostLetter,
  },
  default_currency: {
    name: 'default_currency',
    required: true,
    missing: problem('currency_required', 'a currency is required', 'give an ISO 4217 code such as EUR'),
    parse: parseCurrency,
    parseCode: parseCurrencyCode,
    warn: findWithdrawnCurrency,
  },
  default_language: {
    name: 'default_language',
    required: true,
    missing: problem('language_required', 'a language is required', 'give a BCP 47 tag such as de-DE'),
    parse: parseLanguage,
    parseCode: parseLanguageTag,
  },
};

/** Every field a customer file can have, by its column name, in the order in which `export` writes them. */
export const fields: Readonly<Record<FieldName, Field> & Record<NeededName, NeededField>> = {
  ...required,
  erp_customer_number: optional('erp_customer_number', (text) =>
    parseIdentifier(text, rule.erpNumber, 'erp_number'),
  ),
  email: optional('email', parseEmail),
  notes: optional('notes', (text) => parseValue(text, rule.notes)),
  is_active: optional('is_active', parseActive, parseBooleanCode),
  ...fieldsOfAddress('billing_address'),
  ...fieldsOfAddress('shipping_address'),
  contact_email: {
    ...optional('contact_email', parseEmail),
    missing: problem('contact_email_required', 'a contact needs an email address'),
  },
  contact_name: {
    ...optional('contact_name', (text) => parseValue(text, rule.contactName)),
    warn: findLostLetter,
  },
  contact_phone: optional('contact_phone', (text) => parseIdentifier(text, rule.phone, 'phone')),
  contact_role: optional('contact_role', (text) => parseValue(text, rule.role)),
  contact_is_primary: optional('contact_is_primary', parseBoolean, parseBooleanCode),
};

export const fieldNames: readonly FieldName[] = Object.values(fields).map(({ name }) => name);

/** `is_active`, read from a column that states the opposite. */
export const blockedField: Field = optional('is_active', parseBlocked, parseBlockedCode);

/** Whether `parse` recognised a text that is not a code: such readings are reported. */
export function isReading(field: Field, text: string, value: string): boolean {
  if (field === blockedField) return text.trim() !== '';
  return field.parseCode !== undefined && value !== '' && field.parseCode(text) !== value;
}

/** The readings in the values given for some fields, each by its name. */
export function readingsOf(given: object): Reading[] {
  return Object.entries(given).flatMap(([name, text]): Reading[] => {
    if (isAddressColumn(name) && typeof text === 'object' && text !== null) {
      const parts = text as Record<string, unknown>;
      return readingsOf(
        Object.fromEntries(partFieldsOf(name).map(({ field, part }) => [field, parts[part]])),
      );
    }
    const field = Object.hasOwn(fields, name) ? fields[name as FieldName] : undefined;
    if (field === undefined || typeof text !== 'string') return [];
    const stored = field.parse(text);
    if (typeof stored !== 'string' || !isReading(field, text, stored)) return [];
    return [{ field: name, value: text.trim(), stored }];
  });
}

function fieldsOfAddress(column: AddressColumn): Record<AddressField, Field> {
  const rules = partFieldsOf(column).map(({ field, part }) => [
    field,
    {
      ...optional(field, parseAddressPart[part], parseAddressPartCode[part]),
      ...(part === 'city' || part === 'street' ? { warn: findLostLetter } : {}),
    },
  ]);
  return Object.fromEntries(rules) as Record<AddressField, Field>;
}

function optional(name: FieldName, parse: Field['parse'], parseCode?: Field['parse']): Field {
  return { name, required: false, parse, ...(parseCode === undefined ? {} : { parseCode }) };
}
