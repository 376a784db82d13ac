import { mostCommon } from './most-common.ts';

/**
 * The number of equally wide records that a file needs before their width counts as the writer's habit
 * instead of damage.
 */
const habit = 3;

/**
 * Brings records to the header's width if only blank cells are affected: delimiters after the last cell are
 * removed if most rows have them, and trailing blank cells that the writer dropped are restored. Excel drops
 * them in blocks of rows (so several rows of the sample have that width), Outlook in every row (so no row
 * ends with a blank cell).
 */
export function createWidthFitter(width: number, sample: string[][]): (cells: string[]) => string[] {
  const dropped = droppedWidths(width, sample);
  const usual = usualWidth(width, sample);
  return (cells) => {
    if (cells.length === usual && usual > width && isBlankBehind(cells, width)) return cells.slice(0, width);
    // If rows end with a delimiter, one without it that ends with a blank cell has lost another cell.
    if (cells.length === width && usual > width && cells.at(-1)?.trim() === '') return cells.slice(0, -1);
    if (cells.length < width && dropped(cells))
      return [...cells, ...Array.from({ length: width - cells.length }, () => '')];
    return cells;
  };
}

/**
 * The number of cells in most rows, if it is greater than the header's and the additional cells are all
 * blank.
 */
function usualWidth(width: number, sample: string[][]): number {
  const usual = mostCommon(sample.map((cells) => cells.length)) ?? width;
  const rows = sample.filter((cells) => cells.length === usual);
  const habitual = rows.length * 2 > sample.length && rows.every((cells) => isBlankBehind(cells, width));
  return habitual ? usual : width;
}

const isBlankBehind = (cells: string[], width: number) =>
  cells.slice(width).every((cell) => cell.trim() === '');

function droppedWidths(width: number, sample: string[][]): (cells: string[]) => boolean {
  const counts = new Map<number, number>();
  let endsBlank = false;
  let before = 0;
  for (const cells of sample) {
    const { length } = cells;
    if (length <= width && cells.at(-1)?.trim() === '') endsBlank = true;
    // Two halves of one row, torn apart by an unquoted line break.
    if (length < width && before > 0 && before + length - 1 === width) return () => false;
    before = length < width ? length : 0;
    if (length < width && length > 1) counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  const short = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const whole = sample.some((cells) => cells.length === width);
  const everywhere = !endsBlank && short >= habit && counts.size > 1;
  return (cells) =>
    cells.length > 1 &&
    ((whole && (counts.get(cells.length) ?? 0) >= habit) || (everywhere && cells.at(-1)?.trim() !== ''));
}

/** How many of a header's cells count: trailing blank ones are ignored if all rows are blank below them. */
export function namedWidth(header: string[], rows: string[][]): number {
  let width = header.length;
  while (
    width > 1 &&
    header[width - 1]?.trim() === '' &&
    rows.every((cells) => (cells[width - 1] ?? '').trim() === '')
  ) {
    width--;
  }
  return width;
}
