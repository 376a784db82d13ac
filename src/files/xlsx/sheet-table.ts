import { Failure } from '../../errors.ts';
import { quoted } from '../../model/printable.ts';
import { joinedHeader } from '../joined-header.ts';
import type { TableOptions } from '../table.ts';
import type { Package } from './package.ts';
import type { SheetRow } from './sheet.ts';
import { readSheet } from './sheet.ts';
import type { SheetPart, Workbook } from './workbook.ts';

/** A sheet, read as far as its header. */
export interface SheetTable {
  name: string;
  header: string[];
  headerLine: number;
  /** Rows above the header. */
  preamble: SheetRow[];
  /** The first rows below the header. */
  behind: SheetRow[];
  /** The other rows, a few at a time. Can be read once. */
  rest(): AsyncGenerator<SheetRow[]>;
}

/** Rows in which the header is looked for: a title, a date or an address may be above it. */
const headerRows = 30;
/** Sheets in which more customers are looked for. */
const sheetsLookedInto = 20;

/** Reads as far as the header of a sheet; undefined for a sheet without rows. */
export async function openSheetTable(
  parts: Package,
  {
    workbook,
    sheet,
    file,
    options,
  }: { workbook: Workbook; sheet: SheetPart; file: string; options: TableOptions },
): Promise<SheetTable | undefined> {
  const { skipLines = 0, headerLines = 1 } = options;
  const stated = options.skipLines !== undefined || options.headerLines !== undefined;
  let rows: SheetRow[] = [];
  const reading = readSheet(parts, { workbook, sheet, file, onRow: (row) => rows.push(row) });
  let ended = false;
  while (rows.length < headerRows && !ended) {
    ended = (await reading.next()).done === true;
    rows = rows.filter(({ line }) => line > skipLines);
  }
  const at = stated ? 0 : headerAt(rows, options.columnKey);
  const found = rows.slice(at, at + headerLines);
  const [first] = found;
  if (first === undefined) return undefined;
  const preamble = rows.slice(0, at);
  const behind = rows.slice(at + headerLines);

  async function* rest(): AsyncGenerator<SheetRow[]> {
    let done = false;
    while (!done) {
      rows = [];
      done = (await reading.next()).done === true;
      yield rows;
    }
  }

  return { name: sheet.name, header: headerOf(found), headerLine: first.line, preamble, behind, rest };
}

/** Visible sheets that are not read but whose header names fields: they may contain more customers. */
export async function sheetsWithFields(
  parts: Package,
  { workbook, file, options }: { workbook: Workbook; file: string; options: TableOptions },
): Promise<string[]> {
  const { columnKey = () => undefined } = options;
  const names: string[] = [];
  for (const sheet of workbook.otherSheets.slice(0, sheetsLookedInto)) {
    // A sheet that was not asked for may be damaged.
    const table = await openSheetTable(parts, { workbook, sheet, file, options: { columnKey } }).catch(
      () => undefined,
    );
    if ((table?.header.filter((cell) => columnKey(cell) !== undefined).length ?? 0) > 1)
      names.push(sheet.name);
  }
  return names;
}

/**
 * Where the columns of the first sheet are in another sheet. Throws `Failure` if that sheet has other
 * columns.
 */
export function columnsAlike(
  first: SheetTable,
  other: SheetTable,
  { columnKey = () => undefined }: Pick<TableOptions, 'columnKey'>,
): number[] {
  const keyOf = (name: string) => columnKey(name) ?? name.trim().toLowerCase();
  const keys = other.header.map(keyOf);
  const places = first.header.map((name) => keys.indexOf(keyOf(name)));
  if (other.header.length === first.header.length && places.every((place) => place >= 0)) return places;
  throw new Failure(
    'unsupported_format',
    `the sheets ${quoted(first.name)} and ${quoted(other.name)} have different columns`,
    { hint: 'import them one after the other, each with --sheet' },
  );
}

/** The first row that names two fields, otherwise the first row. */
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
