/** What can be measured by itself: `npm run bench -- --only fresh,unchanged 200000`. */
export const rowNames = [
  'first-load',
  'fresh',
  'dry-run',
  'unchanged',
  'changed',
  'all-changed',
  'inspect',
  'orgs',
  'history',
  'undo',
  'search',
  'start-up',
] as const;
export type RowName = (typeof rowNames)[number];

export interface BenchOptions {
  sizes: number[];
  only: ReadonlySet<RowName>;
  /** Everything was measured, so the figures go into docs/performance.md. */
  isWhole: boolean;
}

/** Without 10,000,000: half an hour and 40 GB are only for those who ask for them. */
const usualSizes = [1000, 10_000, 100_000, 200_000, 1_000_000];

/** Throws for a word that is neither a size nor `--only NAMES`. */
export function readOptions(words: string[]): BenchOptions {
  const sizes: number[] = [];
  const only = new Set<RowName>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    const size = Number(word.replaceAll(/[_,]/g, ''));
    if (word === '--only')
      for (const name of (words[++index] ?? '').split(',')) only.add(rowName(name.trim()));
    else if (Number.isInteger(size) && size >= 200) sizes.push(size);
    else
      throw new Error(`${word}: expected rows (200 or more) or --only with some of ${rowNames.join(', ')}`);
  }
  return {
    sizes: sizes.length === 0 ? usualSizes : sizes,
    only: only.size === 0 ? new Set(rowNames) : only,
    isWhole: sizes.length === 0 && only.size === 0,
  };
}

function rowName(text: string): RowName {
  const found = rowNames.find((name) => name === text);
  if (found === undefined) throw new Error(`--only ${text}: expected some of ${rowNames.join(', ')}`);
  return found;
}
