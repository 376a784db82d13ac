import { expect, test } from 'vitest';
import { fields } from '../../src/model/fields.ts';

const erpNumber = fields.erp_customer_number;

test.each([
  '1,23E+11',
  '1.23E+11',
  '1E+05',
  '-4,5E-07',
  '1,23e+11',
  '12345,00',
  '4711.0',
  '01. Feb',
  '3.Mrz 2024',
  '2024-01-05',
  '2024-01-05 00:00:00',
  '#REF!',
  '#BEZUG!',
  '#NAME?',
  '#N/A',
  '#NV',
  '#WERT!',
  '#DIV/0!',
  '########',
])('the ERP number %s is what a spreadsheet left of another', (text) => {
  expect(erpNumber.parse(text)).toMatchObject({
    code: 'spreadsheet_damage',
    hint: expect.stringMatching(
      /(?:^|; )format the column as text in the spreadsheet and export it again$/,
    ) as string,
  });
});

test.each([
  '10.200',
  '1E5',
  '12E4',
  '00001234',
  'A-1,5',
  '#4711',
  'JAN-20',
  '1,5',
  'K 01.02',
  '+100',
  'E+5',
  'DE+1',
])('the ERP number %s may be real', (text) => {
  expect(erpNumber.parse(text)).toBe(text);
});

test('phone numbers and postal codes are held to the same, and end in no ".0"', () => {
  for (const { parse } of [fields.contact_phone, fields.billing_postal_code, fields.shipping_postal_code]) {
    expect(parse('4,9E+11')).toMatchObject({ code: 'spreadsheet_damage' });
    expect(parse('10115.0')).toMatchObject({ code: 'spreadsheet_damage' });
    expect(parse('#NV')).toMatchObject({ code: 'spreadsheet_damage' });
  }
  expect(fields.contact_phone.parse('+43 1 234-5')).toBe('+43 1 234-5');
  expect(fields.contact_phone.parse('089/12.34.56')).toBe('089/12.34.56');
  expect(fields.billing_postal_code.parse('01067')).toBe('01067');
  expect(fields.billing_postal_code.parse('1010,00')).toMatchObject({ code: 'spreadsheet_damage' });
});

test('a name is refused when it is nothing but an error value', () => {
  expect(fields.name.parse('#NAME?')).toMatchObject({ code: 'spreadsheet_damage' });
  expect(fields.name.parse('#1 Pizza')).toBe('#1 Pizza');
  expect(fields.name.parse('1E+05')).toBe('1E+05');
});
