/** What an import would do otherwise than leave it as it is, if the export were imported again. */
export interface ExportWarning {
  /** As `import` counts, the header being 1. */
  row: number;
  /** The customer's ERP number, or the id of one without. */
  customer: string;
  /** The column of the file, or the field that has none. */
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
  /** Records behind the header: one for each contact of a customer, and one for each customer without. */
  rows: number;
  customers: number;
  contacts: number;
  /** At most `listedMessages`; `warnings_total` counts all. */
  warnings: ExportWarning[];
  warnings_total: number;
  duration_ms: number;
}
