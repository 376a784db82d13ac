import { describe, expect, test } from 'vitest';
import type { Style } from '../../../src/render/text/style.ts';
import { renderTable } from '../../../src/render/text/table.ts';
import { textWidth } from '../../../src/render/text/text-width.ts';

const piped: Style = { terminal: false, columns: undefined, color: false };
const terminal = (columns: number, color = false): Style => ({ terminal: true, columns, color });

interface Row {
  ref: string;
  name: string;
  count: number;
}

const columns = [
  { title: 'REF', value: (row: Row) => row.ref },
  { title: 'NAME', value: (row: Row) => row.name, shrinksTo: 6 },
  { title: 'COUNT', value: (row: Row) => String(row.count), align: 'right' as const, drops: 1 },
];

const rows: Row[] = [
  { ref: '1', name: 'Müller Maschinenbau', count: 5 },
  { ref: '22', name: '東京株式会社', count: 1200 },
  { ref: '333', name: 'e\u0301 🇩🇪', count: 0 },
];

describe('on a terminal', () => {
  test('columns are aligned, numbers to the right, and nothing trails', () => {
    expect(renderTable(columns, rows, terminal(80))).toBe(
      [
        'REF  NAME                 COUNT',
        '1    Müller Maschinenbau      5',
        '22   東京株式会社          1200',
        `333  e\u0301 🇩🇪                     0`,
        '',
      ].join('\n'),
    );
  });

  test.for([30, 25, 20, 16, 12, 8, 4, 1])(
    'no line is wider than %i cells, and each is cut with …',
    (width) => {
      const lines = renderTable(columns, rows, terminal(width)).trimEnd().split('\n');
      expect(lines).toHaveLength(4);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
      expect(lines[1]).toContain('…');
    },
  );

  test('a wide character is never cut in half', () => {
    const [, , tokyo] = renderTable(columns, rows, terminal(5 + 7 + 7)).split('\n');
    expect(tokyo).toBe('22   東京株…   1200');
  });

  test('a column may go before others become unreadable', () => {
    expect(renderTable(columns, rows, terminal(12)).split('\n')[0]).toBe('REF  NAME');
  });

  test('the header is bold and dimmed rows are dim, where there is colour', () => {
    const dimmed = { dimmed: ({ ref }: Row) => ref === '22' };
    const lines = renderTable(columns, rows, terminal(80, true), dimmed).split('\n');
    expect(lines[0]).toMatch(/^\x1b\[1mREF.*\x1b\[22m$/);
    expect(lines[1]).toMatch(/^1 /);
    expect(lines[2]).toMatch(/^\x1b\[2m22 /);
    expect(renderTable(columns, rows, terminal(80), dimmed)).not.toContain('\x1b');
  });
});

describe('piped', () => {
  test('values are whole, separated by tabs, without a header', () => {
    const long = { ref: '4', name: 'x'.repeat(500), count: 1 };
    expect(renderTable(columns, [...rows.slice(0, 1), long], piped)).toBe(
      `1\tMüller Maschinenbau\t5\n4\t${'x'.repeat(500)}\t1\n`,
    );
  });

  test('a tab or line break in a value makes no new cell', () => {
    expect(renderTable(columns, [{ ref: 'a\tb', name: 'c\nd\re', count: 1 }], piped)).toBe(
      'a\\tb\tc\\nd\\re\t1\n',
    );
  });
});

test.for([piped, terminal(80), terminal(20)])(
  'what would reach into the terminal is shown escaped (%j)',
  (style) => {
    const text = renderTable(columns, [{ ref: '\x1b[2J', name: '\u202eabc\u200b\x9b', count: 1 }], style);
    expect(text).toContain(String.raw`\x1b[2J`);
    expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]/);
  },
);
