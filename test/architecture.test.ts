import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

/* The shape of `src`. Which room may import which is held by the linter (.oxlintrc.json); this is what it cannot see. */

const root = new URL('../src/', import.meta.url).pathname;
const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.ts'));

/** What each file imports of `src`, types and what is loaded later included. */
const importsOf = new Map(
  await Promise.all(
    files.map(async (file): Promise<[string, string[]]> => {
      const text = await readFile(path.join(root, file), 'utf8');
      const found = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g)];
      return [file, found.map(([, name = '']) => path.join(path.dirname(file), name))];
    }),
  ),
);

/** Files that can be reached from `file` by its imports. */
function reached(file: string): Set<string> {
  const seen = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const imported of importsOf.get(next) ?? []) {
      if (seen.has(imported)) continue;
      seen.add(imported);
      open.push(imported);
    }
  }
  return seen;
}

test('the imports are read', () => {
  expect(files.length).toBeGreaterThan(200);
  expect(importsOf.get('main.ts')).toContain('context.ts');
  expect([...reached('main.ts')]).toContain('store/merge/merge.ts');
});

test('no file imports itself by a circle', () => {
  expect(files.filter((file) => reached(file).has(file))).toEqual([]);
});

test('every file is reached from the executable', () => {
  const used = reached('main.ts').add('main.ts');
  expect(files.filter((file) => !used.has(file))).toEqual([]);
});

test('no room holds more than 25 files, but for the model', () => {
  const sizes = new Map<string, number>();
  for (const file of files) sizes.set(path.dirname(file), (sizes.get(path.dirname(file)) ?? 0) + 1);
  const wide = [...sizes].filter(([room, size]) => room !== 'model' && size > 25);
  expect(wide).toEqual([]);
});
