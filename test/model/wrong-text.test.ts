import { describe, expect, test } from 'vitest';
import { fields } from '../../src/model/fields.ts';

const { parse, warn } = fields.name;

describe('text that was read in the wrong encoding before it came here is refused, naming what was meant', () => {
  test.each([
    ['M√ºller GmbH', 'Müller GmbH'],
    ['B√§ckerei Gr√ºn', 'Bäckerei Grün'],
    ['Stra√üe KG', 'Straße KG'],
    ['M├╝ller', 'Müller'],
    ['Stra├ƒe', 'Straße'],
    ['Mьnchen', 'München'],
    ['Bдckerei Grьn', 'Bäckerei Grün'],
    ['Mόller', 'Müller'],
    ['MГјller', 'Müller'],
    ['M„ller', 'Mäller'],
    ['B„ckerei Gr”áer', 'Bäckerei Größer'],
    ['™sterreich', 'Österreich'],
    ['MŸller', 'Müller'],
    ['BŠckerei', 'Bäckerei'],
    ['Stra§e', 'Straße'],
    ['M¸ller', 'Müller'],
    ['B‰ckerei', 'Bäckerei'],
    ['M³ller', 'Müller'],
    ['B÷rse AG', 'Börse AG'],
    ['Stra▀e', 'Straße'],
    ['Mⁿller', 'Müller'],
  ])('%s is %s', (text, meant) => {
    expect(parse(text)).toMatchObject({ code: 'decoded_wrongly', hint: `meant "${meant}"?` });
  });

  test.each([
    'Яндекс Go',
    'ООО Ромашка',
    'Ελλάς ΑΕ',
    'Alpha Ω',
    'IT-компания',
    '„Zur Post“',
    'Café „Mozart“',
    '12” Rohr',
    'Dvořák',
    'Škoda',
    'Pizza™ mia',
    'Nestlé®',
    'Ärzte & Co',
    'Brăila Sârbi',
    'Château',
    'INGÉNIERIE',
    'µTech',
    '10 ‰',
    'Hôtel–Café',
    'Göteborg',
    'Tarif m³h',
    'Łódź',
    'São Paulo',
    'Ñandú',
    'Straße § 5',
  ])('%s is a name', (text) => {
    expect(parse(text)).toBe(text);
  });
});

test.each([
  ['M&uuml;ller', 'Müller'],
  ['M&#252;ller', 'Müller'],
  ['M&#xFC;ller', 'Müller'],
  ['Müller &amp; Söhne', 'Müller & Söhne'],
  [String.raw`M\u00fcller`, 'Müller'],
])('escapes are refused: %s is %s', (text, meant) => {
  expect(parse(text)).toMatchObject({ code: 'escaped_text', hint: `meant "${meant}"?` });
});

test.each(['AT&T; Co', 'R&D; x', String.raw`C:\users`, 'A_x', 'Müller & Co.', '#1 Pizza'])(
  '%s has no escape',
  (text) => {
    expect(parse(text)).toBe(text);
  },
);

test.each(['M?ller GmbH', 'B?ckerei Gr?n', 'Schillerstra?e 4 KG', '?berlingen', 'Bad ?berkingen'])(
  'the question mark in %s is warned of',
  (text) => {
    expect(parse(text)).toBe(text);
    expect(warn?.(text)).toMatchObject({ code: 'lost_letter' });
  },
);

test.each(['Wer? Wie? Was? GmbH', 'Was nun?', '? & Co', 'Wie? so'])(
  'the question mark in %s is one',
  (text) => {
    expect(warn?.(text)).toBeUndefined();
  },
);

test('invisible characters at the ends are off, in the middle of a name they stay', () => {
  expect(parse('\u00ad\u200bAlpha\u200e\u202c')).toBe('Alpha');
  expect(parse('Al\u00adpha')).toBe('Al\u00adpha');
});
