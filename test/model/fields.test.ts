import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldName } from '../../src/model/fields.ts';
import { fieldNames, fields } from '../../src/model/fields.ts';
import { problemCodes } from '../../src/model/problem.ts';
import { anyText } from './any-text.ts';

const cell = fc.oneof(
  anyText,
  fc.emailAddress(),
  fc.constantFrom(
    'eur',
    'EURX',
    'de_DE',
    'DE-de',
    'Deutschland',
    'at',
    'ja',
    'X',
    ' 0 ',
    '1,23E+11',
    '#NV',
    '10115.0',
    'Deutsch',
    '$',
  ),
);

test('the columns are those of the contract, in the order of an export', () => {
  const address = ['street', 'street2', 'city', 'postal_code', 'state', 'country'];
  expect(fieldNames).toEqual([
    'name',
    'default_currency',
    'default_language',
    'erp_customer_number',
    'email',
    'notes',
    'is_active',
    ...address.map((part) => `billing_${part}`),
    ...address.map((part) => `shipping_${part}`),
    'contact_email',
    'contact_name',
    'contact_phone',
    'contact_role',
    'contact_is_primary',
  ]);
  for (const name of fieldNames) expect(fields[name].name).toBe(name);
});

test('three are required, and they and a contact’s email say what is missing', () => {
  expect(fieldNames.filter((name) => fields[name].required)).toEqual([
    'name',
    'default_currency',
    'default_language',
  ]);
  expect(fieldNames.flatMap((name) => fields[name].missing?.code ?? [])).toEqual([
    'name_required',
    'currency_required',
    'language_required',
    'contact_email_required',
  ]);
});

const limits: [FieldName, number][] = [
  ['name', 500],
  ['erp_customer_number', 100],
  ['notes', 10_000],
  ['contact_name', 200],
  ['contact_phone', 50],
  ['contact_role', 100],
  ...(['billing', 'shipping'] as const).flatMap((kind): [FieldName, number][] => [
    [`${kind}_street`, 200],
    [`${kind}_street2`, 200],
    [`${kind}_city`, 100],
    [`${kind}_postal_code`, 20],
    [`${kind}_state`, 100],
  ]),
];

test.each(limits)('%s holds %d characters and not one more', (name, max) => {
  const { parse } = fields[name];
  expect(parse('ä'.repeat(max))).toBe('ä'.repeat(max));
  expect(parse('ä'.repeat(max + 1))).toMatchObject({ code: 'too_long', hint: `at most ${max} are allowed` });
});

test('line breaks are allowed in notes and streets only', () => {
  const withLines = fieldNames.filter((name) => fields[name].parse('a\r\nb') === 'a\nb');
  expect(withLines).toEqual([
    'notes',
    'billing_street',
    'billing_street2',
    'billing_city',
    'billing_state',
    'shipping_street',
    'shipping_street2',
    'shipping_city',
    'shipping_state',
  ]);
});

test.each(['true', '1', 'yes', 'ja', 'wahr', 'x', 'TRUE', ' Ja ', 'X', 'Wahr'])('%j is true', (text) => {
  expect(fields.is_active.parse(text)).toBe('true');
  expect(fields.contact_is_primary.parse(text)).toBe('true');
});

test.each(['false', '0', 'no', 'nein', 'falsch', 'FALSCH', '\u00a0Nein'])('%j is false', (text) => {
  expect(fields.is_active.parse(text)).toBe('false');
});

test('a blank boolean stays blank, and any other word is refused', () => {
  expect(fields.is_active.parse(' ')).toBe('');
  expect(fields.is_active.parse('vielleicht')).toMatchObject({
    code: 'invalid_boolean',
    message: '"vielleicht" is neither true nor false',
  });
});

test('ERP numbers and postal codes keep their leading zeros', () => {
  expect(fields.erp_customer_number.parse('00004711')).toBe('00004711');
  expect(fields.billing_postal_code.parse('01067')).toBe('01067');
});

describe.each(fieldNames)('any value of %s', (name) => {
  const { parse } = fields[name];

  test('what is accepted is accepted again unchanged', () => {
    fc.assert(
      fc.property(cell, (text) => {
        const value = parse(text);
        fc.pre(typeof value === 'string');
        expect(parse(value)).toBe(value);
      }),
      { numRuns: 300 },
    );
  });

  test('what is refused has a code of the table and a message that a terminal can show', () => {
    fc.assert(
      fc.property(cell, (text) => {
        const problem = parse(text);
        fc.pre(typeof problem !== 'string');
        expect(problemCodes).toHaveProperty(problem.code);
        expect(problem.message + (problem.hint ?? '')).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
      }),
      { numRuns: 50 },
    );
  });
});
