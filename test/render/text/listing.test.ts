import { describe, expect, test } from 'vitest';
import type { Style } from '../../../src/render/text/style.ts';
import { renderJson } from '../../../src/render/text/json.ts';
import type { ListingFormat, ListingLayout } from '../../../src/render/text/listing.ts';
import { createListing } from '../../../src/render/text/listing.ts';
import { textWidth } from '../../../src/render/text/text-width.ts';

interface Row {
  id: string;
  name: string;
  note: string | null;
  active: boolean;
  made_at: string;
  billing_address: { city?: string } | null;
}

const layout: ListingLayout<Row> = {
  names: ['id', 'name', 'note', 'active', 'made_at', 'billing_address', 'billing_city'],
  flat: ['id', 'name', 'note', 'active', 'billing_city'],
  table: () => ({
    columns: [
      { title: 'ID', value: ({ id }) => id },
      { title: 'NAME', value: ({ name }) => name, shrinksTo: 6 },
    ],
  }),
};
const rows: Row[] = [
  {
    id: '1',
    name: 'Müller "& Söhne"',
    note: '=1+1',
    active: true,
    made_at: '2026-01-02T03:04:05Z',
    billing_address: { city: 'Wien' },
  },
  { id: '2', name: '東京\t\x1b[2J\n株式', note: null, active: false, made_at: '', billing_address: null },
  { id: '3', name: 'e\u0301 👨‍👩‍👧 🇩🇪\u202e', note: "'-x", active: true, made_at: '', billing_address: {} },
];
const piped: Style = { terminal: false, columns: undefined, color: false };
const terminal = (columns: number): Style => ({ terminal: true, columns, color: false });

function listed(
  format: ListingFormat,
  { chosen, style = piped, items = rows }: { chosen?: string[]; style?: Style; items?: Row[] } = {},
): string {
  const listing = createListing(layout, { format, chosen, style });
  return items.map((row) => listing.items([row])).join('') + listing.end({ total: items.length, page: 1 });
}

describe('json', () => {
  test.for([0, 1, 3])('of %i items, one by one, is the very document of all', (count) => {
    const items = rows.slice(0, count);
    expect(listed('json', { items })).toBe(renderJson({ items, total: count, page: 1 }));
  });

  test('with nothing beside the items is a document too', () => {
    const listing = createListing(layout, { format: 'json', chosen: undefined, style: piped });
    expect(listing.items(rows) + listing.end({})).toBe(renderJson({ items: rows }));
  });

  test('has the chosen keys in their order', () => {
    const document = JSON.parse(listed('json', { chosen: ['billing_city', 'id'] }));
    expect(document.items.map((item: object) => Object.entries(item))).toEqual([
      [
        ['billing_city', 'Wien'],
        ['id', '1'],
      ],
      [
        ['billing_city', null],
        ['id', '2'],
      ],
      [
        ['billing_city', null],
        ['id', '3'],
      ],
    ]);
  });
});

test('ndjson is an item a line, whatever is in it', () => {
  const text = listed('ndjson');
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  expect(listed('ndjson', { items: [] })).toBe('');
});

describe('csv', () => {
  test('has a header, quotes where they are needed, and nothing that a spreadsheet runs', () => {
    expect(listed('csv', { items: rows.slice(0, 1) })).toBe(
      `id,name,note,active,billing_city\n1,"Müller ""& Söhne""",'=1+1,true,Wien\n`,
    );
    expect(listed('csv', { chosen: ['note'] })).toBe(`note\n'=1+1\n\n''-x\n`);
  });

  test('of nothing is the header', () => {
    expect(listed('csv', { items: [] })).toBe('id,name,note,active,billing_city\n');
  });

  test('has values whole when piped, and harmless on a terminal', () => {
    expect(listed('csv', { chosen: ['name'] })).toContain('東京\t\x1b[2J\n株式');
    expect(listed('csv', { chosen: ['name'], style: terminal(80) })).toContain(
      String.raw`東京\t\x1b[2J\n株式`,
    );
  });

  test('has an object as JSON', () => {
    expect(listed('csv', { chosen: ['billing_address'], items: rows.slice(0, 1) })).toBe(
      'billing_address\n"{""city"":""Wien""}"\n',
    );
  });
});

test('tsv has a header and one line per row, with values unchanged except for line breaks and tabs', () => {
  expect(listed('tsv', { chosen: ['id', 'name', 'note'] }).split('\n')).toEqual([
    'id\tname\tnote',
    '1\tMüller "& Söhne"\t=1+1',
    String.raw`2	東京\t\x1b[2J\n株式` + '\t',
    `3\te\u0301 👨\\u200d👩\\u200d👧 🇩🇪\\u202e\t'-x`,
    '',
  ]);
});

describe('table', () => {
  test('of chosen columns has their names as titles, and yes and no', () => {
    expect(
      listed('table', {
        chosen: ['id', 'active', 'billing_city'],
        style: terminal(80),
        items: rows.slice(0, 1),
      }),
    ).toBe('ID  ACTIVE  BILLING CITY\n1   yes     Wien\n');
  });

  test('piped, has no header', () => {
    expect(listed('table', { chosen: ['id', 'active'] })).toBe('1\tyes\n2\tno\n3\tyes\n');
    expect(listed('table', { items: [] })).toBe('');
  });

  test.for([200, 80, 40, 20, 8, 1])(
    'no line is wider than %i cells, nor are those that come later',
    (columns) => {
      for (const chosen of [undefined, ['id', 'name', 'note', 'made_at', 'billing_address']]) {
        const wide = [...rows, { ...rows[1]!, name: '株'.repeat(120) }];
        const text = listed('table', { ...(chosen && { chosen }), style: terminal(columns), items: wide });
        for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(columns);
        expect(text.split('\n')).toHaveLength(6);
      }
    },
  );
});
