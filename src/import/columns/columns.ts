import type { CustomerKey } from '../../model/columns.ts';
import type { FieldName } from '../../model/fields.ts';
import type { Transform } from './mapping-columns.ts';
import type { Parts } from './mapping-parts.ts';

/** Values for new customers if the file lacks the column or the cell is blank (`--default currency=EUR`). */
export interface ColumnDefaults {
  currency?: string;
  language?: string;
}

export interface MappedColumn {
  /** Where the cell is: in the record, or after its cells if `transform` adds it. */
  index: number;
  /** The name in the file; of a joined cell, the names of its columns. */
  name: string;
  field: FieldName;
  /** How it was matched: by the field's own name, by another name for the field, or by a mapping file. */
  via: 'name' | 'synonym' | 'mapping';
  /** The column states whether the customer is not active: `Gesperrt`. */
  contrary?: boolean | undefined;
}

export interface Columns {
  /** Names as in the file. */
  header: string[];
  /** The columns that are read. */
  mapped: MappedColumn[];
  has(this: void, field: FieldName): boolean;
  /** Normalised values for new customers, for what the file leaves blank. Existing customers keep theirs. */
  fills: { [Name in FieldName]?: string | undefined };
  /**
   * Columns without a known field, with the field that was perhaps meant and that no other column is, or with
   * the column that is already read for that field. Columns that begin with `_` are ignored on purpose and
   * not listed.
   */
  unknown: { name: string; meant: FieldName | undefined; instead?: string }[];
  /** Columns that are ignored on purpose: their name begins with `_`, or a mapping file ignores them. */
  ignored: string[];
  /** What a mapping file does to a record before it is judged; undefined if cells are read unchanged. */
  transform: Transform | undefined;
  /** A hint for a refused value of this column. */
  hintFor(this: void, column: string): string | undefined;
  /** What identifies a row's customer: by default the ids of an export, if the file has them. */
  match: CustomerKey;
  /** The column of ids, if they identify customers. */
  id: { index: number; name: string } | undefined;
  /** What a mapping takes from rows in addition to their customers. */
  parts: Parts | undefined;
  /**
   * True if the file is a rejects file or an export of the tool, whose cells were protected against
   * spreadsheets.
   */
  madeSafe: boolean;
}

/** The matched columns, whether or not a file with them can be imported. */
export interface MatchedColumns extends Columns {
  /** Columns that mean the same field; the first of them is in `mapped`. */
  conflicts: { field: FieldName; names: string[] }[];
}
