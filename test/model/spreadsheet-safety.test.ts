import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { neutralizeFormula, restoreFormula } from '../../src/model/spreadsheet-safety.ts';

const startsFormula = /^[=+\-@\t\r\n＝＋－＠]/;

test.each([
  ['=HYPERLINK("http://x.example")', '\'=HYPERLINK("http://x.example")'],
  ['+43 1 5344', "'+43 1 5344"],
  ['-1+cmd', "'-1+cmd"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r\n=1', "'\r\n=1"],
  ['\n=1', "'\n=1"],
  ['＝1', "'＝1"],
  ["'=1", "''=1"],
  ["''+1", "'''+1"],
])('%j is written as %j', (cell, safe) => {
  expect(neutralizeFormula(cell)).toBe(safe);
  expect(restoreFormula(safe)).toBe(cell);
});

test.each(['', 'Müller', '4711', 'a=1', "'", "'Olde Shoppe", "O'Neill", '"=1"', ' =1'])(
  '%j stays as it is both ways',
  (cell) => {
    expect(neutralizeFormula(cell)).toBe(cell);
    expect(restoreFormula(cell)).toBe(cell);
  },
);

const anyCell = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(..."'=+-@\t\r\n＝ a1".split('')), maxLength: 6 }),
);

test('what is written begins no formula, and comes back as it was', () => {
  fc.assert(
    fc.property(anyCell, (cell) => {
      const safe = neutralizeFormula(cell);
      expect(safe).not.toMatch(startsFormula);
      expect(restoreFormula(safe)).toBe(cell);
    }),
  );
});

test('no two cells are written alike', () => {
  fc.assert(
    fc.property(anyCell, anyCell, (one, other) => {
      expect(neutralizeFormula(one) === neutralizeFormula(other)).toBe(one === other);
    }),
  );
});
