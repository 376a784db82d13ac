import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { contactInput, contactPatch } from '../../src/model/contact.ts';
import { customerInput, customerPatch } from '../../src/model/customer.ts';
import { fields } from '../../src/model/fields.ts';
import { problemsOf, requireValid } from '../../src/model/validation.ts';
import { anyText } from './any-text.ts';

const least = { name: 'Müller', default_currency: 'EUR', default_language: 'de' };

test('a new customer is normalised, active, and null where nothing was given', () => {
  const given = {
    name: ' Mu\u0308ller ',
    default_currency: 'eur',
    default_language: 'DE-at',
    email: 'A@X.de',
    notes: '',
  };
  expect(
    requireValid(customerInput, { ...given, billing_address: { city: ' Wien ', country: 'at', street: '' } }),
  ).toEqual({
    name: 'Müller',
    erp_customer_number: null,
    email: 'a@x.de',
    default_currency: 'EUR',
    default_language: 'de-AT',
    billing_address: { city: 'Wien', country: 'AT' },
    shipping_address: null,
    notes: null,
    is_active: true,
  });
});

test('an address with only blank parts is null', () => {
  const { billing_address: address } = requireValid(customerInput, {
    ...least,
    billing_address: { city: ' ', street: null },
  });
  expect(address).toBeNull();
});

test('a change holds only what was named; null and blank clear', () => {
  expect(requireValid(customerPatch, {})).toEqual({});
  const change = {
    notes: null,
    email: ' ',
    is_active: 'nein',
    billing_address: { city: null, street: 'Ring 1' },
    shipping_address: null,
  };
  expect(requireValid(customerPatch, change)).toEqual({
    notes: null,
    email: null,
    is_active: false,
    billing_address: { city: null, street: 'Ring 1' },
    shipping_address: null,
  });
});

test.each(['name', 'default_currency', 'default_language'] as const)(
  '%s can be neither left out nor cleared',
  (field) => {
    for (const [schema, input] of [
      [customerInput, { ...least, [field]: undefined }],
      [customerInput, { ...least, [field]: null }],
      [customerPatch, { [field]: '\u00a0' }],
      [customerPatch, { [field]: null }],
    ] as const) {
      const result = schema.safeParse(input);
      expect(result.success).toBe(false);
      expect(problemsOf(result.error!)).toEqual([{ field, problem: fields[field].missing }]);
    }
  },
);

test('a contact needs an email, and its primary flag is left alone unless it is named', () => {
  expect(requireValid(contactInput, { email: 'A@X.de', name: 'Eva' })).toEqual({
    email: 'a@x.de',
    name: 'Eva',
    phone: null,
    role: null,
    is_primary: false,
  });
  expect(requireValid(contactPatch, { phone: '' })).toEqual({ phone: null });
  expect(() => requireValid(contactInput, {})).toThrow('email: a contact needs an email address');
});

test('a refused value is a failure with the field in its message and the fix as its hint', () => {
  expect(() => requireValid(customerPatch, { default_currency: 'EURX' })).toThrow(
    new Failure('invalid_value', 'default_currency: "EURX" is not an ISO 4217 code', {
      hint: 'did you mean EUR?',
    }),
  );
});

test('all errors are reported at once, one line per field', () => {
  const input = { ...least, name: '', billing_address: { country: 'DDR' }, nmae: 'x' };
  expect(() => requireValid(customerInput, input)).toThrow(
    [
      'name: a name is required',
      'billing_country: "DDR" is not an ISO 3166-1 country code of two letters',
      'nmae: no such field',
    ].join('\n'),
  );
});

test('a file’s cell and a command’s flag are judged alike, whatever they contain', () => {
  const direct = [
    'name',
    'default_currency',
    'default_language',
    'erp_customer_number',
    'email',
    'notes',
  ] as const;
  const texts = fc.oneof(
    anyText,
    fc.emailAddress(),
    fc.constantFrom('eur', 'EURX', 'de_DE', 'at', '1,23E+11', 'Deutschland'),
  );
  fc.assert(
    fc.property(fc.constantFrom(...direct), texts, (name, text) => {
      const parsed = fields[name].parse(text);
      const expected = parsed === '' ? (fields[name].missing ?? null) : parsed;
      const result = customerPatch.safeParse({ [name]: text });
      expect(result.success ? result.data[name] : problemsOf(result.error)[0]?.problem).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});
