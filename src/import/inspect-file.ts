import { advice } from '../advice.ts';
import { knownField } from './columns/header-names.ts';
import type { RecordFault, SheetMarks, TableOptions } from '../files/table.ts';
import { Failure } from '../errors.ts';
import type { InspectedProblem, Inspection, InspectionReport } from '../model/inspection.ts';
import { quoted } from '../model/printable.ts';
import type { ColumnDefaults, MatchedColumns } from './columns/columns.ts';
import type { ColumnValues } from './columns/column-values.ts';
import { createColumnValues } from './columns/column-values.ts';
import { inspectedColumn } from './columns/inspected-column.ts';
import { isPart, mapColumns, missingFields } from './columns/required-columns.ts';
import { matchColumns } from './columns/match-columns.ts';
import { createRowJudge, createShapeOnlyJudge } from './rows/row-judge.ts';
import { recogniseSystem } from './columns/known-systems.ts';
import type { Mapping } from './columns/mapping.ts';
import { readAs } from './columns/read-as.ts';
import { createRepeatedNumbers } from './rows/repeated-numbers.ts';
import type { Source } from '../files/source.ts';
import { openTableFile } from '../files/table-file.ts';

export interface InspectRequest extends Omit<TableOptions, 'strict'> {
  source: Source;
  defaults: ColumnDefaults;
  mapping?: Mapping | undefined;
  /** Whether to report which system wrote the file, if a shipped mapping reads it. */
  recognise?: boolean;
  /** Whether to collect the values of every row and column, from which a mapping is suggested. */
  allValues?: boolean;
  /** Accepts only codes: no names of countries, languages and currencies. */
  strictValues?: boolean | undefined;
  /** Called with every accepted record unchanged, the header first. */
  onRow?: ((cells: string[]) => void) | undefined;
  /**
   * Called with each line of the report, whose own lists then stay empty: a million bad rows are 200 MB of
   * them.
   */
  onReported?: (to: 'rejected' | 'warnings', entry: InspectionReport['rejected'][number]) => void;
  /** Awaited between two chunks of the file. */
  drained?(): Promise<void>;
  signal: AbortSignal;
}

const shownProblems = 20;
const shownDuplicates = 20;

/**
 * Reads a whole file as an import would, without a database. The known columns are judged by the rules of an
 * import, even if the file cannot be imported.
 */
export async function inspectFile(request: InspectRequest): Promise<{
  inspection: Inspection;
  report: InspectionReport;
  matched: MatchedColumns;
  values: ColumnValues[];
}> {
  const { source, defaults, mapping, onRow, signal } = request;
  const target: { reason?: Failure } = {};
  const csv = await openTableFile(source, {
    ...readAs(request),
    columnKey: knownField,
    strict(header) {
      try {
        mapColumns(header, defaults, mapping);
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'mapping_mismatch') throw error;
        target.reason = error;
      }
      return target.reason !== undefined;
    },
  });
  const { reason } = target;
  const system =
    request.recognise === true && mapping === undefined ? recogniseSystem(csv.header) : undefined;
  const matched = matchColumns(csv.header, mapping, defaults);
  // A known system's mapping defines what its columns mean; of other files, the known columns are always
  // judged.
  const rows =
    system === undefined
      ? createRowJudge(matched, {
          blank: 'clear',
          encoding: csv.encoding.name,
          strictValues: request.strictValues === true || mapping?.strict_values,
        })
      : undefined;
  const judgeRow = rows?.judge ?? createShapeOnlyJudge(csv.header);
  const values = createColumnValues(
    csv.header.length,
    request.allValues === true ? { distinct: 2000, rows: Infinity } : { distinct: 3, rows: 1000 },
  );
  const report: InspectionReport = { status: 'ok', reason: null, rejected: [], warnings: [] };
  const list: NonNullable<InspectRequest['onReported']> =
    request.onReported ?? ((to, entry) => report[to].push(entry));
  const problems: InspectedProblem[] = [];
  const totals: Record<string, number> = Object.create(null) as Record<string, number>;
  const numbers = createRepeatedNumbers(shownDuplicates);
  let accepted = 0;
  let rejected = 0;
  let passedOver = 0;

  function note(problem: InspectedProblem): void {
    totals[problem.code] = (totals[problem.code] ?? 0) + 1;
    if (problems.length < shownProblems) problems.push(problem);
  }

  function row(cells: string[], line: number, marks?: SheetMarks): void {
    const judged = judgeRow(cells, marks);
    values.note(judged.cells);
    if (judged.outcome === 'skipped') {
      passedOver++;
      list('warnings', {
        line,
        code: 'skipped_by_mapping',
        message: 'skipped by the mapping',
      });
      return;
    }
    for (const { column, problem } of judged.warnings) {
      const { code, message, hint = null } = problem;
      note({ line, column, code, message, hint });
      list('warnings', { line, code, message });
    }
    if (judged.outcome === 'rejected') {
      reject(
        line,
        judged.errors.map(({ column, problem: { code, message, hint = null } }) => ({
          line,
          column,
          code,
          message,
          hint,
        })),
      );
      return;
    }
    if (judged.erpNumber !== '') numbers.add(judged.erpNumber, line);
    accepted++;
    onRow?.(cells);
  }

  function reject(line: number, found: InspectedProblem[]): void {
    rejected++;
    for (const problem of found) {
      note(problem);
      const { column, code, message } = problem;
      list('rejected', { line, code, message: column === null ? message : `${column}: ${message}` });
    }
  }

  function fault({ line, lines, code, message, hint }: RecordFault): void {
    reject(line, [{ line, column: null, code, message, hint }]);
    for (let next = line + 1; next < line + lines; next++) list('rejected', { line: next, code, message });
  }

  for (const { line, raw } of csv.dialect.preamble) {
    list('warnings', { line, code: 'preamble', message: `above the header: ${quoted(raw)}` });
  }
  onRow?.(csv.header);
  const reading = csv.read({
    row,
    fault,
    remark({ code, message, hint }, line) {
      note({ line, column: null, code, message, hint });
      list('warnings', { line, code, message });
    },
    passedOver({ code, message }, line) {
      passedOver++;
      list('warnings', { line, code, message });
    },
  });
  while ((await reading.next()).done !== true) {
    signal.throwIfAborted();
    await request.drained?.();
  }

  const doubt = rows?.languageDoubt();
  if (doubt !== undefined) {
    const { code, message, hint = null } = doubt.problem;
    const line = csv.dialect.headerLine;
    note({ line, column: doubt.column, code, message, hint });
    list('warnings', { line, code, message });
  }
  if (rejected > 0) {
    report.status = accepted > 0 ? 'partial' : 'rejected';
    report.reason = `${rejected} of ${accepted + rejected} rows were rejected`;
  }
  const missing = missingFields(matched);
  const inspection: Inspection = {
    file: source.name,
    system: system === undefined ? null : { mapping: system.name, title: system.title },
    importable: reason === undefined && system === undefined,
    only: system === undefined && isPart(matched) ? 'update' : null,
    reason:
      system !== undefined
        ? `it is an export of ${system.title}; give its mapping: --mapping ${system.name}`
        : reason === undefined
          ? null
          : advice`${reason.message}${reason.hint === undefined ? '' : advice`; ${reason.hint}`}`,
    missing: system === undefined ? missing : [],
    encoding: csv.encoding.name,
    encoding_from: csv.encoding.how,
    sample: csv.encoding.sample ?? null,
    sheet: csv.sheet ?? null,
    other_sheets: csv.otherTables ?? [],
    delimiter: csv.sheet === undefined ? csv.dialect.delimiter : null,
    quote: csv.sheet === undefined ? csv.dialect.quote : null,
    dialect_from: csv.dialect.how,
    line_ends: csv.sheet === undefined ? csv.lineEnds : null,
    byte_order_mark: csv.encoding.byteOrderMark,
    header_line: csv.dialect.headerLine,
    preamble: csv.dialect.preamble.map(({ line, raw }) => ({ line, text: raw })),
    columns: csv.header.map((_name, index) => inspectedColumn(matched, index, values.columns)),
    rows: accepted + rejected,
    accepted,
    rejected,
    passed_over: passedOver,
    duplicates: numbers.found,
    duplicates_total: numbers.total(),
    values: rows?.readValues.list() ?? [],
    values_total: rows?.readValues.total() ?? 0,
    problems,
    totals,
  };
  return { inspection, report, matched, values: values.columns };
}
