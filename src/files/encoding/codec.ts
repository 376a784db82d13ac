/**
 * Bytes to text and back. A byte that the encoding leaves undefined becomes the lone surrogate U+DC00 + byte,
 * which valid text never contains, and turns back into that byte. The chunks begin after the byte order mark.
 */
export interface Codec {
  /** Cut only between characters. */
  decode: (chunks: AsyncIterable<Buffer>) => AsyncGenerator<string>;
  /** Characters that the encoding lacks are transliterated, or written as `\u{20ac}`. */
  encode: (text: string) => Buffer;
  /** The first character that the encoding lacks, for callers that must not change any. */
  lacks: (text: string) => string | undefined;
}
