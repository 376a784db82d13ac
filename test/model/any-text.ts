import * as fc from 'fast-check';

/** Text as files have it at their worst: every character there is, and many of those that rules look at. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom(
      ...'aAzZeE019+-.,#!@:;_ \t\r\n\u0085\u00a0\u2028\u200b\ufeff\x00\x1b\u0308\u0303\ufffd\ud800\udc00'.split(
        '',
      ),
      ...'äÄÃÂÅâÐÑ¼Ÿ\u009f®™“”–€ßİıΣſK'.split(''),
    ),
    maxLength: 12,
  }),
  fc.stringMatching(/^[\xc2-\xf4][\x80-\xbf]{1,3}$/),
);
