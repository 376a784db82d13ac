import { describe, expect, test } from 'vitest';
import { decideEncoding } from '../../../src/files/encoding/encoding.ts';

const utf8 = (text: string) => Buffer.from(text, 'utf8');
const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const big = (text: string) => utf16(text).swap16();
const mark = Buffer.from([0xff, 0xfe]);

const beginning = 'erp_customer_number,name\n1,Müller\n2,Alpha\n';
const appended = '3,Beta\r\n4,Gamma\r\n';

function decide(parts: Buffer[], options: { encoding?: string } = {}) {
  return decideEncoding({ name: 'a.csv', chunks: stream(parts) }, options);
}

function stream(parts: Buffer[]): AsyncIterable<Buffer> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* parts;
    },
  };
}

describe('UTF-16 behind other text is refused, naming where it begins', () => {
  test.for([
    ['UTF-8', [utf8(beginning), utf16(appended)], 4],
    ['UTF-8 with a byte order mark', [utf8(`\ufeff${beginning}`), utf16(appended)], 4],
    ['Windows-1252', [Buffer.from(beginning, 'latin1'), utf16(appended)], 4],
    ['ASCII', [utf8(beginning.replace('ü', 'u')), utf16(appended)], 4],
    ['a mark of its own', [utf8(beginning), mark, utf16(appended)], 4],
    ['big-endian', [utf8(beginning), big(appended)], 4],
    ['no line end before it', [utf8(beginning.trimEnd()), utf16(appended)], 3],
    ['a line end of its own first', [utf8(beginning.trimEnd()), utf16(`\r\n${appended}`)], 3],
    ['one short line', [utf8(beginning), utf16('3,Beta')], 4],
    ['far behind', [utf8(beginning.repeat(20_000)), utf16(appended)], 60_001],
  ] as const)('%s', async ([, parts, line]) => {
    const before = Buffer.concat(parts.slice(0, -1)).length;
    const byte = parts.length === 3 ? before - 1 : before + 1;
    await expect(decide([...parts])).rejects.toMatchObject({
      code: 'unsupported_encoding',
      message: `a.csv is in two encodings: from line ${line} (byte ${byte}) on, it is UTF-16`,
    });
  });
});

test.for([
  ['UTF-16 throughout', [utf16(beginning + appended)], 'UTF-16LE'],
  ['UTF-16 with a mark', [mark, utf16(beginning)], 'UTF-16LE'],
  ['single zeros', [utf8(beginning.repeat(200)), utf8('3,Be\0ta\n4,Ga\0\0mma\n')], 'UTF-8'],
  ['a run of zeros', [utf8(beginning.repeat(200)), Buffer.alloc(16)], 'UTF-8'],
] as const)('%s is not', async ([, parts, name]) => {
  expect(await decide([...parts])).toMatchObject({ name });
});
