const bits = 27;

/**
 * Tells keys that were perhaps seen before from keys that surely were not, in 16 MB whatever their number
 * (a Bloom filter of 2^27 bits, four probes a key). At 1,000,000 keys one in a million is suspected wrongly, at
 * 10,000,000 one in two hundred; the database looks at every suspect exactly.
 */
export function createRepeatFilter(): (key: string) => boolean {
  const words = new Uint32Array(1 << (bits - 5));

  function probe(hash: number): boolean {
    const bit = hash >>> (32 - bits);
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    const seen = ((words[word] as number) & mask) !== 0;
    words[word] = (words[word] as number) | mask;
    return seen;
  }

  return function perhapsSeen(key) {
    // FNV-1a, then two mixes of it (the finalizer of MurmurHash3).
    let hash = 0x811c9dc5;
    for (let index = 0; index < key.length; index++)
      hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
    const first = mixed(hash);
    const step = mixed(hash ^ 0x9e3779b9) | 1;
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
