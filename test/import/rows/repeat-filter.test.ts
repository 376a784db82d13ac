import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRepeatFilter } from '../../../src/import/rows/repeat-filter.ts';

test('a repeat is never missed, whatever the keys', () => {
  const key = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.integer().map(String),
    fc.constantFrom('', '0', 'ä'),
  );
  fc.assert(
    fc.property(
      fc.array(key, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0, 900, 2000),
      (keys, more) => {
        const perhapsSeen = createRepeatFilter();
        for (const each of keys) perhapsSeen(each);
        for (let index = 0; index < more; index++) perhapsSeen(`more ${index}`);
        for (const each of keys) expect(perhapsSeen(each)).toBe(true);
      },
    ),
    // Each filter is 16 MB to clear.
    { numRuns: 30 },
  );
});

test.each<[string, (index: number) => string]>([
  ['numbers in a row', (index) => String(index)],
  ['numbers with leading zeros', (index) => String(index).padStart(10, '0')],
  ['numbers with a prefix', (index) => `K-${index}`],
  ['numbers with gaps', (index) => String(index * 7919)],
  ['numbers with a varying prefix', (index) => `${String.fromCharCode(65 + (index % 26))}${index}/2024`],
])('of 500,000 %s hardly one is suspected wrongly', (_name, key) => {
  const perhapsSeen = createRepeatFilter();
  let suspected = 0;
  for (let index = 0; index < 500_000; index++) if (perhapsSeen(key(index))) suspected++;
  expect(suspected).toBeLessThan(5);
});
