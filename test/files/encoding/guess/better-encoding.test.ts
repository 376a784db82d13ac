import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { decideEncoding, decodeText } from '../../../../src/files/encoding/encoding.ts';
import { failureOf } from '../../csv/pieces.ts';

/** A file with these names, one in a row, and nothing else beyond ASCII. */
const fileOf = (names: string[]) =>
  `number;name;city\r\n${names.map((name, index) => `${index};${name};Wien\r\n`).join('')}`;

async function read(bytes: Buffer, encoding?: string): Promise<string> {
  const source = {
    name: 'customers.csv',
    chunks: {
      async *[Symbol.asyncIterator]() {
        yield bytes;
      },
    },
  };
  const decision = await decideEncoding(source, { encoding });
  let text = '';
  for await (const part of decodeText(source, decision)) text += part;
  return text;
}

const german =
  'Müller MÜLLER Möhrle Bäcker Ärzte Ägypten Äpfel Österreich Öhringen Öl Übersee Über Straße Fußboden Groß GEBÄUDE NÖ';
const french = 'René Zoë Noël Français Genève Côte Hôtel Forêt Où Là Êtes Château Société SOCIÉTÉ Bâle Maïté';
const others = 'Società Città Virtù Nicolò Muñoz Malmö Tromsø Næstved Sæby Bodø Logroño Sánchez Málaga Cádiz';

describe('one word with one decisive letter', () => {
  test.each([
    ...['CP850', 'CP437', 'MacRoman'].flatMap((encoding) =>
      `${german} ${french}`
        .split(' ')
        .filter((word) => encoding !== 'CP437' || word !== 'Êtes')
        .map((word): [string, string] => [encoding, word]),
    ),
    ...['CP850', 'MacRoman'].flatMap((encoding) =>
      others.split(' ').map((word): [string, string] => [encoding, word]),
    ),
  ])('in %s is not taken for Windows-1252: %s', async (encoding, word) => {
    const bytes = iconv.encode(fileOf([word]), encoding);
    expect(await failureOf(read(bytes))).toMatchObject({ code: 'unsupported_encoding' });
    expect(await read(bytes, encoding)).toBe(fileOf([word]));
  });

  test.each(
    `${german} ${french} ${others} Škoda Šimek Žalec Žižkov Œuvre Cœur Bodø Færøerne Kanariøyene Öarna Colòmbia
    Tiranë Durrës Ávila Ångström Zoölogie L'Haÿ Müller’s D’Arc Peter’s “Adler” „Adler“ ‚Müller‘ Schmidt–Meier
    5€ €5 Müller™ Böll… 1ª 5m²`
      .split(/\s+/)
      .map((word) => [word]),
  )('in Windows-1252 is read: %s', async (word) => {
    expect(await read(iconv.encode(fileOf([word]), 'win1252'))).toBe(fileOf([word]));
  });
});

describe('a few names', () => {
  test.each([
    ['Windows-1250', 'Zupančič Potočnik Kos-Čeh Žnidaršič Križaj Kranjška Škofja Tržič Mežica'],
    ['Windows-1250', 'Knežević Kovačić Marić Šimić Đurđević Grubišić Lončar'],
    ['Windows-1250', 'Plzeň Česká Kolář Růžička'],
    ['Windows-1250', 'Szűcs Hegedűs Erdős'],
    ['Windows-1250', 'Łukasz Paweł Michał'],
    ['Windows-1250', 'Brăila Bacău Buzău'],
    ['windows-1254', 'Doğan Aydın Özdemir Muğla Kütahya Uşak'],
    ['MacRoman', 'Përmet Sarandë Dëshmorët Shëngjin Prishtinë Pejë'],
    ['MacRoman', 'García María Martín'],
    ['windows-1257', 'Rīga Jūrmala Ķekava Ģirts Ņikita Ļaudona Bērziņš'],
  ])('in %s are not taken for Windows-1252: %s', async (encoding, words) => {
    const bytes = iconv.encode(fileOf(words.split(' ')), encoding);
    const { code, hint } = await failureOf(read(bytes));
    expect(code).toBe('unsupported_encoding');
    const named = /--encoding ([\w-]+);/.exec(JSON.stringify(hint))?.[1];
    expect(await read(bytes, named)).toBe(fileOf(words.split(' ')));
  });
});

describe('two letters that happen to be UTF-8 make no UTF-8', () => {
  test.each([
    ['win1252', 'Spaß“'],
    ['win1252', 'MENÜ–Karte'],
  ])('in %s: %s', async (encoding, name) => {
    expect(await read(iconv.encode(fileOf([name]), encoding))).toBe(fileOf([name]));
  });

  test('in CP850: Íñigo', async () => {
    const bytes = iconv.encode(fileOf(['Íñigo', 'Peña']), 'CP850');
    expect(await failureOf(read(bytes))).toMatchObject({ code: 'unsupported_encoding' });
  });

  test.each(['Москва', 'Αθήνα', '10 μm kΩ', 'שלום', 'Müller', 'André “Ändern”'])(
    'but %s in UTF-8 is read',
    async (name) => {
      expect(await read(Buffer.from(fileOf([name])))).toBe(fileOf([name]));
    },
  );
});
