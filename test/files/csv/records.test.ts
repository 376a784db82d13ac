import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecordFormat } from '../../../src/files/csv/record-format.ts';
import { countWork, heapUsed, read, reading, readPieces, splitLines } from './read-records.ts';

const cellsOf = (text: string, format: Partial<RecordFormat> = {}) =>
  read(text, format).records.map(({ cells }) => cells);

describe('records', () => {
  test.each<[string, string, string[][]]>([
    [
      'plain cells',
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'CRLF',
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'CRLF and LF mixed',
      'a,b\r\nc,d\ne,f\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
      ],
    ],
    [
      'CR alone',
      'a,b\rc,d\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a last line without its end',
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a last line with half its end',
      'a,b\r\nc,d\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['quoted cells', '"a","b"\n', [['a', 'b']]],
    ['a quoted last cell without line end', 'a,"b"', [['a', 'b']]],
    [
      'a quoted cell before CRLF',
      'a,"b"\r\n"c",d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a delimiter in quotes', '"a,b",c\n', [['a,b', 'c']]],
    ['doubled quotes', '"a ""b"" c","""","""a"""\n', [['a "b" c', '"', '"a"']]],
    ['line breaks in quotes', '"a\nb","c\r\nd\re"\n', [['a\nb', 'c\r\nd\re']]],
    [
      'empty cells',
      ',\n,,\n"",""\n',
      [
        ['', ''],
        ['', '', ''],
        ['', ''],
      ],
    ],
    [
      'empty cells beside quoted ones',
      ',"a",\n"a",,\n',
      [
        ['', 'a', ''],
        ['a', '', ''],
      ],
    ],
    ['one column', 'a\n"b"\n""\n', [['a'], ['b'], ['']]],
    ['a single cell', 'a', [['a']]],
    ['a single empty cell in quotes', '""', [['']]],
    ['spaces, which belong to the cell', ' a , b \n', [[' a ', ' b ']]],
    ['a tab, which is a character as any other', 'a\tb,c\n', [['a\tb', 'c']]],
    ['an apostrophe, which is no quote', "'a,b'\n", [["'a", "b'"]]],
    [
      'text beyond ASCII',
      'Müller,"株式会社"\n👩‍👧,"é"\n',
      [
        ['Müller', '株式会社'],
        ['👩‍👧', 'é'],
      ],
    ],
    ['U+2028 and U+0085, which end no line', 'a\u2028b,c\u0085d\n', [['a\u2028b', 'c\u0085d']]],
  ])('%s', (_name, text, records) => {
    const outcome = read(text);
    expect(outcome.faults).toEqual([]);
    expect(outcome.records.map(({ cells }) => cells)).toEqual(records);
  });

  test.each([',', ';', '\t', '|', ':', '\u00a6', '||', ', '])('delimited by %j', (delimiter) => {
    const text = ['a', 'b "c"', '"d"', `"e${delimiter}f""\n"`, '', '""'];
    const wellFormed = text.filter((cell) => cell !== 'b "c"');
    const { records, faults } = read(`${wellFormed.join(delimiter)}\n${delimiter}\n`, { delimiter });
    expect(faults).toEqual([]);
    expect(records.map(({ cells }) => cells)).toEqual([
      ['a', 'd', `e${delimiter}f"\n`, '', ''],
      ['', ''],
    ]);
  });

  test('other delimiters are text', () => {
    expect(cellsOf('a,b;"c,""d"""|\te\n', { delimiter: ';' })).toEqual(
      [['a,b']].map(() => ['a,b', 'c,"d"']).slice(1),
    );
    expect(cellsOf('a,b;"c,""d"""\n', { delimiter: ';' })).toEqual([['a,b', 'c,"d"']]);
  });

  test('blank lines are not records, and are counted and reported', () => {
    const { records, blank } = read('\na\n\r\n\n"b"\n\n');
    expect(records).toMatchObject([
      { cells: ['a'], line: 2 },
      { cells: ['b'], line: 5 },
    ]);
    expect(blank).toEqual([1, 3, 4, 6]);
  });

  test('nothing gives nothing', () => {
    expect(read('')).toEqual({ records: [], faults: [], blank: [] });
  });

  test('lines are counted as an editor counts them, behind cells of several lines too', () => {
    const { records, faults } = read('a\r\n"b\n\nb",x\r\nc\r"d\r\n\rd"\ne"\n"f\nf"\ng');
    expect(records.map(({ cells, line }) => [cells[0]?.[0], line])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 5],
      ['d', 6],
      ['f', 10],
      ['g', 12],
    ]);
    expect(faults.map(({ line }) => line)).toEqual([9]);
  });

  test('a text may begin further down', () => {
    expect(read('a\n"b\n\nc\n', { firstLine: 7 })).toMatchObject({
      records: [{ line: 7 }, { line: 10 }],
      faults: [{ line: 8 }],
    });
  });

  test('the raw text is the record as it stood, without its line end', () => {
    const { records } = read('a, b\r\n"a ""b""\r\nc",d\r\n"e"');
    expect(records.map(({ raw }) => raw)).toEqual(['a, b', '"a ""b""\r\nc",d', '"e"']);
  });

  test('spaces behind a closing quote mean nothing', () => {
    expect(cellsOf('"a" ,b\n"c"  ,"d" \n" e" ,f\n')).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      [' e', 'f'],
    ]);
  });

  test('="00123" without quotes around it is one cell', () => {
    expect(cellsOf('="00123",a\nb,="4,5"\n="x"y,c\n')).toEqual([
      ['00123', 'a'],
      ['b', '4,5'],
    ]);
  });

  test('with another quote, and with another escape', () => {
    expect(cellsOf("'a,''b\n',\"c\n", { quote: "'" })).toEqual([["a,'b\n", '"c']]);
    expect(cellsOf('"a\\"b\\\\",c\\d\n"e\\\\"\n', { escape: '\\' })).toEqual([['a"b\\', 'c\\d'], ['e\\']]);
  });
});

describe('a record is rejected, and its neighbours are not,', () => {
  test('when two stray quotes would make one record of lines that are rows', () => {
    const { records, faults } = read('a,b,c\nc,"d,x\ny,z",w\ne,f,g\n', {}, 3);
    expect(faults).toMatchObject([
      { code: 'unclosed_quote', line: 2, lines: 1 },
      { code: 'stray_quote', line: 3, lines: 1 },
    ]);
    expect(records.map(({ cells }) => cells)).toEqual([
      ['a', 'b', 'c'],
      ['e', 'f', 'g'],
    ]);
  });

  test.each<[string, string, string, number, number]>([
    ['when a quote never closes', 'unclosed_quote', 'c,"d,x', 2, 1],
    ['when a quote opens and the line ends', 'unclosed_quote', 'c,d,"', 2, 1],
    ['when a quote is doubled but never closed', 'unclosed_quote', 'c,d,"x""', 2, 1],
    ['when a quote stands in a plain cell', 'stray_quote', 'c,Rohre 12" lang,x', 2, 1],
    ['when a quote stands behind a space', 'stray_quote', 'c, "d",x', 2, 1],
    ['when a quote ends a plain cell', 'stray_quote', 'c,d",x', 2, 1],
    ['when text stands behind a quote', 'text_after_quote', 'c,"d" x,y', 2, 1],
    ['when a quote inside a cell is not doubled', 'text_after_quote', 'c,"Haus "Seeblick"",y', 2, 1],
    ['when a quote is escaped by a backslash', 'text_after_quote', 'c,"Haus \\"Seeblick\\"",y', 2, 1],
    ['when a backslash stands before a doubled quote', 'text_after_quote', 'c,"Haus \\""Seeblick",y', 2, 1],
    ['when it holds NUL', 'forbidden_character', 'c,\0,y', 2, 1],
    ['when it holds NUL in quotes', 'forbidden_character', 'c,"\0",y', 2, 1],
    ['when it holds SUB', 'forbidden_character', 'c,\x1ad,y', 2, 1],
  ])('%s (%s)', (_name, code, damaged, line, lines) => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      for (const last of [lineEnd, '']) {
        const text = `a,b,c${lineEnd}${damaged}${lineEnd}e,"f,g",h${lineEnd}i,j,k${last}`;
        const { records, faults } = read(text, {}, 3);
        expect(faults).toMatchObject([{ code, line, lines, raw: damaged }]);
        expect(records.map(({ cells }) => cells)).toEqual([
          ['a', 'b', 'c'],
          ['e', 'f,g', 'h'],
          ['i', 'j', 'k'],
        ]);
        expect(records.map((record) => record.line)).toEqual([1, 3, 4]);
      }
    }
  });

  test('each of many, by its own line', () => {
    const text = Array.from({ length: 1000 }, (_, index) =>
      index % 3 === 1 ? `${index},y,"x` : `${index},y,x`,
    );
    const { records, faults } = read(`${text.join('\n')}\n`, {}, 3);
    expect(faults.map(({ line }) => line)).toEqual(
      text.flatMap((row, index) => (row.endsWith('"x') ? [index + 1] : [])),
    );
    expect(records.map(({ line }) => line)).toEqual(
      text.flatMap((row, index) => (row.endsWith('"x') ? [] : [index + 1])),
    );
  });

  test('though its quote finds a partner further down', () => {
    const { records, faults } = read('a,b,c\n1,"x,y\n2,x,y\n3,x"\n4,x,y\n', {}, 3);
    expect(faults).toMatchObject([
      { code: 'unclosed_quote', line: 2, raw: '1,"x,y' },
      { code: 'stray_quote', line: 4, raw: '3,x"' },
    ]);
    expect(records.map(({ cells }) => cells[0])).toEqual(['a', '2', '4']);
  });

  test('with all of its lines, if they are not rows', () => {
    const { records, faults } = read('a,b,c\n1,"x\nsome, note\nmore" of it,y\n4,x,y\n', {}, 3);
    expect(faults).toMatchObject([{ code: 'text_after_quote', line: 2, lines: 3 }]);
    expect(records.map(({ cells }) => cells[0])).toEqual(['a', '4']);
  });

  test('and says what is wrong and what to do', () => {
    for (const damaged of ['"a', 'a"', '"a"b', '\0']) {
      const [fault] = read(`${damaged}\n`).faults;
      expect(fault?.message).toMatch(/^[a-z].{10,}[^.]$/);
      expect(fault?.hint).toMatch(/^[a-z].{10,}[^.]$/);
    }
  });
});

test('SUB alone at the very end is the end of a file that DOS wrote', () => {
  expect(read('a,b\r\n\x1a')).toMatchObject({ records: [{ cells: ['a', 'b'] }], faults: [] });
  expect(read('a,b\r\n\x1a\nc,d\n')).toMatchObject({ faults: [{ code: 'forbidden_character', line: 2 }] });
});

describe('a record that is too large', () => {
  const limits = { cellLimit: 10, recordLimit: 40 };
  const fine = 'a,b\n';

  test.each([
    ['by a plain cell', `${'x'.repeat(11)},b`],
    ['by a quoted cell', `"${'x'.repeat(11)}",b`],
    ['by all its cells', 'xxxxxxxxx,'.repeat(5)],
    ['by all its quoted cells', '"xxxxxxx",'.repeat(5)],
    ['by what stands behind a cell of two lines', `"x\ny",${'xxxxxxxxx,'.repeat(5)}`],
  ])('%s is rejected alone', (_name, large) => {
    const { records, faults } = read(`${fine}${large}\n${fine}`, limits);
    expect(faults[0]).toMatchObject({ code: 'record_too_large', line: 2 });
    expect(records.at(-1)).toMatchObject({ cells: ['a', 'b'], line: large.includes('\n') ? 4 : 3 });
    expect(records[0]).toMatchObject({ cells: ['a', 'b'], line: 1 });
  });

  test('may be as large as the limit', () => {
    const cell = 'x'.repeat(10);
    const { faults } = read(`${cell},b\n"${cell}",b\n${'xxxxxxxx,'.repeat(4)}yyyy\n`, limits);
    expect(faults).toEqual([]);
  });

  test.each([
    ['a cell that never ends', 'x,', 'x'.repeat(65_536)],
    ['a quoted cell that never ends', 'x,"', 'x'.repeat(65_536)],
    ['a quoted cell of many lines that never ends', 'x,"', `${'x'.repeat(1023)}\n`.repeat(64)],
    ['a line that goes on behind a cell of two lines', 'x,"a\nb",', 'x'.repeat(65_536)],
    ['very many cells', 'x', ',x'.repeat(32_768)],
    ['very many quoted cells', 'x', ',"x"'.repeat(16_384)],
    ['a line of quotes', 'x,', '"'.repeat(65_536)],
  ])('%s is reported and dropped long before 100 MB have arrived', (_name, beginning, piece) => {
    const { reader, outcome } = reading({}, 2);
    reader.push(`a,b\n${beginning}`);
    let pushed = 0;
    while (outcome.faults.length === 0 && pushed < 100_000_000) {
      reader.push(piece);
      pushed += piece.length;
    }
    expect(pushed).toBeLessThan(8_500_000);
    expect(outcome.faults[0]).toMatchObject({ line: 2 });
    const before = heapUsed();
    while (pushed < 100_000_000) {
      reader.push(piece);
      pushed += piece.length;
    }
    expect(heapUsed() - before).toBeLessThan(20_000_000);
    reader.push('\nc,d\n');
    reader.end();
    expect(outcome.records.at(-1)?.cells).toEqual(['c', 'd']);
  });
});

const row = (index: number) => `${index},Müller GmbH,Straße ${index}`;
const quotedRow = (index: number) => `"${index}","Müller, GmbH","Straße ${index}"`;
const odd = (index: number) => `${index},"Müller GmbH,Straße ${index}`;
const rows = (make: (index: number) => string, lineEnd = '\n', count = 5000) =>
  Array.from({ length: count }, (_, index) => make(index) + lineEnd).join('');

describe('the work grows with the text, not with its square,', () => {
  test.each<[string, string, Partial<RecordFormat>, number?]>([
    ['for plain rows', rows(row), {}],
    ['for quoted rows', rows(quotedRow), {}],
    ['for quoted rows and CRLF', rows(quotedRow, '\r\n'), {}],
    ['for lines that end with CR', rows(row, '\r'), {}],
    ['for quoted lines that end with CR', rows(quotedRow, '\r'), {}],
    ['for one CR among many LF', `a\rb\n${rows(row)}`, {}],
    ['for an escape that never stands', rows(quotedRow), { escape: '\\' }],
    ['for a delimiter that never stands', rows((index) => `${index} "x"`), { delimiter: ';' }],
    ['for a quote that opens in every line', rows(odd), {}],
    ['for a quote that opens in every line of two columns', rows(odd), {}, 2],
    [
      'for a quote that opens in every tenth line',
      rows((index) => (index % 10 === 0 ? odd(index) : row(index))),
      {},
    ],
    ['for a quote that opens once', `x,"y\n${rows(row)}`, {}],
    [
      'for a quote that opens once, before quotes that stand anywhere',
      `"x\n${rows((index) => `${index} "" x`)}`,
      { delimiter: ';' },
    ],
    ['for a stray quote in every line', rows((index) => `${index},Rohre 12",x`), {}],
    ['for text behind every quote', rows((index) => `"${index}" x,y,z`), {}],
    ['for doubled quotes alone', rows(() => '""""'), {}],
    ['for a line of quotes', '"'.repeat(100_001), {}],
    ['for cells of many lines', rows((index) => `"a\nb\n${index}",x,y`), {}],
    ['for cells of many lines in rows that are ragged', rows((index) => `"a\nb,c\n${index}",x`), {}],
    ['for cells of many lines that damage ends', rows((index) => `"a\nb,c\n${index}" x`), {}],
    ['for NUL in every line', rows((index) => `${index},\0,x`), {}],
  ])('%s', (_name, text, format, expected = 3) => {
    expect(countWork(() => read(text, format, expected))).toBeLessThan(12 * text.length);
  });
});

describe('for any text,', () => {
  const anyText = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', ',', '"', '"', '\n', '\r', 'é'), maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom('a', 'b', ',', '"', '"', '\n', '\n', '\r', ' ', '\\', '\0', '\x1a'),
      maxLength: 60,
    }),
    fc
      .array(
        fc.constantFrom('a', '"a"', '"a\nb"', '""', '"', ',', ',', '\n', '\r\n', '\r', 'x"y', '"x"y', '👩'),
        { maxLength: 30 },
      )
      .map((parts) => parts.join('')),
  );
  const anyFormat = fc.record(
    {
      delimiter: fc.constantFrom(',', 'a', ',,'),
      quote: fc.constantFrom('"', "'"),
      escape: fc.constantFrom('"', '\\'),
      cellLimit: fc.integer({ min: 1, max: 12 }),
      recordLimit: fc.integer({ min: 1, max: 30 }),
    },
    { requiredKeys: ['delimiter'] },
  );
  const expected = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined });

  test('the records do not depend on how it was cut into pieces', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 60 });
    fc.assert(
      fc.property(anyText, cuts, anyFormat, expected, (text, sizes, format, cells) => {
        expect(readPieces(text, sizes, format, cells)).toEqual(read(text, format, cells));
      }),
      { numRuns: 5000 },
    );
  });

  test('each line is in one record or one fault, or is blank, and each is as it stood', () => {
    fc.assert(
      fc.property(anyText, expected, (text, cells) => {
        const { records, faults, blank } = read(text, {}, cells);
        const parts = [...records, ...faults, ...blank.map((line) => ({ line, raw: '' }))].toSorted(
          (a, b) => a.line - b.line,
        );
        const lines = splitLines(text);
        const told: { line: number; text: string }[] = parts.flatMap(({ line, raw }) =>
          splitLines(`${raw}\n`).map((each, index) => ({ line: line + index, text: each })),
        );
        // The mark that DOS ends a file with is no line.
        if (lines.at(-1) === '\x1a' && told.length < lines.length) lines.pop();
        expect(told).toEqual(lines.map((each, index) => ({ line: index + 1, text: each })));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('for any table', () => {
  const anyCell = fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', 'é', ',', ';', '"', '\n', '\r', '\r\n', ' ', '\t', "'"),
      maxLength: 8,
    }),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constant(''),
  );
  const anyTable = fc.integer({ min: 1, max: 5 }).chain((width) =>
    fc.array(
      fc.array(
        anyCell.filter((cell) => !/[\0\x1a]|\\"/.test(cell)),
        { minLength: width, maxLength: width },
      ),
      {
        minLength: 1,
        maxLength: 8,
      },
    ),
  );
  const style = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    last: fc.boolean(),
    quoteAll: fc.boolean(),
  });

  interface Style {
    delimiter: string;
    lineEnd: string;
    last: boolean;
    quoteAll: boolean;
  }

  function written(table: string[][], { delimiter, lineEnd, last, quoteAll }: Style): string {
    const cellText = (cell: string, alone: boolean) =>
      quoteAll || /["\r\n]/.test(cell) || cell.includes(delimiter) || (alone && cell === '')
        ? `"${cell.replaceAll('"', '""')}"`
        : cell;
    const lines = table.map((cells) =>
      cells.map((cell) => cellText(cell, cells.length === 1)).join(delimiter),
    );
    return lines.join(lineEnd) + (last ? lineEnd : '');
  }

  test('what was written is what is read, as csv-parse reads it too', () => {
    fc.assert(
      fc.property(anyTable, style, (table, how) => {
        const text = written(table, how);
        // Lines that are rows by themselves are taken for rows that a stray quote has joined.
        fc.pre(
          !table.some((cells) =>
            readsAsRows(written([cells], { ...how, last: false }), how.delimiter, cells),
          ),
        );
        const { records, faults } = read(text, { delimiter: how.delimiter }, table[0]?.length);
        expect(faults).toEqual([]);
        expect(records.map(({ cells }) => cells)).toEqual(table);
        expect(parse(text, { delimiter: how.delimiter, record_delimiter: how.lineEnd })).toEqual(table);
        let line = 1;
        for (const record of records) {
          expect(record.line).toBe(line);
          line += splitLines(`${record.raw}\n`).length;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function readsAsRows(record: string, delimiter: string, cells: string[]): boolean {
  const lines = splitLines(`${record}\n`);
  return lines.length > 1 && lines.every((line) => line.split(delimiter).length === cells.length);
}
