import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderJson } from '../../../src/render/text/json.ts';

test('a document is indented by two and ends in a line break', () => {
  expect(renderJson({ items: [{ is_active: true }] })).toBe(
    '{\n  "items": [\n    {\n      "is_active": true\n    }\n  ]\n}\n',
  );
});

test('what would reach into a terminal is escaped', () => {
  expect(renderJson('\x1b\x7f\x9b\u202e\u200b\u2028\ufeff')).toBe(
    String.raw`"\u001b\u007f\u009b\u202e\u200b\u2028\ufeff"` + '\n',
  );
});

test('a parser gets back what was put in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(JSON.parse(renderJson({ [text]: text }))).toEqual({ [text]: text });
    }),
  );
});
