import type { CustomerKey } from '../model/columns.ts';
import { knownField } from './columns/header-names.ts';
import type { RecordFault, SheetMarks, TableOptions } from '../files/table.ts';
import type { StagedColumn } from '../store/merge/staging.ts';
import type { ColumnDefaults, Columns } from './columns/columns.ts';
import { namingSheets } from './columns/naming-sheets.ts';
import { mapColumns } from './columns/required-columns.ts';
import type { EncodingDecision } from '../files/encoding/encoding.ts';
import type { Finding } from './finding.ts';
import type { KnownSystem } from './columns/known-systems.ts';
import { recogniseSystem } from './columns/known-systems.ts';
import type { Mapping } from './columns/mapping.ts';
import { readAs } from './columns/read-as.ts';
import type { ReadValues } from './rows/read-values.ts';
import { createRepeatFilter } from './rows/repeat-filter.ts';
import type { Source } from '../files/source.ts';
import type { RowJudge } from './rows/row-judge.ts';
import { createRowJudge } from './rows/row-judge.ts';
import { restoreFormula } from '../model/spreadsheet-safety.ts';
import type { RowSlice } from './row-slice.ts';
import { newSlice } from './row-slice.ts';
import { openTableFile } from '../files/table-file.ts';

/**
 * Rows that are sent to the server together. Measured: from 5,000 to 50,000 makes no difference to the time.
 */
const sliceRows = 20_000;
export interface CustomerFile {
  source: Source;
  columns: Columns;
  delimiter: string;
  quote: string;
  /**
   * The escape character for quotes inside a quoted cell: the quote itself, unless the options specify
   * another.
   */
  escape: string;
  encoding: EncodingDecision;
  stagedColumns: StagedColumn[];
  /** The columns of `parts`; undefined if rows contain nothing but their customer. */
  partColumns: RowJudge['partColumns'];
  /** Lines above the header, which are skipped. */
  preamble: { line: number; raw: string }[];
  tally: Tally;
  /** The values of the accepted rows so far that were recognised without being codes. */
  readValues: ReadValues;
  /** Warnings about the file's languages as a whole; to be called last. */
  languageDoubt(this: void): Finding | undefined;
  /** Whether any email of the customers' own rows so far may have another form. */
  hasOtherForms(this: void): boolean;
  /**
   * Whether the last line ends with a line break, once everything is read; null for a workbook or a file
   * without rows.
   */
  endsWithLine(this: void): boolean | null;
  /**
   * The accepted rows as they arrive, each row judged; can be read once. In staging, their numbers start
   * after `rowsBefore`.
   */
  slices(rowsBefore?: number): AsyncGenerator<RowSlice>;
}

/** The counts so far. */
export interface Tally {
  /** Records below the header, without skipped ones. */
  rows: number;
  /** Records that a mapping file excludes because they are not customers. */
  skipped: number;
  failed: number;
  accepted: number;
  /** Accepted rows that name a contact. */
  contacts: number;
  /** Accepted rows without an ERP number. */
  unnumbered: number;
  /** Accepted rows whose `is_active` cell is blank, which means no. */
  blankActive: number;
  /** Whether any row, even a rejected one, has a value in `is_active`. */
  activeSaid: boolean;
  /** Rejected rows without a readable ERP number. */
  unreadable: number;
}

export interface RejectedRow {
  row: number;
  line: number;
  /** Missing if the text could not be cut into cells. */
  cells: string[] | undefined;
  raw: string;
  findings: Finding[];
}

export interface FileCallbacks {
  onReject(reject: RejectedRow): void;
  onWarning(warning: { row: number; line: number; finding: Finding }): void;
  /** Called if the file, which is read without a mapping, is one that a shipped mapping reads; may throw. */
  onKnownSystem?(system: KnownSystem): void;
  /** Awaited between two chunks of the file, so that rejected rows do not pile up. */
  drained?(): Promise<void>;
}

export interface CustomerFileOptions extends Omit<TableOptions, 'strict'> {
  defaults: ColumnDefaults;
  blank: 'clear' | 'keep';
  mapping?: Mapping | undefined;
  strictValues?: boolean | undefined;
  only?: 'create' | 'update' | undefined;
  /** What identifies a row's customer; undefined to follow the mapping or the file. */
  match?: CustomerKey | undefined;
  /** Whether a number may have been seen before; by default only in this file. */
  perhapsSeen?: (number: string) => boolean;
  /** Where recognised values are counted; its own unless given. */
  readValues?: ReadValues;
}

/** Reads the header and finds its columns. Throws `Failure` for a file that cannot be read correctly. */
export async function openCustomerFile(
  source: Source,
  options: CustomerFileOptions,
  callbacks: FileCallbacks,
): Promise<CustomerFile> {
  const csv = await openTableFile(source, { ...readAs(options), columnKey: knownField });
  const system = options.mapping === undefined ? recogniseSystem(csv.header) : undefined;
  if (system !== undefined) callbacks.onKnownSystem?.(system);
  const columns = namingSheets(csv, () => mapColumns(csv.header, options.defaults, options.mapping, options));
  const rows = createRowJudge(columns, {
    ...options,
    encoding: csv.encoding.name,
    strictValues: options.strictValues === true || options.mapping?.strict_values,
  });
  const tally = newTally();
  const { perhapsSeen = createRepeatFilter() } = options;
  let rowsBefore = 0;
  let slice = newSlice();

  function row(cells: string[], line: number, marks?: SheetMarks): void {
    const judged = rows.judge(cells, marks);
    if (judged.outcome === 'skipped') {
      tally.skipped++;
      return;
    }
    if (judged.activeSaid) tally.activeSaid = true;
    const number = nextNumber();
    for (const finding of judged.warnings) callbacks.onWarning({ row: number, line, finding });
    if (judged.outcome === 'rejected') {
      noteRejectedNumber(judged.rejectedNumber);
      reject({ row: number, line, cells: judged.cells, raw: '', findings: judged.errors });
      return;
    }
    tally.accepted++;
    if (judged.parts !== undefined) {
      tally.contacts += judged.parts.contacts;
      for (const part of judged.parts.lines) slice.addPart(part(rowsBefore + number, line));
    }
    if (judged.outcome === 'part') {
      slice.rows++;
      return;
    }
    if (judged.hasContact) tally.contacts++;
    if (judged.blankActive) tally.blankActive++;
    if (judged.erpNumber === '') tally.unnumbered++;
    else if (perhapsSeen(judged.erpNumber)) slice.repeatCandidates.push(judged.erpNumber);
    slice.add(rows.copyLine(rowsBefore + number, line));
  }

  /** Undefined for a number that is damaged, or a record that cannot be cut into cells. */
  function noteRejectedNumber(number: string | undefined): void {
    if (number === undefined) tally.unreadable++;
    else if (number !== '') slice.rejectedNumbers.push(number);
  }

  /** Records are numbered as in the file, with the header as 1. */
  function nextNumber(): number {
    return ++tally.rows + tally.skipped + 1;
  }

  function fault({ line, raw, code, message, hint, cells }: RecordFault): void {
    noteRejectedNumber(undefined);
    const findings = [
      { column: null, value: cells === undefined ? raw : null, problem: { code, message, hint } },
    ];
    reject({
      row: nextNumber(),
      line,
      cells: columns.madeSafe ? cells?.map(restoreFormula) : cells,
      raw,
      findings,
    });
  }

  function remark(problem: { code: string; message: string; hint: string }, line: number): void {
    const finding = { column: null, value: null, problem };
    callbacks.onWarning({ row: tally.rows + tally.skipped + 1, line, finding });
  }

  function reject(rejected: RejectedRow): void {
    tally.failed++;
    callbacks.onReject(rejected);
  }

  async function* slices(before = 0): AsyncGenerator<RowSlice> {
    rowsBefore = before;
    const reading = csv.read({ row, fault, remark });
    let rowsSent = 0;
    while ((await reading.next()).done !== true) {
      await callbacks.drained?.();
      // Rejected rows count too, so that the caller sees how far the file is read.
      if (tally.rows - rowsSent < sliceRows) continue;
      rowsSent = tally.rows;
      yield slice.finish();
      slice = newSlice();
    }
    if (slice.rows > 0 || slice.rejectedNumbers.length > 0) yield slice.finish();
  }

  const { encoding, dialect } = csv;
  return {
    source,
    columns,
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: options.escape ?? dialect.quote,
    encoding,
    preamble: dialect.preamble,
    stagedColumns: rows.stagedColumns,
    partColumns: rows.partColumns,
    tally,
    readValues: rows.readValues,
    languageDoubt: rows.languageDoubt,
    hasOtherForms: rows.hasOtherForms,
    endsWithLine: () => (tally.rows === 0 ? null : (csv.endsWithLine?.() ?? null)),
    slices,
  };
}

function newTally(): Tally {
  return {
    rows: 0,
    skipped: 0,
    failed: 0,
    accepted: 0,
    contacts: 0,
    unnumbered: 0,
    blankActive: 0,
    activeSaid: false,
    unreadable: 0,
  };
}
