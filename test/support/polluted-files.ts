/** A table written as CSV with one fault in it, and the rows that were meant. */
export interface PollutedFile {
  name: string;
  text: string;
  rows: string[][];
  /** The text of each row of `rows` in the file. */
  lines: string[];
}

interface Writing {
  delimiter?: string;
  quote?: string;
  escape?: string;
  quoteAll?: boolean;
}

const header = ['DATE', 'TIME', 'QTY', 'PRODUCT', 'PRICE', 'KIND', 'DESCRIPTION', 'URL', 'COMMENT'];

/** A seeded generator of whole numbers below a limit (mulberry32): the same files every time. */
function randomBelow(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
  };
}

function tableOf(rows: number, below: (limit: number) => number): string[][] {
  const one = (values: string[]) => values[below(values.length)] as string;
  return Array.from({ length: rows }, (_row, index) => [
    `${1 + below(12)}/${1 + below(28)}/20${10 + below(10)}`,
    `${below(24)}:${10 + below(49)}`,
    String(1 + below(9)),
    `P${1000 + below(9000)}`,
    (below(9999) / 100).toFixed(2),
    one(['Widget', 'Gizmo', 'Part, small', 'Tool']),
    one(['A 5" pipe', 'Nice thing', 'He said "hi"', 'Two\nlines, here', 'plain']),
    `http://shop.example/p/${index}?a=1,2`,
    one(['', 'ok', 'see "note", please', 'x;y', "It's fine"]),
  ]);
}

function written(
  cell: string,
  { delimiter = ',', quote = '"', escape = quote, quoteAll = false }: Writing,
): string {
  const plain = !quoteAll && !cell.includes(delimiter) && !cell.includes(quote) && !/[\r\n]/.test(cell);
  return plain ? cell : quote + cell.replaceAll(quote, escape + quote) + quote;
}

const lineOf = (cells: string[], writing: Writing = {}) =>
  cells.map((cell) => written(cell, writing)).join(writing.delimiter ?? ',');

/** Files with one row damaged: each of eight kinds of damage in random places. */
export function* filesWithOneFault(count: number, seed: number): Generator<PollutedFile> {
  const below = randomBelow(seed);
  for (let made = 0; made < count; made++) {
    const rows = tableOf(12 + below(30), below);
    const writing = { quoteAll: below(5) === 0 };
    const lines = rows.map((row) => lineOf(row, writing));
    const index = below(rows.length);
    const row = rows[index] as string[];
    const cells = row.map((cell) => written(cell, writing));
    const at = below(cells.length);
    const cell = cells[at] as string;
    const inside = below(cell.length + 1);
    const damages: Record<string, () => string> = {
      'a delimiter less': () =>
        cells.toSpliced(at % 8, 2, cells.slice(at % 8, (at % 8) + 2).join('')).join(','),
      'a delimiter more': () => cells.toSpliced(at, 0, '').join(','),
      'a stray quote': () => cells.with(at, `${cell.slice(0, inside)}"${cell.slice(inside)}`).join(','),
      'other delimiters': () => cells.join(';'),
      'other quotes': () => lineOf(row, { quote: "'", quoteAll: true }),
      'cut short': () => cells.slice(0, 1 + below(8)).join(','),
      'a line break in a cell': () => cells.with(at, `${cell}\nzz`).join(','),
      'backslashes before quotes': () => lineOf(row, { ...writing, escape: '\\' }),
    };
    const [name, damage] = Object.entries(damages)[made % 8] as [string, () => string];
    lines[index] = damage();
    yield {
      name: `${name}, file ${made}`,
      text: `${[header.join(','), ...lines].join('\n')}\n`,
      rows,
      lines,
    };
  }
}

/** What a file may suffer in more than one row: each kind in random places. `rows` are those whose text is still in it. */
export function* filesWithFaultsAcrossRows(count: number, seed: number): Generator<PollutedFile> {
  const below = randomBelow(seed);
  for (let made = 0; made < count; made++) {
    const rows = tableOf(12 + below(30), below);
    const lines = rows.map((row) => lineOf(row));
    const head = header.join(',');
    const index = below(rows.length - 4);
    const stray = (line: string) => {
      const at = below(line.length + 1);
      return `${line.slice(0, at)}"${line.slice(at)}`;
    };
    const text = (all: string[]) => `${[head, ...all].join('\n')}\n`;
    const order = header.map((_name, at) => (at + 1 + below(2)) % header.length);
    const kinds: Record<string, () => { text: string; rows?: string[][]; lines?: string[] }> = {
      'a pair of stray quotes': () => {
        const behind = index + 1 + below(3);
        const damaged = lines
          .with(index, stray(lines[index] as string))
          .with(behind, stray(lines[behind] as string));
        return { text: text(damaged), lines: damaged };
      },
      'two tables, the columns in another order': () => {
        const other = [header, ...rows.slice(index)].map((row) =>
          lineOf(order.map((at) => row[at] as string)),
        );
        return {
          text: text([...lines.slice(0, index), ...other]),
          rows: rows.slice(0, index),
          lines: lines.slice(0, index),
        };
      },
      'two tables, the columns in the same order': () => ({
        text: text([...lines.slice(0, index), head, ...lines.slice(index)]),
      }),
      'a cut end': () => {
        const whole = text(lines);
        const kept = whole.slice(0, whole.length - 2 - below((lines.at(-1) as string).length - 2));
        return { text: kept, rows: rows.slice(0, -1), lines: lines.slice(0, -1) };
      },
      'trailing blank cells dropped': () => {
        const blank = rows.map((row, at) => row.with(8, at % 6 === 0 ? '' : 'ok'));
        const dropped = blank.map((row) => lineOf(row).replace(/,+$/, ''));
        return { text: text(dropped), rows: blank, lines: dropped };
      },
    };
    const [name, damage] = Object.entries(kinds)[made % Object.keys(kinds).length] as [
      string,
      () => { text: string; rows?: string[][]; lines?: string[] },
    ];
    yield { name: `${name}, file ${made}`, rows, lines, ...damage() };
  }
}

/** Files that are odd as a whole. */
export function* oddFiles(seed: number): Generator<PollutedFile> {
  const below = randomBelow(seed);
  const rows = tableOf(30, below);
  const head = header.join(',');
  const lines = rows.map((row) => lineOf(row));
  const file = (name: string, parts: string[], end = '\n', text?: string): PollutedFile => ({
    name,
    text: text ?? parts.join(end) + end,
    rows,
    lines,
  });
  for (const delimiter of [',', ';', '\t', '|', ' ', ':', '^', '~', ', ']) {
    const all = [header, ...rows].map((row) => lineOf(row, { delimiter }));
    yield { ...file(`delimiter ${JSON.stringify(delimiter)}`, all), lines: all.slice(1) };
  }
  for (const quote of ["'", '`', '$']) {
    const all = [header, ...rows].map((row) => lineOf(row, { quote, quoteAll: below(2) === 0 }));
    yield { ...file(`quote ${quote}`, all), lines: all.slice(1) };
  }
  for (const end of ['\n', '\r\n', '\r'])
    yield file(`line ends ${JSON.stringify(end)}`, [head, ...lines], end);
  yield file('no line end at the end', [], '', [head, ...lines].join('\n'));
  yield file('blank lines at the end', [head, ...lines, '', '', '']);
  yield file('a preamble', ['Report 2020', 'Generated, today', '', head, ...lines]);
  yield file('a preamble of delimiters', ['Report,,,,,,,,', ',,,,,,,,', head, ...lines]);
  yield file('no header', lines);
  yield file('two header lines', [head, header.map((name) => `unit of ${name}`).join(','), ...lines]);
  yield file('the header again', [head, ...lines.slice(0, 9), head, ...lines.slice(9)]);
  yield file('a sum at the end', [head, ...lines, 'Total,,30,,99.5,,,,']);
  yield file('a note at the end', [head, ...lines, '', '30 rows exported']);
  yield file('notes in the first cell', [head, ...lines, 'Exported by night,,,,,,,,', 'Page 2,,,,,,,,']);
  yield file('a note in another cell', [head, ',NOTE,,,,,,,', ...lines]);
  const padded = (rows[7] as string[]).map((cell) => cell.replaceAll(/[",\n]/g, '')).join(', ');
  yield {
    ...file('one row with padded delimiters', [head, ...lines.with(7, padded)]),
    lines: lines.with(7, padded),
  };
  const doubled = [header, ...rows].map((row) => lineOf(row, { delimiter: '\t' }).replaceAll('\t', '\t\t'));
  yield { ...file('doubled tabs', doubled), lines: doubled.slice(1) };
  for (const gap of [[], [''], ['', ''], [',,,,,,,,']]) {
    const narrow = tableOf(10, below).map((row) =>
      lineOf([row[3] as string, row[5] as string, row[8] as string]),
    );
    yield file(`a narrower table below, behind ${gap.length} lines`, [
      head,
      ...lines,
      ...gap,
      'id,kind,comment',
      ...narrow,
    ]);
    const equal = tableOf(8, below).map((row) =>
      lineOf(['c', row[5] as string, 'text', row[3] as string, 't', 'u', 'v', 'w', 'x']),
    );
    yield file(`a table as wide below, behind ${gap.length} lines`, [
      head,
      ...lines,
      ...gap,
      'a,b,c,d,e,f,g,h,i',
      ...equal,
    ]);
    const wider = tableOf(8, below).map((row) => lineOf([...row, 'z']));
    yield file(`a wider table below, behind ${gap.length} lines`, [
      head,
      ...lines,
      ...gap,
      'a,b,c,d,e,f,g,h,i,j',
      ...wider,
    ]);
  }
}
