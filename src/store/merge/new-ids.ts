import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';

/*
 * Ids of many new rows, counted from one made by `uuid_v7` (RFC 9562, section 6.2, method 1): its 12 random bits after
 * the version are a counter that carries into the milliseconds, and all others remain as they are. 200,000 ids then end
 * 49 ms after the first, sooner than they can be inserted.
 */

/** A query for what ids count from: one row, computed once for all of them. */
export function firstOfIds(id: Sql): Sql {
  return sql`
      select ('x0000' || left(digits, 12))::bit(64)::bigint as milliseconds, right(digits, 16) as rest
      from (select encode(uuid_send(${id}), 'hex') as digits) as made`;
}

/** The id `n` (a bigint, from 0) after `first`, a row of `firstOfIds`. */
export function idAfter(first: Sql, n: Sql): Sql {
  // 4096 values of the counter, beside the version 7.
  const counted = sql`((${first}.milliseconds + ${n} / 4096) << 16) | x'7000'::bigint | (${n} % 4096)`;
  return sql`(lpad(to_hex(${counted}), 16, '0') || ${first}.rest)::uuid`;
}
