import { undecodedByte } from '../../files/encoding/utf8.ts';
import { quoted } from '../../model/printable.ts';
import type { Problem } from '../../model/problem.ts';
import { problem } from '../../model/problem.ts';

/** A better message for a cell with bytes that its encoding leaves undefined. */
export function decodingProblem(cell: string, encoding: string): Problem | undefined {
  const byte = undecodedByte(cell);
  if (byte === undefined || encoding.startsWith('UTF-16')) return undefined;
  const shown = quoted(cell).replaceAll(/\\udc([89a-f][\da-f])/g, String.raw`\x$1`);
  return problem(
    'invalid_encoding',
    `${shown} holds the byte 0x${byte.toString(16).toUpperCase()}, which is not ${encoding}`,
    encoding === 'UTF-8'
      ? 'save the file as UTF-8; this row comes from another encoding, often Windows-1252'
      : 'type the value again, or give the encoding of the whole file: --encoding NAME',
  );
}
