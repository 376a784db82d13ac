import type Iconv from 'iconv-lite';
import type { Codec } from './codec.ts';
import { transliterate } from './transliterate.ts';

/** The encodings of iconv-lite that use more than one byte for some characters. */
export function isMultiByte(encoding: string): boolean {
  return /utf|ucs|gb|936|big5|950|949|euc|korean|ks_?c|ksc|5601|932|jis|sjis|ms_kanji|chinese|cn/i.test(
    encoding,
  );
}

/** A cell may be 1 MB; longer ones are refused anyway. */
const longestLine = 1 << 22;

/** iconv-lite returns U+FFFD for what it cannot decode; no field accepts that. */
export function multiByteCodec(encoding: string, iconv: typeof Iconv): Codec {
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

  /** A line end is never part of a longer character, except in UTF-32. */
  function wholeLength(bytes: Buffer): number {
    if (unit !== undefined) return bytes.length - (bytes.length % unit);
    const end = bytes.lastIndexOf(0x0a) + 1;
    return end === 0 && bytes.length > longestLine ? bytes.length : end;
  }

  return {
    async *decode(chunks) {
      // Piece by piece instead of with its own streaming, which loses characters of four bytes at a cut.
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
