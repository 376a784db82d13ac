import { describe, expect, test } from 'vitest';
import { fields } from '../../src/model/fields.ts';
import { customerInput } from '../../src/model/customer.ts';
import { problemsOf } from '../../src/model/validation.ts';

const { erp_customer_number: number, contact_phone: phone, billing_postal_code: postcode } = fields;

test.each([
  ['="00123"', '00123'],
  ["'00123", '00123'],
  ['’00123', '00123'],
  ['\u200b10001\u200b', '10001'],
  ['\u202a10005\u202c', '10005'],
  ['\ufeff10001', '10001'],
  ['\u00ad10001', '10001'],
  ['10001\u200f', '10001'],
])('the ERP number %j is %s, for it can mean nothing else', (text, value) => {
  expect(number.parse(text)).toBe(value);
});

test.each([
  ['10001.0', '10001'],
  ['10001,00', '10001'],
  ['1.0045678E7', '10045678'],
  ['1.234.567', '1234567'],
  ["1'234'567", '1234567'],
  ['10,002', '10002'],
  ['4.711,00', '4711'],
  ['10\u00a0003', '10003'],
  ['10\u202f003', '10003'],
  ['10\u200b002', '10002'],
  ['10\u00ad004', '10004'],
  ['11-Oct', '11-10 or 10-11'],
  ['Oct-11', '10-11'],
  ['10. Nov', '10-11 or 11-10'],
  ['Nov 26', '11-26'],
  ['Mrz 24', '3-24'],
  ['déc-24', '12-24'],
  ['11-août', '11-8 or 8-11'],
])('the ERP number %j was probably %s', (text, original) => {
  expect(number.parse(text)).toMatchObject({
    code: 'spreadsheet_damage',
    hint: `probably ${original}; format the column as text in the spreadsheet and export it again`,
  });
});

test.each(['1-Mar-26', '10/11/2026', '10.11.2026', '2026-11-10', '4.7E+3', '1,234.50'])(
  'the ERP number %s is damaged, and nobody knows what it was',
  (text) => {
    expect(number.parse(text)).toMatchObject({
      code: 'spreadsheet_damage',
      hint: 'format the column as text in the spreadsheet and export it again',
    });
  },
);

test.each([
  '#VALEUR!',
  '#NOMBRE?',
  '#RIF!',
  '#N/D',
  'Err:508',
  'Fehler: 508',
  '#NAAM?',
  '#ARG!',
  '#NIPOPIS?',
  '#CONNECT!',
  '#BLOCKED!',
  '#UNKNOWN!',
  '#BUSY!',
  '#ERROR!',
  '#ADR!',
  '#HIÁNYZIK',
])('%s is an error value, as an ERP number, a phone and a postcode', (text) => {
  for (const { parse } of [number, phone, postcode]) {
    expect(parse(text)).toMatchObject({
      code: 'spreadsheet_damage',
      message: `"${text}" is an error value of a spreadsheet`,
    });
  }
});

test.each([
  'NULL',
  'null',
  '\\N',
  '-',
  '--',
  '—',
  '.',
  '?',
  '0',
  '000',
  'n/a',
  'N/A',
  'k.A.',
  'k. A.',
  'ka',
  'neu',
  'NEU',
  'new',
  '(leer)',
  '(blank)',
  '<leer>',
  'None',
  'nan',
  'NA',
  'n.v.',
  'unbekannt',
  'ohne',
  'keine',
  'x',
  'XXX',
  'tbd',
  'TBA',
  'undefined',
  'folgt',
  'offen',
  'inconnu',
  'sconosciuto',
  '#',
])('%s is a placeholder, not an ERP number', (text) => {
  expect(number.parse(text)).toMatchObject({ code: 'placeholder' });
});

test.each([
  '1',
  '01',
  'X1',
  'N1',
  '#1',
  'NEU-1',
  'A',
  'AB',
  'NV1',
  '10.200',
  'DEC-11',
  'K-2001',
  '1.1.1',
  'Kunde 12',
])('%s may be an ERP number', (text) => {
  expect(number.parse(text)).toBe(text);
});

test.each([
  ['="+49351123"', '+49351123'],
  ["'+49 89 1", '+49 89 1'],
  ['+49\u00a089\u00a0123', '+49 89 123'],
  ['01.23.45.67.89', '01.23.45.67.89'],
  ['800.555.1234', '800.555.1234'],
  ['49.351.123.456', '49.351.123.456'],
  ['089 1234 ext. 12', '089 1234 ext. 12'],
])('the phone %j is kept as %s', (text, value) => {
  expect(phone.parse(text)).toBe(value);
});

test.each([
  ['4.9351123456E10', '49351123456'],
  ['49351123456.0', '49351123456'],
  ['49.351.123.456,00', '49351123456'],
])('the phone %s was probably %s', (text, original) => {
  expect(phone.parse(text)).toMatchObject({
    code: 'spreadsheet_damage',
    hint: expect.stringContaining(`probably ${original};`),
  });
});

test('a postcode is judged as it is stored, with the spaces that no-break spaces become', () => {
  expect(postcode.parse('a\u00a0Å®')).toMatchObject({ code: 'decoded_twice' });
  expect(postcode.parse('SW1A\u00a01AA')).toBe('SW1A 1AA');
});

describe('what a program writes for a missing value is refused as text', () => {
  test.each(['NULL', 'null', '\\N', '(null)', '<null>', 'undefined', 'NaN', 'nan'])('%s', (text) => {
    for (const name of [
      'name',
      'notes',
      'billing_city',
      'billing_street',
      'contact_name',
      'contact_phone',
    ] as const) {
      expect(fields[name].parse(text)).toMatchObject({ code: 'placeholder' });
    }
  });

  test.each(['Null', 'Null GmbH', 'None', 'Nan', 'Neu', 'Nil', 'NULL GmbH'])(
    'but %s may be a name',
    (text) => {
      expect(fields.name.parse(text)).toBe(text);
    },
  );

  test.each(['-', '??', '...', 'n/a', 'k.A.'])('and %s is not a name', (text) => {
    expect(fields.name.parse(text)).toMatchObject({ code: 'placeholder' });
  });
});

function hintsFor(postal_code: string, country: string) {
  const given = {
    name: 'A',
    default_currency: 'EUR',
    default_language: 'de',
    billing_address: { postal_code, country },
  };
  const { error } = customerInput.safeParse(given);
  return error === undefined
    ? undefined
    : problemsOf(error).map(({ field, problem }) => [field, problem.hint]);
}

describe('a postcode is held against its country', () => {
  test.each([
    ['1067', 'DE', 'probably 01067: a spreadsheet removed a leading zero'],
    ['1067', 'Deutschland', 'probably 01067: a spreadsheet removed a leading zero'],
    ['80 331', 'DE', 'probably 80331: a spreadsheet added a thousands separator'],
    ['501', 'US', 'probably 00501: a spreadsheet removed leading zeros'],
    ['1000', 'FR', 'probably 01000: a spreadsheet removed a leading zero'],
    ['187', 'IT', 'probably 00187: a spreadsheet removed leading zeros'],
  ])('%s in %s', (postcodeGiven, country, hint) => {
    expect(hintsFor(postcodeGiven, country)).toEqual([['billing_postal_code', hint]]);
  });

  test.each([
    ['01067', 'DE'],
    ['1010', 'AT'],
    ['8001', 'CH'],
    ['D-80331', 'DE'],
    ['SW1A 1AA', 'GB'],
    ['811 01', 'SK'],
    ['1012 AB', 'NL'],
    ['', 'DE'],
    ['1067', ''],
  ])('%s in %s is taken', (postcodeGiven, country) => {
    expect(hintsFor(postcodeGiven, country)).toBeUndefined();
  });
});
