import { joinedHeader } from '../joined-header.ts';
import type { RecordFault, RowHandler, TableFile, TableOptions } from '../table.ts';
import { Failure } from '../../errors.ts';
import { exportColumn } from '../csv/own-columns.ts';
import { createShapeJudge } from '../row-shape.ts';
import type { Source } from '../source.ts';
import { columnName } from './column-name.ts';
import { openPackage } from './package.ts';
import { requireWorkbook } from './kind.ts';
import type { SheetRow } from './sheet.ts';
import { readSheet } from './sheet.ts';
import { openWorkbook } from './workbook.ts';

/** Rows among which the header is looked for: above it there may be a title, a date, an address. */
const headerRows = 30;

/**
 * Opens the first visible sheet of an Excel workbook (.xlsx, .xlsm; ECMA-376), or the one named, and reads as far as its
 * header. What it gives is read as a CSV file is: the line of a row is its number in the sheet, and rejected rows are
 * written as CSV, UTF-8 with a byte order mark and semicolons, which Excel opens by itself where the decimal
 * point is a comma. Throws `Failure` for what is no workbook, damaged or too large, and for a sheet that is not there.
 */
export async function openXlsxFile(source: Source, options: TableOptions): Promise<TableFile> {
  const file = source.name;
  const parts = await openPackage(source);
  try {
    await requireWorkbook(parts, file);
    const workbook = await openWorkbook(parts, { file, sheet: options.sheet });
    let rows: SheetRow[] = [];
    const reading = readSheet(parts, { workbook, file, onRow: (row) => rows.push(row) });
    const { skipLines = 0, headerLines = 1, delimiter = ';' } = options;
    const stated = options.skipLines !== undefined || options.headerLines !== undefined;
    let ended = false;
    while (rows.length < headerRows && !ended) {
      ended = (await reading.next()).done === true;
      rows = rows.filter(({ line }) => line > skipLines);
    }
    const at = stated ? 0 : headerAt(rows, options.columnKey);
    const found = rows.slice(at, at + headerLines);
    const [first] = found;
    if (first === undefined) {
      throw new Failure('empty_file', `the sheet ${workbook.sheet.name} of ${file} is empty`, {
        hint:
          workbook.otherSheets.length === 0
            ? 'check the export that writes it'
            : `name another by --sheet: ${workbook.otherSheets.slice(0, 20).join(', ')}`,
      });
    }
    const header = headerOf(found);
    const preamble = rows.slice(0, at).map(({ line, cells }) => ({ line, raw: cells.join('\t') }));
    const behind = rows.slice(at + headerLines);
    rows = [];
    const sample = behind.slice(0, 1000).map(({ cells }) => fitted([...cells], header.length));
    const own = header.includes(exportColumn);
    const strict = options.strict?.(header, 'UTF-8') === true;

    async function* read(handler: RowHandler): AsyncGenerator<void> {
      const hand = rowsTo(
        handler,
        createShapeJudge({ header, sample, quote: '"', strict, own, columnKey: options.columnKey }),
        header.length,
      );
      try {
        for (const row of behind) hand(row);
        yield;
        while ((await reading.next()).done !== true) {
          for (const row of rows) hand(row);
          rows = [];
          yield;
        }
        for (const row of rows) hand(row);
      } finally {
        parts.close();
      }
    }

    return {
      header,
      sheet: workbook.sheet.name,
      dialect: {
        delimiter,
        quote: '"',
        how: `the sheet ${workbook.sheet.name} of a workbook`,
        headerLine: first.line,
        preamble,
        sample,
        records: sample,
      },
      encoding: { name: 'UTF-8', byteOrderMark: true, how: 'a workbook', sample: undefined },
      lineEnds: 'none',
      read,
    };
  } catch (error) {
    parts.close();
    throw error;
  }
}

/** The first row that names two fields; without one, the first row. */
function headerAt(rows: SheetRow[], columnKey: TableOptions['columnKey'] = () => undefined): number {
  const found = rows
    .slice(0, headerRows)
    .findIndex(({ cells }) => cells.filter((cell) => columnKey(cell) !== undefined).length > 1);
  return Math.max(found, 0);
}

function headerOf(rows: SheetRow[]): string[] {
  const names = joinedHeader(
    rows.map(({ cells }) => cells),
    Math.max(...rows.map(({ cells }) => cells.length)),
  );
  while (names.at(-1) === '') names.pop();
  return names;
}

/** Cells behind the last one that holds something are not in the file. */
function fitted(cells: string[], width: number): string[] {
  while (cells.length < width) cells.push('');
  while (cells.length > width && cells.at(-1)?.trim() === '') cells.pop();
  return cells;
}

function rowsTo(
  handler: RowHandler,
  shape: ReturnType<typeof createShapeJudge>,
  width: number,
): (row: SheetRow) => void {
  let lastLine = 0;
  return ({ line, cells, marks }) => {
    if (lastLine > 0 && line > lastLine + 1) shape.blankLine();
    lastLine = line;
    fitted(cells, width);
    const place = { line, lines: 1, raw: cells.join('\t'), cells };
    if (cells.length > width) {
      handler.fault({ ...beyondHeader(cells.length), ...place });
      return;
    }
    const problem = shape.judgeShape(cells);
    if (problem === undefined) handler.row(cells, line, marks);
    else if (problem.passedOver && marks?.some((mark) => mark === 'uncalculated') !== true)
      handler.passedOver?.(problem, line);
    else if (problem.passedOver) handler.row(cells, line, marks);
    else handler.fault({ ...problem, ...place });
  };
}

function beyondHeader(width: number): Pick<RecordFault, 'code' | 'message' | 'hint'> {
  return {
    code: 'too_many_cells',
    message: `column ${columnName(width)} holds something, and the header has no name for it`,
    hint: 'clear the cell, or name the column; a name that begins with _ is ignored',
  };
}
