import type { Advice } from './advice.ts';

/**
 * Every reason for which a command ends early, with its exit code.
 * The codes are part of the public contract (`error.code` in JSON output): add, never rename.
 */
const exitCodeOf = {
  unexpected: 1,
  usage: 2,
  configuration: 2,
  no_database_configured: 2,
  file_not_found: 2,
  file_unreadable: 2,
  file_unwritable: 2,
  invalid_value: 2,
  mapping_invalid: 2,
  not_found: 4,
  ambiguous: 4,
  refused: 5,
  confirmation_required: 5,
  empty_file: 5,
  no_rows: 5,
  guard_exceeded: 5,
  row_count_differs: 5,
  file_too_old: 5,
  older_file: 5,
  no_final_line_break: 5,
  export_not_done: 5,
  columns_changed: 5,
  columns_differ: 5,
  on_hold: 5,
  unsupported_encoding: 5,
  unsupported_format: 5,
  undecided_delimiter: 5,
  duplicate_column: 5,
  missing_column: 5,
  mapping_mismatch: 5,
  mapping_needed: 5,
  broken_compression: 5,
  broken_workbook: 5,
  workbook_too_large: 5,
  unclosed_quote: 5,
  record_too_large: 5,
  file_changed: 5,
  rejects_unwritable: 5,
  unencodable: 5,
  constraint_violated: 5,
  too_large_for_excel: 5,
  plan_invalid: 5,
  plan_mismatch: 5,
  over_error_budget: 6,
  database_unreachable: 7,
  database_refused: 7,
  database_timeout: 7,
  connection_lost: 7,
  commit_unknown: 7,
  database_full: 7,
  database_read_only: 7,
  schema_missing: 8,
  schema_hidden: 8,
  schema_outdated: 8,
  schema_newer: 8,
  locked: 11,
  conflict: 12,
  plan_stale: 12,
  not_permitted: 13,
  interrupted: 130,
  terminated: 143,
} as const;

export type FailureCode = keyof typeof exitCodeOf;

/** Exit codes of runs that finished; those of a `Failure` are in `exitCodeOf`. */
export const exit = { done: 0, someRejected: 3, changesPending: 10, unhealthy: 14 } as const;

/**
 * The only error the tool throws on purpose. `message` is what happened, `hint` what to do next, with the
 * commands to run as data. Both are shown to people unchanged, so neither may contain a password.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly hint: Advice | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options: { hint?: Advice | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }

  get exitCode(): number {
    return exitCodeOf[this.code];
  }
}
