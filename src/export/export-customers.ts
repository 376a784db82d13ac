import { Failure } from '../errors.ts';
import type { ByteSink } from '../files/byte-sink.ts';
import type { TableWriter } from '../files/table-writer.ts';
import { keepYoungHeapSmall } from '../files/young-heap.ts';
import type { ExportReport } from '../model/export-report.ts';
import type { Organization } from '../model/organization.ts';
import { printable, quoted } from '../model/printable.ts';
import type { Database } from '../store/connection/database.ts';
import { withSnapshot } from '../store/connection/snapshot.ts';
import type { ExportRow } from '../store/search/export-rows.ts';
import { countExportRows, readExportRows } from '../store/search/export-rows.ts';
import type { Values } from './exported-record.ts';
import { valuesOf } from './exported-record.ts';
import type { ExportFormat } from './formats.ts';
import { exportColumns } from './formats.ts';
import { collectDoubts } from './import-doubts.ts';

export interface ExportRequest {
  database: Database;
  org: Organization;
  /** As in `CustomerFilter`. */
  q: string | undefined;
  active: boolean | undefined;
  format: ExportFormat;
  sink: ByteSink;
  /** The path, for the report; null for standard output. */
  file: string | null;
  /** Only to be read by a person: control characters are escaped, so an import cannot read it. */
  forTerminal: boolean;
  signal: AbortSignal;
  onProgress?(rows: number): void;
}

/**
 * Writes the customers as a file for `import`, batch by batch from one snapshot: imported into the same
 * organization, the file changes nothing. What an import would refuse or change is in the report's warnings.
 * Throws `unencodable` for a character that the encoding lacks, `too_large_for_excel` for what a sheet cannot
 * contain, and leaves no file after any failure.
 */
export async function exportCustomers(request: ExportRequest): Promise<ExportReport> {
  keepYoungHeapSmall();
  const { database, org, q, active, format, signal } = request;
  const started = performance.now();
  const filter = { orgId: org.id, q, active };
  const doubts = collectDoubts();
  const count = { rows: 0, customers: 0, contacts: 0 };
  let lastId: string | undefined;

  function add(row: ExportRow, writer: TableWriter): void {
    const values = valuesOf(row);
    const repeats = row.id === lastId;
    lastId = row.id;
    count.rows++;
    if (!repeats) count.customers++;
    if (row.contact_id !== null) count.contacts++;
    const number = count.rows + 1;
    doubts.look(row, values, number);
    const cells = cellsOf(row.id, values, request);
    if (format.limits !== undefined) requireCellsFit(cells, { limit: format.limits.cell, row, number });
    const unfit = writer.add(cells);
    if (unfit === undefined) return;
    const lacking = `${quoted(values[unfit.index - 1] ?? '')} has ${quoted(unfit.character)}`;
    throw new Failure(
      'unencodable',
      `${placeOf(unfit.index, { row, number })}: ${lacking}, which ${format.encoding} cannot represent`,
      { hint: 'export in UTF-8, which can represent every character: leave --encoding out' },
    );
  }

  const writer = await format.writer(request.sink, org.slug);
  try {
    await writer.open();
    await withSnapshot(database, async () => {
      if (format.limits !== undefined) {
        requireRowsFit(await countExportRows(database, filter), format.limits.rows, org);
      }
      writer.add(exportColumns);
      for await (const rows of readExportRows(database, filter)) {
        signal.throwIfAborted();
        for (const row of rows) add(row, writer);
        if (!(await writer.flush())) return;
        request.onProgress?.(count.rows);
      }
    });
    signal.throwIfAborted();
    await writer.finish();
  } catch (error) {
    await writer.discard();
    throw signal.aborted ? signal.reason : error;
  }
  return {
    ok: true,
    org: org.slug,
    file: request.file,
    encoding: format.encoding,
    delimiter: format.delimiter,
    ...count,
    warnings: doubts.warnings,
    warnings_total: doubts.total(),
    duration_ms: Math.round(performance.now() - started),
  };
}

function cellsOf(id: string, values: Values, { forTerminal, format: { protect } }: ExportRequest): string[] {
  const cells = [id];
  for (const value of values) cells.push(value === null ? '' : protect(value));
  return forTerminal ? cells.map(printable) : cells;
}

interface Place {
  row: ExportRow;
  number: number;
}

function placeOf(index: number, { row, number }: Place): string {
  const customer = printable(row.erp_customer_number ?? row.id);
  return `row ${number} (customer ${customer}), ${exportColumns[index]}`;
}

const exportAsCsv = 'export it as CSV, without --for-excel: --output FILE.csv';

function requireRowsFit(rows: number, limit: number, { slug }: Organization): void {
  if (rows < limit) return;
  throw new Failure(
    'too_large_for_excel',
    `${slug} has ${rows.toLocaleString('en')} rows, and a sheet of Excel holds ${limit.toLocaleString('en')} with the header`,
    { hint: exportAsCsv },
  );
}

function requireCellsFit(cells: readonly string[], { limit, ...place }: Place & { limit: number }): void {
  const index = cells.findIndex((cell) => cell.length > limit);
  if (index < 0) return;
  const length = (cells[index] as string).length.toLocaleString('en');
  throw new Failure(
    'too_large_for_excel',
    `${placeOf(index, place)}: the text has ${length} characters, and a cell of Excel holds ${limit.toLocaleString('en')}`,
    { hint: exportAsCsv },
  );
}
