import { Failure } from '../errors.ts';
import type { Codec } from '../files/encoding/codec.ts';
import { codecOf } from '../files/encoding/codecs.ts';
import { exportColumn } from '../files/csv/own-columns.ts';
import { requireEncoding } from '../files/encoding/encoding-name.ts';
import { csvLine } from '../model/csv-line.ts';
import type { ExportReport } from '../model/export-report.ts';
import { fieldNames } from '../model/fields.ts';
import type { Organization } from '../model/organization.ts';
import { printable, quoted } from '../model/printable.ts';
import { neutralizeFormula } from '../model/spreadsheet-safety.ts';
import type { Database } from '../store/connection/database.ts';
import type { ExportRow } from '../store/search/export-rows.ts';
import { readExportRows } from '../store/search/export-rows.ts';
import { withSnapshot } from '../store/connection/snapshot.ts';
import type { ByteSink } from '../files/byte-sink.ts';
import { keepYoungHeapSmall } from '../files/young-heap.ts';
import type { Values } from './exported-record.ts';
import { valuesOf } from './exported-record.ts';
import { collectDoubts } from './import-doubts.ts';

export interface ExportRequest {
  database: Database;
  org: Organization;
  /** As in `CustomerFilter`. */
  q: string | undefined;
  active: boolean | undefined;
  delimiter: string;
  encoding: ExportEncoding;
  sink: ByteSink;
  /** The path, for the report; null for standard output. */
  file: string | null;
  /** For somebody's eyes only: what a terminal would obey is written out, and no import can read it. */
  forTerminal: boolean;
  signal: AbortSignal;
  onProgress?(rows: number): void;
}

export interface ExportEncoding {
  name: string;
  codec: Codec;
  byteOrderMark: boolean;
}

/** The encoding called so. UTF-16 and UTF-32 get a byte order mark, and UTF-8 does as `utf-8-bom`, for Excel. */
export async function exportEncoding(name: string): Promise<ExportEncoding> {
  const encoding = await requireEncoding(name);
  const byteOrderMark = /^UTF-(?:16|32)/.test(encoding) || /^utf-?8-?bom$/i.test(name);
  return { name: encoding, codec: await codecOf(encoding), byteOrderMark };
}

/**
 * Writes the customers as the CSV that `import` reads, batch by batch from one snapshot: imported into the same
 * organization, the file changes nothing. What an import would not take as it is, it says in the report's warnings.
 * Throws `unencodable` for a character that the encoding lacks, and leaves no file then, as after any failure.
 */
export async function exportCustomers(request: ExportRequest): Promise<ExportReport> {
  keepYoungHeapSmall();
  const { database, org, q, active, delimiter, encoding, sink, signal } = request;
  const started = performance.now();
  const doubts = collectDoubts();
  const count = { rows: 0, customers: 0, contacts: 0 };
  let lastId: string | undefined;

  function lineOf(row: ExportRow): string {
    const values = valuesOf(row);
    const repeats = row.id === lastId;
    lastId = row.id;
    count.rows++;
    if (!repeats) count.customers++;
    if (row.contact_id !== null) count.contacts++;
    doubts.look(row, values, { number: count.rows + 1, repeats });
    const line = csvLine(cellsOf(row.id, values, request), delimiter);
    if (encoding.codec.lacks(line) !== undefined) throw unencodable(row, values, { count, encoding });
    return line;
  }

  try {
    await sink.open();
    await withSnapshot(database, async () => {
      const header = csvLine([exportColumn, ...fieldNames], delimiter);
      if (encoding.codec.lacks(header) !== undefined) throw strangeDelimiter(delimiter, encoding);
      let text = `${encoding.byteOrderMark ? '\ufeff' : ''}${header}`;
      for await (const rows of readExportRows(database, { orgId: org.id, q, active })) {
        signal.throwIfAborted();
        for (const row of rows) text += lineOf(row);
        if (!(await sink.write(encoding.codec.encode(text)))) return;
        text = '';
        request.onProgress?.(count.rows);
      }
      if (text !== '') await sink.write(encoding.codec.encode(text));
    });
    signal.throwIfAborted();
    await sink.finish();
  } catch (error) {
    await sink.discard();
    throw signal.aborted ? signal.reason : error;
  }
  doubts.finish();
  return {
    ok: true,
    org: org.slug,
    file: request.file,
    encoding: encoding.name,
    delimiter,
    ...count,
    warnings: doubts.warnings,
    warnings_total: doubts.total(),
    duration_ms: Math.round(performance.now() - started),
  };
}

function cellsOf(id: string, values: Values, { forTerminal }: ExportRequest): string[] {
  const cells = [id];
  for (const value of values) cells.push(value === null ? '' : neutralizeFormula(value));
  return forTerminal ? cells.map(printable) : cells;
}

function unencodable(
  row: ExportRow,
  values: Values,
  { count, encoding: { name, codec } }: { count: { rows: number }; encoding: ExportEncoding },
): Failure {
  const index = values.findIndex((value) => value !== null && codec.lacks(value) !== undefined);
  const value = values[index] ?? '';
  const place = `row ${count.rows + 1} (customer ${printable(row.erp_customer_number ?? row.id)}), ${fieldNames[index]}`;
  return new Failure(
    'unencodable',
    `${place}: ${quoted(value)} has ${quoted(codec.lacks(value) ?? '')}, which ${name} cannot represent`,
    { hint: 'export in UTF-8, which can represent every character: leave --encoding out' },
  );
}

function strangeDelimiter(delimiter: string, { name }: ExportEncoding): Failure {
  return new Failure(
    'usage',
    `--delimiter ${quoted(delimiter)} is a character that ${name} cannot represent`,
  );
}
