import { expect, test } from 'vitest';
import { createRepeatedNumbers } from '../../../src/import/rows/repeated-numbers.ts';

const name = (index: number) => String(index * 7919).padStart(10, '0');

test('a number that comes again is named with its first line and each later one', () => {
  const numbers = createRepeatedNumbers(20);
  for (const [line, number] of ['4711', '4712', '4711', '4713', '4711'].entries())
    numbers.add(number, line + 2);
  expect(numbers.found).toEqual([
    { erp_number: '4711', lines: [2, 4] },
    { erp_number: '4711', lines: [2, 6] },
  ]);
  expect(numbers.total()).toBe(2);
});

test('of 300,000 numbers, those that come again are found, and no others', () => {
  const numbers = createRepeatedNumbers(20);
  for (let index = 0; index < 300_000; index++) numbers.add(name(index), index + 2);
  expect(numbers.total()).toBe(0);
  for (let index = 0; index < 300_000; index += 1000) numbers.add(name(index), 400_000 + index);
  expect(numbers.total()).toBe(300);
  expect(numbers.found).toHaveLength(20);
  expect(numbers.found[3]).toEqual({ erp_number: name(3000), lines: [3002, 403_000] });
});

test('leading zeros distinguish two numbers', () => {
  const numbers = createRepeatedNumbers(20);
  numbers.add('4711', 2);
  numbers.add('04711', 3);
  expect(numbers.total()).toBe(0);
});
