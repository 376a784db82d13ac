import { broken, tooLarge } from './package.ts';
import type { Package } from './package.ts';
import { readWholeXml } from './xml.ts';

/** The texts that cells refer to by number. */
export interface SharedStrings {
  count: number;
  /** Undefined for an unknown number. */
  at(index: number): string | undefined;
}

/** The most characters in one cell, as in a CSV file; Excel itself stops at 32,767. */
export const cellLimit = 1e6;
/**
 * The most text that is kept while the sheet is read. 600,000 customers with four texts of their own took 52
 * MB, and their import 175 MB resident; more would exceed the 200 MB that an import may use.
 */
const textLimit = 64 << 20;
/** Large enough for the longest text in UTF-8. */
const blockBits = 22;
/** Texts of many rows (a currency, a country) appear early and are kept as strings. */
const quickCount = 1 << 14;

/**
 * Reads the table of shared strings. As strings of the engine they would take two or three times the memory,
 * so they are kept as UTF-8 in blocks of 4 MB. Throws `Failure` if the table is damaged or larger than the
 * limit.
 */
export async function readSharedStrings(parts: Package, part: string, file: string): Promise<SharedStrings> {
  const store = createStringStore(() => {
    throw tooLarge(`${file} holds more than ${textLimit >> 20} MB of text`);
  });
  let text = '';
  let taking = false;
  let phonetic = false;
  await readWholeXml(parts.part(part), {
    file,
    part,
    handler: {
      open(name) {
        if (name === 't') taking = !phonetic;
        else if (name === 'rPh') phonetic = true;
        else if (name === 'si') text = '';
      },
      text(more) {
        if (!taking) return;
        text += more;
        if (text.length > cellLimit) throw broken(file, 'a cell holds more than 1 MB');
      },
      close(name) {
        if (name === 't') taking = false;
        else if (name === 'rPh') phonetic = false;
        else if (name === 'si') store.add(unescapeText(text));
      },
    },
  });
  return store;
}

export const noStrings: SharedStrings = { count: 0, at: () => undefined };

/**
 * Characters that XML cannot represent, and line ends, are written as `_x000D_` (ECMA-376 part 1, 22.4.2.4).
 */
export function unescapeText(text: string): string {
  return text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_escape, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      )
    : text;
}

function createStringStore(overLimit: () => never) {
  const blocks: Buffer[] = [];
  let block = Buffer.alloc(0);
  let used = 0;
  let total = 0;
  let starts = new Float64Array(1 << 10);
  let lengths = new Uint32Array(1 << 10);
  const quick: (string | undefined)[] = [];

  return {
    count: 0,
    add(text: string): void {
      const length = Buffer.byteLength(text, 'utf8');
      total += length + 12;
      if (total > textLimit) overLimit();
      if (used + length > block.length || blocks.length === 0) {
        block = Buffer.allocUnsafeSlow(1 << blockBits);
        blocks.push(block);
        used = 0;
      }
      if (this.count === starts.length) {
        starts = grown(starts, new Float64Array(starts.length * 2));
        lengths = grown(lengths, new Uint32Array(lengths.length * 2));
      }
      block.write(text, used, 'utf8');
      starts[this.count] = (blocks.length - 1) * 2 ** blockBits + used;
      lengths[this.count] = length;
      used += length;
      this.count++;
    },
    at(index: number): string | undefined {
      if (index < quickCount) {
        const known = quick[index];
        if (known !== undefined) return known;
      }
      if (!(index >= 0 && index < this.count)) return undefined;
      const start = starts[index] as number;
      const from = start % 2 ** blockBits;
      const home = blocks[Math.floor(start / 2 ** blockBits)] as Buffer;
      const text = home.toString('utf8', from, from + (lengths[index] as number));
      if (index < quickCount) quick[index] = text;
      return text;
    },
  };
}

function grown<Numbers extends { set(from: Numbers): void }>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
