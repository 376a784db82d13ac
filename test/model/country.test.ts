import { expect, test } from 'vitest';
import { parseCountry } from '../../src/model/country.ts';

test.each([
  ['de', 'DE'],
  [' at ', 'AT'],
  ['CH', 'CH'],
  ['SS', 'SS'],
  ['XK', 'XK'],
  ['', ''],
])('%j is stored as %j', (text, code) => {
  expect(parseCountry(text)).toBe(code);
});

test.each([
  ['Deutschland', 'DE'],
  ['Germany', 'DE'],
  ['GERMANY', 'DE'],
  ['D', 'DE'],
  ['DEU', 'DE'],
  ['276', 'DE'],
  ['A', 'AT'],
  ['Österreich', 'AT'],
  ['Schweiz', 'CH'],
  ['Switzerland', 'CH'],
  ['UK', 'GB'],
  ['USA', 'US'],
  ['Tschechien', 'CZ'],
])('for %s it asks whether %s was meant', (text, meant) => {
  expect(parseCountry(text)).toEqual({
    code: 'invalid_country',
    message: `"${text}" is not an ISO 3166-1 country code of two letters`,
    hint: `did you mean ${meant}?`,
  });
});

test.each(['DDR', 'YU', 'ZZ', '1', 'constructor', 'Bayern'])('for %s it has no idea', (text) => {
  expect(parseCountry(text)).toEqual({
    code: 'invalid_country',
    message: `"${text}" is not an ISO 3166-1 country code of two letters`,
  });
});
