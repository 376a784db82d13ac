import { Failure } from '../../errors.ts';
import { quoted } from '../../model/printable.ts';
import { betterThanWindows1252 } from './guess/better-encoding.ts';
import type { ByteEvidence } from './guess/byte-evidence.ts';
import { gatherByteEvidence } from './guess/byte-evidence.ts';
import { codecOf } from './codecs.ts';
import { requireEncoding } from './encoding-name.ts';
import { refuseBinary, refuseOtherKinds, startsWith } from '../file-kind.ts';
import type { Source } from '../source.ts';
import { withoutUtf16 } from './utf16-part.ts';
import type { TextSample } from './text-sample.ts';
import { firstTellingLine } from './text-sample.ts';

/** How the bytes of a file are read, and why. */
export interface EncodingDecision {
  /** As `--encoding` accepts it. */
  name: string;
  byteOrderMark: boolean;
  /** What the decision is based on, for people. */
  how: string;
  /** A decoded line that shows it; undefined if everything is ASCII. */
  sample: TextSample | undefined;
}

type Bytes = Pick<Source, 'name' | 'chunks'>;

const blockSize = 1 << 16;

/** The longer ones first: UTF-32LE's mark begins with that of UTF-16LE. */
const byteOrderMarks = [
  { encoding: 'UTF-32LE', bytes: [0xff, 0xfe, 0, 0] },
  { encoding: 'UTF-32BE', bytes: [0, 0, 0xfe, 0xff] },
  { encoding: 'UTF-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'UTF-16LE', bytes: [0xff, 0xfe] },
  { encoding: 'UTF-16BE', bytes: [0xfe, 0xff] },
];

/**
 * Reads the whole file once and decides its encoding: by byte order mark, as UTF-8 (even with a few invalid
 * bytes, because those rows are rejected one by one), as UTF-16 by its zero bytes, otherwise as Windows-1252.
 * Throws `Failure` for a file that is not text, that contradicts `encoding`, or that reads better in another
 * encoding than Windows-1252: a wrong guess would be stored unnoticed.
 */
export async function decideEncoding(
  source: Bytes,
  options: { encoding?: string | undefined } = {},
): Promise<EncodingDecision> {
  const stated = options.encoding === undefined ? undefined : await requireEncoding(options.encoding);
  const blocks = inBlocks(source.chunks);
  const first = await blocks.next();
  const head = first.done === true ? Buffer.alloc(0) : first.value;
  try {
    refuseOtherKinds(head, source.name);
    const mark = byteOrderMarks.find(({ bytes }) => startsWith(head, bytes))?.encoding;
    if (stated !== undefined) return await statedEncoding(source, { stated, mark, head });
    if (mark?.startsWith('UTF-32') === true) throw refuseUtf32(source.name, mark);
    const unicode = mark ?? utf16ByZeros(head);
    if (unicode !== undefined && unicode !== 'UTF-8') {
      await refuseBinaryHead(head, unicode, source.name);
      const how = mark === undefined ? 'every second byte is zero' : 'byte order mark';
      return await decided(source, { name: unicode, byteOrderMark: mark !== undefined, how });
    }
    const texts = withoutUtf16(source, joined(head, blocks));
    await texts.next();
    refuseBinary(head.toString('latin1'), source.name);
    if (mark === 'UTF-8') {
      while ((await texts.next()).done !== true);
      return await decided(source, { name: mark, byteOrderMark: true, how: 'byte order mark' });
    }
    const evidence = gatherByteEvidence();
    evidence.add(head);
    for await (const block of texts) evidence.add(block);
    return await byEvidence(source, evidence.finish());
  } finally {
    await blocks.return(undefined);
  }
}

/** The text of a file in the decided encoding, without the byte order mark. */
export async function* decodeText(
  source: Pick<Source, 'chunks'>,
  { name, byteOrderMark }: Pick<EncodingDecision, 'name' | 'byteOrderMark'>,
): AsyncGenerator<string> {
  const codec = await codecOf(name);
  const length = byteOrderMark ? (byteOrderMarkOf(name)?.length ?? 0) : 0;
  yield* codec.decode(length === 0 ? source.chunks : without(source.chunks, length));
}

function byteOrderMarkOf(encoding: string): number[] | undefined {
  return byteOrderMarks.find((mark) => mark.encoding === encoding)?.bytes;
}

async function statedEncoding(
  source: Bytes,
  { stated, mark, head }: { stated: string; mark: string | undefined; head: Buffer },
): Promise<EncodingDecision> {
  // Some programs put UTF-8's mark before text in the encoding of their system.
  const misplaced = mark === 'UTF-8' && !stated.startsWith('UTF-');
  if (mark !== undefined && mark !== stated && !misplaced) {
    throw new Failure(
      'unsupported_encoding',
      `${source.name} begins with the byte order mark of ${mark}, but --encoding is ${stated}`,
      { hint: mark.startsWith('UTF-32') ? `--encoding ${mark.toLowerCase()}` : 'leave out --encoding' },
    );
  }
  await refuseBinaryHead(head, stated, source.name);
  return decided(source, { name: stated, byteOrderMark: mark === stated, how: '--encoding' });
}

async function byEvidence(source: Bytes, evidence: ByteEvidence): Promise<EncodingDecision> {
  const { ascii, strayBytes, sequences } = evidence;
  const utf8 = { name: 'UTF-8', byteOrderMark: false };
  if (ascii) return { ...utf8, how: 'ASCII throughout, which is UTF-8 too', sample: undefined };
  if (strayBytes === 0) return decided(source, { ...utf8, how: 'valid UTF-8 throughout' });
  // Bytes of another encoding form a UTF-8 sequence by chance now and then, but not one time in five.
  if (strayBytes <= 4 * sequences) {
    return decided(source, {
      ...utf8,
      how: `UTF-8, but for ${strayBytes} stray ${strayBytes === 1 ? 'byte' : 'bytes'}`,
    });
  }
  const better = await betterThanWindows1252(evidence);
  if (better === 'none') throw refuseUnknown(source);
  if (better !== undefined) throw await refuseOther(source, better);
  return decided(source, {
    name: 'Windows-1252',
    byteOrderMark: false,
    how: 'not UTF-8; reads cleanly as Windows-1252',
  });
}

function refuseUnknown({ name }: Bytes): Failure {
  return new Failure(
    'unsupported_encoding',
    `${name} is not UTF-8, and does not read cleanly as Windows-1252 or any other encoding that can be detected`,
    { hint: 'find out which program wrote it and pass --encoding NAME, such as shift_jis or gb18030' },
  );
}

async function refuseOther(source: Bytes, name: string): Promise<Failure> {
  const sample = await firstTellingLine(decodeText(source, { name, byteOrderMark: false }));
  return new Failure(
    'unsupported_encoding',
    `${source.name} is not UTF-8, and reads better as ${name} than as Windows-1252` +
      (sample === undefined ? '' : `: line ${sample.line} would be ${quoted(sample.text, 120)}`),
    { hint: `if that line is right: --encoding ${name.toLowerCase()}; if not: --encoding windows-1252` },
  );
}

async function decided(source: Bytes, decision: Omit<EncodingDecision, 'sample'>): Promise<EncodingDecision> {
  return { ...decision, sample: await firstTellingLine(decodeText(source, decision)) };
}

/** Merges the bytes into chunks large enough that a pipe's small pieces do not matter. */
async function* inBlocks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.length;
    if (size < blockSize) continue;
    yield parts.length === 1 ? chunk : Buffer.concat(parts);
    parts = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(parts);
}

async function* joined(first: Buffer, others: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* others;
}

async function* without(chunks: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let left = length;
  for await (const chunk of chunks) {
    const rest = chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
    if (rest.length > 0) yield rest;
  }
}

/** UTF-16 without a mark: most pairs of bytes are ASCII and zero, with the zero always in the same place. */
function utf16ByZeros(head: Buffer): string | undefined {
  let littleEndian = 0;
  let bigEndian = 0;
  let bothAscii = 0;
  for (let index = 0; index + 1 < head.length; index += 2) {
    const first = head[index] as number;
    const second = head[index + 1] as number;
    if (first >= 0x80 || second >= 0x80 || first + second === 0) continue;
    if (second === 0) littleEndian++;
    else if (first === 0) bigEndian++;
    else bothAscii++;
  }
  if (littleEndian > bothAscii && littleEndian > 10 * bigEndian) return 'UTF-16LE';
  return bigEndian > bothAscii && bigEndian > 10 * littleEndian ? 'UTF-16BE' : undefined;
}

async function refuseBinaryHead(head: Buffer, encoding: string, name: string): Promise<void> {
  async function* only() {
    yield head;
  }
  const texts = (await codecOf(encoding)).decode(only());
  let beginning = '';
  for await (const text of texts) beginning += text;
  refuseBinary(beginning, name);
}

function refuseUtf32(name: string, encoding: string): Failure {
  return new Failure('unsupported_encoding', `${name} is ${encoding}, which few programs can read`, {
    hint: `--encoding ${encoding.toLowerCase()} reads it, if it really is`,
  });
}
