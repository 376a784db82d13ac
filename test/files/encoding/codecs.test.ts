import * as fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { codecOf } from '../../../src/files/encoding/codecs.ts';
import { requireEncoding } from '../../../src/files/encoding/encoding-name.ts';
import { bytesInPieces, failureOf } from '../csv/pieces.ts';

async function decoded(bytes: Buffer, encoding: string, sizes: number[] = []): Promise<string> {
  let text = '';
  for await (const part of (await codecOf(encoding)).decode(bytesInPieces(bytes, sizes))) text += part;
  return text;
}

const byteByByte = (bytes: Buffer) => Array.from(bytes, () => 1);

const singleByte = [
  'Windows-1252',
  'Windows-1250',
  'Windows-1251',
  'ISO-8859-1',
  'ISO-8859-2',
  'ISO-8859-15',
  'CP850',
  'CP852',
  'CP437',
  'CP858',
  'MacRoman',
  'koi8-r',
];

describe.each(singleByte)('%s', (encoding) => {
  test('every byte comes back as it was, defined or not', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const text = await decoded(bytes, encoding);
    expect(text).toHaveLength(256);
    expect((await codecOf(encoding)).encode(text).equals(bytes)).toBe(true);
  });

  test('no byte becomes U+FFFD or a C1 control', async () => {
    const bytes = Buffer.from(Array.from({ length: 128 }, (_, byte) => 0x80 + byte));
    expect(await decoded(bytes, encoding)).not.toMatch(/[\ufffd\x80-\x9f]/);
  });

  test('text is the same however it is cut', async () => {
    const text = iconv.decode(iconv.encode('Müller & Söhne; Straße\r\nÄÖÜ\r\n', encoding), encoding);
    const bytes = iconv.encode(text, encoding);
    expect(await decoded(bytes, encoding)).toBe(text);
    expect(await decoded(bytes, encoding, byteByByte(bytes))).toBe(text);
  });
});

test.each(['UTF-8', 'UTF-16LE', 'UTF-16BE', 'UTF-32LE', 'gb18030'])(
  'any text in %s comes back as it was, however it is cut',
  async (encoding) => {
    const { encode } = await codecOf(encoding);
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), cuts, async (text, sizes) => {
        expect(await decoded(encode(text), encoding, sizes)).toBe(text);
      }),
      { numRuns: 100 },
    );
  },
);

test.each(['shift_jis', 'big5', 'euc-kr', 'gbk'])('%s is read too', async (encoding) => {
  const text = encoding === 'euc-kr' ? '서울 회사\n' : '東京 商社\n';
  const bytes = iconv.encode(text, encoding);
  expect(await decoded(bytes, encoding, byteByByte(bytes))).toBe(text);
  expect((await codecOf(encoding)).encode(text).equals(bytes)).toBe(true);
});

test('what Windows-1252 has and Latin-1 has not survives', async () => {
  const bytes = Buffer.from([0x80, 0x84, 0x93, 0x96, 0x8c, 0x9f]);
  expect(await decoded(bytes, 'Windows-1252')).toBe('€„“–ŒŸ');
});

test('a byte that Windows-1252 leaves undefined is escaped, as one that is not UTF-8 is', async () => {
  expect(await decoded(Buffer.from('M\x81ller\n', 'latin1'), 'Windows-1252')).toBe('M\udc81ller\n');
});

test.each(['UTF-16LE', 'UTF-16BE'])('half a character in %s stays what no field takes', async (encoding) => {
  const { encode } = await codecOf(encoding);
  expect(await decoded(encode('a\ud83db\udc00c'), encoding)).toBe('a\ud83db\udc00c');
  const odd = Buffer.concat([encode('ab'), Buffer.from([0x41])]);
  for (const cuts of [[], byteByByte(odd)]) expect(await decoded(odd, encoding, cuts)).toBe('ab\udc41');
  expect(await decoded(encode('a\ud83d'), encoding)).toBe('a\ud83d');
});

describe('characters that an encoding lacks', () => {
  test('are transliterated, or written by their number, and are never a quote or a question mark', async () => {
    const { encode } = await codecOf('CP850');
    expect(encode('“5 €” – Łuź …').toString('latin1')).toBe("'5 EUR' - Luz ...");
    expect(encode('株\u{1f600}').toString('latin1')).toBe('\\u{682a}\\u{1f600}');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const plain = text.replaceAll(/[?"]/g, '');
        expect(encode(plain).toString('latin1')).not.toMatch(/[?"]/);
      }),
    );
  });

  test('are transliterated in encodings of several bytes too', async () => {
    const { encode } = await codecOf('shift_jis');
    expect(iconv.decode(encode('東京 „ß'), 'shift_jis')).toBe("東京 'ss");
  });
});

describe('names', () => {
  test.each([
    ['utf8', 'UTF-8'],
    ['UTF-16', 'UTF-16LE'],
    ['utf-16be', 'UTF-16BE'],
    ['cp1252', 'Windows-1252'],
    ['ANSI', 'Windows-1252'],
    ['latin1', 'ISO-8859-1'],
    ['ISO_8859-15', 'ISO-8859-15'],
    ['latin9', 'ISO-8859-15'],
    ['ibm850', 'CP850'],
    ['437', 'CP437'],
    ['macintosh', 'MacRoman'],
    ['Shift_JIS', 'shift_jis'],
    ['koi8-r', 'koi8-r'],
  ])('%s is %s', async (name, encoding) => {
    expect(await requireEncoding(name)).toBe(encoding);
  });

  test.each(['utf9', 'hex', 'base64', 'binary', 'utf-7', '', 'klingon', '__proto__', 'constructor'])(
    '%j is none',
    async (name) => {
      expect(await failureOf(requireEncoding(name))).toMatchObject({
        code: 'usage',
        message: `--encoding: unknown encoding ${JSON.stringify(name)}`,
      });
    },
  );

  test('a mistyped one is refused with a suggestion', async () => {
    expect((await failureOf(requireEncoding('windws-1252'))).hint).toBe('did you mean Windows-1252?');
  });
});

test.for([...singleByte, 'shift_jis', 'gb18030', 'UTF-8', 'UTF-16LE', 'UTF-32BE'])(
  '%s lacks a character if and only if it does not come back',
  async (encoding) => {
    const codec = await codecOf(encoding);
    for (const character of 'aZ,"\n€ŁäЖ漢😀\ufeff') {
      const back = await decoded(codec.encode(character), encoding);
      expect([character, codec.lacks(`a${character}b`)]).toEqual([
        character,
        back === character ? undefined : character,
      ]);
    }
  },
);
