import { Failure } from '../../errors.ts';
import { quoted } from '../../model/printable.ts';
import { exportColumn } from '../csv/own-columns.ts';
import { createShapeJudge } from '../row-shape.ts';
import type { Source } from '../source.ts';
import type { RecordFault, RowHandler, TableFile, TableOptions } from '../table.ts';
import { columnName } from './column-name.ts';
import { requireWorkbook } from './kind.ts';
import { openPackage } from './package.ts';
import type { SheetTable } from './sheet-table.ts';
import { columnsAlike, openSheetTable, sheetsWithFields } from './sheet-table.ts';
import type { SheetRow } from './sheet.ts';
import type { SheetPart, Workbook } from './workbook.ts';
import { openWorkbook } from './workbook.ts';

/**
 * Opens the first visible sheet of an Excel workbook (.xlsx, .xlsm; ECMA-376), or those named, and reads as
 * far as the header. The result is read like a CSV file: a row's line is its number in the sheet, and
 * rejected rows are written as CSV, UTF-8 with a byte order mark and semicolons, which Excel opens directly
 * in countries with a decimal comma. Throws `Failure` for what is not a workbook, is damaged or too large,
 * for a sheet that does not exist, and for sheets with different columns.
 */
export async function openXlsxFile(source: Source, options: TableOptions): Promise<TableFile> {
  const file = source.name;
  const parts = await openPackage(source);
  try {
    await requireWorkbook(parts, file);
    const workbook = await openWorkbook(parts, { file, names: options.sheets });
    const tables: SheetTable[] = [];
    for (const sheet of workbook.sheets) {
      const opened = await openSheetTable(parts, { workbook, sheet, file, options });
      tables.push(opened ?? emptySheet(file, sheet, workbook));
    }
    const [table, ...others] = tables as [SheetTable, ...SheetTable[]];
    const { header } = table;
    const columns = others.map((other) => columnsAlike(table, other, options));
    const otherTables =
      options.sheets === undefined ? await sheetsWithFields(parts, { workbook, file, options }) : [];
    const sample = table.behind.slice(0, 1000).map(({ cells }) => fitted([...cells], header.length));
    const own = header.includes(exportColumn);
    const strict = options.strict?.(header, 'UTF-8') === true;

    const shape = () =>
      createShapeJudge({ header, sample, quote: '"', strict, own, columnKey: options.columnKey });

    async function* read(handler: RowHandler): AsyncGenerator<void> {
      let hidden = 0;
      const handAll = (rows: SheetRow[], hand: (row: SheetRow) => void): void => {
        for (const row of rows) {
          if (row.hidden) hidden++;
          hand(row);
        }
      };
      try {
        if (otherTables.length > 0) handler.remark?.(otherSheets(table.name, otherTables), table.headerLine);
        for (const [index, each] of tables.entries()) {
          const hand = rowsTo(handler, shape(), header.length, index === 0 ? undefined : columns[index - 1]);
          handAll(each.behind, hand);
          yield;
          for await (const rows of each.rest()) {
            handAll(rows, hand);
            yield;
          }
        }
        if (hidden > 0) handler.remark?.(hiddenRows(hidden), table.headerLine);
      } finally {
        parts.close();
      }
    }

    const name = tables.map((each) => each.name).join(', ');
    return {
      header,
      sheet: name,
      otherTables,
      dialect: {
        delimiter: options.delimiter ?? ';',
        quote: '"',
        how: `the ${tables.length === 1 ? 'sheet' : 'sheets'} ${name} of a workbook`,
        headerLine: table.headerLine,
        preamble: table.preamble.map(({ line, cells }) => ({ line, raw: cells.join('\t') })),
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

function emptySheet(file: string, sheet: SheetPart, { otherSheets: others }: Workbook): never {
  const names = others.slice(0, 20).map(({ name }) => name);
  throw new Failure('empty_file', `the sheet ${sheet.name} of ${file} is empty`, {
    hint:
      names.length === 0 ? 'check the export that writes it' : `name another by --sheet: ${names.join(', ')}`,
  });
}

function otherSheets(read: string, names: string[]) {
  const flags = [read, ...names].map((name) => `--sheet ${quoted(name)}`).join(' ');
  return {
    code: 'other_sheets',
    message: `only the sheet ${quoted(read)} is read; ${names.map((name) => quoted(name)).join(', ')} may have customers, too`,
    hint: `to read them all: ${flags}`,
  };
}

function hiddenRows(count: number) {
  return {
    code: 'hidden_rows',
    message: `${count.toLocaleString('en')} ${count === 1 ? 'row is' : 'rows are'} hidden in the workbook, by a filter or by hand, and read like the others`,
    hint: 'if they are not meant, delete them, or copy the visible rows to another sheet',
  };
}

/** Trailing empty cells are not in the file. */
function fitted(cells: string[], width: number): string[] {
  while (cells.length < width) cells.push('');
  while (cells.length > width && cells.at(-1)?.trim() === '') cells.pop();
  return cells;
}

/** With `columns`, the cells of a row are put in the order of the first sheet's columns. */
function rowsTo(
  handler: RowHandler,
  shape: ReturnType<typeof createShapeJudge>,
  width: number,
  columns: number[] | undefined,
): (row: SheetRow) => void {
  let lastLine = 0;
  return ({ line, cells: found, marks: foundMarks }) => {
    const cells = columns === undefined ? found : inOrder(found, columns, '');
    const marks =
      columns === undefined || foundMarks === undefined
        ? foundMarks
        : inOrder(foundMarks, columns, undefined);
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

/** The columns first, and after them the cells beyond the header. */
function inOrder<Each>(cells: Each[], columns: number[], blank: Each): Each[] {
  return [...columns.map((column) => cells[column] ?? blank), ...cells.slice(columns.length)];
}

function beyondHeader(width: number): Pick<RecordFault, 'code' | 'message' | 'hint'> {
  return {
    code: 'too_many_cells',
    message: `column ${columnName(width)} has a value, but the header has no name for it`,
    hint: 'clear the cell, or name the column; a name that begins with _ is ignored',
  };
}
