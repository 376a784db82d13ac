import type { Style } from './style.ts';
import { addressPlaceOf } from '../../model/columns.ts';
import { csvLine } from '../../model/csv-line.ts';
import { printable } from '../../model/printable.ts';
import { neutralizeFormula, protectForExcel } from '../../model/spreadsheet-safety.ts';
import { renderJson } from './json.ts';
import type { Column, TableOptions } from './table.ts';
import { layTable } from './table.ts';
import { formatLocalTime } from './time.ts';

export const listingFormats = ['table', 'json', 'ndjson', 'csv', 'tsv'] as const;
export type ListingFormat = (typeof listingFormats)[number];

/** The default columns of a listing, and the columns to choose from. */
export interface ListingLayout<Row> {
  /** The keys of an item's JSON, in its order; a part of an address is `billing_city`. */
  names: readonly string[];
  /** The keys that have a column in a CSV file: by default all that are not objects. */
  flat?: readonly string[];
  /** The table for people; its first rows are known when it is created. */
  table(first: Row[], style: Style): { columns: Column<Row>[]; options?: TableOptions<Row> };
}

/** A listing in pieces: the text before the items, the items as they arrive, the text after them. */
export interface ListingText<Row> {
  items(rows: Row[]): string;
  /** `rest` is the content of the JSON document other than its items. */
  end(rest: object): string;
}

export function createListing<Row extends object>(
  layout: ListingLayout<Row>,
  {
    format,
    forExcel = false,
    chosen,
    style,
  }: {
    format: ListingFormat;
    /**
     * CSV that German Excel opens directly: a byte order mark, semicolons, and no cell that it would change.
     */
    forExcel?: boolean;
    chosen: string[] | undefined;
    style: Style;
  },
): ListingText<Row> {
  if (format === 'json') return jsonListing(chosen);
  if (format === 'ndjson') {
    return { items: (rows) => rows.map((row) => renderJson(picked(row, chosen), 0)).join(''), end: () => '' };
  }
  if (format === 'table') return tableListing(layout, chosen, style);
  const names = chosen ?? layout.flat ?? layout.names;
  const shown = style.terminal ? printable : (text: string) => text;
  const protect = forExcel ? protectForExcel : neutralizeFormula;
  const line =
    format === 'csv'
      ? (cells: string[]) =>
          csvLine(
            cells.map((cell) => shown(protect(cell))),
            forExcel ? ';' : ',',
          )
      : (cells: string[]) => `${cells.map(printable).join('\t')}\n`;
  let head = `${forExcel && !style.terminal ? '\ufeff' : ''}${line([...names])}`;
  return {
    items(rows) {
      const lines = rows.map((row) => line(names.map((name) => textOf(valueOf(row, name)))));
      const text = head + lines.join('');
      head = '';
      return text;
    },
    end: () => head,
  };
}

/** The same text as `renderJson` of the whole document. */
function jsonListing<Row extends object>(chosen: string[] | undefined): ListingText<Row> {
  let before = '{\n  "items": [';
  let any = false;
  return {
    items(rows) {
      let text = '';
      for (const row of rows) {
        text += `${before}${any ? ',' : ''}\n    ${renderJson(picked(row, chosen)).trimEnd().replaceAll('\n', '\n    ')}`;
        before = '';
        any = true;
      }
      return text;
    },
    end(rest) {
      const others = renderJson(rest).trimEnd().slice(1);
      return `${before}${any ? '\n  ' : ''}]${others === '}' ? '\n}' : `,${others}`}\n`;
    },
  };
}

/** Column widths come from its first rows; on a terminal, later rows are cut to them. */
function tableListing<Row extends object>(
  layout: ListingLayout<Row>,
  chosen: string[] | undefined,
  style: Style,
): ListingText<Row> {
  let table: { head: string; line(row: Row): string } | undefined;
  return {
    items(rows) {
      if (rows.length === 0) return '';
      let text = '';
      if (table === undefined) {
        const { columns, options } =
          chosen === undefined
            ? layout.table(rows, style)
            : { columns: chosen.map((name) => chosenColumn<Row>(name, style)) };
        table = layTable(columns, rows, style, options);
        text = table.head;
      }
      for (const row of rows) text += table.line(row);
      return text;
    },
    end: () => '',
  };
}

function chosenColumn<Row extends object>(name: string, style: Style): Column<Row> {
  return {
    title: name.replaceAll('_', ' ').toUpperCase(),
    value(row) {
      const value = valueOf(row, name);
      if (typeof value === 'boolean') return value ? 'yes' : 'no';
      const text = textOf(value);
      return style.terminal && name.endsWith('_at') ? formatLocalTime(text) : text;
    },
    // A reference is useless when it is cut.
    ...(/(?:^|_)(?:id|number|slug)$/.test(name) ? {} : { shrinksTo: 6 }),
  };
}

function picked(row: object, chosen: string[] | undefined): unknown {
  if (chosen === undefined) return row;
  return Object.fromEntries(chosen.map((name) => [name, valueOf(row, name) ?? null]));
}

function valueOf(row: object, name: string): unknown {
  const values = row as Record<string, unknown>;
  if (Object.hasOwn(values, name)) return values[name];
  const place = addressPlaceOf(name);
  const address = place === undefined ? undefined : values[place.column];
  if (place === undefined || typeof address !== 'object' || address === null) return undefined;
  return Object.hasOwn(address, place.part) ? (address as Record<string, unknown>)[place.part] : undefined;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}
