import { editDistance } from './near-name.ts';

/** Names and the codes that they can mean, compared without regard to case, accents and spelling. */
export interface CodeNames {
  add(name: string | undefined, code: string): void;
  /** Every code that the text is a name of; empty if it is not a name. */
  codesOf(text: string): readonly string[];
  /** The code of the name that the text is most likely a typo of, if any. */
  near(text: string): string | undefined;
}

/** Shorter texts are within one typo of too many names. */
const shortestTypo = 5;
/** From this length on, two typos are tolerated. */
const longTypo = 9;

export function createCodeNames(): CodeNames {
  const codes = new Map<string, string[]>();
  return {
    add(name, code) {
      const key = name === undefined ? '' : nameKey(name);
      // One or two letters are a code or a sign, not a name.
      if (key.length < 3 && /^[a-z\d]*$/.test(key)) return;
      const known = codes.get(key);
      if (known === undefined) codes.set(key, [code]);
      else if (!known.includes(code)) known.push(code);
    },
    codesOf: (text) => codes.get(nameKey(text)) ?? [],
    near(text) {
      const key = nameKey(text);
      if (key.length < shortestTypo) return undefined;
      const limit = key.length < longTypo ? 1 : 2;
      let smallest = limit + 1;
      const meant = new Set<string>();
      for (const [name, named] of codes) {
        // The first letter is seldom the wrong one, and comparing with all names would take milliseconds.
        if (name[0] !== key[0] || Math.abs(name.length - key.length) > limit) continue;
        const distance = editDistance(key, name);
        if (distance > limit || distance > smallest) continue;
        if (distance < smallest) meant.clear();
        smallest = distance;
        for (const code of named) meant.add(code);
      }
      return meant.size === 1 ? [...meant][0] : undefined;
    },
  };
}

const saints = new Map(['saint', 'sankt', 'sainte', 'santa'].map((word) => [word, 'st']));
const connecting = new Set(['and', 'und', 'et', 'e', 'y', 'u', 'the', 'of']);

/**
 * `Oesterreich` and `Österreich`, `Bosnien & Herzegowina` and `Bosnien und Herzegowina` have the same key.
 */
function nameKey(name: string): string {
  return foldName(name)
    .split(' ')
    .filter((word) => !connecting.has(word))
    .map((word) => saints.get(word) ?? word)
    .join('')
    .replaceAll(/(?<!q)([aou])e/g, '$1');
}

const letters: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', ı: 'i' };

/** Lower-case words without accents, apostrophes and punctuation. */
function foldName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[ßæœøđðłı]/g, (letter) => letters[letter] ?? letter)
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f'’‘ʼ`´.]+/g, '')
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}

/**
 * The codes that a text of several parts can mean: `Schweiz (CH)`, `DE - Deutschland`, `EUR Euro`. Every part
 * must be recognised. Parts that agree give one code, parts that contradict each other give all of theirs.
 */
export function codesOfParts(text: string, codesOf: (part: string) => readonly string[]): readonly string[] {
  const parts = partsOf(text);
  if (parts.length < 2) return [];
  const read = parts.map((part) => codesOf(part));
  if (read.some((codes) => codes.length === 0)) return [];
  const [first = [], ...others] = read;
  const shared = first.filter((code) => others.every((codes) => codes.includes(code)));
  return shared.length > 0 ? shared : [...new Set(read.flat())];
}

export function partsOf(text: string): string[] {
  const [, before, code, after] = /^(.*\S)?\s*(?<![^\s])([A-Z]{2,3})(?![^\s])\s*(\S.*)?$/u.exec(text) ?? [];
  const bySpace = [before, code, after].filter((part) => part !== undefined);
  const byPunctuation = text.split(/\s*[()[\]/|,;:]\s*|\s+[-–—]\s+|^([A-Z]{2,3})[-–—]|[-–—]([A-Z]{2,3})$/u);
  const parts = byPunctuation.filter((part) => part !== undefined && part !== '');
  return parts.length > 1 || bySpace.length !== 2 ? parts : bySpace;
}
