import * as fc from 'fast-check';
import validator from 'validator/lib/isEmail.js';
import { expect, test } from 'vitest';
import { parseEmail } from '../../src/model/email.ts';
import { anyText } from './any-text.ts';

const isEmail = validator.default;

test.each([
  ['Info@Example.COM ', 'info@example.com'],
  ['müller@bücher.de', 'müller@bücher.de'],
  ['ÄRGER@ÖL.at', 'ärger@öl.at'],
  ['mu\u0308ller@x.de', 'müller@x.de'],
  ['info@例え.jp', 'info@例え.jp'],
  ["o'neill+tag@sub.example.co.uk", "o'neill+tag@sub.example.co.uk"],
  ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
  ['', ''],
])('%j is stored as %j', (text, address) => {
  expect(parseEmail(text)).toBe(address);
});

test.each([
  ['a@b', undefined],
  ['info', undefined],
  ['a b@x.de', undefined],
  ['a..b@x.de', undefined],
  ['-@-x.de', undefined],
  ['a@x.de, b@x.de', 'give one address only'],
  ['Hans Müller <Hans@X.de>', 'did you mean hans@x.de?'],
  ['mailto:a@x.de', 'did you mean a@x.de?'],
  ['a@x,de', 'did you mean a@x.de?'],
  ['a@x.de.', 'did you mean a@x.de?'],
  ['a@x.de;', 'did you mean a@x.de?'],
  ['a@x.de,', 'did you mean a@x.de?'],
  ['<a@x.de>', 'did you mean a@x.de?'],
  ['(a@x.de)', 'did you mean a@x.de?'],
  ['Anna <a@x.de>;', 'did you mean a@x.de?'],
  ['info @x.de', 'did you mean info@x.de?'],
  ['info@ x.de', 'did you mean info@x.de?'],
  ['info(at)x.de', 'did you mean info@x.de?'],
  ['info [at] x.de', 'did you mean info@x.de?'],
  ['info(at)x(dot)de', 'did you mean info@x.de?'],
  ['info at x.de', 'did you mean info@x.de?'],
  ['Mail: a@x.de', 'did you mean a@x.de?'],
  ['privat: a@x.de', 'did you mean a@x.de?'],
  ['http://a@x.de', 'did you mean a@x.de?'],
  ['a@x.de\nb@x.de', 'give one address only'],
  ['a@x.de;\r\nb@x.de', 'give one address only'],
  ['info@x.c0m', 'did you mean info@x.com?'],
  ['info@x.0rg', 'did you mean info@x.org?'],
  ['info@x.n3t', 'did you mean info@x.net?'],
  ['info@x.1de', undefined],
  ['info@x;de', 'did you mean info@x.de?'],
  ['info@x:de', 'did you mean info@x.de?'],
  ['info＠x．de', 'did you mean info@x.de?'],
  ['info@x.d e', 'did you mean info@x.de?'],
  ['info@x.co m', 'did you mean info@x.com?'],
  ['info@x de', 'did you mean info@x.de?'],
  ['info@x.de Anna', 'did you mean info@x.de?'],
  ['Anna Meier info@x.de', 'did you mean info@x.de?'],
  ['in fo@x.de', undefined],
  ['info<at>x.de', 'did you mean info@x.de?'],
  ['info"x.de', 'did you mean info@x.de?'],
  ['info@x.de\u201a', 'did you mean info@x.de?'],
  ['a@x.de; b@x.de', 'give one address only'],
  ['a@x.de b@y.de', 'give one address only'],
  ['a@\u200bx.de', 'did you mean a@x.de?'],
  [`${'a'.repeat(65)}@x.de`, undefined],
])('%j is refused', (text, hint) => {
  const problem = parseEmail(text);
  expect(problem).toMatchObject({ code: 'invalid_email' });
  expect(typeof problem === 'string' ? problem : problem.hint).toBe(hint);
});

test('an address of more than 254 characters is too long', () => {
  expect(parseEmail(`${'a'.repeat(60)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(60)}.de`)).toBeTypeOf(
    'string',
  );
  expect(
    parseEmail(`${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(60)}.de`),
  ).toMatchObject({ code: 'too_long' });
});

const piece = fc.constantFrom(
  'a',
  'Z',
  '0',
  '-',
  '_',
  '.',
  '@',
  'de',
  'x.de',
  '@x.de',
  '+',
  "'",
  '"',
  ' ',
  'ü',
  'xn--',
  'com',
  '\u00ad',
  '1',
  'b'.repeat(33),
);

test('the quick test and validator agree on plain addresses', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.emailAddress(),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (text) => {
        const lower = text.trim().toLowerCase().normalize('NFC');
        const accepted = lower !== '' && isEmail(lower) && !/\p{Cf}/u.test(lower);
        expect(parseEmail(text) === lower && lower !== '').toBe(accepted);
      },
    ),
    { numRuns: 5000 },
  );
});

test('an accepted address is accepted again unchanged', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        anyText,
        fc.emailAddress(),
        fc.tuple(anyText, fc.domain()).map(([local, domain]) => `${local}@${domain}`),
      ),
      (text) => {
        const address = parseEmail(text);
        fc.pre(typeof address === 'string');
        expect(parseEmail(address)).toBe(address);
      },
    ),
    { numRuns: 5000 },
  );
});
