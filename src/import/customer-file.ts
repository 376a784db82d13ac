import { Failure } from '../errors.ts';
import type { StagedColumn } from '../store/staging.ts';
import type { ColumnDefaults, Columns } from './columns.ts';
import { mapColumns } from './columns.ts';
import { decodeUtf8 } from './decode.ts';
import { detectDelimiter } from './dialect.ts';
import type { Finding, Judge } from './judge.ts';
import { createJudge } from './judge.ts';
import type { RecordFault } from './records.ts';
import { createRecordReader } from './records.ts';
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

/**
 * Reads as far as the header and decides how the rest is to be read. Throws `Failure` for a file that
 * cannot be read rightly; nothing of it was used by then.
 */
export async function openCustomerFile(
  source: Source,
  options: { delimiter?: string; defaults: ColumnDefaults; blank: 'clear' | 'keep' },
  callbacks: FileCallbacks,
): Promise<CustomerFile> {
  const texts = decodeUtf8(source.chunks, source.name);
  const first = await texts.next();
  if (first.done === true || first.value.trim() === '') {
    throw new Failure('empty_file', `${source.name} is empty`, { hint: 'check the export that wrote it' });
  }
  const delimiter = options.delimiter ?? detectDelimiter(first.value);
  const tally: Tally = { rows: 0, failed: 0, accepted: 0, contacts: 0, unnumbered: 0, blankActive: 0 };
  const perhapsSeen = createRepeatFilter();
  let columns: Columns | undefined;
  let judge: Judge | undefined;
  let slice = newSlice();

  const reader = createRecordReader({ delimiter }, { record: takeRecord, fault: takeFault });

  function takeRecord(cells: string[], line: number, raw: () => string): void {
    if (columns === undefined || judge === undefined) {
      columns = mapColumns(cells, options.defaults);
      judge = createJudge(columns, options);
      reader.expectCells(cells.length);
      return;
    }
    const row = ++tally.rows + 1;
    if (cells.length !== columns.header.length) {
      reject(row, line, cells, raw(), [raggedFinding(cells.length, columns.header.length)]);
      return;
    }
    const read = columns.fromRejects ? cells.map(restoreFormula) : cells;
    const copyLine = judge.copyLine(read, row, line);
    const { errors, warnings } = judge.findings;
    for (const finding of warnings) callbacks.onWarning({ row, line, finding });
    if (copyLine === undefined) {
      reject(row, line, read, '', errors);
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

  function takeFault(fault: RecordFault): void {
    if (columns === undefined) {
      throw new Failure(
        fault.code === 'record_too_large' ? 'record_too_large' : 'unclosed_quote',
        `line ${fault.line}, the header: ${fault.message}`,
        {
          hint: fault.hint,
        },
      );
    }
    const row = ++tally.rows + 1;
    const { code, message, hint } = fault;
    reject(row, fault.line, undefined, fault.raw, [
      { column: null, value: fault.raw, problem: { code, message, hint } },
    ]);
  }

  function reject(
    row: number,
    line: number,
    cells: string[] | undefined,
    raw: string,
    findings: Finding[],
  ): void {
    tally.failed++;
    callbacks.onReject({ row, line, cells, raw, findings });
  }

  async function* slices(): AsyncGenerator<RowSlice> {
    reader.push(behindHeader);
    for await (const text of texts) {
      reader.push(text);
      if (slice.rows >= sliceRows) {
        yield slice.finish();
        slice = newSlice();
      }
    }
    reader.end();
    if (slice.rows > 0) yield slice.finish();
  }

  // Line by line, and no further than the header: the caller wants to know it before a row is rejected.
  let behindHeader = '';
  for (let text: string | undefined = first.value; text !== undefined && columns === undefined; ) {
    const lines = text.split(/(?<=\n)/);
    for (const [index, line] of lines.entries()) {
      if (columns === undefined) reader.push(line);
      else {
        behindHeader = lines.slice(index).join('');
        break;
      }
    }
    if (columns === undefined) {
      const more = await texts.next();
      text = more.done === true ? undefined : more.value;
      if (text === undefined) reader.end();
    }
  }
  if (columns === undefined || judge === undefined) {
    throw new Failure('empty_file', `${source.name} has no header line`, {
      hint: 'check the export that wrote it',
    });
  }
  return { columns, delimiter, stagedColumns: judge.stagedColumns, tally, slices };
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

function raggedFinding(found: number, expected: number): Finding {
  const cells = (count: number) => `${count} ${count === 1 ? 'cell' : 'cells'}`;
  return {
    column: null,
    value: null,
    problem:
      found > expected
        ? {
            code: 'too_many_cells',
            message: `the row has ${cells(found)}, the header ${expected}`,
            hint: 'a delimiter in a text wants the cell in quotes',
          }
        : {
            code: 'too_few_cells',
            message: `the row has ${cells(found)}, the header ${expected}`,
            hint: 'a cell, or the end of the row, is missing',
          },
  };
}
