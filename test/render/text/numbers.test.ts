import { expect, test } from 'vitest';
import { formatCount, formatNumberOf } from '../../../src/render/text/numbers.ts';

test.for([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1_234_567, '1,234,567'],
] as const)('%i is written %s', ([count, text]) => {
  expect(formatCount(count)).toBe(text);
});

test('a count agrees with its noun', () => {
  expect(formatNumberOf(1, 'customer')).toBe('1 customer');
  expect(formatNumberOf(1234, 'customer')).toBe('1,234 customers');
  expect(formatNumberOf(0, 'entry', 'entries')).toBe('0 entries');
});
