import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUtf8, undecodedByte, utf8Texts } from '../../../src/files/encoding/utf8.ts';
import { bytesInPieces } from '../csv/pieces.ts';

async function decoded(bytes: Buffer, sizes: number[] = []): Promise<string> {
  let text = '';
  for await (const part of utf8Texts(bytesInPieces(bytes, sizes))) text += part;
  return text;
}

/** A head so long that only rows are judged behind it: what the whole file is was decided by then. */
const longHead = `name,notes\n${'Müller,ä\n'.repeat(8000)}`;
const behindHead = async (tail: Buffer, sizes: number[] = []) => {
  const text = await decoded(Buffer.concat([Buffer.from(longHead), tail]), sizes);
  return text.slice(longHead.length);
};

const cafe = 'name;notes\nMüller & Söhne;€ 10 – „gut“\nŁódź 株式会社;👩‍👩‍👧\n';

test('text is unchanged', async () => {
  expect(await decoded(Buffer.from(cafe))).toBe(cafe);
});

test('an empty file has no text', async () => {
  expect(await decoded(Buffer.alloc(0))).toBe('');
});

test('characters cut in two by a chunk’s end are whole, wherever the cut is', async () => {
  const bytes = Buffer.from(`\ufeff${cafe}ohne Zeilenende: 👩‍👩‍👧ß`);
  const whole = await decoded(bytes);
  for (let cut = 1; cut < bytes.length; cut++) {
    expect(await decoded(bytes, [cut])).toEqual(whole);
  }
  expect(
    await decoded(
      bytes,
      Array.from(bytes, () => 1),
    ),
  ).toEqual(whole);
});

test('characters cut behind the head are whole too', async () => {
  const bytes = Buffer.from(cafe + '€'.repeat(20));
  for (let cut = 1; cut < bytes.length; cut++) {
    expect(await behindHead(bytes, [Buffer.byteLength(longHead), cut])).toBe(cafe + '€'.repeat(20));
  }
});

const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 30 });
/** Bytes of every kind, many of them the beginnings and middles of sequences. */
const anyBytes = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }).map((byte) => [byte]),
      fc
        .constantFrom(0x0a, 0xc3, 0xe2, 0x82, 0xf0, 0x9f, 0xed, 0xa0, 0xef, 0xbb, 0xbf, 0xfc, 0xc0)
        .map((byte) => [byte]),
      fc.string({ unit: 'binary' }).map((text) => [...Buffer.from(text)]),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.from(parts.flat()));

test('bytes that are not UTF-8 come back exactly, however the file was cut', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, sizes, async (bytes, cuts) => {
      const text = await behindHead(bytes, [Buffer.byteLength(longHead) - 3, ...cuts]);
      expect(encodeUtf8(text).equals(bytes)).toBe(true);
      expect(undecodedByte(text) === undefined).toBe(Buffer.from(bytes.toString('utf8')).equals(bytes));
    }),
  );
});

test('the text does not depend on how the file was cut', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, sizes, async (bytes, cuts) => {
      expect(await behindHead(bytes, cuts)).toBe(await behindHead(bytes));
    }),
  );
});

test('each byte that is not UTF-8 is preserved, and its neighbours are untouched', async () => {
  const bytes = Buffer.concat([
    Buffer.from('Grün,'),
    Buffer.from([0x4d, 0xfc, 0x6c]),
    Buffer.from(',Blau ß\nx\n'),
  ]);
  expect(await behindHead(bytes)).toBe('Grün,M\udcfcl,Blau ß\nx\n');
  expect(undecodedByte('Grün,M\udcfcl')).toBe(0xfc);
});

test.each([
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['an overlong NUL', [0xc0, 0x80]],
  ['an overlong slash', [0xe0, 0x80, 0xaf]],
  ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ['a sequence without its end', [0xe2, 0x82]],
  ['an end without its beginning', [0x82, 0xac]],
])('%s is not UTF-8', async (_name, sequence) => {
  const text = await behindHead(Buffer.from([...sequence, 0x0a]));
  expect(text).toBe(`${String.fromCharCode(...sequence.map((byte) => 0xdc00 + byte))}\n`);
});

test('a line of Windows-1252 in a file of UTF-8 is escaped alone', async () => {
  const bytes = Buffer.concat([
    Buffer.from('name;notes\nMüller;ä\n'),
    Buffer.from('G\xf6the;\xfcber \xdf\n', 'latin1'),
    Buffer.from('Böll;ö\n'),
  ]);
  const text = await decoded(bytes);
  expect(text).toBe('name;notes\nMüller;ä\nG\udcf6the;\udcfcber \udcdf\nBöll;ö\n');
});

test('texts end with a line, but for a line that is longer than a chunk', async () => {
  const bytes = Buffer.from(`${'a'.repeat(1000)}\n`.repeat(300));
  const texts = utf8Texts(
    bytesInPieces(
      bytes,
      Array.from({ length: 10 }, () => 30_000),
    ),
  );
  for await (const text of texts) expect(text.endsWith('\n')).toBe(true);
});

test('a line that never ends is handed on in pieces', async () => {
  const piece = Buffer.from('ä'.repeat(40_000));
  let pieces = 0;
  async function* endless() {
    for (; pieces < 100; pieces++) yield piece;
  }
  const texts = utf8Texts(endless());
  let longest = 0;
  let length = 0;
  for await (const text of texts) {
    longest = Math.max(longest, text.length);
    length += text.length;
  }
  expect(length).toBe(100 * 40_000);
  expect(longest).toBeLessThan(100_000);
});
