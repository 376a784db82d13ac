import { isAscii } from 'node:buffer';
import type { Codec } from './codec.ts';
import { transliterate } from './transliterate.ts';

const undefinedByte = /^[\ufffd\x80-\x9f]?$/;

/**
 * The codec of a single-byte encoding; `table` has the character of each byte. A byte is undefined if its
 * character is U+FFFD or a C1 control (ISO-8859-1 has these where Windows-1252 has „ and €).
 */
export function singleByteCodec(table: readonly string[]): Codec {
  const units = Uint16Array.from(table, (character, byte) =>
    undefinedByte.test(character) ? 0xdc00 + byte : character.charCodeAt(0),
  );
  const asciiIsItself = units.subarray(0, 128).every((unit, byte) => unit === byte);
  const latin1Above = units.subarray(0xa0).every((unit, index) => unit === 0xa0 + index);
  const byteOf = new Int16Array(0x10000).fill(-1);
  for (let byte = 255; byte >= 0; byte--) byteOf[units[byte] as number] = byte;

  function textOf(bytes: Buffer): string {
    if (asciiIsItself) {
      // One byte per character is both the smallest and the fastest string in the engine.
      if (isAscii(bytes)) return bytes.toString('latin1');
      if (latin1Above) {
        const text = bytes.toString('latin1');
        if (!/[\x80-\x9f]/.test(text)) return text;
      }
    }
    const decoded = new Uint16Array(bytes.length);
    for (let index = 0; index < bytes.length; index++) {
      decoded[index] = units[bytes[index] as number] as number;
    }
    return Buffer.from(decoded.buffer).toString('utf16le');
  }

  function encode(text: string): Buffer {
    return bytesOf(text) ?? (bytesOf(replaceMissing(text)) as Buffer);
  }

  function bytesOf(text: string): Buffer | undefined {
    const bytes = Buffer.allocUnsafe(text.length);
    for (let index = 0; index < text.length; index++) {
      const byte = byteOf[text.charCodeAt(index)] as number;
      if (byte < 0) return undefined;
      bytes[index] = byte;
    }
    return bytes;
  }

  function has(character: string): boolean {
    return character.length === 1 && (byteOf[character.charCodeAt(0)] as number) >= 0;
  }

  function replaceMissing(text: string): string {
    let replaced = '';
    for (const character of text) {
      replaced += has(character) ? character : transliterate(character);
    }
    // National variants of ASCII lack braces.
    return Array.from(replaced, (unit) => ((byteOf[unit.charCodeAt(0)] as number) < 0 ? '_' : unit)).join('');
  }

  return {
    async *decode(chunks) {
      for await (const chunk of chunks) if (chunk.length > 0) yield textOf(chunk);
    },
    encode,
    lacks: (text) => (bytesOf(text) === undefined ? Array.from(text).find((one) => !has(one)) : undefined),
  };
}
