import type { StagedColumn } from '../store/staging.ts';
import type { ColumnDefaults, Columns } from './columns.ts';
import { mapColumns } from './columns.ts';
import type { CsvOptions } from './csv-file.ts';
import { openCsvFile } from './csv-file.ts';
import type { Finding } from './judge.ts';
import { createJudge } from './judge.ts';
import type { RecordFault } from './records.ts';
import { createRepeatFilter } from './repeat-filter.ts';
import type { Source } from './source.ts';
import { restoreFormula } from './spreadsheet-safety.ts';

/** Rows that go to the server together. Measured: from 5,000 to 50,000 makes no difference to the time. */
const sliceRows = 20_000;
/** Characters sent as one piece: rows one by one cost 5 to 7 times as much. */
const pieceLength = 1 << 16;

export interface CustomerFile {
  columns: Columns;
  delimiter: string;
  byteOrderMark: boolean;
  stagedColumns: StagedColumn[];
  tally: Tally;
  /** The accepted rows as they come, each row judged; to be read once. */
  slices(): AsyncGenerator<RowSlice>;
}

/** What was counted so far. */
export interface Tally {
  /** Records behind the header. */
  rows: number;
  failed: number;
  accepted: number;
  /** Accepted rows that name a contact. */
  contacts: number;
  /** Accepted rows without an ERP number. */
  unnumbered: number;
  /** Accepted rows whose `is_active` cell is blank, which means no. */
  blankActive: number;
}

export interface RowSlice {
  /** Lines for COPY, UTF-8. */
  lines: Buffer[];
  /** ERP numbers that perhaps stood in the file before. */
  repeatCandidates: string[];
}

export interface RejectedRow {
  row: number;
  line: number;
  /** Missing where the text could not be cut into cells. */
  cells: string[] | undefined;
  raw: string;
  findings: Finding[];
}

export interface FileCallbacks {
  onReject(reject: RejectedRow): void;
  onWarning(warning: { row: number; line: number; finding: Finding }): void;
}

/** Reads the header and finds its columns. Throws `Failure` for a file that cannot be read rightly. */
export async function openCustomerFile(
  source: Source,
  options: Omit<CsvOptions, 'strict'> & { defaults: ColumnDefaults; blank: 'clear' | 'keep' },
  callbacks: FileCallbacks,
): Promise<CustomerFile> {
  const csv = await openCsvFile(source, options);
  const columns = mapColumns(csv.header, options.defaults);
  const judge = createJudge(columns, options);
  const tally: Tally = { rows: 0, failed: 0, accepted: 0, contacts: 0, unnumbered: 0, blankActive: 0 };
  const perhapsSeen = createRepeatFilter();
  let slice = newSlice();

  function row(cells: string[], line: number): void {
    const number = ++tally.rows + 1;
    const read = columns.fromRejects ? cells.map(restoreFormula) : cells;
    const copyLine = judge.copyLine(read, number, line);
    const { errors, warnings } = judge.findings;
    for (const finding of warnings) callbacks.onWarning({ row: number, line, finding });
    if (copyLine === undefined) {
      reject({ row: number, line, cells: read, raw: '', findings: errors });
      return;
    }
    const { erpNumber, hasContact, blankActive } = judge.last;
    tally.accepted++;
    if (hasContact) tally.contacts++;
    if (blankActive) tally.blankActive++;
    if (erpNumber === '') tally.unnumbered++;
    else if (perhapsSeen(erpNumber)) slice.repeatCandidates.push(erpNumber);
    slice.add(copyLine);
  }

  function fault({ line, raw, code, message, hint, cells }: RecordFault): void {
    const findings = [
      { column: null, value: cells === undefined ? raw : null, problem: { code, message, hint } },
    ];
    reject({
      row: ++tally.rows + 1,
      line,
      cells: columns.fromRejects ? cells?.map(restoreFormula) : cells,
      raw,
      findings,
    });
  }

  function reject(rejected: RejectedRow): void {
    tally.failed++;
    callbacks.onReject(rejected);
  }

  async function* slices(): AsyncGenerator<RowSlice> {
    const reading = csv.read({ row, fault });
    let rowsBefore = 0;
    while ((await reading.next()).done !== true) {
      // Rejected rows count too: between two slices the caller writes them down.
      if (tally.rows - rowsBefore < sliceRows) continue;
      rowsBefore = tally.rows;
      yield slice.finish();
      slice = newSlice();
    }
    if (slice.rows > 0) yield slice.finish();
  }

  const { byteOrderMark, dialect } = csv;
  return {
    columns,
    delimiter: dialect.delimiter,
    byteOrderMark,
    stagedColumns: judge.stagedColumns,
    tally,
    slices,
  };
}

function newSlice() {
  let text = '';
  const lines: Buffer[] = [];
  return {
    rows: 0,
    repeatCandidates: [] as string[],
    add(line: string): void {
      this.rows++;
      text += line;
      if (text.length < pieceLength) return;
      lines.push(Buffer.from(text, 'utf8'));
      text = '';
    },
    finish(): RowSlice {
      if (text !== '') lines.push(Buffer.from(text, 'utf8'));
      return { lines, repeatCandidates: this.repeatCandidates };
    },
  };
}
