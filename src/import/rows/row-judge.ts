import type { SheetMarks } from '../../files/table.ts';
import { restoreFormula } from '../../model/spreadsheet-safety.ts';
import type { StagedColumn } from '../../store/merge/staging.ts';
import type { Columns } from '../columns/columns.ts';
import type { Finding, Judgement } from '../finding.ts';
import { createGroupedNumbersWarning } from './grouped-numbers.ts';
import { createJudge } from './judge.ts';
import type { JudgedParts, PartJudge } from './part-judge.ts';
import { createPartJudge } from './part-judge.ts';
import type { ReadValues } from './read-values.ts';
import { createSheetCheck } from './sheet-damage.ts';

/** The verdict about one record. The judge reuses the object for the next one. */
export interface JudgedRow {
  /** `part`: accepted, but not a customer's own row. */
  outcome: 'accepted' | 'part' | 'rejected' | 'skipped';
  /** The cells of the file, without what was put before formulas to protect spreadsheets. */
  cells: string[];
  /** Why the row is rejected, each error with a hint if there is one; empty if it is accepted. */
  errors: Finding[];
  warnings: Finding[];
  /** Only of an accepted row; '' if blank. */
  erpNumber: string;
  /** Of a rejected row: '' if blank, undefined if unreadable. */
  rejectedNumber: string | undefined;
  hasContact: boolean;
  /** A blank `is_active` cell, which means no. */
  blankActive: boolean;
  /** An `is_active` cell that is not blank, in any row. */
  activeSaid: boolean;
  /** What an accepted row contains besides its customer. */
  parts: JudgedParts | undefined;
}

export interface RowJudge {
  /** The staging columns that `copyLine` has values for, in its order. */
  stagedColumns: StagedColumn[];
  /** The columns of the lines of `parts`. */
  partColumns: PartJudge['stagedColumns'] | undefined;
  /** `marks` is what a workbook adds about the cells. */
  judge: (cells: string[], marks?: SheetMarks) => JudgedRow;
  /** The last accepted row, as a line for COPY. */
  copyLine: (row: number, line: number) => string;
  /** The values of the accepted rows so far that were recognised without being codes. */
  readValues: ReadValues;
  /** Warnings about the file's languages as a whole; to be called last. */
  languageDoubt: () => Finding | undefined;
  /** Whether any email of the customers' own rows so far may have another form. */
  hasOtherForms: () => boolean;
}

/**
 * The one judge of rows, for imports and inspections: removes the protection against spreadsheets from cells,
 * applies the mapping, and checks the row against the model's rules and for damage by spreadsheets.
 */
export function createRowJudge(
  columns: Columns,
  options: {
    blank: 'clear' | 'keep';
    /** A required cell may be blank if that changes nothing. */
    only?: 'create' | 'update' | undefined;
    encoding: string;
    /** Accepts only codes: no names of countries, languages and currencies. */
    strictValues: boolean | undefined;
    /** Where recognised values are counted; its own unless given. */
    readValues?: ReadValues;
  },
): RowJudge {
  const { transform, madeSafe } = columns;
  const judge = createJudge(columns, options);
  const parts =
    columns.parts === undefined
      ? undefined
      : createPartJudge(columns.parts, { ...options, readValues: judge.readValues });
  const checkSheet = createSheetCheck(columns.header, columns.mapped);
  const groupedNumber = createGroupedNumbersWarning(columns.mapped);
  const judged: JudgedRow = {
    outcome: 'accepted',
    cells: [],
    errors: none,
    warnings: none,
    erpNumber: '',
    rejectedNumber: '',
    hasContact: false,
    blankActive: false,
    activeSaid: false,
    parts: undefined,
  };

  function judgeRow(cells: string[], marks?: SheetMarks): JudgedRow {
    judged.cells = madeSafe ? cells.map(restoreFormula) : cells;
    judged.errors = none;
    judged.warnings = none;
    const read = transform === undefined ? judged.cells : transform.apply(judged.cells);
    if (read === undefined) {
      judged.outcome = 'skipped';
      return judged;
    }
    const kind = parts?.kindOf(judged.cells);
    if (parts !== undefined && kind !== undefined) return judgePart(parts.judgeRow(kind, judged.cells));
    const found = judge.judge(read);
    const more = parts?.judgeContacts(judged.cells, found.contactEmail);
    judged.parts = more;
    const { errors, warnings } = found;
    judged.activeSaid = found.activeSaid;
    const unfit = transform === undefined ? none : transform.findings;
    const sheet = marks === undefined ? sound : checkSheet(read, marks, errors);
    judged.warnings = sheet.warnings.length === 0 ? warnings : [...warnings, ...sheet.warnings];
    if (transform !== undefined && transform.warnings.length > 0) {
      judged.warnings = [...judged.warnings, ...transform.warnings];
    }
    if (more !== undefined && more.warnings.length > 0)
      judged.warnings = [...judged.warnings, ...more.warnings];
    const unfitContacts = more?.errors ?? none;
    if (
      errors.length === 0 &&
      unfitContacts.length === 0 &&
      unfit.length === 0 &&
      sheet.errors.length === 0
    ) {
      judged.outcome = 'accepted';
      judge.noteReadings(read);
      const grouped = groupedNumber(found.erpNumber);
      if (grouped !== undefined) judged.warnings = [...judged.warnings, grouped];
      judged.erpNumber = found.erpNumber;
      judged.hasContact = found.hasContact;
      judged.blankActive = found.blankActive;
    } else {
      judged.outcome = 'rejected';
      judged.rejectedNumber = judge.readableNumber([...unfit, ...sheet.errors]);
      judged.errors = [...unfit, ...sheet.errors, ...errors.map(withHint), ...unfitContacts];
    }
    return judged;
  }

  /** A row of another kind than a customer's own. */
  function judgePart(found: JudgedParts): JudgedRow {
    judged.outcome = found.errors.length === 0 ? 'part' : 'rejected';
    judged.errors = found.errors;
    judged.warnings = found.warnings;
    return Object.assign(judged, blankRow, { parts: found, rejectedNumber: '' });
  }

  function withHint(finding: Finding): Finding {
    const more = finding.column === null ? undefined : columns.hintFor(finding.column);
    if (more === undefined) return finding;
    const { hint } = finding.problem;
    return {
      ...finding,
      problem: { ...finding.problem, hint: hint === undefined ? more : `${hint}, ${more}` },
    };
  }

  const { stagedColumns, copyLine, readValues, languageDoubt, hasOtherForms } = judge;
  return {
    stagedColumns,
    partColumns: parts?.stagedColumns,
    judge: judgeRow,
    copyLine,
    readValues,
    languageDoubt,
    hasOtherForms,
  };
}

/**
 * For a file that cannot be imported as it is: fields are unknown, so only damage of a workbook's cells is
 * found.
 */
export function createShapeOnlyJudge(header: string[]): RowJudge['judge'] {
  const checkSheet = createSheetCheck(
    header,
    header.map((name, index) => ({ name, index })),
  );
  return (cells, marks) => {
    const { errors, warnings } = marks === undefined ? sound : checkSheet(cells, marks, none);
    const outcome = errors.length > 0 ? 'rejected' : 'accepted';
    return { ...blankRow, outcome, cells, errors, warnings };
  };
}

const blankRow = {
  erpNumber: '',
  rejectedNumber: undefined,
  hasContact: false,
  blankActive: false,
  activeSaid: false,
  parts: undefined,
};
const none: Finding[] = [];
const sound: Judgement = { errors: none, warnings: none };
