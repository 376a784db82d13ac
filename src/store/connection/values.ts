import type { Sql } from 'sql-template-tag';
import { raw } from 'sql-template-tag';

/** A timestamptz column as ISO 8601 in UTC with microseconds: a JavaScript `Date` would round them off. */
export function instant(column: string): Sql {
  return raw(`to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`);
}
