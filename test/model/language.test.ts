import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLanguage, parseLanguageTag } from '../../src/model/language.ts';

test.each([
  ['de', 'de'],
  ['DE-de', 'de-DE'],
  ['zh-hant-tw', 'zh-Hant-TW'],
  ['ZH-CMN-HANS-CN', 'zh-cmn-Hans-CN'],
  ['iw', 'iw'],
  ['sr-latn-rs', 'sr-Latn-RS'],
  ['es-419', 'es-419'],
  ['DE-1996', 'de-1996'],
  ['sl-rozaj-biske', 'sl-rozaj-biske'],
  ['I-Klingon', 'i-klingon'],
  ['en-gb-OED', 'en-GB-oed'],
  ['sgn-be-fr', 'sgn-BE-FR'],
  ['qab', 'qab'],
  ['de-qaaa-xk', 'de-Qaaa-XK'],
  ['X-Haus', 'x-haus'],
  ['de-de-U-CO-PHONEBK', 'de-DE-u-co-phonebk'],
  ['de-ch-x-de', 'de-CH-x-de'],
  ['bh', 'bh'],
  ['', ''],
])('%j is stored as %j', (text, tag) => {
  expect(parseLanguage(text)).toBe(tag);
});

test.each([
  ['de-', ''],
  ['de-DE-', ''],
  ['de-u', ''],
  ['x', ''],
  ['xx', ': the language "xx" is not registered'],
  ['xx-DE', ': the language "xx" is not registered'],
  ['de-Deut', ': the script "deut" is not registered'],
  ['de-EE-abcde', ': the variant "abcde" is not registered'],
  ['de-ZY', ': the region "zy" is not registered'],
  ['de-abc', ': the language extension "abc" is not registered'],
  ['de-1996-1996', ': it has the same subtag twice'],
  ['de-a-bb-a-cc', ': it has the same subtag twice'],
])('%s is refused', (text, fault) => {
  expect(parseLanguage(text)).toMatchObject({
    code: 'invalid_language',
    message: `"${text}" is not a BCP 47 language tag${fault}`,
  });
});

test.each([
  ['de_DE', 'de-DE'],
  ['en_US.UTF-8', 'en-US'],
  ['German', 'de'],
  ['deu', 'de'],
  ['deu-AT', 'de-AT'],
])('where tags alone are taken, %s is refused, and %s asked about', (text, meant) => {
  expect(parseLanguageTag(text)).toMatchObject({
    code: 'invalid_language',
    hint: `did you mean ${meant}?`,
    meant,
  });
});

test('names of object properties are not languages', () => {
  for (const text of ['constructor', 'valueOf', 'toString', 'de-valueof', 'de-tostring', '__proto__']) {
    expect(parseLanguage(text)).toMatchObject({ code: 'invalid_language' });
  }
});

test('a tag in any case is stored in the one case, and again unchanged', () => {
  const subtag = fc.constantFrom(
    'de',
    'zh',
    'Hant',
    'Latn',
    'TW',
    'AT',
    '419',
    '1996',
    'rozaj',
    'x',
    'u',
    'co',
    'a',
    'qaa',
    'XQ',
    'cmn',
  );
  fc.assert(
    fc.property(fc.array(subtag, { minLength: 1, maxLength: 6 }), (subtags) => {
      const stored = parseLanguage(subtags.join('-'));
      fc.pre(typeof stored === 'string');
      expect(parseLanguage(stored)).toBe(stored);
      expect(parseLanguage(stored.toUpperCase())).toBe(stored);
      expect(parseLanguage(stored.toLowerCase())).toBe(stored);
    }),
    { numRuns: 2000 },
  );
});

test('every tag that Intl knows a locale by is accepted', () => {
  for (const tag of [
    'de-AT',
    'en-GB',
    'fr-CH',
    'it-IT',
    'rm-CH',
    'pl-PL',
    'pt-BR',
    'zh-Hans-CN',
    'sr-Cyrl-RS',
    'hy-AM',
    'nb-NO',
  ]) {
    expect(parseLanguage(tag)).toBe(Intl.getCanonicalLocales(tag)[0]);
  }
});
