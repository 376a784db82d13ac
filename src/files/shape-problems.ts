/** What a record is instead of a row of the table; `undefined` from `judgeShape` means that it is a row. */
export interface ShapeProblem {
  code:
    | 'repeated_header'
    | 'blank_row'
    | 'totals_row'
    | 'single_quoted'
    | 'unlike_other_rows'
    | 'lonely_cell'
    | 'another_table'
    | 'torn_row'
    | 'no_row';
  /** A line without data is skipped and mentioned; any other problem rejects the row. */
  passedOver: boolean;
  message: string;
  hint: string;
}

/** Every problem, by its code. */
export const shapeProblems = {
  repeated_header: {
    code: 'repeated_header',
    passedOver: true,
    message: 'the header is repeated here',
    hint: 'it is skipped',
  },
  blank_row: { code: 'blank_row', passedOver: true, message: 'the row is blank', hint: 'it is skipped' },
  totals_row: {
    code: 'totals_row',
    passedOver: false,
    message: 'the row looks like a total of the others',
    hint: 'leave it out of the export',
  },
  single_quoted: {
    code: 'single_quoted',
    passedOver: false,
    message: 'a value is quoted differently from the rest of the file',
    hint: 'use the same quotes everywhere, or none',
  },
  unlike_other_rows: {
    code: 'unlike_other_rows',
    passedOver: false,
    message: 'the row has text where all others have numbers, dates or addresses',
    hint: 'if it is a second header line, leave it out, or use --header-lines 2',
  },
  lonely_cell: {
    code: 'lonely_cell',
    passedOver: false,
    message: 'only one value is filled in: this looks like a note, not a row',
    hint: 'leave it out of the export',
  },
  torn_row: {
    code: 'torn_row',
    passedOver: false,
    message: 'the previous line is too short, so this row may be its continuation',
    hint: 'quote the value, or remove the previous line',
  },
  no_row: {
    code: 'no_row',
    passedOver: false,
    message: 'this is not a row of the table but a report line, column types, or a group heading',
    hint: 'leave it out of the export',
  },
  another_table: {
    code: 'another_table',
    passedOver: false,
    message: 'another table begins, or continues, below the first',
    hint: 'put each table into a file of its own',
  },
} as const satisfies Record<string, ShapeProblem>;
