import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { repairDecodedTwice } from '../../src/model/decoded-twice.ts';
import { parseText } from '../../src/model/text.ts';

test.each([
  ['MÃ¼ller', 'Müller'],
  ['MÃœLLER', 'MÜLLER'],
  ['STRAÃŸE', 'STRAßE'],
  ['StraÃŸe', 'Straße'],
  ['Stra\u00c3\u009fe', 'Straße'],
  ['CafÃ© Ã‰toile', 'Café Étoile'],
  ['5 â‚¬', '5 €'],
  ['5 \u00e2\u0082\u00ac', '5 €'],
  ['Wien â€“ Graz', 'Wien – Graz'],
  ['Oâ€™Neill', 'O’Neill'],
  ['â€žBÃ¤râ€œ', '„Bär“'],
  ['\u00c5\u00a0koda', 'Škoda'],
  ['PaweÅ‚ WÃ³jcik', 'Paweł Wójcik'],
  ['ÐÐ²Ð°Ð½Ð¾Ð²'.replace('ÐÐ²', 'Ð˜Ð²'), 'Иванов'],
  ['MÃƒÂ¼ller', 'Müller'],
])('%j was meant as %j', (text, meant) => {
  expect(repairDecodedTwice(text)).toBe(meant);
  expect(parseText(text, { max: 500 })).toMatchObject({ code: 'decoded_twice', hint: `meant "${meant}"?` });
});

test('the second byte of a final "à" is seen, although it looks like a space to trim', () => {
  expect(parseText('Citt\u00c3\u00a0', { max: 500 })).toMatchObject({
    code: 'decoded_twice',
    hint: 'meant "Città"?',
  });
});

test.each([
  'SÃO PAULO',
  'CAFÉ®',
  'Âme',
  'École',
  'Ångström',
  'Ñandú',
  'Åland',
  'METSÄ®',
  'UMEÅ\u00a0KOMMUN',
  'METSÄ™',
  'IRMÃ®',
  '“IRMÃ”',
  '„METSÄ“',
  'MAÇÃ\u00a0LTDA',
  'ROMÂNIA',
  'Nguyễn Thị Ấu',
  'Đặng Văn Ẩn',
  'Łódź',
  'Źródło',
  'Çağ İnşaat',
  'Ærø',
  'Þórður',
  'Straße',
  'Müller – Söhne',
  'Señor™',
  'Ünal',
  'Ðorđe',
  'Größe: 5 €',
])('%s is a name', (name) => {
  expect(parseText(name, { max: 500 })).toBe(name);
});

test('every German, French or Polish word is found when it was decoded twice', () => {
  const letter = fc.constantFrom(...Array.from('abcdeäöüßéèàçêîôûąćęłńóśźż'));
  fc.assert(
    fc.property(fc.string({ unit: letter, minLength: 1 }), (word) => {
      const shown = Array.from(Buffer.from(word), (byte) => String.fromCharCode(byte)).join('');
      expect(repairDecodedTwice(shown)).toBe(word === shown ? undefined : word);
    }),
  );
});
