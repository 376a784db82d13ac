import { encodeUtf8, utf8Texts } from './utf8.ts';
import { singleByteCodec } from './single-byte.ts';
import type { Codec } from './codec.ts';
import { isMultiByte, multiByteCodec } from './multi-byte.ts';
import { utf16Codec } from './utf16.ts';

/** The codec of an encoding that `requireEncoding` returned. */
export async function codecOf(encoding: string): Promise<Codec> {
  if (encoding === 'UTF-8') return { decode: utf8Texts, encode: encodeUtf8, lacks: () => undefined };
  if (encoding === 'UTF-16LE' || encoding === 'UTF-16BE') return utf16Codec(encoding);
  const { default: iconv } = await import('iconv-lite');
  return isMultiByte(encoding) ? multiByteCodec(encoding, iconv) : singleByteCodec(await tableOf(encoding));
}

const tables = new Map<string, string[]>();

/** The character of each byte in a single-byte encoding. */
export async function tableOf(encoding: string): Promise<readonly string[]> {
  let table = tables.get(encoding);
  if (table === undefined) {
    const { default: iconv } = await import('iconv-lite');
    table = Array.from({ length: 256 }, (_, byte) => iconv.decode(Buffer.from([byte]), encoding));
    tables.set(encoding, table);
  }
  return table;
}
