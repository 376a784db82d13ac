/** What one guard found: a count of changes, or of rows, and the limit that it is held against. */
export interface Guard {
  /** `deactivations`, `rows`, `cleared.FIELD` or `changed.FIELD`, as `--allow` and `--guard` name it. */
  name: string;
  count: number;
  /** The largest count that passes; of `rows` the smallest. Null for none (`--guard NAME=none`). */
  limit: number | null;
  /** What the limit is a part of: active customers of the source, values, or rows. */
  of: number;
  exceeded: boolean;
  /** The first ten customers that it counts, of a guard that refuses the run. */
  customers: { erp_customer_number: string | null; name: string }[];
}
