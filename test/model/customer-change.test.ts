import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { customerChanges, patchCustomer } from '../../src/model/customer-change.ts';
import type { Customer, CustomerPatch } from '../../src/model/customer.ts';

const customer: Customer = {
  id: 'id',
  org_id: 'org',
  name: 'Müller',
  erp_customer_number: '1',
  email: 'Info@m.example',
  default_currency: 'EUR',
  default_language: 'de-DE',
  billing_address: { street: 'Weg 1', city: 'Koln' },
  shipping_address: null,
  notes: 'old',
  is_active: true,
  created_at: '',
  updated_at: '',
};

describe('a patch', () => {
  test.for<[CustomerPatch, Partial<Customer>, string[]]>([
    [{}, {}, []],
    [{ name: 'Möller' }, { name: 'Möller' }, ['name']],
    [{ email: 'info@m.example' }, {}, []],
    [{ email: 'neu@m.example' }, { email: 'neu@m.example' }, ['email']],
    [{ email: null }, { email: null }, ['email']],
    [{ billing_address: {} }, {}, []],
    [{ billing_address: { city: 'Koln' } }, {}, []],
    [
      { billing_address: { city: 'Köln' } },
      { billing_address: { street: 'Weg 1', city: 'Köln' } },
      ['billing_city'],
    ],
    [{ billing_address: { street: null } }, { billing_address: { city: 'Koln' } }, ['billing_street']],
    [
      { billing_address: { street: null, city: null } },
      { billing_address: null },
      ['billing_street', 'billing_city'],
    ],
    [{ billing_address: null }, { billing_address: null }, ['billing_street', 'billing_city']],
    [{ shipping_address: { state: null } }, {}, []],
    [{ shipping_address: { state: 'W' } }, { shipping_address: { state: 'W' } }, ['shipping_state']],
    [{ notes: null, is_active: false }, { notes: null, is_active: false }, ['notes', 'is_active']],
  ])('%j changes what it names', ([patch, expected, fields]) => {
    const patched = patchCustomer(customer, patch);
    expect(patched).toEqual({ ...customer, ...expected });
    expect(customerChanges(customer, patched).map(({ field }) => field)).toEqual(fields);
  });

  test('leaves alone what other programs have put into an address', () => {
    const address = { city: 'Koln', postal_code: '', floor: 2 } as Customer['billing_address'];
    const odd = { ...customer, billing_address: address };
    expect(patchCustomer(odd, { billing_address: { postal_code: null } }).billing_address).toBe(address);
    expect(patchCustomer(odd, { billing_address: { city: null } }).billing_address).toEqual({
      postal_code: '',
      floor: 2,
    });
  });

  test('applied twice changes nothing the second time', () => {
    const text = fc.option(fc.string({ minLength: 1 }));
    const address = fc.option(fc.record({ city: text, state: text }, { requiredKeys: [] }));
    const patches = fc.record(
      { name: fc.string(), email: text, notes: text, is_active: fc.boolean(), billing_address: address },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(patches, (patch) => {
        const once = patchCustomer(customer, patch);
        expect(customerChanges(once, patchCustomer(once, patch))).toEqual([]);
        expect(patchCustomer(once, patch)).toEqual(once);
      }),
    );
  });
});
