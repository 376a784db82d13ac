import type { Codec } from './codec.ts';

/**
 * UTF-16. Lone surrogates stay unchanged, and an odd byte at the end becomes one (U+DC00 + byte), so that its
 * cell is refused.
 */
export function utf16Codec(encoding: 'UTF-16LE' | 'UTF-16BE'): Codec {
  const swapped = encoding === 'UTF-16BE';
  return {
    async *decode(chunks) {
      let carry: Buffer = Buffer.alloc(0);
      for await (const chunk of chunks) {
        const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
        const whole = bytes.subarray(0, wholeLength(bytes, swapped));
        carry = bytes.subarray(whole.length);
        if (whole.length > 0) yield (swapped ? Buffer.from(whole).swap16() : whole).toString('utf16le');
      }
      const rest = carry.subarray(0, carry.length & ~1);
      let text = (swapped ? Buffer.from(rest).swap16() : rest).toString('utf16le');
      if (carry.length % 2 === 1) text += String.fromCharCode(0xdc00 + (carry.at(-1) as number));
      if (text !== '') yield text;
    },
    encode(text) {
      const bytes = Buffer.from(text, 'utf16le');
      return swapped ? bytes.swap16() : bytes;
    },
    lacks: () => undefined,
  };
}

/** An even number of bytes that does not end between the two halves of a pair. */
function wholeLength(bytes: Buffer, swapped: boolean): number {
  const even = bytes.length & ~1;
  if (even === 0) return 0;
  const high = bytes[swapped ? even - 2 : even - 1] as number;
  return high >= 0xd8 && high < 0xdc ? even - 2 : even;
}
