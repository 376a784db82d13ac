import type { Source } from '../../../src/files/source.ts';

/** Bytes as a file that is being read. */
export function sourceOf(bytes: Buffer, name = 'customers.xlsx'): Source {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 1 << 16) yield bytes.subarray(at, at + (1 << 16));
  }
  return {
    name,
    size: bytes.length,
    bytesRead: () => bytes.length,
    whole: async () => {},
    chunks: { [Symbol.asyncIterator]: chunks },
    close: () => {},
  };
}
