import { expect, test } from 'vitest';
import { parseCountry, parseCountryCode } from '../../src/model/country.ts';

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
  ['D', 'DE'],
  ['DEU', 'DE'],
  ['UK', 'GB'],
])('where codes alone are taken, %s is refused, and %s asked about', (text, meant) => {
  expect(parseCountryCode(text)).toEqual({
    code: 'invalid_country',
    message: `"${text}" is not an ISO 3166-1 country code of two letters`,
    hint: `did you mean ${meant}?`,
    meant,
  });
});

test.each(['DDR', 'YU', 'ZZ', '1', 'constructor', 'Bayern'])('for %s it has no idea', (text) => {
  expect(parseCountry(text)).toEqual({
    code: 'invalid_country',
    message: `"${text}" is not an ISO 3166-1 country code of two letters`,
  });
});
