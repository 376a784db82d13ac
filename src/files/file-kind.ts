import { Failure } from '../errors.ts';

const fromExcel = 'in Excel: Save As, “CSV UTF-8 (comma delimited)”, then import that file';
const unpackFirst = 'unpack it first, and import the CSV file that was in it';
const exportAsCsv = 'export the customers as CSV (UTF-8) and import that file';

/** First bytes of files that are not text. */
const kinds: { begins: number[]; what: string; hint: string }[] = [
  { begins: [0x50, 0x4b, 3], what: 'a zip archive or an Excel workbook', hint: fromExcel },
  { begins: [0x50, 0x4b, 5], what: 'a zip archive or an Excel workbook', hint: fromExcel },
  { begins: [0x50, 0x4b, 7], what: 'a zip archive or an Excel workbook', hint: fromExcel },
  { begins: [0xd0, 0xcf, 0x11, 0xe0], what: 'an Excel workbook', hint: fromExcel },
  { begins: [0x25, 0x50, 0x44, 0x46, 0x2d], what: 'a PDF document', hint: exportAsCsv },
  { begins: [0x42, 0x5a, 0x68, 0x31], what: 'a bzip2 archive', hint: unpackFirst },
  { begins: [0x42, 0x5a, 0x68, 0x39], what: 'a bzip2 archive', hint: unpackFirst },
  { begins: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'an xz archive', hint: unpackFirst },
  { begins: [0x28, 0xb5, 0x2f, 0xfd], what: 'a zstd archive', hint: unpackFirst },
  { begins: [0x37, 0x7a, 0xbc, 0xaf], what: 'a 7z archive', hint: unpackFirst },
];

/** Throws `Failure` if the first bytes show that the file is not text. */
export function refuseOtherKinds(head: Buffer, name: string): void {
  const kind = kinds.find(({ begins }) => startsWith(head, begins));
  if (kind !== undefined) throw notCsv(name, kind.what, kind.hint);
}

/** Throws `Failure` if the beginning of a file, decoded as far as possible, is not written text. */
export function refuseBinary(beginning: string, name: string): void {
  const text = beginning.slice(0, 4096);
  let controls = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    // 0x1C to 0x1F separate records and fields in exports of some databases.
    if (code < 28 && code !== 9 && code !== 10 && code !== 13) controls++;
  }
  if (controls > text.length / 50) throw notCsv(name, 'a binary file', exportAsCsv);
}

export function startsWith(head: Buffer, bytes: number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}

function notCsv(name: string, what: string, hint: string): Failure {
  return new Failure('unsupported_format', `${name} is ${what}, not a CSV file`, { hint });
}
