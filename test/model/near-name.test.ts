import { expect, test } from 'vitest';
import { nearName } from '../../src/model/near-name.ts';
import { fieldNames } from '../../src/model/fields.ts';

const keyOf = (name: string) => name.toLowerCase().replace(/[-_\s]/g, '');
const near = (text: string) => nearName(text, fieldNames, keyOf);

test.each([
  ['nmae', 'name'],
  ['nam', 'name'],
  ['e-mial', 'email'],
  ['Default Curency', 'default_currency'],
  ['default_langauge', 'default_language'],
  ['billing_stret', 'billing_street'],
  ['billing_postcode', 'billing_postal_code'],
  ['is_aktive', 'is_active'],
  ['note', 'notes'],
])('%j was perhaps meant to be %s', (text, meant) => {
  expect(near(text)).toBe(meant);
});

test('a name’s last words identify it if no other name ends with them', () => {
  expect(near('Currency')).toBe('default_currency');
  expect(near('Customer-Number')).toBe('erp_customer_number');
  expect(near('phone')).toBe('contact_phone');
  expect(near('city')).toBeUndefined();
  expect(near('postal code')).toBeUndefined();
});

test('two names that are equally near are not guessed between', () => {
  expect(nearName('cart', ['card', 'care'], keyOf)).toBeUndefined();
  expect(nearName('card', ['card1', 'care'], keyOf)).toBeUndefined();
  expect(nearName('street2', ['street', 'street22', 'town'], keyOf)).toBeUndefined();
});

test.each(['', 'x', 'id', 'fax', 'date', 'region', 'Kundennummer', 'constructor', 'billing_shipping_city'])(
  '%j is near none',
  (text) => {
    expect(near(text)).toBeUndefined();
  },
);
