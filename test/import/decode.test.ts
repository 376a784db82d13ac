import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8, undecodedByte } from '../../src/import/decode.ts';
import { bytesInPieces, failureOf } from './pieces.ts';

async function decoded(
  bytes: Buffer,
  sizes: number[] = [],
): Promise<{ text: string; byteOrderMark: boolean }> {
  const { texts, byteOrderMark } = await decodeUtf8(bytesInPieces(bytes, sizes), 'customers.csv');
  let text = '';
  for await (const part of texts) text += part;
  return { text, byteOrderMark };
}

/** A head so long that only rows are judged behind it: what the whole file is was decided by then. */
const longHead = `name,notes\n${'Müller,ä\n'.repeat(8000)}`;
const behindHead = async (tail: Buffer, sizes: number[] = []) => {
  const { text } = await decoded(Buffer.concat([Buffer.from(longHead), tail]), sizes);
  return text.slice(longHead.length);
};

const cafe = 'name;notes\nMüller & Söhne;€ 10 – „gut“\nŁódź 株式会社;👩‍👩‍👧\n';

test('text comes through as it is', async () => {
  expect(await decoded(Buffer.from(cafe))).toEqual({ text: cafe, byteOrderMark: false });
});

test('a byte order mark is taken off and told of', async () => {
  expect(await decoded(Buffer.from(`\ufeff${cafe}`))).toEqual({ text: cafe, byteOrderMark: true });
  expect(await decoded(Buffer.from('\ufeff'))).toEqual({ text: '', byteOrderMark: true });
});

test('only one byte order mark is taken off, and only at the very beginning', async () => {
  expect(await decoded(Buffer.from('\ufeff\ufeffa\n'))).toEqual({ text: '\ufeffa\n', byteOrderMark: true });
  expect(await decoded(Buffer.from('a\ufeff\n'))).toEqual({ text: 'a\ufeff\n', byteOrderMark: false });
});

test('an empty file has no text', async () => {
  expect(await decoded(Buffer.alloc(0))).toEqual({ text: '', byteOrderMark: false });
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

test('each byte that is not UTF-8 stands for itself, and what is beside it is untouched', async () => {
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

const refusal = (bytes: Buffer | string, cuts: number[] = []) =>
  failureOf(decoded(Buffer.from(bytes as string), cuts));

const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('refused', () => {
  const header = 'name;default_currency\nMüller;EUR\n';

  test.each([
    ['UTF-16LE', Buffer.from(`\ufeff${header}`, 'utf16le')],
    ['UTF-16LE', Buffer.from(header, 'utf16le')],
    ['UTF-16BE', bigEndian(`\ufeff${header}`)],
    ['UTF-16BE', bigEndian(header)],
    ['UTF-32LE', Buffer.from([0xff, 0xfe, 0, 0, 0x6e, 0, 0, 0])],
    ['UTF-32BE', Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x6e])],
  ])('%s, by its name and with the cure', async (encoding, bytes) => {
    for (const cuts of [[], Array.from(bytes, () => 1)]) {
      expect(await refusal(bytes, cuts)).toMatchObject({
        code: 'unsupported_encoding',
        message: `customers.csv is ${encoding}; this reads UTF-8`,
        hint: `convert it first: iconv -f ${encoding} -t UTF-8 FILE > FILE.utf8.csv`,
      });
    }
  });

  test('Windows-1252, with the line where it shows and the cure, also when it comes byte by byte', async () => {
    const bytes = Buffer.from('name;notes\nMeier;ok\nM\xfcller;gr\xfc\xdfe\n', 'latin1');
    for (const cuts of [[], [11], Array.from(bytes, () => 1)]) {
      expect(await refusal(bytes, cuts)).toMatchObject({
        code: 'unsupported_encoding',
        message: 'customers.csv is not UTF-8: the first other byte is on line 3',
        hint: 'if it comes from Windows, convert it first: iconv -f WINDOWS-1252 -t UTF-8 FILE > FILE.utf8.csv',
      });
    }
  });

  test('Windows-1252 of whose pairs of letters one happens to be UTF-8', async () => {
    const text = `name;notes\n${'M\xfcller;gr\xfc\xdfe\n'.repeat(20)}\xc3\xbc;\n`;
    expect(await refusal(Buffer.from(text, 'latin1'))).toMatchObject({ code: 'unsupported_encoding' });
  });

  test.each([
    ['a workbook', [0x50, 0x4b, 3, 4], 'a zip archive or an Excel workbook'],
    ['an empty archive', [0x50, 0x4b, 5, 6], 'a zip archive or an Excel workbook'],
    ['an old workbook', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], 'an Excel workbook'],
    ['an image', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13], 'a binary file'],
    ['a name that is all NUL', [...Buffer.from('name\n'), 0, 0, 0, 0], 'a binary file'],
    ['a name that is all SUB', [...Buffer.from('name\n'), 0x1a, 0x1a, 0x1a], 'a binary file'],
  ])('%s', async (_name, bytes, what) => {
    for (const cuts of [[], bytes.map(() => 1)]) {
      expect(await refusal(Buffer.from(bytes), cuts)).toMatchObject({
        code: 'unsupported_format',
        message: `customers.csv is ${what}, not a CSV file`,
      });
    }
  });
});

test('a line of Windows-1252 in a file of UTF-8 is escaped alone', async () => {
  const bytes = Buffer.concat([
    Buffer.from('name;notes\nMüller;ä\n'),
    Buffer.from('G\xf6the;\xfcber \xdf\n', 'latin1'),
    Buffer.from('Böll;ö\n'),
  ]);
  const { text } = await decoded(bytes);
  expect(text).toBe('name;notes\nMüller;ä\nG\udcf6the;\udcfcber \udcdf\nBöll;ö\n');
});

test('a byte order mark says UTF-8: other bytes are then bad rows, not another encoding', async () => {
  const bytes = Buffer.concat([Buffer.from('\ufeff'), Buffer.from('name\nM\xfcller\n', 'latin1')]);
  expect(await decoded(bytes)).toEqual({ text: 'name\nM\udcfcller\n', byteOrderMark: true });
});

test('a few control characters in a long file make no binary file of it', async () => {
  const text = `name;notes\n${'Müller;gut\n'.repeat(500)}NUL\0;\x1a\n`;
  expect((await decoded(Buffer.from(text))).text).toBe(text);
});

test('texts end with a line, but for a line that is longer than a chunk', async () => {
  const bytes = Buffer.from(`${'a'.repeat(1000)}\n`.repeat(300));
  const { texts } = await decodeUtf8(
    bytesInPieces(
      bytes,
      Array.from({ length: 10 }, () => 30_000),
    ),
    'x',
  );
  for await (const text of texts) expect(text.endsWith('\n')).toBe(true);
});

test('a line that never ends is handed on in pieces', async () => {
  const piece = Buffer.from('ä'.repeat(40_000));
  let pieces = 0;
  async function* endless() {
    for (; pieces < 100; pieces++) yield piece;
  }
  const { texts } = await decodeUtf8(endless(), 'x');
  let longest = 0;
  let length = 0;
  for await (const text of texts) {
    longest = Math.max(longest, text.length);
    length += text.length;
  }
  expect(length).toBe(100 * 40_000);
  expect(longest).toBeLessThan(100_000);
});
