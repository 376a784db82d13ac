import { Failure } from '../../errors.ts';
import type { Source } from '../source.ts';

/** This many ASCII characters in a row, each next to a zero byte, are UTF-16. */
const enough = 4;

/**
 * Passes blocks on. Throws `unsupported_encoding` if UTF-16 begins within text in a byte encoding:
 * PowerShell's `>>` appends it to any file.
 */
export async function* withoutUtf16(
  source: Pick<Source, 'name' | 'chunks'>,
  blocks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, undefined> {
  let passed = 0;
  for await (const block of blocks) {
    const start = utf16Start(block);
    if (start !== undefined) throw await refuseMixed(source, passed + start);
    yield block;
    passed += block.length;
  }
}

/** Where UTF-16 begins in a block; undefined if it does not. Other zeros are refused elsewhere. */
function utf16Start(block: Buffer): number | undefined {
  for (let zero = block.indexOf(0); zero >= 0; zero = block.indexOf(0, zero + 1)) {
    const isRun = Array.from({ length: enough }, (_pair, index) => zero + 2 * index).every(
      (at) => block[at] === 0 && isText(block[at + 1]),
    );
    if (!isRun) continue;
    // Little-endian, unless a line end precedes the zero.
    const first = zero > 0 && isText(block[zero - 1]) && block[zero - 1] !== 0x0a ? zero - 1 : zero;
    return first >= 2 && block[first - 2] === 0xff && block[first - 1] === 0xfe ? first - 2 : first;
  }
  return undefined;
}

function isText(byte: number | undefined): boolean {
  return byte !== undefined && (byte >= 0x20 ? byte < 0x7f : [0x09, 0x0a, 0x0d].includes(byte));
}

async function refuseMixed(
  { name, chunks }: Pick<Source, 'name' | 'chunks'>,
  start: number,
): Promise<Failure> {
  let passed = 0;
  let line = 1;
  for await (const chunk of chunks) {
    const part = chunk.subarray(0, start - passed);
    for (let at = part.indexOf(0x0a); at >= 0; at = part.indexOf(0x0a, at + 1)) line++;
    passed += part.length;
    if (passed >= start) break;
  }
  return new Failure(
    'unsupported_encoding',
    `${name} is in two encodings: from line ${line} (byte ${start + 1}) on, it is UTF-16`,
    {
      hint: 'write all of it in one encoding: in PowerShell, append with Add-Content -Encoding utf8, not with >>',
    },
  );
}
