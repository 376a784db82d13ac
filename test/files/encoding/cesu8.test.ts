import { expect, test } from 'vitest';
import { decideEncoding, decodeText } from '../../../src/files/encoding/encoding.ts';

const pair = Buffer.from([0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]);

async function read(bytes: Buffer, size = bytes.length) {
  const source = {
    name: 'oracle.csv',
    chunks: {
      async *[Symbol.asyncIterator]() {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      },
    },
  };
  const decision = await decideEncoding(source);
  let text = '';
  for await (const part of decodeText(source, decision)) text += part;
  return { ...decision, text };
}

test('surrogates of three bytes each are one character, as Oracle writes it', async () => {
  const lines = Array.from({ length: 30 }, (_, index) =>
    Buffer.concat([Buffer.from(`${index},Shop `), pair, Buffer.from(' Müller\n')]),
  );
  const expected = lines.map((_, index) => `${index},Shop 😀 Müller\n`).join('');
  const bytes = Buffer.concat(lines);
  for (const size of [bytes.length, 100])
    expect(await read(bytes, size)).toMatchObject({ name: 'UTF-8', text: expected });
});

test('half of one is damage', async () => {
  const bytes = Buffer.concat([
    Buffer.from('1,Müller Köln Grün Straße '),
    pair.subarray(0, 3),
    Buffer.from('\n'),
  ]);
  expect((await read(bytes)).text).toBe('1,Müller Köln Grün Straße \udced\udca0\udcbd\n');
});
