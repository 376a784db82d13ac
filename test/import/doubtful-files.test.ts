import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { inspectFile } from '../../src/import/inspect-file.ts';
import { openSource } from '../../src/files/source.ts';
import { failureOf } from '../files/csv/pieces.ts';

/** What `inspect --rows --report` makes of a text. */
async function inspect(text: string) {
  const source = await openSource('-', { stdin: Readable.from([Buffer.from(text)]), cwd: '.' });
  const taken: string[][] = [];
  try {
    const { report, inspection } = await inspectFile({
      source,
      defaults: {},
      onRow: (cells) => taken.push(cells),
      signal: new AbortController().signal,
    });
    const [header, ...rows] = taken;
    const rejected = report.rejected.map(({ line, code }) => `${line} ${code}`);
    return { header, rows, rejected, delimiter: inspection.delimiter };
  } finally {
    source.close();
  }
}

const text = (...lines: string[]) => `${lines.join('\n')}\n`;

const fruit = [
  ['apple', '1.50', 'red, sweet'],
  ['pear', '2.25', 'green'],
  ['plum', '3.10', 'blue 2" wide'],
  ['fig', '0.75', 'brown'],
];
const header = ['Fruit', 'Price', 'Look'];
const written = (cells: string[], delimiter = ',', quoteAll = false) =>
  cells
    .map((cell) => (quoteAll || /[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(delimiter);
const lines = fruit.map((cells) => written(cells));

test('a header that a CR ends above rows that LF ends takes no row with it', async () => {
  expect(await inspect(`Fruit,Price,Look\r${text(...lines)}`)).toMatchObject({ header, rows: fruit });
  expect(await inspect(`Fruit,Price,Look\r\r${text(...lines)}`)).toMatchObject({ header, rows: fruit });
});

test.each([', ', '; ', '| '])('cells in quotes behind %j are read', async (delimiter) => {
  const all = [header, ...fruit].map((cells) => written(cells, delimiter, true));
  expect(await inspect(text(...all))).toMatchObject({ delimiter, header, rows: fruit, rejected: [] });
  const some = [header, ...fruit].map((cells) => written(cells, delimiter));
  expect(await inspect(text(...some))).toMatchObject({ delimiter, header, rows: fruit, rejected: [] });
});

describe('of two tables', () => {
  test('the first is read, where the second is as long and has another width', async () => {
    for (const gap of [[], [''], [',,']]) {
      const below = ['Shop,Town', 'North,Wien', 'South,Graz', 'West,Linz', 'East,Wels'];
      const first = 6 + gap.length;
      const { rows, rejected } = await inspect(text(header.join(','), ...lines, ...gap, ...below));
      expect(rows).toEqual(fruit);
      expect(rejected).toEqual(below.map((_line, index) => `${first + index} too_few_cells`));
    }
  });

  test('the second is named, where it is the first once more', async () => {
    const { rows, rejected } = await inspect(
      text('Fruit,Price,Look', ...lines, 'Fruit,Price,Look', ...lines),
    );
    expect(rows).toEqual(fruit);
    expect(rejected).toEqual([7, 8, 9, 10].map((line) => `${line} another_table`));
  });

  test('both are read if the header repeats on each page of a report', async () => {
    const pages = ['Fruit,Price,Look', ...lines.slice(0, 2), 'Fruit,Price,Look', ...lines.slice(2)];
    expect(await inspect(text(...pages))).toMatchObject({ rows: fruit, rejected: [] });
  });
});

describe('a damaged header is refused rather than a row taken for it:', () => {
  const rows = ['apple,sour,red', 'pear,sweet,green', 'plum,sweet,blue', 'fig,mild,brown'];

  test.each([
    ['a name more', 'Fruit,,Taste,Look'],
    ['a name less', 'FruitTaste,Look'],
    ['a quote', 'Fruit,Ta"ste,Look'],
    ['a quote at the beginning of a name', '"Fruit,Taste,Look'],
    ['another delimiter', 'Fruit;Taste;Look'],
    ['the first row behind it', 'Fruit,Taste,Lookapple,sour,red'],
  ])('%s', async (_name, damaged) => {
    expect(await failureOf(inspect(text(damaged, ...rows)))).toMatchObject({
      code: 'missing_column',
      message: expect.stringMatching(/^line 1\b/) as string,
    });
  });

  test.each([
    ['names of ours', 'name,,default_currency,default_language'],
    ['names of ours and another delimiter', 'name;default_currency;default_language'],
  ])('%s', async (_name, damaged) => {
    const customers = ['A; one,EUR,de-DE', 'B,EUR,de-DE', 'C,CHF,de-CH', 'D,CHF,de-CH'];
    expect(await failureOf(inspect(text(damaged, ...customers)))).toMatchObject({ code: 'missing_column' });
  });

  test('and prose above a header is still no header', async () => {
    const report = text('Fruit of all kinds, made by night', 'Fruit,Taste,Look', ...rows);
    expect((await inspect(report)).header).toEqual(['Fruit', 'Taste', 'Look']);
  });
});

test('a file without a header is refused by what its columns repeat', async () => {
  const rows = ['apple,sour,red', 'pear,sour,red', 'plum,sweet,red', 'fig,sour,blue'];
  expect(await failureOf(inspect(text(...rows)))).toMatchObject({ code: 'missing_column' });
});

test('a stray quote is one where nothing else is quoted, too', async () => {
  const rows = ['1,2.5,x', '2,3.5,y', '3,4.5",z', '4,5.5,z'];
  expect((await inspect(text('id,size,kind', ...rows))).rejected).toEqual(['4 stray_quote']);
});

test('a doubled quote in a file with the other quote is not read literally', async () => {
  const rows = ["'a','1'", "'b','2'", "'c 5\"\" d','3'", "'e','4'"];
  expect((await inspect(text("'key','value'", ...rows))).rejected).toEqual(['4 single_quoted']);
});

test('a note in a table of three columns is not a row, unless rows are equally empty', async () => {
  const half = fruit.map(([name, , look]) => written([name as string, '', look as string]));
  const many = Array.from({ length: 4 }, () => half).flat();
  expect((await inspect(text(header.join(','), ...many, 'a note,,'))).rejected).toEqual(['18 lonely_cell']);
  expect((await inspect(text(header.join(','), ...half, 'fig,,', 'date,,'))).rejected).toEqual([]);
});
