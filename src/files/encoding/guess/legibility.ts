import type { ByteTriple } from './byte-evidence.ts';
import { isLetter } from './letter-class.ts';
import { strangenessOfLetter } from './strange-letter.ts';
import { strangenessOfSign } from './strange-sign.ts';

/**
 * How badly bytes read as text in an encoding, from 0 (as names and addresses are written) upwards: the mean
 * over all bytes above 0x7f, each judged together with its two neighbours. Frequent combinations weigh more
 * than rare ones, but only by their logarithm: a city on every second line proves no more than one on every
 * tenth. `table` has the character of each byte.
 */
export function illegibility(triples: readonly ByteTriple[], table: readonly string[]): number {
  let cost = 0;
  let weights = 0;
  for (const { before, byte, after, count } of triples) {
    const weight = 1 + Math.log2(count);
    weights += weight;
    cost += weight * strangeness(table[before] as string, table[byte] as string, table[after] as string);
  }
  return weights === 0 ? 0 : cost / weights;
}

/** The cost of one character between two others, in points: 2 means “hardly” and 4 “never”. */
function strangeness(before: string, character: string, after: string): number {
  if (/^[\ufffd\x80-\x9f]?$/.test(character)) return 6;
  if (isLetter(character)) return strangenessOfLetter(before, character, after);
  return strangenessOfSign(before, character, after);
}
