import type { SheetMark } from '../../../src/files/table.ts';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/import/finding.ts';
import { createSheetCheck, findSheetDamage } from '../../../src/import/rows/sheet-damage.ts';
import type { FieldName } from '../../../src/model/fields.ts';

const damaged = (field: FieldName, text: string, mark: SheetMark, country?: string) =>
  findSheetDamage(field, { text, mark, country })?.message;

describe('whatever the column', () => {
  test.for<[SheetMark, string, RegExp]>([
    ['error', '#REF!', /^"#REF!" is an error value/],
    ['uncalculated', '', /^the cell is a formula whose result is not in the file$/],
    ['unreadable', 'abc', /^"abc" is stored as a number but is not one$/],
  ])('a cell marked %s is damaged', ([mark, text, message]) => {
    for (const field of ['name', 'billing_city', 'erp_customer_number', 'notes'] as const) {
      expect(damaged(field, text, mark)).toMatch(message);
    }
    expect(findSheetDamage(undefined, { text, mark, country: undefined })).toMatchObject({
      code: 'spreadsheet_damage',
    });
  });

  test.for<[SheetMark, string]>([
    ['number', '42'],
    ['scientific', '123456789012'],
    ['rounded', '1234567890123450'],
    ['fraction', '0.5'],
  ])('a cell marked %s is fine where digits mean nothing', ([mark, text]) => {
    for (const field of ['name', 'notes', 'billing_street', 'contact_name', 'is_active'] as const) {
      expect(damaged(field, text, mark)).toBeUndefined();
    }
  });

  test('a date may be intended in notes, but is not a name, street or city', () => {
    expect(damaged('notes', '2026-01-31', 'date')).toBeUndefined();
    for (const field of [
      'name',
      'contact_name',
      'billing_street',
      'shipping_city',
      'billing_state',
    ] as const) {
      expect(damaged(field, '2026-01-31', 'date')).toMatch(/is a date that a spreadsheet made of it/);
    }
  });
});

describe('ERP numbers, phones and postal codes', () => {
  const fields = [
    'erp_customer_number',
    'contact_phone',
    'billing_postal_code',
    'shipping_postal_code',
  ] as const;

  test.for<[SheetMark, string, RegExp]>([
    ['scientific', '123456789012', /scientific notation/],
    ['rounded', '1234567890123450', /more than 15 digits/],
    ['fraction', '4711.5', /decimals/],
    ['date', '2026-11-10', /is a date/],
  ])('are damaged when they are %s', ([mark, text, message]) => {
    for (const field of fields) expect(damaged(field, text, mark, 'DE')).toMatch(message);
  });

  test.for(['10001', '7', '00042', 'K-0012'])('the integer %s may be an ERP number', (text) => {
    expect(damaged('erp_customer_number', text, 'number')).toBeUndefined();
  });

  test.for(['+43123456789', '0891234', '(089) 1234'])('a number shown as %s may be a phone', (text) => {
    expect(damaged('contact_phone', text, 'number')).toBeUndefined();
  });

  test.for(['43123456789', '891234', '110'])(
    'a phone kept as the number %s has lost its beginning',
    (text) => {
      expect(damaged('contact_phone', text, 'number')).toMatch(/the \+ or 0 that it began with is lost/);
    },
  );

  test.for<[string, string, string]>([
    ['1067', 'DE', '01067'],
    ['1067', 'de', '01067'],
    ['1000', 'FR', '01000'],
    ['2134', 'US', '02134'],
    ['501', 'US', '00501'],
    ['187', 'IT', '00187'],
    ['150', 'NO', '0150'],
  ])('the postal code %s in %s was %s', ([text, country, padded]) => {
    const found = findSheetDamage('billing_postal_code', { text, mark: 'number', country });
    expect(found).toMatchObject({
      code: 'spreadsheet_damage',
      hint: expect.stringContaining(`probably ${padded}:`) as string,
    });
  });

  test.for<[string, string | undefined]>([
    ['1010', 'AT'],
    ['8001', 'CH'],
    ['80331', 'DE'],
    ['01067', 'DE'],
    ['2134', 'AU'],
    ['101', 'IS'],
    ['12345', 'GB'],
    ['1010', ''],
    ['1010', undefined],
    ['1010', 'Atlantis'],
    ['80331', undefined],
  ])('the postal code %s in %s is left alone', ([text, country]) => {
    expect(damaged('billing_postal_code', text, 'number', country)).toBeUndefined();
  });

  test('without a country, three digits are too few for a postal code', () => {
    expect(damaged('billing_postal_code', '501', 'number')).toMatch(/has lost zeros/);
  });
});

describe('a row', () => {
  const header = ['Nr', 'PLZ', 'Land', 'LPLZ', 'Notiz'];
  const mapped = [
    { index: 0, name: 'Nr', field: 'erp_customer_number' as const },
    { index: 1, name: 'PLZ', field: 'billing_postal_code' as const },
    { index: 2, name: 'Land', field: 'billing_country' as const },
    { index: 3, name: 'LPLZ', field: 'shipping_postal_code' as const },
  ];
  const checked = createSheetCheck(header, mapped);
  const check: (...row: Parameters<typeof checked>) => Finding[] = (...row) => checked(...row).errors;

  test('has each postal code judged by the country of its own address', () => {
    const found = check(['1', '1067', 'DE', '1010', ''], ['number', 'number', undefined, 'number'], []);
    expect(found).toEqual([expect.objectContaining({ column: 'PLZ', value: '1067' })]);
  });

  test('is not judged by columns that are ignored', () => {
    expect(
      check(['1', '80331', 'DE', '1010', '#REF!'], [undefined, undefined, undefined, undefined, 'error'], []),
    ).toEqual([]);
  });

  test('reports a damaged cell once', () => {
    const marks: SheetMark[] = ['error'];
    const [found] = check(['#REF!', '', '', '', ''], marks, []);
    expect(found).toMatchObject({ column: 'Nr' });
    expect(check(['#REF!', '', '', '', ''], marks, found === undefined ? [] : [found])).toEqual([]);
  });

  test('has the cells that a mapping makes judged by those they are made of', () => {
    const joined = createSheetCheck(header, [
      { index: 5, name: 'Nr + Notiz', field: 'erp_customer_number' },
      { index: 6, name: 'PLZ', field: 'billing_postal_code' },
    ]);
    const cells = ['1', '1067', 'DE', '', '4711.5', '1-4711.5', '1067'];
    const found = joined(cells, ['number', 'number', undefined, undefined, 'fraction'], []);
    expect(found.errors.map(({ column }) => column)).toEqual(['Nr + Notiz']);
    expect(joined(cells, [undefined, 'fraction'], []).errors.map(({ column }) => column)).toEqual(['PLZ']);
  });

  test('warns once per file that ERP numbers are numbers', () => {
    const fresh = createSheetCheck(header, mapped);
    const row = (number: string, mark?: SheetMark) => fresh([number, '', '', '', ''], [mark], []).warnings;
    expect(row('10001')).toEqual([]);
    expect(row('00042', 'number')).toEqual([]);
    expect(row('10001', 'number')).toEqual([
      expect.objectContaining({
        column: 'Nr',
        problem: expect.objectContaining({ code: 'number_for_text' }) as unknown,
      }),
    ]);
    expect(row('10002', 'number')).toEqual([]);
  });
});
