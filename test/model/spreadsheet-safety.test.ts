import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  neutralizeFormula,
  protectForExcel,
  protectFromRestoring,
  restoreFormula,
} from '../../src/model/spreadsheet-safety.ts';

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

const valueCell = fc.string({
  unit: fc.constantFrom(...'01 .,:/-+()="\'€%EaJanMai'.split('')),
  maxLength: 8,
});

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

describe('for a CSV file that Excel opens', () => {
  test.each([
    '00123',
    '4711',
    '12345678901234567890',
    '+49 30 1234',
    '-5',
    '0043/1/5344',
    '(030) 12',
    '1.234,50',
    '5%',
    '1E5',
    '1e-5',
    '5 €',
    'EUR 5',
    '5 kr',
    '1/2',
    '1 1/2',
    '1-2',
    '10.11.',
    '2026-01-31',
    '1.2.2026',
    '12:30',
    '1. Jan',
    'Mai 2026',
    'Mär 5',
    'Sept. 11',
    '3-Aug',
    'Montag, 12. Januar 2026',
    '12 p',
    '9 a.m.',
    '10:30 PM',
    'TRUE',
    'true',
    'Falsch',
    'WAHR ',
    '#NV',
    '#N/A',
    '#DIV/0!',
    ' 5',
    "1'000",
    "'00123",
    '１２３',
    '5"',
  ])('%j is written as a formula that shows it', (cell) => {
    const safe = protectForExcel(cell);
    expect(safe).toBe(`="${cell.replaceAll('"', '""')}"`);
    expect(restoreFormula(safe)).toBe(cell);
  });

  test.each([
    '=1+1',
    '@home',
    '-a',
    '+',
    '＝1',
    '	=1',
    "'=1",
    '="00123"',
    '=cmd|"/C calc"!A0',
    '-1+cmd',
    '-1\n',
    '+CMD|5!A0',
    '=5',
    '@5',
  ])('%j has an apostrophe in front', (cell) => {
    const safe = protectForExcel(cell);
    expect(safe).toBe(`'${cell}`);
    expect(restoreFormula(safe)).toBe(cell);
  });

  test.each([
    'Müller',
    '1. FC Köln',
    '3 Musketiere',
    'Straße 5',
    '',
    "O'Neill",
    "'s-Gravenhage",
    'K-1001',
    'wahrlich',
    'Mai',
    '#eins zwei',
    '2026-01-31T10:00:00.000Z',
    '1\n2',
    ' =a',
    '5'.repeat(256),
    'a1@b.example',
    '019a1234-5678-7abc-8def-000000000001',
  ])('%j is unchanged', (cell) => {
    expect(protectForExcel(cell)).toBe(cell);
    expect(restoreFormula(cell)).toBe(cell);
  });

  test('what is written is nothing but text, and comes back as it was', () => {
    const formula = /^[+\-@\t\r\n＝＋－＠]|^=(?!"(?:[^"\r\n]|"")*"$)/;
    const number = /^\s*[\d.,:/()-]*\d[\d.,:/()-]*\s*$/;
    fc.assert(
      fc.property(fc.oneof(anyCell, valueCell), (cell) => {
        const safe = protectForExcel(cell);
        expect(safe).not.toMatch(formula);
        expect(number.test(safe) && !/[\r\n]/.test(cell)).toBe(false);
        expect(restoreFormula(safe)).toBe(cell);
      }),
    );
  });
});

test('a workbook keeps every text that import would not take for a protected one', () => {
  const kept = ['00123', '+49 30', '=1+1', "'00123", '@', '="a'];
  expect(kept.map(protectFromRestoring)).toEqual(kept);
  expect(["'=1", '="a"', "''-"].map(protectFromRestoring)).toEqual(["''=1", `'="a"`, `${"'".repeat(3)}-`]);
  fc.assert(
    fc.property(fc.oneof(anyCell, valueCell), (cell) => {
      expect(restoreFormula(protectFromRestoring(cell))).toBe(cell);
    }),
  );
});
