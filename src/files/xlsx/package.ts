import fs from 'node:fs';
import os from 'node:os';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import yauzl from 'yauzl';
import { openNamelessDescriptor } from '../nameless-file.ts';
import { Failure } from '../../errors.ts';
import type { Source } from '../source.ts';
import { partLimit } from './limits.ts';

/**
 * A zip's directory is at its end, so a pipe is read to its end before the first part. Up to this size the
 * bytes are held in memory; larger ones go to a nameless file.
 */
const memoryLimit = 16 << 20;
/** A full sheet (1,048,576 rows) of customers takes about 100 MB. */
const packageLimit = 1 << 30;
/** Excel's workbooks have a part for each sheet, picture and chart, and a few more. */
const partsLimit = 10_000;
/**
 * The ratio of unpacked to packed bytes. Sheets, whose every row and cell is numbered, reach 8 or 20, and
 * empty rows 60; deflate can reach 1,032, and bombs do. Small parts are exempt.
 */
const ratioLimit = 200;
const ratioFree = 8 << 20;

/** The parts of a workbook or of another zip archive. */
export interface Package {
  /** Names in the archive, in its order. */
  names: string[];
  has(name: string): boolean;
  /**
   * The unpacked bytes of a part, checked against its size and CRC-32. Names match without regard to case
   * (ECMA-376 part 2, 6.2.2.3). Throws `Failure` if a part is missing, damaged, encrypted or a bomb.
   */
  part(name: string, limit?: number): AsyncGenerator<Buffer>;
  close(): void;
}

/** Opens a zip archive. Nothing is unpacked to disk, so the names in it are harmless. */
export async function openPackage(source: Source): Promise<Package> {
  const { name } = source;
  const zip = await openZip(source);
  const entries = new Map<string, Entry>();
  const names: string[] = [];
  try {
    if (zip.entryCount > partsLimit)
      throw tooLarge(`${name} has ${zip.entryCount} parts, more than any workbook`);
    for await (const entry of zip.eachEntry()) {
      // Undecoded, because yauzl ends the reading at a name that it considers unsafe.
      const partName = (entry.fileName as unknown as Buffer).toString('utf8');
      const key = keyOf(partName);
      if (entries.has(key)) throw broken(name, `it holds ${partName} twice`);
      entries.set(key, entry);
      names.push(partName);
    }
  } catch (error) {
    zip.close();
    throw error instanceof Failure ? error : broken(name, messageOf(error), error);
  }

  async function* part(partName: string, limit = partLimit): AsyncGenerator<Buffer> {
    const entry = entries.get(keyOf(partName));
    if (entry === undefined) throw broken(name, `it has no ${partName}`);
    checkSize(entry, { name, partName, limit });
    let sum = 0;
    try {
      const stream: Readable = await zip.openReadStreamPromise(entry);
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        sum = crc32(chunk, sum);
        yield chunk;
      }
    } catch (error) {
      throw error instanceof Failure ? error : broken(name, `${partName}: ${messageOf(error)}`, error);
    }
    if (sum !== entry.crc32) throw broken(name, `${partName} does not have the checksum it was packed with`);
  }

  return { names, has: (partName) => entries.has(keyOf(partName)), part, close: () => zip.close() };
}

async function openZip(source: Source): Promise<ZipFile> {
  const options = { lazyEntries: true, decodeStrings: false, autoClose: false };
  const held: Buffer[] = [];
  let size = 0;
  let spool: ReturnType<typeof openSpool> | undefined;
  try {
    for await (const chunk of source.chunks) {
      size += chunk.length;
      if (size > packageLimit)
        throw tooLarge(`${source.name} is larger than ${packageLimit / 2 ** 20} MB packed`);
      held.push(chunk);
      if (spool === undefined && size > memoryLimit) spool = openSpool(source.name);
      if (spool !== undefined) for (const piece of held.splice(0)) spool.write(piece);
    }
    return spool === undefined
      ? await yauzl.fromBufferPromise(Buffer.concat(held), options)
      : await yauzl.fromFdPromise(spool.descriptor, options);
  } catch (error) {
    spool?.close();
    throw error instanceof Failure ? error : broken(source.name, messageOf(error), error);
  }
}

/** A temporary file for a workbook too large for memory. A bare descriptor, because yauzl requires one. */
function openSpool(name: string) {
  const attempt = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw new Failure(
        'file_unreadable',
        `cannot keep a copy of ${name} to read it from: ${messageOf(error)}`,
        { hint: `make room in ${os.tmpdir()}, or name another directory by TMPDIR`, cause: error },
      );
    }
  };
  const descriptor = attempt(openNamelessDescriptor);
  return {
    descriptor,
    write: (bytes: Buffer) => attempt(() => fs.appendFileSync(descriptor, bytes)),
    close: () => fs.closeSync(descriptor),
  };
}

function checkSize(
  { compressedSize, uncompressedSize }: Entry,
  { name, partName, limit }: { name: string; partName: string; limit: number },
): void {
  // The size that the archive declares: yauzl stops when a part unpacks to more.
  if (uncompressedSize > limit) {
    throw tooLarge(`${name}: ${partName} is ${Math.round(uncompressedSize / 2 ** 20)} MB unpacked`);
  }
  if (uncompressedSize > ratioFree && uncompressedSize > compressedSize * ratioLimit) {
    throw tooLarge(
      `${name}: ${partName} unpacks to ${Math.round(uncompressedSize / compressedSize)} times its size, as zip bombs do`,
    );
  }
}

/** Some writers use backslashes, some a leading slash. */
function keyOf(partName: string): string {
  return partName.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase();
}

export function tooLarge(message: string): Failure {
  return new Failure('workbook_too_large', message, {
    hint: 'save the sheet as “CSV UTF-8” and import that file',
  });
}

export function broken(name: string, what: string, cause?: unknown): Failure {
  return new Failure('broken_workbook', `${name} is a damaged workbook: ${what}`, {
    hint: 'open it in Excel or LibreOffice and save it again, or fetch it again',
    ...(cause === undefined ? {} : { cause }),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
