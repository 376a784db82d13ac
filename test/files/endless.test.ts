import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { spooled } from '../../src/files/spool.ts';
import { openSource } from '../../src/files/source.ts';
import { openTableFile } from '../../src/files/table-file.ts';

/** What is written without end, and how much of it was taken. */
function endless(piece: () => Buffer, beginning = '') {
  const taken = { bytes: 0 };
  function* pieces(): Generator<Buffer> {
    if (beginning !== '') yield Buffer.from(beginning);
    while (true) {
      const bytes = piece();
      taken.bytes += bytes.length;
      yield bytes;
    }
  }
  return { stream: Readable.from(pieces(), { objectMode: false }), taken };
}

async function open(stdin: Readable) {
  const source = await openSource('-', { stdin, cwd: '.' });
  return openTableFile(source, {}).finally(() => source.close());
}

const filled = (text: string) => () => Buffer.alloc(1 << 16, text);
const random = () => {
  const bytes = Buffer.alloc(1 << 16);
  for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 7919 + (index >> 3)) & 255;
  return bytes;
};
const header = 'name,default_currency,default_language\n';

test.each([
  ['zeros', () => Buffer.alloc(1 << 16), 'stdin is a binary file'],
  ['noise', random, 'stdin is a binary file'],
])('%s without end are refused by their beginning', async (_name, piece, message) => {
  const { stream, taken } = endless(piece);
  await expect(open(stream)).rejects.toMatchObject({
    code: 'unsupported_format',
    message: expect.stringContaining(message),
  });
  expect(taken.bytes).toBeLessThan(1 << 20);
  expect(stream.destroyed).toBe(true);
});

test.each([
  ['yes', filled('y\n'), '', '"y"'],
  ['lines of an odd length', filled('name,e\n'), '', '"name,e"'],
  ['one row under a header', filled('Müller,EUR,de\n'), header, '"Müller,EUR,de"'],
  ['the same after a byte order mark', filled('Müller,EUR,de\n'), `\ufeff${header}`, '"Müller,EUR,de"'],
  ['blank lines', filled('\n'), header, '""'],
])('%s without end is refused, and the line named', async (_name, piece, beginning, line) => {
  // Lengths that do not divide the pieces': lines are cut where pieces are.
  const text = piece().subarray(0, 65_003);
  let at = 0;
  const size = piece().indexOf('\n') + 1;
  const cut = () => {
    const bytes = Buffer.concat([text.subarray(at % size), text]).subarray(0, 64_001);
    at += 64_001;
    return bytes;
  };
  const { stream, taken } = endless(cut, beginning);
  await expect(open(stream)).rejects.toMatchObject({
    code: 'unsupported_format',
    message: expect.stringContaining(line),
  });
  expect(taken.bytes).toBeLessThan(80 << 20);
});

test('a line without end is refused', async () => {
  const { stream, taken } = endless(filled('x'));
  await expect(open(stream)).rejects.toMatchObject({ code: 'record_too_large' });
  expect(taken.bytes).toBeLessThan(140 << 20);
});

test('what is packed without end is refused as a bomb', async () => {
  const { stream } = endless(filled('y\n'));
  await expect(open(stream.pipe(createGzip()))).rejects.toMatchObject({ code: 'broken_compression' });
});

test('what does not end and does not repeat leaves half of the disk', async () => {
  let count = 0;
  const numbered = () => Buffer.from(Array.from({ length: 1000 }, () => `${count++},EUR,de\n`).join(''));
  const { stream } = endless(numbered, header);
  const pipe = spooled(stream, 'stdin', { room: 10e6 });
  await expect(pipe.whole()).rejects.toMatchObject({
    code: 'file_unreadable',
    message: expect.stringContaining('stdin is longer than 10 MB, half of what was free in '),
  });
  pipe.close();
});

test('a list of customers by a pipe is here as a whole when its rows are read', async () => {
  const rows = Array.from({ length: 30_000 }, (_, index) => `Müller ${index},EUR,de\n`).join('');
  for (const mark of ['', '\ufeff']) {
    const stdin = Readable.from([Buffer.from(mark + header), Buffer.from(rows)], { objectMode: false });
    const source = await openSource('-', { stdin, cwd: '.' });
    const file = await openTableFile(source, {});
    expect(stdin.readableEnded).toBe(true);
    let read = 0;
    const reading = file.read({ row: () => read++, fault: () => {} });
    while ((await reading.next()).done !== true);
    expect(read).toBe(30_000);
    source.close();
  }
});
