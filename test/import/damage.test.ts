import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { read, splitLines } from '../files/csv/read-records.ts';

interface Row {
  cells: string[];
  /** With its line end. */
  text: string;
}

interface Damage {
  at: number;
  remove: number;
  insert: string;
}

// What reads as another row by chance is left out: a cell of several lines stands between others, and its lines are
// prose without delimiters. Each row has its number, so that none passes for another.
const word = fc.stringMatching(/^[A-Za-zäöüß][a-zäöüß ]{0,6}$/);
const quotedCell = fc
  .tuple(word, fc.stringMatching(/^[a-z ,"]{0,6}$/))
  .map(([start, rest]) => `"${start}${rest.replaceAll('"', '""')}"`);
const oneLine = fc.oneof(word, quotedCell, fc.constant(''), fc.constant('""'));
const severalLines = fc.array(word, { minLength: 2, maxLength: 4 }).map((lines) => `"${lines.join('\n')}"`);

function tableWith(cell: fc.Arbitrary<string>): fc.Arbitrary<Row[]> {
  return fc.integer({ min: 3, max: 5 }).chain((width) => {
    const cells = fc.array(cell, { minLength: width - 2, maxLength: width - 2 });
    const rows = fc.array(fc.tuple(cells, fc.boolean(), fc.oneof(word, quotedCell)), {
      minLength: 3,
      maxLength: 8,
    });
    return rows.map((all) =>
      all.map(([middle, quoted, last], index) => {
        const texts = [quoted ? `"R${index}"` : `R${index}`, ...middle, last];
        return { text: `${texts.join(',')}\n`, cells: texts.map(unquoted) };
      }),
    );
  });
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** Each change of the text by which one row, or two that it joins, are no valid rows any more. */
function damagesOf(text: string, width: number): Damage[] {
  const damages: Damage[] = [];
  let inQuotes = false;
  let cell = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    damages.push({ at, remove: 0, insert: '"' }, { at, remove: 0, insert: '\0' });
    if (character === '"') {
      damages.push({ at, remove: 1, insert: '' });
      inQuotes = !inQuotes;
    } else if (!inQuotes) {
      damages.push({ at, remove: 0, insert: ',' });
      if (character === ',') damages.push({ at, remove: 1, insert: '' });
      if (character === '\n' && at < text.length - 1) damages.push({ at, remove: 1, insert: '' });
      if (character === ',') cell++;
      else if (character === '\n') cell = 0;
      // A line end in the first or last cell leaves a row of the right width.
      else if (cell > 0 && cell < width - 1) damages.push({ at, remove: 0, insert: '\n' });
    }
  }
  return damages;
}

/** What came of the rows when the table was read with one thing broken in it; rows by their index. */
function readDamaged(rows: Row[], pick: number) {
  const width = rows[0]?.cells.length as number;
  const text = rows.map((row) => row.text).join('');
  const damages = damagesOf(text, width);
  const { at, remove, insert } = damages[pick % damages.length] as Damage;
  const broken = text.slice(0, at) + insert + text.slice(at + remove);
  const { records, faults } = read(broken, {}, width);

  const unmatched = records
    .filter(({ cells }) => cells.length === width)
    .map(({ cells }) => cells.join('\u241f'));
  const namedLines = new Set(
    [...faults, ...records.filter(({ cells }) => cells.length !== width)].flatMap(({ line, raw }) =>
      splitLines(`${raw}\n`).map((_, index) => line + index),
    ),
  );
  const outcome = {
    broken,
    accepted: [] as number[],
    named: [] as number[],
    touched: [] as number[],
    changed: unmatched,
  };
  let start = 0;
  for (const [index, row] of rows.entries()) {
    const end = start + row.text.length;
    const joined = remove === 1 && text[at] === '\n' && start === at + 1;
    if ((at >= start && at < end) || joined) outcome.touched.push(index);
    const startsAt = start > at ? start - remove + insert.length : start;
    if (namedLines.has(splitLines(`${broken.slice(0, startsAt)}x`).length)) outcome.named.push(index);
    const found = unmatched.indexOf(row.cells.join('\u241f'));
    if (found >= 0) outcome.accepted.push(index);
    if (found >= 0) unmatched.splice(found, 1);
    start = end;
  }
  return outcome;
}

test('no accepted record differs from what it was, and each row that is missing is named', () => {
  fc.assert(
    fc.property(tableWith(fc.oneof(oneLine, severalLines)), fc.nat(), (rows, pick) => {
      const { accepted, named, touched, changed } = readDamaged(rows, pick);
      expect(changed).toEqual([]);
      expect(accepted.filter((index) => touched.includes(index))).toEqual([]);
      expect(
        rows.map((_, index) => index).filter((index) => !accepted.includes(index) && !named.includes(index)),
      ).toEqual([]);
    }),
    { numRuns: 5000 },
  );
});

test('every other row is accepted, where each is on one line', () => {
  fc.assert(
    fc.property(tableWith(oneLine), fc.nat(), (rows, pick) => {
      const { accepted, touched } = readDamaged(rows, pick);
      expect(new Set([...accepted, ...touched])).toEqual(new Set(rows.keys()));
    }),
    { numRuns: 5000 },
  );
});
