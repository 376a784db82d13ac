import { isAscii, isUtf8 } from 'node:buffer';

/**
 * UTF-8 bytes as text, cut at line ends; a line longer than a chunk comes in pieces. An invalid byte becomes
 * the lone surrogate U+DC00 + byte (like Python's `surrogateescape`). Valid text never contains one, so only
 * its own record is rejected, by the fields' rules, and `encodeUtf8` restores the exact bytes for the rejects
 * file.
 */
export async function* utf8Texts(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let carry: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    // A line end is never part of a longer UTF-8 sequence; without a line end, hold back what may be cut.
    const lastLineEnd = bytes.lastIndexOf(0x0a);
    const end = lastLineEnd < 0 ? wholeLength(bytes) : lastLineEnd + 1;
    carry = bytes.subarray(end);
    if (end > 0) yield textOf(bytes.subarray(0, end));
  }
  if (carry.length > 0) yield textOf(carry);
}

/** The bytes of decoded text, including those that were not UTF-8. */
export function encodeUtf8(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const part of text.split(/([\udc80-\udcff])/u)) {
    const code = part.length === 1 ? part.charCodeAt(0) : 0;
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(part, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** The first byte that was not UTF-8 in decoded text, or undefined. */
export function undecodedByte(text: string): number | undefined {
  if (text.isWellFormed()) return undefined;
  const found = /[\udc80-\udcff]/u.exec(text);
  return found === null ? undefined : found[0].charCodeAt(0) - 0xdc00;
}

function textOf(bytes: Buffer): string {
  // One byte per character is both the smallest and the fastest string in the engine.
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  let start = 0;
  while (start < bytes.length) {
    const lineEnd = bytes.indexOf(0x0a, start);
    const end = lineEnd < 0 ? bytes.length : lineEnd + 1;
    const line = bytes.subarray(start, end);
    text += isUtf8(line) ? line.toString('utf8') : escapedText(line);
    start = end;
  }
  return text;
}

/** Decodes sequence by sequence (RFC 3629), escaping each byte that does not begin one. */
function escapedText(bytes: Buffer): string {
  let text = '';
  let decoded = 0;
  let position = 0;
  while (position < bytes.length) {
    const length = sequenceLength(bytes[position] as number);
    if (length === 1 || (length > 1 && isSequence(bytes.subarray(position, position + length), length))) {
      position += length;
      continue;
    }
    text += bytes.toString('utf8', decoded, position);
    const pair = surrogatePairAt(bytes, position);
    text += pair ?? String.fromCharCode(0xdc00 + (bytes[position] as number));
    position += pair === undefined ? 1 : pairLength;
    decoded = position;
  }
  return text + bytes.toString('utf8', decoded);
}

/** Bytes of a character beyond U+FFFF in CESU-8. */
export const pairLength = 6;

/**
 * The character whose two surrogates are three bytes each, as Oracle's character set “UTF8” writes it
 * (CESU-8, Unicode Technical Report 26). Valid UTF-8 never has these bytes, so they are unambiguous.
 */
export function surrogatePairAt(bytes: Buffer, at: number): string | undefined {
  const [first = 0, high = 0, second = 0, third = 0, low = 0, last = 0] = bytes.subarray(at, at + pairLength);
  const fits = first === 0xed && third === 0xed && (high & 0xf0) === 0xa0 && (low & 0xf0) === 0xb0;
  if (!fits || (second & 0xc0) !== 0x80 || (last & 0xc0) !== 0x80) return undefined;
  return String.fromCharCode(unitOf(high, second), unitOf(low, last));
}

/** The surrogate from the last two of its three bytes. */
const unitOf = (middle: number, end: number) => 0xd000 | ((middle & 0x3f) << 6) | (end & 0x3f);

function isSequence(bytes: Buffer, length: number): boolean {
  return bytes.length === length && isUtf8(bytes);
}

/** The length of a sequence by its first byte; 0 if the byte cannot begin one. */
export function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

/** How many bytes at the end are the beginning of a sequence that the next chunk completes. */
export function wholeLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const length = sequenceLength(bytes[bytes.length - back] as number);
    if (length > 1) return length > back ? bytes.length - back : bytes.length;
    if (length === 1) break;
  }
  return bytes.length;
}
