import { isAscii, isUtf8 } from 'node:buffer';
import { pairLength, sequenceLength, surrogatePairAt, wholeLength } from '../utf8.ts';

/** What the bytes of a file reveal about its encoding. */
export interface ByteEvidence {
  ascii: boolean;
  /** Bytes that are in no UTF-8 sequence; empty for a file that is valid UTF-8. */
  strayBytes: number;
  /** UTF-8 sequences of two bytes and more; counted only until more would add nothing. */
  sequences: number;
  /** How often each of the stray bytes was between which two others. */
  triples: ByteTriple[];
}

export interface ByteTriple {
  before: number;
  byte: number;
  after: number;
  count: number;
}

const enoughSequences = 100_000;
/** This many are not a coincidence; up to here each one is examined. */
const fewSequences = 100;

/**
 * Collects the evidence from chunks of at least a few kilobytes; `add` costs hardly more than reading them.
 */
export function gatherByteEvidence() {
  let carry: Buffer = Buffer.alloc(0);
  let last = 0x0a;
  let ascii = true;
  let strayBytes = 0;
  let sequences = 0;
  // 32 MB of address space; only the used part becomes memory.
  let counts: Uint32Array | undefined;
  const seen: number[] = [];

  function add(chunk: Buffer): void {
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const end = wholeLength(bytes);
    // Copied, because it must not keep a chunk alive.
    carry = Buffer.from(bytes.subarray(end));
    if (end > 0) addWhole(bytes.subarray(0, end));
  }

  function addWhole(bytes: Buffer): void {
    if (!isAscii(bytes)) {
      ascii = false;
      const whole = isUtf8(bytes);
      const found = whole && sequences < enoughSequences ? leadBytes(bytes) : 0;
      if (whole && sequences + found > fewSequences) sequences += found;
      else countBytes(bytes);
    }
    last = bytes[bytes.length - 1] as number;
  }

  function countBytes(bytes: Buffer): void {
    let sequenceEnd = 0;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] as number;
      if (byte < 0x80) continue;
      if (index < sequenceEnd) continue;
      const length = sequenceLength(byte);
      const follows = ((bytes[index + 1] ?? 0) & 0xc0) === 0x80;
      if (
        length > 1 &&
        follows &&
        isUtf8(bytes.subarray(index, index + length)) &&
        !isChance(bytes, index, index === 0 ? last : (bytes[index - 1] as number))
      ) {
        sequences++;
        sequenceEnd = index + length;
        continue;
      }
      if (byte === 0xed && surrogatePairAt(bytes, index) !== undefined) {
        sequences++;
        sequenceEnd = index + pairLength;
        continue;
      }
      strayBytes++;
      counts ??= new Uint32Array(1 << 23);
      const before = index === 0 ? last : (bytes[index - 1] as number);
      const key = ((byte & 0x7f) << 16) | (before << 8) | (bytes[index + 1] ?? 0x0a);
      if (counts[key] === 0) seen.push(key);
      counts[key] = (counts[key] as number) + 1;
    }
  }

  function finish(): ByteEvidence {
    if (carry.length > 0) addWhole(carry);
    const triples = seen.map((key) => ({
      before: (key >> 8) & 0xff,
      byte: (key >> 16) | 0x80,
      after: key & 0xff,
      count: counts?.[key] ?? 0,
    }));
    return { ascii, strayBytes, sequences, triples };
  }

  return { add, finish };
}

/**
 * Whether a sequence of two bytes is a letter from U+0400 to U+07FF, Cyrillic to NKo, in the middle of a
 * Latin word: Spaß“ in Windows-1252, Íñigo in CP850 and l’École in MacRoman are valid UTF-8, but not words.
 * Greek is excluded because of μm and kΩ.
 */
function isChance(bytes: Buffer, index: number, before: number): boolean {
  const lead = bytes[index] as number;
  return lead >= 0xd0 && lead <= 0xdf && (isAsciiLetter(before) || isAsciiLetter(bytes[index + 2] ?? 0));
}

function isAsciiLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}

function leadBytes(bytes: Buffer): number {
  let found = 0;
  for (let index = 0; index < bytes.length; index++) if ((bytes[index] as number) >= 0xc0) found++;
  return found;
}
