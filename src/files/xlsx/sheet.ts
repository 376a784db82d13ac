import type { SheetMarks } from '../table.ts';
import type { SheetCell } from './cell.ts';
import { numberCell } from './cell.ts';
import type { Package } from './package.ts';
import { broken } from './package.ts';
import { sheetLimits } from './limits.ts';
import { cellLimit, unescapeText } from './strings.ts';
import type { SheetPart, Workbook } from './workbook.ts';
import { formatOf, isTrue } from './workbook.ts';
import { readXml } from './xml.ts';

/** A row that is not empty. */
export interface SheetRow {
  /** The row's number in the spreadsheet. */
  line: number;
  /** From column A up to the last filled cell. */
  cells: string[];
  /** Marks of the cells, by column. */
  marks: SheetMarks | undefined;
  /** By a filter, or by hand. */
  hidden: boolean;
}

/** The most characters in one row, as in a CSV file. */
const rowLimit = 8e6;

/**
 * Passes on the rows of a sheet unchanged, except blank ones, and yields between two chunks of the part.
 * Merged cells have their text in the first one. A row that is written in two parts, each with its own cells,
 * is one row. Throws `Failure` if the sheet is damaged: rows or cells that are out of order could belong to
 * any customer.
 */
export function readSheet(
  parts: Package,
  {
    workbook,
    sheet,
    file,
    onRow,
  }: { workbook: Workbook; sheet: SheetPart; file: string; onRow: (row: SheetRow) => void },
): AsyncGenerator<void> {
  const { strings, date1904 } = workbook;
  let inData = false;
  let line = 0;
  /** 1 if the writer counts rows from 0. */
  let offset = 0;
  let column = -1;
  let cells: string[] = [];
  let marks: SheetMarks | undefined;
  let rowLength = 0;
  let hidden = false;
  let held: SheetRow | undefined;

  let inCell = false;
  let type = 'n';
  let style: string | undefined;
  let value = '';
  let hasValue = false;
  let hasFormula = false;
  let taking = false;
  let phonetic = false;

  const refuse = (what: string): never => {
    throw broken(file, `the sheet ${sheet.name}, ${what}`);
  };

  function openRow(number: string | undefined): void {
    if (number === '0' && line === 0) offset = 1;
    const next = number === undefined ? line + 1 : Number(number) + offset;
    if (!Number.isInteger(next) || next < 1 || next > sheetLimits.rows)
      refuse(`row ${number}: a sheet has no such row`);
    if (next < line) refuse(`row ${next} comes after row ${line}`);
    line = next;
    column = -1;
    cells = [];
    marks = undefined;
    rowLength = 0;
  }

  function closeRow(): void {
    if (marks === undefined && cells.every((cell) => cell.trim() === '')) return;
    const first = cells.findIndex((cell, index) => cell.trim() !== '' || marks?.[index] !== undefined);
    if (held?.line === line && held.cells.length <= first) {
      for (let index = held.cells.length; index < cells.length; index++) {
        held.cells.push(cells[index] as string);
        if (marks?.[index] !== undefined) (held.marks ??= [])[index] = marks[index];
      }
      return;
    }
    handOn();
    held = { line, cells, marks, hidden };
  }

  function handOn(): void {
    if (held !== undefined) onRow(held);
    held = undefined;
  }

  function openCell(attributes: Record<string, string>): void {
    const reference = attributes['r'];
    const next = reference === undefined ? column + 1 : columnOf(reference);
    if (next === undefined || next >= sheetLimits.columns)
      refuse(`row ${line}: ${reference} is not one of its cells`);
    else if (next <= column) refuse(`row ${line}: its cells are out of order`);
    else column = next;
    type = attributes['t'] ?? 'n';
    style = attributes['s'];
    value = '';
    hasValue = false;
    hasFormula = false;
    inCell = true;
  }

  /** The column of a reference such as `AB12`, with A as 0; undefined if it names another row. */
  function columnOf(reference: string): number | undefined {
    let at = 0;
    let number = 0;
    for (; at < reference.length; at++) {
      // Small letters too: some writers use them.
      const letter = (reference.charCodeAt(at) & ~0x20) - 64;
      if (letter < 1 || letter > 26) break;
      number = number * 26 + letter;
    }
    return at > 0 && at < 4 && Number(reference.slice(at)) + offset === line ? number - 1 : undefined;
  }

  function closeCell(): void {
    inCell = false;
    const { text, mark } = cellOf();
    if (text === '' && mark === undefined) return;
    rowLength += text.length;
    if (text.length > cellLimit || rowLength > rowLimit)
      refuse(`row ${line}: it holds more than 8 MB, or a cell 1 MB`);
    while (cells.length < column) cells.push('');
    cells.push(text);
    if (mark !== undefined) (marks ??= [])[column] = mark;
  }

  function cellOf(): SheetCell {
    // Some writers omit the result of a formula, others leave it blank; a text may be blank.
    const blank = !hasValue || (value.trim() === '' && 'nsb'.includes(type));
    if (blank) return { text: '', mark: hasFormula ? 'uncalculated' : undefined };
    switch (type) {
      case 's':
        return plain(strings.at(Number(value)) ?? refuse(`row ${line}: its text is missing`));
      case 'str':
      case 'inlineStr':
        return plain(unescapeText(value));
      case 'b':
        return plain(booleanText(value.trim()));
      case 'e':
        return { text: value, mark: 'error' };
      case 'd':
        return { text: value.replace(/T00:00:00(?:\.0+)?Z?$/, '').replace('T', ' '), mark: 'date' };
      case 'n':
        return numberCell(value, { format: formatOf(workbook, style), date1904 });
      default:
        return refuse(`row ${line}: a cell is of the unknown type ${type}`);
    }
  }

  return readXml(parts.part(sheet.part), {
    file,
    part: sheet.part,
    handler: {
      open(name, attributes) {
        if (!inData) inData = name === 'sheetData';
        else if (name === 'c') openCell(attributes);
        else if (name === 'v' || (name === 't' && !phonetic)) {
          taking = inCell;
          hasValue ||= inCell;
        } else if (name === 'f') hasFormula = true;
        else if (name === 'row') {
          openRow(attributes['r']);
          hidden = isTrue(attributes['hidden']);
        } else if (name === 'rPh') phonetic = true;
      },
      text(text) {
        if (taking) value += text;
      },
      close(name) {
        if (!inData) return;
        if (name === 'c') closeCell();
        else if (name === 'v' || name === 't') taking = false;
        else if (name === 'rPh') phonetic = false;
        else if (name === 'row') closeRow();
        else if (name === 'sheetData') {
          handOn();
          inData = false;
        }
      },
    },
  });
}

/**
 * Words other than XML's own are left to the rules of the field: WAHR means true in one field, and nothing in
 * notes.
 */
function booleanText(value: string): string {
  const text = value.toLowerCase();
  if (text === '1' || text === 'true') return 'true';
  return text === '0' || text === 'false' ? 'false' : value;
}

function plain(text: string): SheetCell {
  return { text, mark: undefined };
}
