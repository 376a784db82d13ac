import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

/* The shape of `src`. Which room may import which is held by the linter (.oxlintrc.json); this is what it cannot see. */

const root = new URL('../src/', import.meta.url).pathname;
const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.ts'));

const texts = new Map(
  await Promise.all(
    files.map(async (file): Promise<[string, string]> => [
      file,
      await readFile(path.join(root, file), 'utf8'),
    ]),
  ),
);

/** What each file imports of `src`, types and what is loaded later included. */
const importsOf = new Map(
  [...texts].map(([file, text]): [string, string[]] => {
    const found = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g)];
    return [file, found.map(([, name = '']) => path.join(path.dirname(file), name))];
  }),
);

/** A file's text without its comments. */
function code(file: string): string {
  return (texts.get(file) ?? '').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

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

/*
 * Columns that no rule treats apart. Where one of them is named, all of them are meant, and the list belongs to the model
 * (model/columns.ts) and what turns it into SQL (store/customers/columns.ts).
 */
const plainColumns =
  /\b(?:default_currency|default_language|notes|(?:billing|shipping)_(?!address\b)\w+|contact_(?:name|phone|role))\b/g;

/** What may name them, and why. */
const namesColumns = new Map([
  ['import/columns/ambiguous-columns.ts', 'streets beside house numbers'],
  ['import/columns/column-synonyms.ts', 'what ERPs call a field'],
  ['import/columns/known-systems.ts', 'headers of other systems'],
  ['import/columns/mapping-columns.ts', 'a person without an email address'],
  ['import/columns/mapping-parts.ts', 'what contacts and addresses of rows may have'],
  ['import/columns/match-columns.ts', 'values for --default'],
  ['import/columns/required-columns.ts', 'the flag that helps'],
  ['import/draft/draft.ts', 'a contact needs an email address'],
  ['import/draft/name-clues.ts', 'what other systems call a field'],
  ['import/draft/needs.ts', 'currency and language, which a person is asked for'],
  ['import/draft/suggest-draft.ts', 'the order in which columns matter'],
  ['import/draft/value-clues.ts', 'what the values of a field look like'],
  ['import/read-changes.ts', 'an example of a change'],
  ['import/rows/contact-records.ts', 'what a contact of a row may have'],
  ['import/rows/judge.ts', 'the language that is watched'],
  ['import/rows/sheet-damage.ts', 'what a spreadsheet does to a phone'],
  ['import/rows/slots.ts', 'a rule for ids, which are no field'],
  ['store/search/rank.ts', 'where a search has found its text'],
]);

test('the customer’s columns are listed in the model alone', () => {
  const rooms = /^(?:store|import|export)\//;
  const naming = files.filter((file) => rooms.test(file) && code(file).match(plainColumns) !== null);
  expect(naming.toSorted()).toEqual([...namesColumns.keys()]);
});

test('no statement lists the addresses or a contact’s columns', () => {
  const lists = /billing_address,\s*(?:\w+\.)?shipping_address|phone,\s*(?:\w+\.)?role\b/;
  const listing = files.filter((file) => file.startsWith('store/') && lists.test(code(file)));
  // The function of an index, which search calls as the migration defines it.
  expect(listing.toSorted()).toEqual(['store/search/places.ts', 'store/search/ways.ts']);
});

test('patterns for LIKE are escaped in one place', () => {
  const escaping = files.filter(
    (file) => file.startsWith('store/') && code(file).includes(String.raw`[\\%_]/g`),
  );
  expect(escaping).toEqual(['store/connection/like-pattern.ts']);
});
