/** What an import would change or refuse if the export were imported again. */
export interface ExportWarning {
  /** Counted as `import` does: the header is 1. */
  row: number;
  /** The customer's ERP number, or the id of a customer without one. */
  customer: string;
  /** The column of the file, or a field that has no column. */
  column: string;
  value: string;
  code: string;
  warning: string;
  hint: string | null;
}

/** The result of an export, as `--json` prints it. */
export interface ExportReport {
  ok: true;
  /** The organization's slug. */
  org: string;
  /** The path; null for standard output. */
  file: string | null;
  /** Both null for a workbook. */
  encoding: string | null;
  delimiter: string | null;
  /**
   * Records below the header: one for each contact of a customer, and one for each customer without contacts.
   */
  rows: number;
  customers: number;
  contacts: number;
  /** At most `listedMessages`; `warnings_total` counts all. */
  warnings: ExportWarning[];
  warnings_total: number;
  duration_ms: number;
}
