import { isUtf8 } from 'node:buffer';
import { Failure } from '../errors.ts';

const utf16 = { LE: [0xff, 0xfe], BE: [0xfe, 0xff] };
const utf32 = { LE: [0xff, 0xfe, 0, 0], BE: [0, 0, 0xfe, 0xff] };
const zip = [0x50, 0x4b];
const oldExcel = [0xd0, 0xcf, 0x11, 0xe0];

/** A lone surrogate stands for a byte that is not UTF-8 (see decode.ts). */
const undecoded = /[\udc80-\udcff]/u;

/**
 * Throws `Failure` when the first bytes of a file, without a byte order mark of UTF-8, are not those of UTF-8 text with
 * lines. `decode` gives their text.
 */
export function requireUtf8(head: Buffer, name: string, decode: (bytes: Buffer) => string): void {
  const other = otherUnicode(head);
  if (other !== undefined) throw unsupportedEncoding(`${name} is ${other}; this reads UTF-8`, toUtf8(other));
  if (startsWith(head, zip) && (head[2] as number) < 9) {
    throw unsupportedFormat(`${name} is a zip archive or an Excel workbook, not a CSV file`, fromExcel);
  }
  if (startsWith(head, oldExcel)) {
    throw unsupportedFormat(`${name} is an Excel workbook, not a CSV file`, fromExcel);
  }
  if (isBinary(head.subarray(0, 4096))) {
    throw unsupportedFormat(
      `${name} is a binary file, not a CSV file`,
      'export the customers as CSV (UTF-8) and import that file',
    );
  }
  refuseOtherEncoding(head, name, decode);
}

/** By the byte order mark, or by the NUL that every second byte of a header in UTF-16 is. */
function otherUnicode(head: Buffer): string | undefined {
  if (startsWith(head, utf32.LE)) return 'UTF-32LE';
  if (startsWith(head, utf32.BE)) return 'UTF-32BE';
  const [first, second] = head;
  if (startsWith(head, utf16.LE) || (second === 0 && first !== 0)) return 'UTF-16LE';
  if (startsWith(head, utf16.BE) || (first === 0 && second !== 0 && second !== undefined)) return 'UTF-16BE';
  return undefined;
}

function isBinary(head: Buffer): boolean {
  const controls = head.filter((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13);
  return controls.length > head.length / 50;
}

/**
 * Hardly a character beyond ASCII that is UTF-8: the file is in another encoding, and every umlaut would be rejected.
 * A few bytes among many that are, on the other hand, are a few bad rows.
 */
function refuseOtherEncoding(head: Buffer, name: string, decode: (bytes: Buffer) => string): void {
  if (isUtf8(head)) return;
  const text = decode(head);
  let invalid = 0;
  let valid = 0;
  for (const character of text) {
    if (undecoded.test(character)) invalid++;
    else if (character > '\x7f') valid++;
  }
  if (invalid <= 4 * valid) return;
  const line = text.slice(0, text.search(undecoded)).split('\n').length;
  throw unsupportedEncoding(
    `${name} is not UTF-8: the first other byte is on line ${line}`,
    `if it comes from Windows, ${toUtf8('WINDOWS-1252')}`,
  );
}

function startsWith(head: Buffer, bytes: number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}

const fromExcel = 'in Excel: Save As, “CSV UTF-8 (comma delimited)”, then import that file';

function toUtf8(from: string): string {
  return `convert it first: iconv -f ${from} -t UTF-8 FILE > FILE.utf8.csv`;
}

function unsupportedEncoding(message: string, hint: string): Failure {
  return new Failure('unsupported_encoding', message, { hint });
}

function unsupportedFormat(message: string, hint: string): Failure {
  return new Failure('unsupported_format', message, { hint });
}
