/**
 * An ERP number that occurs more than once in a file: the line of its first occurrence, and of the
 * repetition.
 */
export interface RepeatedNumber {
  erp_number: string;
  lines: [first: number, again: number];
}

/**
 * Finds repeated ERP numbers, in 12 bytes per number in a half-empty table: a Map of strings took 100 MB for
 * 1,000,000 of them. A number is kept as a hash of 64 bits: two of 1,000,000 different numbers collide in one
 * file of thirty million.
 *
 * @param shown how many are kept in `found`; all are counted
 */
export function createRepeatedNumbers(shown: number) {
  const found: RepeatedNumber[] = [];
  let total = 0;
  let size = 0;
  let table = emptyTable(1 << 12);

  function grow(): void {
    const old = table;
    table = emptyTable(old.lines.length * 2);
    for (let slot = 0; slot < old.lines.length; slot++) {
      const line = old.lines[slot] as number;
      if (line === 0) continue;
      const low = old.lows[slot] as number;
      const high = old.highs[slot] as number;
      put(slotOf(low, high), { low, high, line });
    }
  }

  /** The slot of this hash, or the free one where it belongs. */
  function slotOf(low: number, high: number): number {
    const mask = table.lines.length - 1;
    let slot = low & mask;
    while (table.lines[slot] !== 0 && (table.lows[slot] !== low || table.highs[slot] !== high)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  function put(slot: number, { low, high, line }: { low: number; high: number; line: number }): void {
    table.lows[slot] = low;
    table.highs[slot] = high;
    table.lines[slot] = line;
  }

  return {
    found,
    total: () => total,
    add(number: string, line: number): void {
      const { low, high } = hashed(number);
      const slot = slotOf(low, high);
      const first = table.lines[slot] as number;
      if (first === 0) {
        put(slot, { low, high, line });
        if (++size * 2 > table.lines.length) grow();
        return;
      }
      total++;
      if (found.length < shown) found.push({ erp_number: number, lines: [first, line] });
    },
  };
}

/** Lines count from 1, so 0 marks a free slot. */
function emptyTable(slots: number) {
  return { lows: new Uint32Array(slots), highs: new Uint32Array(slots), lines: new Uint32Array(slots) };
}

/**
 * 64 bits in two halves that mix with each other, with the finalizer of MurmurHash3 (cyrb53's scheme, public
 * domain).
 */
function hashed(text: string): { low: number; high: number } {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x9e3779b1);
    high = Math.imul(high ^ code, 0x5f356495);
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return { low: low >>> 0, high: high >>> 0 };
}
