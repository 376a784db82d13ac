import { kindOf, kindsOf, looksLikeHeader, sameCells } from './cell-kinds.ts';
import { isNoRow, isTotals, columnsAlwaysFilled } from './report-line.ts';
import type { ShapeProblem } from './shape-problems.ts';
import { shapeProblems } from './shape-problems.ts';

/**
 * Judges records by their form alone, to find lines of a table that are not rows: the header again, rows of
 * delimiters, totals, a second table below the first. `sample` contains records of the header's width from
 * the beginning of the file. With `strict` (files whose columns are not known customer fields), each record
 * is also compared with the kinds of values in the columns.
 */
export function createShapeJudge({
  header,
  sample,
  quote,
  strict,
  own = false,
  columnKey = () => undefined,
}: {
  header: string[];
  sample: string[][];
  quote: string;
  strict: boolean;
  /** The file is an export of the tool: a customer may be called Summe, or 'Neue Zeit'. */
  own?: boolean;
  /** The field of a column with this name, if the caller knows it: a line of such names is a header. */
  columnKey?: ((cell: string) => string | undefined) | undefined;
}) {
  const names = header.map(normalized);
  const kinds = strict ? kindsOf(header, sample) : [];
  const typed = kinds.flatMap((kind, index) => (kind === undefined ? [] : [{ kind, index }]));
  const wrapper = quote === '' ? undefined : quote === '"' ? 39 : 34;
  const keys = header.map((name) => columnKey(name));
  const alwaysFilled = columnsAlwaysFilled(header.length, sample);
  const numbered = mostlyNumbers(header.length, sample);
  let behindGap = false;
  let behindFragment = false;
  let otherTable = false;
  let firstRow: string[] | undefined;
  let headerAgain = false;
  const usuallyFilled = strict ? usualFilling(sample) : 0;

  function judgeShape(cells: string[]): ShapeProblem | undefined {
    if (cells.every((cell) => cell.trim() === '')) {
      behindGap = true;
      return shapeProblems.blank_row;
    }
    if (cells.every((cell, index) => normalized(cell) === names[index])) {
      headerAgain = firstRow !== undefined;
      return shapeProblems.repeated_header;
    }
    if (own) return undefined;
    if (otherTable) return shapeProblems.another_table;
    const gap = behindGap;
    const torn = behindFragment;
    behindGap = false;
    behindFragment = false;
    if (torn) return shapeProblems.torn_row;
    const again = headerAmid(cells);
    if (again === 'other') {
      otherTable = true;
      return shapeProblems.another_table;
    }
    if (again === 'same') return shapeProblems.repeated_header;
    if (isTotals(cells)) return shapeProblems.totals_row;
    if (isNoRow(cells, { alwaysFilled }))
      return strict && isLonely(cells) ? shapeProblems.lonely_cell : shapeProblems.no_row;
    if (
      cells.some(
        (cell) =>
          (cell.charCodeAt(0) === wrapper &&
            cell.length > 1 &&
            cell.charCodeAt(cell.length - 1) === wrapper) ||
          // Doubled where it is not necessary: another writer's escape.
          (wrapper === 34 && cell.includes('""')),
      )
    ) {
      return shapeProblems.single_quoted;
    }
    if (!strict) return undefined;
    const first = firstRow === undefined;
    firstRow ??= cells;
    // A report repeats its header on every page, and the first row below it only where the table starts
    // again.
    otherTable = headerAgain && sameCells(cells, firstRow);
    headerAgain = false;
    if (otherTable) return shapeProblems.another_table;
    if (isSpaced(cells)) return shapeProblems.unlike_other_rows;
    if (!isUnlike(cells)) return isLonely(cells) ? shapeProblems.lonely_cell : undefined;
    // After a blank row, and between rows of data, a line of words begins another table; below the header, it
    // may be the header's second line.
    otherTable =
      (gap && cells.every((cell) => cell.trim() === '' || kindOf(cell) === undefined)) ||
      (!first && looksLikeHeader(cells));
    return otherTable ? shapeProblems.another_table : shapeProblems.unlike_other_rows;
  }

  /** Whether the row consists of column names: those of the header in any order. */
  function headerAmid(cells: string[]): 'same' | 'other' | undefined {
    // For nearly every row of a file with numbers, this test is enough.
    if (numbered !== undefined && startsWithDigit(cells[numbered] as string)) return undefined;
    let filled = 0;
    let same = true;
    for (const [index, cell] of cells.entries()) {
      const name = normalized(cell);
      if (name === '') continue;
      filled++;
      if (name === names[index]) continue;
      const key = columnKey(cell);
      if (key === undefined && !names.includes(name)) return undefined;
      if (key === undefined || key !== keys[index]) same = false;
    }
    if (filled < 2 || filled * 2 < cells.length) return undefined;
    return same ? 'same' : 'other';
  }

  /** Whether a space precedes each cell except the first: then this row has another delimiter. */
  function isSpaced(cells: string[]): boolean {
    return (
      cells.length > 2 &&
      cells.every((cell, index) => index === 0 || cell.startsWith(' ')) &&
      !sample.some(
        (other) => other[1]?.startsWith(' ') === true && other !== cells && !sameCells(other, cells),
      )
    );
  }

  /** Whether only one cell is filled, in a table whose rows fill most: a note, not a row. */
  function isLonely(cells: string[]): boolean {
    return usuallyFilled >= 2 && cells.length >= 3 && filledCells(cells) === 1;
  }

  /** Whether, in at least two columns, every cell that should be a number, a date, … is something else. */
  function isUnlike(cells: string[]): boolean {
    let wrong = 0;
    for (const { kind, index } of typed) {
      const cell = cells[index] as string;
      if (cell.trim() === '') continue;
      if (kindOf(cell) === kind) return false;
      wrong++;
    }
    return wrong > 1 || (wrong === 1 && typed.length === 1 && looksLikeHeader(cells));
  }

  return {
    judgeShape,
    /** Records that a line was blank. */
    blankLine(): void {
      behindGap = true;
      behindFragment = false;
    },
    /** Records a row with too few cells: if it has only one, a line break may have torn its first cell. */
    shortRow(cells: string[]): void {
      behindFragment = cells.length === 1;
    },
  };
}

/**
 * The column whose values begin with a digit most often, if at least half of them do: column names do not.
 */
function mostlyNumbers(width: number, sample: string[][]): number | undefined {
  const counts = Array.from(
    { length: width },
    (_, index) => sample.filter((cells) => startsWithDigit(cells[index] ?? '')).length,
  );
  const most = Math.max(...counts, 0);
  return most * 2 > sample.length ? counts.indexOf(most) : undefined;
}

function startsWithDigit(cell: string): boolean {
  const first = cell.charCodeAt(0);
  return first >= 48 && first <= 57;
}

const filledCells = (cells: string[]) => cells.filter((cell) => cell.trim() !== '').length;

/** How many cells three in four rows fill; if that is only two, how many nine in ten fill. */
function usualFilling(sample: string[][]): number {
  const filled = sample.map(filledCells).toSorted((a, b) => a - b);
  if (filled.length < 3) return 0;
  const most = filled[Math.floor(filled.length / 4)] as number;
  return most > 2 ? most : (filled[Math.floor(filled.length / 10)] as number);
}

function normalized(cell: string): string {
  return cell.trim().toLowerCase();
}
