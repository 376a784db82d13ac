import type { FileHandle } from 'node:fs/promises';

/**
 * So large that reading a file once more, to decide its encoding, takes a tenth of the time of reading its
 * records.
 */
const chunkSize = 1 << 18;

/** The bytes of a file from its beginning, independent of other readers on the same handle. */
export async function* readFile(handle: FileHandle): AsyncGenerator<Buffer> {
  let position = 0;
  while (true) {
    const chunk = Buffer.allocUnsafe(chunkSize);
    const { bytesRead } = await handle.read(chunk, 0, chunkSize, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}
