import type Iconv from 'iconv-lite';
import { encodeUtf8, utf8Texts } from './decode.ts';
import { singleByteCodec } from './single-byte.ts';
import { transliterate } from './transliterate.ts';
import { utf16Codec } from './utf16.ts';

/**
 * Bytes to text and back. What the encoding leaves undefined becomes the lone surrogate U+DC00 + byte, which no valid
 * text holds, and turns back into that byte. The chunks begin behind the byte order mark.
 */
export interface Codec {
  /** Cut anywhere between two characters. */
  decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string>;
  /** Characters that the encoding lacks are transliterated, or written as `\u{20ac}`. */
  encode(text: string): Buffer;
}

/** The codec of an encoding that `requireEncoding` gave. */
export async function codecOf(encoding: string): Promise<Codec> {
  if (encoding === 'UTF-8') return { decode: utf8Texts, encode: encodeUtf8 };
  if (encoding === 'UTF-16LE' || encoding === 'UTF-16BE') return utf16Codec(encoding);
  const { default: iconv } = await import('iconv-lite');
  const table = Array.from({ length: 256 }, (_, byte) => iconv.decode(Buffer.from([byte]), encoding));
  const singleByte = iconv.decode(Buffer.from('aaaa'), encoding).length === 4 && !isMultiByte(encoding);
  return singleByte ? singleByteCodec(table) : multiByteCodec(encoding, iconv);
}

/** Those of iconv-lite that use more than one byte for some characters. */
function isMultiByte(encoding: string): boolean {
  return /utf|ucs|gb|936|big5|950|949|euc|korean|ks_?c|ksc|5601|932|jis|sjis|ms_kanji|chinese|cn/i.test(
    encoding,
  );
}

/** What iconv-lite cannot decode is U+FFFD here, which no field takes. */
function multiByteCodec(encoding: string, iconv: typeof Iconv): Codec {
  const encodable = new Map<string, string>();

  function inEncoding(character: string): string {
    let found = encodable.get(character);
    if (found === undefined) {
      const has = iconv.decode(iconv.encode(character, encoding), encoding) === character;
      found = has ? character : transliterate(character);
      encodable.set(character, found);
    }
    return found;
  }

  return {
    async *decode(chunks) {
      const decoder = iconv.getDecoder(encoding, { stripBOM: false });
      for await (const chunk of chunks) {
        const text = decoder.write(chunk);
        if (text !== '') yield text;
      }
      const rest = decoder.end();
      if (rest !== undefined && rest !== '') yield rest;
    },
    encode: (text) => iconv.encode(text.replaceAll(/[^\0-\x7f]/gu, inEncoding), encoding, { addBOM: false }),
  };
}
