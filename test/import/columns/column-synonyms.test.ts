import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fieldBySynonym,
  isFirstName,
  isHouseNumber,
  suggestField,
} from '../../../src/import/columns/column-synonyms.ts';
import { fieldOf } from '../../../src/import/columns/header-names.ts';
import { matchColumns } from '../../../src/import/columns/match-columns.ts';
import type { FieldName } from '../../../src/model/fields.ts';
import { fieldNames } from '../../../src/model/fields.ts';

describe('a name that ERPs give a field means it', () => {
  test.each<[FieldName, string[]]>([
    [
      'erp_customer_number',
      ['Kundennummer', 'KUNDENNUMMER', 'Kd-Nr.', 'KdNr', 'Kd. Nr.', 'KUNNR', 'Debitorennummer'],
    ],
    ['erp_customer_number', ['Customer No.', 'Customer #', 'Customer Number', 'Kunden-Nr', 'Debitor-Nr.']],
    ['name', ['Firma', 'Firmenname', 'Name1', 'Name 1', 'Kundenname', 'Customer Name', 'Company', 'Name *']],
    ['email', ['Mail', 'E-Mail-Adresse', 'Email Address', 'eMailadresse']],
    [
      'default_currency',
      ['Währung', 'Waehrung', 'Wa\u0308hrung', 'WÄHRUNG', 'Currency', 'Currency Code', 'WAERS'],
    ],
    ['default_language', ['Sprache', 'Language', 'Language Code', 'SPRAS', 'Korrespondenzsprache']],
    ['notes', ['Bemerkung', 'Notizen', 'Anmerkungen', 'Comments']],
    ['is_active', ['Aktiv', 'Active']],
    [
      'billing_street',
      ['Straße', 'Strasse', 'STRASSE', 'Str.', 'Street', 'Straße/Hausnr.', 'Address Line 1'],
    ],
    ['billing_postal_code', ['PLZ', 'Postleitzahl', 'ZIP', 'Zip/Postal Code', 'Post Code', 'Rechnungs-PLZ']],
    ['billing_city', ['Ort', 'Stadt', 'City', 'Billing Address City', 'Ort (Rechnungsadresse)', 'ORT01']],
    [
      'billing_country',
      ['Land', 'Country', 'Ländercode', 'Laenderkennzeichen', 'Country/Region Code', 'LAND1'],
    ],
    ['billing_state', ['Bundesland', 'Billing State/Province', 'Billing State']],
    ['shipping_street', ['Lieferstraße', 'LieferStrasse', 'Ship-to Street', 'Straße Lieferadresse']],
    ['shipping_postal_code', ['Liefer-PLZ', 'Shipping ZIP', 'PLZ (Lieferanschrift)', 'Delivery Postcode']],
    ['shipping_city', ['Lieferort', 'Shipping City', 'Ort (Versandadresse)', 'Delivery Address City']],
    ['shipping_country', ['Lieferland', 'Shipping Country Code']],
    ['contact_name', ['Ansprechpartner', 'Kontaktperson', 'Contact Person']],
    ['contact_phone', ['Telefon', 'Tel.', 'Phone', 'Telefon-Nr.', 'Phone No.']],
    ['contact_email', ['E-Mail Ansprechpartner', 'Contact Person E-Mail']],
  ])('%s: %j', (field, names) => {
    expect(names.map((name) => [name, fieldBySynonym(name)])).toEqual(names.map((name) => [name, field]));
  });
});

describe('a name of several senses is suggested, never taken', () => {
  test.each<[string, FieldName | undefined]>([
    ['Nummer', 'erp_customer_number'],
    ['Nr.', 'erp_customer_number'],
    ['No.', 'erp_customer_number'],
    ['Konto', 'erp_customer_number'],
    ['Debitor', 'erp_customer_number'],
    ['Customer ID', 'erp_customer_number'],
    ['Code', 'erp_customer_number'],
    ['Kunde', 'name'],
    ['Name2', 'name'],
    ['Name 2', 'name'],
    ['Matchcode', 'name'],
    ['Adresse', 'billing_street'],
    ['Billing Address', 'billing_street'],
    ['Lieferadresse', 'shipping_street'],
    ['State', 'billing_state'],
    ['PLZ/Ort', 'billing_city'],
    ['Status', 'is_active'],
    ['WKZ', 'default_currency'],
    ['Kontakt', 'contact_name'],
    ['Kundenumer', 'erp_customer_number'],
    ['Postleitzal', 'billing_postal_code'],
    ['Typ', undefined],
    ['Fax', undefined],
    ['Kontonummer', undefined],
    ['Gesperrt', undefined],
    ['Rechnung', undefined],
    ['Delivery State', undefined],
    ['', undefined],
    ['__proto__', undefined],
    ['constructor', undefined],
  ])('%j, perhaps %s', (name, meant) => {
    expect(fieldBySynonym(name)).toBeUndefined();
    expect(suggestField(name, fieldNames)).toBe(meant);
  });

  test('and not where the field has its column already', () => {
    expect(suggestField('Nummer', ['email'])).toBeUndefined();
  });
});

test('a name that begins with _ means nothing', () => {
  expect(fieldBySynonym('_Kundennummer')).toBeUndefined();
  expect(fieldBySynonym(' _PLZ')).toBeUndefined();
});

test('house numbers and first names are known, for what they say of their neighbours', () => {
  expect(['Hausnummer', 'Hausnr.', 'Haus-Nr', 'House No.', 'Liefer-Hausnummer'].map(isHouseNumber)).toEqual(
    Array.from({ length: 5 }, () => true),
  );
  expect(['Haus', 'Nummer', ''].some(isHouseNumber)).toBe(false);
  expect(['Vorname', 'First Name'].every(isFirstName)).toBe(true);
});

const fieldsOf = (header: string[]) =>
  Object.fromEntries(matchColumns(header).mapped.map(({ name, field }) => [name, field]));
const unknownOf = (header: string[]) => matchColumns(header).unknown;

describe('in a header', () => {
  test('each column’s way of matching is reported', () => {
    expect(matchColumns(['Kundennummer', 'name']).mapped).toEqual([
      { index: 0, name: 'Kundennummer', field: 'erp_customer_number', via: 'synonym' },
      { index: 1, name: 'name', field: 'name', via: 'name' },
    ]);
  });

  test('the field’s own name goes before another name for it, which is then not read', () => {
    expect(matchColumns(['Ort', 'billing_city'])).toMatchObject({
      mapped: [{ index: 1, field: 'billing_city', via: 'name' }],
      unknown: [{ name: 'Ort', meant: undefined }],
      conflicts: [],
    });
  });

  test('two other names for one field are a conflict', () => {
    expect(matchColumns(['PLZ', 'Postleitzahl']).conflicts).toEqual([
      { field: 'billing_postal_code', names: ['PLZ', 'Postleitzahl'] },
    ]);
  });

  test('a street beside a house number is only suggested: half an address would be stored', () => {
    expect(unknownOf(['Straße', 'Hausnr.', 'PLZ'])).toEqual([
      { name: 'Straße', meant: 'billing_street' },
      { name: 'Hausnr.', meant: undefined },
    ]);
    expect(fieldsOf(['billing_street', 'Hausnr.'])).toEqual({ billing_street: 'billing_street' });
  });

  test('company, first name and name are a conflict: the customer is one of two', () => {
    expect(matchColumns(['Firma', 'Vorname', 'Name']).conflicts).toEqual([
      { field: 'name', names: ['Name', 'Firma'] },
    ]);
    expect(matchColumns(['Firma', 'Name']).conflicts).toEqual([]);
  });

  test('a phone or a person without a contact’s email is not read', () => {
    expect(fieldsOf(['name', 'Telefon', 'Ansprechpartner', 'E-Mail'])).toEqual({
      name: 'name',
      'E-Mail': 'email',
    });
    expect(unknownOf(['name', 'Telefon', 'Ansprechpartner'])).toEqual([
      { name: 'Telefon', meant: 'contact_phone' },
      { name: 'Ansprechpartner', meant: 'contact_name' },
    ]);
    expect(fieldsOf(['Telefon', 'contact_email'])).toMatchObject({ Telefon: 'contact_phone' });
  });

  test('whatever the names are, no field is read from two columns and no column twice', () => {
    const words = [
      'PLZ',
      'Ort',
      'Firma',
      'Name',
      'Vorname',
      'Hausnr.',
      'Telefon',
      'email',
      'Mail',
      '_x',
      'Land',
      '',
    ];
    const header = fc.array(
      fc.oneof(fc.constantFrom(...words, ...fieldNames), fc.string({ unit: 'binary' })),
    );
    fc.assert(
      fc.property(header, (names) => {
        const { mapped, unknown, ignored, conflicts } = matchColumns(names);
        const read = mapped.map(({ field }) => field);
        expect(new Set(read).size).toBe(read.length);
        for (const { index, name, field, via } of mapped) {
          expect(names[index]).toBe(name);
          expect(via === 'name' ? fieldOf(name) : fieldBySynonym(name)).toBe(field);
        }
        const told = mapped.length + unknown.length + ignored.length;
        expect(told + conflicts.length).toBeGreaterThanOrEqual(names.length);
      }),
    );
  });
});
