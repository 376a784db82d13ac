import { exportColumn } from '../files/csv/own-columns.ts';
import type { ByteSink } from '../files/byte-sink.ts';
import { createCsvWriter } from '../files/csv/write.ts';
import { codecOf } from '../files/encoding/codecs.ts';
import { requireEncoding } from '../files/encoding/encoding-name.ts';
import type { TableWriter } from '../files/table-writer.ts';
import { sheetLimits } from '../files/xlsx/limits.ts';
import { Failure } from '../errors.ts';
import { fieldNames } from '../model/fields.ts';
import { quoted } from '../model/printable.ts';
import { neutralizeFormula, protectForExcel, protectFromRestoring } from '../model/spreadsheet-safety.ts';

/** The kind of file that an export becomes. */
export interface ExportFormat {
  /** Null for a workbook. */
  encoding: string | null;
  delimiter: string | null;
  /** Makes a text safe for the program that opens the file; `import` undoes it. */
  protect(this: void, text: string): string;
  /** The limits of a sheet, if the file will be opened as one. */
  limits: { rows: number; cell: number } | undefined;
  /** `org` is the organization's slug. */
  writer(this: void, sink: ByteSink, org: string): Promise<TableWriter>;
}

/** The columns of every export. */
export const exportColumns: readonly string[] = [exportColumn, ...fieldNames];

/**
 * CSV in the named encoding. UTF-16 and UTF-32 get a byte order mark, and so does UTF-8 as `utf-8-bom`, for
 * Excel. Throws for an encoding that is unknown or lacks the delimiter.
 */
export async function csvFormat({
  encoding: called,
  delimiter,
}: {
  encoding: string;
  delimiter: string;
}): Promise<ExportFormat> {
  const encoding = await requireEncoding(called);
  const codec = await codecOf(encoding);
  const byteOrderMark = /^UTF-(?:16|32)/.test(encoding) || /^utf-?8-?bom$/i.test(called);
  if (codec.lacks(delimiter) !== undefined) {
    throw new Failure(
      'usage',
      `--delimiter ${quoted(delimiter)} is a character that ${encoding} cannot represent`,
    );
  }
  return {
    encoding,
    delimiter,
    protect: neutralizeFormula,
    limits: undefined,
    writer: async (sink) => createCsvWriter(sink, { delimiter, codec, byteOrderMark }),
  };
}

/**
 * CSV that Excel opens with a double click in countries with a decimal comma, without changing a cell: the
 * byte order mark selects UTF-8, and Excel uses the semicolon as delimiter there.
 */
export async function excelCsvFormat(): Promise<ExportFormat> {
  return {
    ...(await csvFormat({ encoding: 'utf-8-bom', delimiter: ';' })),
    protect: protectForExcel,
    limits: sheetLimits,
  };
}

/** A workbook with one sheet, named after the organization. */
export const workbookFormat: ExportFormat = {
  encoding: null,
  delimiter: null,
  protect: protectFromRestoring,
  limits: sheetLimits,
  async writer(sink, org) {
    // Most exports are CSV; the code that writes workbooks is loaded only for them.
    const { createWorkbookWriter } = await import('../files/xlsx/write.ts');
    return createWorkbookWriter(sink, { sheet: sheetName(org), widths: exportColumns.map(widthOf) });
  },
};

/** At most 31 characters, and not the one name that Excel reserves; a slug has no forbidden character. */
function sheetName(slug: string): string {
  return slug === 'history' ? 'history-' : slug.slice(0, 31);
}

/**
 * In digits of the default font; at least as wide as the column's name, except for the id, which people do
 * not read.
 */
function widthOf(column: string): number {
  if (column === exportColumn) return 14;
  return Math.max(column.length + 2, /(?:^|_)(?:name|email|street)$/.test(column) ? 32 : 18);
}
