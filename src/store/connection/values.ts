import type { Sql } from 'sql-template-tag';
import { raw } from 'sql-template-tag';

/** A timestamptz column as ISO 8601 in UTC with microseconds: a JavaScript `Date` would round them. */
export function instant(column: string): Sql {
  return raw(`to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`);
}

/** The text as an id, or null if it cannot be one: so that a statement can compare without a failing cast. */
export function uuidOrNull(text: string): string | null {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text : null;
}
