import { expect, test } from 'vitest';
import { findWithdrawnCurrency, parseCurrency, parseCurrencyCode } from '../../src/model/currency.ts';
import { describeProblem } from '../../src/model/problem.ts';

test.each([
  ['eur', 'EUR'],
  [' Chf\u00a0', 'CHF'],
  ['BYN', 'BYN'],
  ['XCG', 'XCG'],
  ['ZWG', 'ZWG'],
  ['CHE', 'CHE'],
  ['XAU', 'XAU'],
  ['XTS', 'XTS'],
  ['XXX', 'XXX'],
  ['', ''],
])('the currency %j is %j', (text, code) => {
  expect(parseCurrency(text)).toBe(code);
  expect(findWithdrawnCurrency(code)).toBeUndefined();
});

test.each([
  ['HRK', 'EUR'],
  ['BGN', 'EUR'],
  ['DEM', 'EUR'],
  ['ATS', 'EUR'],
  ['FRF', 'EUR'],
  ['ANG', 'XCG'],
  ['SLL', 'SLE'],
  ['ZWL', 'ZWG'],
  ['VEF', 'VES'],
  ['CUC', 'CUP'],
  ['BYR', 'BYN'],
  ['ZMK', 'ZMW'],
  ['CSK', 'CZK'],
  ['RUR', 'RUB'],
])('%s is withdrawn, passes, and the warning names %s', (code, successor) => {
  expect(parseCurrency(code.toLowerCase())).toBe(code);
  expect(findWithdrawnCurrency(code)).toMatchObject({
    code: 'withdrawn_currency',
    hint: `use ${successor} instead`,
  });
});

test('a withdrawn currency that fell into several has no one successor to name', () => {
  expect(findWithdrawnCurrency('SUR')).toEqual({
    code: 'withdrawn_currency',
    message: '"SUR" is withdrawn, no longer a currency in use',
  });
});

test('CLDR’s own codes, which ISO 4217 never had, are refused', () => {
  for (const code of ['CNH', 'ARL', 'BGM', 'KRH', 'MKN'])
    expect(parseCurrency(code)).toMatchObject({ code: 'invalid_currency' });
});

test.each([
  ['EURO', 'EUR'],
  ['€', 'EUR'],
  ['US-Dollar', 'USD'],
  ['zł', 'PLN'],
  ['EUT', 'EUR'],
])('where codes alone are taken, %s is refused, and %s asked about', (text, meant) => {
  expect(parseCurrencyCode(text)).toEqual({
    code: 'invalid_currency',
    message: `"${text}" is not an ISO 4217 code`,
    hint: `did you mean ${meant}?`,
    meant,
  });
});

test.each(['QQQ', 'E', 'constructor', '__proto__', '12', 'ıqd'])('for %s it has no idea', (text) => {
  expect(parseCurrency(text)).toEqual({
    code: 'invalid_currency',
    message: `"${text}" is not an ISO 4217 code`,
  });
});

test('the message names the field, what was found, what is wanted and the likely fix', () => {
  const problem = parseCurrency('EURX');
  if (typeof problem === 'string') throw new Error('EURX passed');
  expect(describeProblem('default_currency', problem)).toBe(
    'default_currency: "EURX" is not an ISO 4217 code; did you mean EUR?',
  );
});
