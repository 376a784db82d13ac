import { isAscii, isUtf8 } from 'node:buffer';
import { Failure } from '../errors.ts';

/**
 * UTF-8 bytes as text, cut only at line ends. A byte that is not UTF-8 becomes the lone surrogate
 * U+DC00 + byte (as Python's `surrogateescape`): no valid text holds one, so the record is rejected
 * by its own rules, its neighbours are untouched, and `encode` gives the very bytes back for the rejects file.
 */
export async function* decodeUtf8(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<string> {
  let carry: Buffer = Buffer.alloc(0);
  let first = true;
  for await (const chunk of chunks) {
    let bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    if (first) {
      if (bytes.length < 4) {
        carry = bytes;
        continue;
      }
      first = false;
      bytes = withoutByteOrderMark(bytes, name);
    }
    // A line end is never part of a longer UTF-8 sequence; without one, keep back what may be cut.
    const lastLineEnd = bytes.lastIndexOf(0x0a);
    const end = lastLineEnd < 0 ? bytes.length - cutSequenceLength(bytes) : lastLineEnd + 1;
    carry = bytes.subarray(end);
    if (end > 0) yield textOf(bytes.subarray(0, end));
  }
  if (first) carry = withoutByteOrderMark(carry, name);
  if (carry.length > 0) yield textOf(carry);
}

/** The bytes of decoded text, those that were not UTF-8 included. */
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
  // One byte per character is both the smallest and the fastest string there is.
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

/** Decodes sequence by sequence (RFC 3629), escaping each byte that begins none. */
function escapedText(bytes: Buffer): string {
  let text = '';
  let position = 0;
  while (position < bytes.length) {
    const length = sequenceLength(bytes[position] as number);
    const sequence = bytes.subarray(position, position + length);
    if (length > 0 && sequence.length === length && isUtf8(sequence)) {
      text += sequence.toString('utf8');
      position += length;
    } else {
      text += String.fromCharCode(0xdc00 + (bytes[position] as number));
      position += 1;
    }
  }
  return text;
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

/** How many bytes at the end belong to a sequence that the next chunk completes. */
function cutSequenceLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const length = sequenceLength(bytes[bytes.length - back] as number);
    if (length > 1) return length > back ? back : 0;
    if (length === 1) return 0;
  }
  return 0;
}

const toUtf8 = (from: string) => `convert it first: iconv -f ${from} -t UTF-8 FILE > FILE.utf8.csv`;

function withoutByteOrderMark(bytes: Buffer, name: string): Buffer {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.subarray(3);
  const utf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[1] === 0 && bytes[0] !== 0 && bytes[0] !== undefined)
      ? 'UTF-16LE'
      : (bytes[0] === 0xfe && bytes[1] === 0xff) ||
          (bytes[0] === 0 && bytes[1] !== 0 && bytes[1] !== undefined)
        ? 'UTF-16BE'
        : undefined;
  if (utf16 !== undefined) {
    throw new Failure('unsupported_encoding', `${name} is ${utf16}; this reads UTF-8`, {
      hint: toUtf8(utf16),
    });
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04) {
    throw new Failure('unsupported_format', `${name} is a zip archive or an Excel workbook, not a CSV file`, {
      hint: 'in Excel: Save As, “CSV UTF-8 (comma delimited)”, then import that file',
    });
  }
  const head = bytes.subarray(0, 4096);
  if (
    head.filter((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13).length >
    head.length / 50
  ) {
    throw new Failure('unsupported_format', `${name} is a binary file, not a CSV file`, {
      hint: 'export the customers as CSV (UTF-8) and import that file',
    });
  }
  refuseOtherEncoding(bytes, name);
  return bytes;
}

/** Mostly bytes that are not UTF-8: the file is in another encoding, and every umlaut would be rejected. */
function refuseOtherEncoding(bytes: Buffer, name: string): void {
  if (isUtf8(bytes)) return;
  const text = escapedText(bytes.subarray(0, bytes.length - cutSequenceLength(bytes)));
  let invalid = 0;
  let valid = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xdc80 && code <= 0xdcff) invalid++;
    else if (code > 0x7f) valid++;
  }
  if (invalid <= valid) return;
  const line = text.slice(0, text.search(/[\udc80-\udcff]/u)).split('\n').length;
  throw new Failure('unsupported_encoding', `${name} is not UTF-8: the first other byte is on line ${line}`, {
    hint: `if it comes from Windows, ${toUtf8('WINDOWS-1252')}`,
  });
}
