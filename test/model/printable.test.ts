import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, quoted, terminalText } from '../../src/model/printable.ts';

test('text in any script is unchanged', () => {
  expect(printable('Müller & Söhne, Иванов, 日本, 👍🏽')).toBe('Müller & Söhne, Иванов, 日本, 👍🏽');
});

test.each([
  ['\x1b[31m', '\\x1b[31m'],
  ['a\nb\tc\rd', 'a\\nb\\tc\\rd'],
  ['\x00\x7f\x9b', '\\x00\\x7f\\x9b'],
  ['abc\u202edef', 'abc\\u202edef'],
  ['\u2066\u2069\u200e\u200f\u061c', '\\u2066\\u2069\\u200e\\u200f\\u061c'],
  ['\u200b\u200d\ufeff\u2028', '\\u200b\\u200d\\ufeff\\u2028'],
  ['\ud83d', '\\ud83d'],
  ['a\xadb\u2062\u206a\ufff9', 'a\\xadb\\u2062\\u206a\\ufff9'],
  ['x\u{e0041}', 'x\\u{e0041}'],
])('%j is shown as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('whatever a value holds, nothing of it moves the cursor or turns the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(
        /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u,
      );
    }),
  );
});

test('a long value is cut to 60 characters, never through one', () => {
  expect(quoted('x'.repeat(60))).toBe(`"${'x'.repeat(60)}"`);
  expect(quoted('x'.repeat(61))).toBe(`"${'x'.repeat(59)}…"`);
  expect(quoted('😀'.repeat(60))).toBe(`"${'😀'.repeat(60)}"`);
  expect(quoted('😀'.repeat(1000))).toBe(`"${'😀'.repeat(59)}…"`);
});

test('what the tool sends to a terminal itself passes, and nothing else of the kind', () => {
  const own = '\x1b[1;31mred\x1b[0m\ttab\n\r\x1b[K50 %\n';
  expect(terminalText(own)).toBe(own);
  expect(terminalText('\x1b[2J\x1b]0;title\x07\x1b[\r\x1b[31\x1bm\x9b31m\u202e')).toBe(
    '\\x1b[2J\\x1b]0;title\\x07\\x1b[\\r\\x1b[31\\x1bm\\x9b31m\\u202e',
  );
});
