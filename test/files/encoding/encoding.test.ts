import * as fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import type { EncodingDecision } from '../../../src/files/encoding/encoding.ts';
import { decideEncoding, decodeText } from '../../../src/files/encoding/encoding.ts';
import { bytesInPieces, failureOf } from '../csv/pieces.ts';

function sourceOf(bytes: Buffer, sizes: number[] = []) {
  return {
    name: 'customers.csv',
    chunks: { [Symbol.asyncIterator]: () => bytesInPieces(bytes, sizes) },
  };
}

type Read = Omit<EncodingDecision, 'sample'> & { sample: EncodingDecision['sample']; text: string };

async function read(
  bytes: Buffer,
  { encoding, sizes }: { encoding?: string; sizes?: number[] } = {},
): Promise<Read> {
  const source = sourceOf(bytes, sizes);
  const decision = await decideEncoding(source, { encoding });
  let text = '';
  for await (const part of decodeText(source, decision)) text += part;
  return { ...decision, text };
}

const byteByByte = (bytes: Buffer) => Array.from(bytes, () => 1);
const customers = [
  'Kundennummer;Name;Straße;Ort',
  '1;Bäckerei Müller & Söhne GmbH;Goethestraße 12;München',
  '2;Jäger KG;Große Gasse 3;Köln',
  '3;Café Genève;Rue de l’Hôtel 4;Zürich',
  '4;WEISS ÖFEN;AM GRÜNEN WEG 5;KÖLN',
  '',
];
const plainCustomers = customers.map((line) => line.replaceAll('’', "'"));
const mark = '\ufeff';

describe.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
])('the same customers with %s', (_name, lineEnd) => {
  const whole = customers.join(lineEnd);
  const plain = plainCustomers.join(lineEnd);

  test.each<[string, string, string, boolean]>([
    ['UTF-8', whole, 'valid UTF-8 throughout', false],
    ['UTF-8', whole, 'byte order mark', true],
    ['UTF-16LE', whole, 'every second byte is zero', false],
    ['UTF-16LE', whole, 'byte order mark', true],
    ['UTF-16BE', whole, 'every second byte is zero', false],
    ['UTF-16BE', whole, 'byte order mark', true],
    ['Windows-1252', whole, 'not UTF-8; reads cleanly as Windows-1252', false],
  ])('in %s are known: %s', async (name, content, how, byteOrderMark) => {
    const bytes = iconv.encode((byteOrderMark ? mark : '') + content, name, { addBOM: false });
    for (const sizes of [[], [1, 2, 3, 5, 7], byteByByte(bytes)]) {
      expect(await read(bytes, { sizes })).toEqual({
        name,
        byteOrderMark,
        how,
        sample: { line: 1, text: customers[0] },
        text: content,
      });
    }
  });

  // Where they have the same bytes as Windows-1252, these are read as that, and rightly.
  test.each(['ISO-8859-1', 'ISO-8859-15', 'windows-1254'])('in %s read the same', async (encoding) => {
    expect((await read(iconv.encode(plain, encoding))).text).toBe(plain);
  });

  test.each(['CP850', 'MacRoman'])(
    'in %s are refused with the cure and a line that reads rightly',
    async (encoding) => {
      const bytes = iconv.encode(plain, encoding);
      const failure = await failureOf(read(bytes));
      expect(failure).toMatchObject({
        code: 'unsupported_encoding',
        message: `customers.csv is not UTF-8, and reads better as ${encoding} than as Windows-1252: line 1 would be "${customers[0]}"`,
        hint: `if that line is right: --encoding ${encoding.toLowerCase()}; if not: --encoding windows-1252`,
      });
      expect(await read(bytes, { encoding, sizes: byteByByte(bytes) })).toMatchObject({
        name: encoding,
        how: '--encoding',
        text: plain,
      });
    },
  );

  test.each(['CP437', 'CP852', 'CP858'])('in %s are refused, and read when it is named', async (encoding) => {
    const text = plain.replaceAll(/[èô]/g, 'e');
    const bytes = iconv.encode(text, encoding);
    expect(await failureOf(read(bytes))).toMatchObject({ code: 'unsupported_encoding' });
    expect((await read(bytes, { encoding })).text).toBe(text);
  });
});

describe('other languages are not taken for Windows-1252', () => {
  test.each([
    ['Windows-1250', 'Łódź Spółka\nŚwiętokrzyska\nKraków Władysław\nŻółć\n'],
    ['Windows-1250', 'Dvořák Jiří\nNěmec Plzeň\nČeská Třebová\nRůžička\n'],
    ['Windows-1250', 'Kőszeg Győr\nTűzoltó\nLászló\n'],
    ['CP852', 'Łódź Spółka\nŚwiętokrzyska\nKraków Władysław\nŻółć\n'],
    ['ISO-8859-2', 'Łódź Spółka\nŚwiętokrzyska\nŠimek\n'],
    ['ISO-8859-15', 'Cœur de Lion 10 €\nŠkoda\nŽižkov\n'],
    ['Windows-1251', 'ООО Ромашка\nИванов Пётр\nМосква\n'],
    ['cp866', 'ООО Ромашка\nИванов Пётр\nМосква\n'],
    ['koi8-r', 'ООО Ромашка\nИванов Пётр\nМосква\n'],
    ['windows-1253', 'Αθήνα Εταιρεία\nΠαπαδόπουλος\n'],
    ['windows-1254', 'İstanbul Işık Şirketi\nYıldız Güneş\nBeşiktaş\n'],
  ])('%s', async (encoding, text) => {
    const bytes = iconv.encode(`name\n${text}`, encoding);
    const failure = await failureOf(read(bytes));
    expect(failure.code).toBe('unsupported_encoding');
    expect(failure.hint).toContain(`--encoding ${encoding.toLowerCase()};`);
    expect((await read(bytes, { encoding })).text).toBe(`name\n${text}`);
  });

  test('text that reads well in no encoding is refused', async () => {
    const bytes = iconv.encode('name\n株式会社東京商事\n大阪支店\n', 'shift_jis');
    expect(await failureOf(read(bytes))).toMatchObject({
      code: 'unsupported_encoding',
      hint: 'find out which program wrote it and pass --encoding NAME, such as shift_jis or gb18030',
    });
    expect((await read(bytes, { encoding: 'Shift_JIS' })).text).toContain('東京');
  });
});

test.each([
  'Société Générale\nHôtel de la Forêt\nŒuvres\nCréée en été\nRenée Françoise\n',
  'Società Italiana\nCaffè Perché\nForlì\nPiù Virtù\n',
  'Peña Núñez\nMaría Hernández Juárez\nÁvila\nLogroño\n1ª planta\n',
  'João Conceição\nSão Paulo\nLeões\nÉvora\n',
  'Jørgen Sørensen\nÅse Bjørnsen ApS\nLæsø Værktøj\nÖrebro\n',
  'Þórður Guðmundsson\nReykjavík\nÆgir ehf.\n',
  '„Zum Löwen“ – 10 € …\nO’Brien™ & Söhne®\n',
  'Müller\n',
  'Šimek\n',
  'Hauptstraße\n',
])('Windows-1252 is known by %j', async (text) => {
  const bytes = iconv.encode(`name\n${text}`, 'win1252');
  expect(await read(bytes)).toMatchObject({ name: 'Windows-1252', text: `name\n${text}` });
});

test('the whole file decides, not its beginning', async () => {
  const ascii = Buffer.from(`name\n${'Meier\n'.repeat(100_000)}`);
  expect(await read(Buffer.concat([ascii, Buffer.from('Müller\n')]))).toMatchObject({
    name: 'UTF-8',
    how: 'valid UTF-8 throughout',
    sample: { line: 100_002, text: 'Müller' },
  });
  expect(await read(Buffer.concat([ascii, Buffer.from('M\xfcller\n', 'latin1')]))).toMatchObject({
    name: 'Windows-1252',
    sample: { line: 100_002, text: 'Müller' },
  });
});

test('ASCII is UTF-8 and has no line to show', async () => {
  const ascii = { name: 'UTF-8', byteOrderMark: false, how: 'ASCII throughout, which is UTF-8 too' };
  expect(await read(Buffer.from('name\nMeier\n'))).toEqual({
    ...ascii,
    sample: undefined,
    text: 'name\nMeier\n',
  });
  expect(await read(Buffer.alloc(0))).toEqual({ ...ascii, sample: undefined, text: '' });
});

test('a line of Windows-1252 in a file of UTF-8 is escaped alone', async () => {
  const bytes = Buffer.concat([
    Buffer.from('name\nMüller\n'),
    Buffer.from('G\xf6the\n', 'latin1'),
    Buffer.from('Böll\n'),
  ]);
  expect(await read(bytes)).toMatchObject({
    name: 'UTF-8',
    how: 'UTF-8, but for 1 stray byte',
    text: 'name\nMüller\nG\udcf6the\nBöll\n',
  });
});

test('a pair of letters that happens to be UTF-8 makes no UTF-8 of Windows-1252', async () => {
  const bytes = Buffer.from(`name;notes\n${'M\xfcller;gr\xfc\xdfe\n'.repeat(20)}\xc3\xbc;\n`, 'latin1');
  expect(await read(bytes)).toMatchObject({ name: 'Windows-1252' });
});

test('a byte order mark says UTF-8: other bytes are then bad rows, not another encoding', async () => {
  const bytes = Buffer.concat([Buffer.from(mark), Buffer.from('name\nM\xfcller\n', 'latin1')]);
  expect(await read(bytes)).toMatchObject({
    name: 'UTF-8',
    byteOrderMark: true,
    text: 'name\nM\udcfcller\n',
  });
});

test('only one byte order mark is taken off, and only at the very beginning', async () => {
  expect(await read(Buffer.from(`${mark}${mark}a\n`))).toMatchObject({
    byteOrderMark: true,
    text: `${mark}a\n`,
  });
  expect(await read(Buffer.from(`a${mark}\n`))).toMatchObject({ byteOrderMark: false, text: `a${mark}\n` });
  expect(await read(Buffer.from(mark))).toMatchObject({ byteOrderMark: true, text: '' });
});

describe('--encoding', () => {
  test('goes before what the file looks like', async () => {
    const bytes = Buffer.from('name\nM\xfcller\n', 'latin1');
    expect((await read(bytes, { encoding: 'utf8' })).text).toBe('name\nM\udcfcller\n');
    expect((await read(bytes, { encoding: 'latin1' })).text).toBe('name\nMüller\n');
    expect((await read(bytes, { encoding: 'cp850' })).text).toBe('name\nM³ller\n');
  });

  test('that contradicts a byte order mark is refused', async () => {
    const bytes = iconv.encode(`${mark}name\n`, 'utf-16le', { addBOM: false });
    expect(await failureOf(read(bytes, { encoding: 'cp1252' }))).toMatchObject({
      code: 'unsupported_encoding',
      message: 'customers.csv begins with the byte order mark of UTF-16LE, but --encoding is Windows-1252',
      hint: 'leave out --encoding',
    });
  });

  test('goes before a byte order mark of UTF-8, which some programs put before any text', async () => {
    const bytes = Buffer.concat([Buffer.from(mark), Buffer.from('name\nM\xfcller\n', 'latin1')]);
    expect(await read(bytes, { encoding: 'cp1252' })).toMatchObject({
      name: 'Windows-1252',
      byteOrderMark: false,
      text: 'ï»¿name\nMüller\n',
    });
  });

  test('that agrees with the byte order mark takes it off', async () => {
    for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', 'utf-32le', 'utf-32be']) {
      const bytes = iconv.encode(`${mark}name\nMüller\n`, encoding, { addBOM: false });
      expect(await read(bytes, { encoding })).toMatchObject({ byteOrderMark: true, text: 'name\nMüller\n' });
    }
  });
});

describe('refused by name', () => {
  test.each([
    ['UTF-32LE', [0xff, 0xfe, 0, 0, 0x6e, 0, 0, 0]],
    ['UTF-32BE', [0, 0, 0xfe, 0xff, 0, 0, 0, 0x6e]],
  ])('%s', async (name, bytes) => {
    expect(await failureOf(read(Buffer.from(bytes)))).toMatchObject({
      code: 'unsupported_encoding',
      message: `customers.csv is ${name}, which few programs can read`,
    });
  });

  test.each([
    ['a workbook', [0x50, 0x4b, 3, 4], 'a zip archive or an Excel workbook'],
    ['an empty archive', [0x50, 0x4b, 5, 6], 'a zip archive or an Excel workbook'],
    ['an old workbook', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], 'an Excel workbook'],
    ['a PDF', [...Buffer.from('%PDF-1.7\n')], 'a PDF document'],
    ['an image', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13], 'a binary file'],
    ['a name that is all NUL', [...Buffer.from('name\n'), 0, 0, 0, 0], 'a binary file'],
    ['a name that is all SUB', [...Buffer.from('name\n'), 0x1a, 0x1a, 0x1a], 'a binary file'],
    ['numbers of two bytes', [1, 0, 2, 0, 3, 0, 4, 0, 5, 0], 'a binary file'],
  ])('%s', async (_name, bytes, what) => {
    for (const sizes of [[], bytes.map(() => 1)]) {
      expect(await failureOf(read(Buffer.from(bytes), { sizes }))).toMatchObject({
        code: 'unsupported_format',
        message: `customers.csv is ${what}, not a CSV file`,
      });
    }
  });
});

test('a few control characters in a long file make no binary file and no UTF-16 of it', async () => {
  const text = `name;notes\n${'Müller;gut\n'.repeat(500)}NUL\0;\x1a\n`;
  expect((await read(Buffer.from(text))).text).toBe(text);
  expect((await read(Buffer.from(`name;notes\nA\0B;c\n${'Meier;d\n'.repeat(20)}`.repeat(9)))).name).toBe(
    'UTF-8',
  );
});

describe('the sample', () => {
  test('is cut to the text around the decisive letter', async () => {
    const { sample } = await read(Buffer.from(`name\r\n${'x'.repeat(500)}ä${'y'.repeat(500)}\r\n`));
    expect(sample).toEqual({ line: 2, text: `…${'x'.repeat(60)}ä${'y'.repeat(59)}…` });
  });

  test('has the line’s number whatever ends the lines', async () => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const bytes = Buffer.from(['name', '', 'Meier', 'Müller', 'Bär'].join(lineEnd));
      for (const sizes of [[], byteByByte(bytes)]) {
        expect((await read(bytes, { sizes })).sample).toEqual({ line: 4, text: 'Müller' });
      }
    }
  });
});

describe('whatever the bytes are', () => {
  const whole = iconv.encode(customers.join('\r\n'), 'win1252');
  const files = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }).map((changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    }),
    fc
      .tuple(fc.constantFrom('UTF-8', 'UTF-16LE', 'UTF-16BE', 'CP850'), fc.nat(400), fc.nat(400))
      .map(([encoding, from, to]) =>
        iconv.encode(plainCustomers.join('\n'), encoding).subarray(from, from + to),
      ),
  );

  test('the reading ends with text or a failure, and bytes that were taken come back', async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.array(fc.integer({ min: 1, max: 50 })), async (bytes, sizes) => {
        const outcome = await read(bytes, { sizes }).catch((error: unknown) => error);
        if (outcome instanceof Failure) {
          return outcome.hint !== undefined;
        }
        const { name, text } = outcome as Read;
        expect(text.length).toBeLessThanOrEqual(bytes.length);
        expect(text).not.toMatch(name.startsWith('UTF') ? /(?!)/ : /[\ufffd\x80-\x9f]/);
        expect(await read(bytes)).toEqual(outcome);
        return true;
      }),
      { numRuns: 400 },
    );
  });
});
