import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TextRule } from '../../src/model/text.ts';
import { parseText } from '../../src/model/text.ts';
import { anyText } from './any-text.ts';
import { processorTime } from '../support/processor-time.ts';

const line: TextRule = { max: 500 };
const lines: TextRule = { max: 10_000, lineBreaks: true };

test.each([
  ['Müller', 'Müller'],
  ['  Müller\t', 'Müller'],
  ['\u00a0\ufeffMüller\u2003\u3000\u0085\u200b', 'Müller'],
  ['Mu\u0308ller', 'Müller'],
  ['\u212bngstro\u0308m', 'Ångström'],
  ['a \u00a0 b', 'a \u00a0 b'],
  ['👨‍👩‍👧 Spiele', '👨‍👩‍👧 Spiele'],
  ['نام\u200cخانوادگی', 'نام\u200cخانوادگی'],
  [' \u00a0\r\n ', ''],
  ['', ''],
])('%j is stored as %j', (text, stored) => {
  expect(parseText(text, line)).toBe(stored);
});

test.each([
  ['a\nb', 'control_character', '"a\\nb" has a line break'],
  ['a\u2028b', 'control_character', '"a\\u2028b" has a line break'],
  ['a\tb', 'control_character', '"a\\tb" has a tab in it'],
  ['a\x00b', 'control_character', '"a\\x00b" has the control character \\x00 in it'],
  ['a\x9bb', 'control_character', '"a\\x9bb" has the control character \\x9b in it'],
  ['M\ufffdller', 'replacement_character', '"M\ufffdller" has lost a character (U+FFFD)'],
  ['a\ud800b', 'lone_surrogate', '"a\\ud800b" holds half a character (a lone surrogate)'],
  ['\udc00', 'lone_surrogate', '"\\udc00" holds half a character (a lone surrogate)'],
])('%j is refused as %s', (text, code, message) => {
  expect(parseText(text, line)).toMatchObject({ code, message });
});

test('line breaks inside notes stay, each as one LF; tabs and other controls do not', () => {
  expect(parseText('a\r\nb\rc\n\nd\u2028e\u0085f\n', lines)).toBe('a\nb\nc\n\nd\ne\nf');
  expect(parseText('ä\nb', lines)).toBe('ä\nb');
  expect(parseText('a\tb', lines)).toMatchObject({ code: 'control_character' });
  expect(parseText('a\x0bb', lines)).toMatchObject({ code: 'control_character' });
});

test('length counts Unicode characters after NFC and trimming', () => {
  expect(parseText('x'.repeat(500), line)).toBe('x'.repeat(500));
  expect(parseText(` ${'x'.repeat(500)} `, line)).toBe('x'.repeat(500));
  expect(parseText('😀'.repeat(500), line)).toBe('😀'.repeat(500));
  expect(parseText('u\u0308'.repeat(500), line)).toBe('ü'.repeat(500));
  expect(parseText('x'.repeat(501), line)).toMatchObject({
    code: 'too_long',
    hint: 'at most 500 are allowed',
  });
  expect(parseText('ü'.repeat(501), line)).toMatchObject({ code: 'too_long' });
  expect(parseText('😀'.repeat(501), line)).toMatchObject({
    code: 'too_long',
    message: `"${'😀'.repeat(59)}…" is 501 characters long`,
  });
});

test('what is accepted is NFC, trimmed, well-formed, free of controls and accepted again unchanged', () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom(line, lines), (text, rule) => {
      const stored = parseText(text, rule);
      fc.pre(typeof stored === 'string');
      expect(parseText(stored, rule)).toBe(stored);
      expect(stored).toBe(stored.normalize('NFC'));
      expect(stored).toBe(stored.trim());
      expect(stored).not.toMatch(/[\p{Cs}\ufffd]/u);
      expect(stored.replaceAll(rule.lineBreaks ? '\n' : '', '')).not.toMatch(/\p{Cc}/u);
    }),
    { numRuns: 3000 },
  );
});

test('every letter that skips normalisation is one that normalisation leaves alone, before and after any other', () => {
  const ranges = [
    [0x21, 0x7e],
    [0xa1, 0x2ff],
    [0x400, 0x482],
    [0x1e00, 0x1eff],
    [0x2010, 0x2027],
    [0x20ac, 0x20ac],
  ] as const;
  const letters = ranges.flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, at) => String.fromCodePoint(from + at)),
  );
  for (const letter of letters) {
    expect(letter.normalize('NFC')).toBe(letter);
    expect(letter).not.toMatch(/[\p{M}\p{Cc}\s]/u);
  }
});

test('a million spaces, or a million of anything else, are judged in no time', () => {
  const started = processorTime();
  for (const filling of [' ', '\u00a0', 'ä ', 'Ã¼', '\n', '-', '😀', '\u0308']) {
    expect(parseText(`a${filling.repeat(1_000_000)}\x00b`, lines)).not.toBeTypeOf('string');
  }
  expect(processorTime() - started).toBeLessThan(10_000);
});
