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
