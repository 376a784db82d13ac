/** What one guard counted, changes or rows, and the limit that the count is compared with. */
export interface Guard {
  /** `deactivations`, `rows`, `cleared.FIELD` or `changed.FIELD`, as `--allow` and `--guard` name it. */
  name: string;
  count: number;
  /** The largest count that is allowed; for `rows` the smallest. Null for no limit (`--guard NAME=none`). */
  limit: number | null;
  /** What the limit is a part of: active customers of the source, values, or rows. */
  of: number;
  exceeded: boolean;
  /** The first ten customers that it counted; only of a guard that refuses the run. */
  customers: { erp_customer_number: string | null; name: string }[];
}
