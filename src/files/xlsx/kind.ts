import { Failure } from '../../errors.ts';
import type { Source } from '../source.ts';
import type { Package } from './package.ts';

const zip = Buffer.from('PK\x03\x04', 'latin1');
const emptyZip = Buffer.from('PK\x05\x06', 'latin1');
/** MS-CFB 2.2: the container of .xls, and of every workbook with a password. */
const compound = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const encryptedStream = Buffer.from('EncryptedPackage', 'utf16le');

const saveAsXlsx = 'save it as .xlsx, or as “CSV UTF-8”, and import that file';

/** The kind by the first bytes, eight or more unless the file is shorter; the file's name does not matter. */
export function containerOf(head: Buffer): 'zip' | 'compound' | undefined {
  if (startsWith(head, zip) || startsWith(head, emptyZip)) return 'zip';
  return startsWith(head, compound) ? 'compound' : undefined;
}

/** Refuses a compound file by its name. */
export async function refuseCompound(source: Source): Promise<never> {
  let tail = Buffer.alloc(0);
  for await (const chunk of source.chunks) {
    const bytes = Buffer.concat([tail, chunk]);
    if (bytes.includes(encryptedStream)) {
      throw unsupported(
        `${source.name} is a workbook with a password`,
        'open it in Excel, remove the password (File, Info, Protect Workbook), save it, and import it then',
      );
    }
    tail = bytes.subarray(-encryptedStream.length);
  }
  throw unsupported(
    `${source.name} is in the old format of Excel, .xls`,
    `open it in Excel or LibreOffice, ${saveAsXlsx}`,
  );
}

/** Refuses a zip archive that is not a workbook, naming what it is. */
export async function requireWorkbook(parts: Package, file: string): Promise<void> {
  if (parts.has('xl/workbook.bin')) {
    throw unsupported(`${file} is a binary workbook, .xlsb`, `open it in Excel, ${saveAsXlsx}`);
  }
  const { names } = parts;
  const begins = (folder: string) => names.some((name) => name.toLowerCase().startsWith(folder));
  if (parts.has('mimetype') && parts.has('content.xml')) {
    throw unsupported(
      `${file} is an OpenDocument file, such as .ods`,
      `open it in LibreOffice, ${saveAsXlsx}`,
    );
  }
  if (names.some((name) => name.endsWith('.iwa'))) {
    throw unsupported(
      `${file} is a document of Apple Numbers`,
      'export it from Numbers as Excel or CSV, and import that file',
    );
  }
  if (begins('word/') || begins('ppt/')) {
    throw unsupported(
      `${file} is a document of ${begins('word/') ? 'Word' : 'PowerPoint'}`,
      'export the customers as .xlsx or CSV',
    );
  }
  // Its relationships identify the workbook, whatever its name.
  if (parts.has('[Content_Types].xml') && parts.has('_rels/.rels')) return;
  throw unsupported(
    `${file} is a zip archive, not a workbook`,
    'unpack it, and import the file that is in it',
  );
}

function startsWith(head: Buffer, bytes: Buffer): boolean {
  return head.subarray(0, bytes.length).equals(bytes);
}

function unsupported(message: string, hint: string): Failure {
  return new Failure('unsupported_format', message, { hint });
}
