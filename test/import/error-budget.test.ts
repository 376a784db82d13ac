import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOverBudget, noLimit, parseErrorBudget } from '../../src/import/error-budget.ts';

test.each([
  ['0', { rows: 0 }],
  ['100', { rows: 100 }],
  [' 7 ', { rows: 7 }],
  ['0%', { millionths: 0 }],
  ['1%', { millionths: 10_000 }],
  ['2.5 %', { millionths: 25_000 }],
  ['0.0001%', { millionths: 1 }],
  ['100%', { millionths: 1_000_000 }],
])('%j is a budget', (text, budget) => {
  expect(parseErrorBudget(text)).toEqual({ text, ...budget });
});

test.each([
  '',
  'many',
  '-1',
  '1.5',
  '1e3',
  '%',
  '100.1%',
  '0.00001%',
  '5%%',
  '١٠',
  '9007199254740993',
  '1,5%',
])('%j is not a budget', (text) => {
  expect(parseErrorBudget(text)).toBeUndefined();
});

test('without a limit nothing is over it', () => {
  expect(isOverBudget(noLimit, { failed: 1_000_000, rows: 1_000_000 })).toBe(false);
});

test('a budget of rows is reached, not passed, by as many', () => {
  const budget = parseErrorBudget('2')!;
  expect(isOverBudget(budget, { failed: 2, rows: 3 })).toBe(false);
  expect(isOverBudget(budget, { failed: 3, rows: 1000 })).toBe(true);
});

test('0 and 0% allow not one row, and an empty file is in any budget', () => {
  for (const text of ['0', '0%']) {
    const budget = parseErrorBudget(text)!;
    expect(isOverBudget(budget, { failed: 1, rows: 1_000_000 })).toBe(true);
    expect(isOverBudget(budget, { failed: 0, rows: 0 })).toBe(false);
  }
});

test('57 of 10,000 rows are 0.57 %, though not in binary fractions', () => {
  const budget = parseErrorBudget('0.57%')!;
  expect(isOverBudget(budget, { failed: 57, rows: 10_000 })).toBe(false);
  expect(isOverBudget(budget, { failed: 58, rows: 10_000 })).toBe(true);
});

test('a share is exact to the row, whatever the file’s size', () => {
  const share = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(share, fc.nat(100_000_000), fc.nat(), (millionths, rows, seed) => {
      const allowed = (BigInt(millionths) * BigInt(rows)) / 1_000_000n;
      const failed = Math.min(rows, Number(allowed) + (seed % 3) - 1);
      if (failed < 0) return;
      const budget = parseErrorBudget(`${(millionths / 10_000).toFixed(4)}%`)!;
      expect(isOverBudget(budget, { failed, rows })).toBe(BigInt(failed) > allowed);
    }),
  );
});
