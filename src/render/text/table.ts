import type { Style } from './style.ts';
import { printable } from '../../model/printable.ts';
import { paint } from './paint.ts';
import { cutToWidth, padToWidth, textWidth } from './text-width.ts';

export interface Column<Row> {
  title: string;
  /** The raw value; it is escaped here. */
  value: (row: Row) => string;
  align?: 'left' | 'right';
  /** The minimum width on a narrow terminal; a column without it (an id, a number) is never cut. */
  shrinksTo?: number;
  /**
   * Order in which columns are dropped if the terminal is too narrow even for shrunken ones, the lowest
   * first.
   */
  drops?: number;
}

export interface TableOptions<Row> {
  /** Less important rows (inactive customers) are dimmed. */
  dimmed?: (row: Row) => boolean;
}

const gap = '  ';

/**
 * On a terminal, aligned columns with a bold header, cut to its width. Otherwise one line per row with uncut
 * values, separated by tabs, without a header: for `cut` and `awk`. A tab or line break in a value is written
 * as `\t`, `\n`.
 */
export function renderTable<Row>(
  columns: Column<Row>[],
  rows: Row[],
  style: Style,
  options: TableOptions<Row> = {},
): string {
  const { head, line } = layTable(columns, rows, style, options);
  return head + rows.map(line).join('');
}

/** A table whose column widths fit `rows`; later rows are cut to them. */
export function layTable<Row>(
  columns: Column<Row>[],
  rows: Row[],
  style: Style,
  { dimmed }: TableOptions<Row> = {},
): { head: string; line(this: void, row: Row): string } {
  if (!style.terminal) {
    return { head: '', line: (row) => `${columns.map(({ value }) => printable(value(row))).join('\t')}\n` };
  }
  const available = style.columns ?? 80;
  const fitted = fit(
    columns.map((column) => measure(column, rows)),
    available,
  );
  const color = paint(style);
  const lineOf = (cells: string[]) => cutToWidth(cells.join(gap).trimEnd(), available);
  return {
    head: `${color.bold(lineOf(fitted.map(({ column, width }) => cell(column.title, width, column.align))))}\n`,
    line(row) {
      const text = lineOf(
        fitted.map(({ column, width }) => cell(printable(column.value(row)), width, column.align)),
      );
      return `${dimmed?.(row) === true ? color.dim(text) : text}\n`;
    },
  };
}

interface Measured<Row> {
  column: Column<Row>;
  width: number;
  floor: number;
}

function measure<Row>(column: Column<Row>, rows: Row[]): Measured<Row> {
  const cells = rows.map((row) => printable(column.value(row)));
  const width = Math.max(textWidth(column.title), ...cells.map(textWidth));
  return { column, width, floor: Math.min(width, column.shrinksTo ?? width) };
}

function cell(text: string, width: number, align: Column<never>['align']): string {
  return padToWidth(cutToWidth(text, width), width, align);
}

/** Drops what cannot fit, then narrows cell by cell, the widest shrinkable column first. */
function fit<Row>(columns: Measured<Row>[], available: number): Measured<Row>[] {
  const gaps = gap.length * (columns.length - 1);
  const least = columns.reduce((sum, { floor }) => sum + floor, gaps);
  const drops = columns.map(({ column }) => column.drops ?? Infinity);
  const next = drops.indexOf(Math.min(...drops));
  if (least > available && drops[next] !== Infinity) return fit(columns.toSpliced(next, 1), available);

  const fitted = columns.map((column) => ({ ...column }));
  let excess = fitted.reduce((sum, { width }) => sum + width, gaps) - available;
  while (excess > 0) {
    const shrinkable = fitted.filter(({ width, floor }) => width > floor);
    const widest = shrinkable.toSorted((a, b) => b.width - a.width)[0];
    if (widest === undefined) break;
    widest.width -= 1;
    excess -= 1;
  }
  return fitted;
}
