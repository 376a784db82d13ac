import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutToWidth, textWidth, wrapToWidth } from '../../../src/render/text/text-width.ts';

const words = fc
  .array(fc.constantFrom('a', 'Möhrle', 'Yıldız', 'Łódź', '山田商店', '👩‍🔧', 'é', '…', 'GmbH'), {
    maxLength: 12,
  })
  .map((parts) => parts.join(' '));

describe('cut text', () => {
  test('fits, whatever its characters are, and is whole when there is room', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 40 }), (text, width) => {
        const cut = cutToWidth(text, width);
        expect(textWidth(cut)).toBeLessThanOrEqual(width);
        expect(cut === text || width === 0 || (textWidth(text) > width && cut.endsWith('…'))).toBe(true);
      }),
    );
  });

  test('does not overflow if letters beyond Latin-1 come first', () => {
    expect(cutToWidth('Özlem Yıldız, Łódź', 12)).toBe('Özlem Yıldı…');
  });
});

describe('wrapped text', () => {
  test('breaks between words and indents the lines behind the first', () => {
    expect(wrapToWidth('! row 3, name: a name is required', 16, '  ')).toBe(
      '! row 3, name: a\n  name is\n  required',
    );
  });

  test('leaves a word whole that is longer than a line', () => {
    expect(wrapToWidth('see /a/very/long/path there', 10, '  ')).toBe('see\n  /a/very/long/path\n  there');
  });

  test('says the same words', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 30 }), (text, width) => {
        expect(wrapToWidth(text, width, '  ').split(/\s+/)).toEqual(text.split(' '));
      }),
    );
  });
});
