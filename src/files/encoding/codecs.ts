import type Iconv from 'iconv-lite';
import { encodeUtf8, utf8Texts } from './utf8.ts';
import { singleByteCodec } from './single-byte.ts';
import { transliterate } from './transliterate.ts';
import { utf16Codec } from './utf16.ts';

/**
 * Bytes to text and back. What the encoding leaves undefined becomes the lone surrogate U+DC00 + byte, which no valid
 * text holds, and turns back into that byte. The chunks begin behind the byte order mark.
 */
export interface Codec {
  /** Cut anywhere between two characters. */
  decode: (chunks: AsyncIterable<Buffer>) => AsyncGenerator<string>;
  /** Characters that the encoding lacks are transliterated, or written as `\u{20ac}`. */
  encode: (text: string) => Buffer;
  /** The first character that the encoding lacks, for who must not change any. */
  lacks: (text: string) => string | undefined;
}

/** The codec of an encoding that `requireEncoding` gave. */
export async function codecOf(encoding: string): Promise<Codec> {
  if (encoding === 'UTF-8') return { decode: utf8Texts, encode: encodeUtf8, lacks: () => undefined };
  if (encoding === 'UTF-16LE' || encoding === 'UTF-16BE') return utf16Codec(encoding);
  const { default: iconv } = await import('iconv-lite');
  return isMultiByte(encoding) ? multiByteCodec(encoding, iconv) : singleByteCodec(await tableOf(encoding));
}

const tables = new Map<string, string[]>();

/** The character of each byte in an encoding with one byte for each. */
export async function tableOf(encoding: string): Promise<readonly string[]> {
  let table = tables.get(encoding);
  if (table === undefined) {
    const { default: iconv } = await import('iconv-lite');
    table = Array.from({ length: 256 }, (_, byte) => iconv.decode(Buffer.from([byte]), encoding));
    tables.set(encoding, table);
  }
  return table;
}

/** Those of iconv-lite that use more than one byte for some characters. */
function isMultiByte(encoding: string): boolean {
  return /utf|ucs|gb|936|big5|950|949|euc|korean|ks_?c|ksc|5601|932|jis|sjis|ms_kanji|chinese|cn/i.test(
    encoding,
  );
}

/** A cell may be 1 MB; what is longer is refused anyway. */
const longestLine = 1 << 22;

/** What iconv-lite cannot decode is U+FFFD here, which no field takes. */
function multiByteCodec(encoding: string, iconv: typeof Iconv): Codec {
  const encodable = new Map<string, string>();

  function inEncoding(character: string): string {
    let found = encodable.get(character);
    if (found === undefined) {
      const bytes = iconv.encode(character, encoding, { addBOM: false });
      const has = iconv.decode(bytes, encoding, { stripBOM: false }) === character;
      found = has ? character : transliterate(character);
      encodable.set(character, found);
    }
    return found;
  }

  function lacks(text: string): string | undefined {
    return text.match(/[^\0-\x7f]/gu)?.find((character) => inEncoding(character) !== character);
  }

  const decodePiece = (bytes: Buffer) => iconv.decode(bytes, encoding, { stripBOM: false });
  const unit = encoding.startsWith('UTF-32') ? 4 : undefined;

  /** A line end is never part of a longer character, but in UTF-32. */
  function wholeLength(bytes: Buffer): number {
    if (unit !== undefined) return bytes.length - (bytes.length % unit);
    const end = bytes.lastIndexOf(0x0a) + 1;
    return end === 0 && bytes.length > longestLine ? bytes.length : end;
  }

  return {
    async *decode(chunks) {
      // Piece by piece and not by its own streaming, which loses characters of four bytes that are cut.
      let carry: Buffer = Buffer.alloc(0);
      for await (const chunk of chunks) {
        const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
        const end = wholeLength(bytes);
        carry = bytes.subarray(end);
        if (end > 0) yield decodePiece(bytes.subarray(0, end));
      }
      if (carry.length > 0) yield decodePiece(carry);
    },
    encode: (text) => iconv.encode(text.replaceAll(/[^\0-\x7f]/gu, inEncoding), encoding, { addBOM: false }),
    lacks,
  };
}
