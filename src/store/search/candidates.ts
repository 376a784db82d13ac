import type { Sql } from 'sql-template-tag';
import sql, { join } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import type { Place } from './places.ts';
import { isAt } from './places.ts';
import type { Candidate } from './rank.ts';

/** How many customers each way of finding some contributes to the ranking. */
const mostCandidates = 200;
/** One more than that reveals whether there were more. */
const cutAt = mostCandidates + 1;

/** The organization whose customers are searched, and where they are. */
export interface Scope {
  orgId: string;
  place?: Place | undefined;
}

/** The condition that a `customer` row is in the scope. */
export function isIn({ orgId, place }: Scope): Sql {
  return place === undefined
    ? sql`customer.org_id = ${orgId}`
    : sql`customer.org_id = ${orgId} and ${isAt(place)}`;
}

/**
 * How many rows a look-up returns that does not know the place: all, because others are filtered out
 * afterwards.
 */
export function mostIn({ place }: Scope): number | null {
  return place === undefined ? cutAt : null;
}

export interface Candidates {
  found: Candidate[];
  /** False if one way had more to offer. */
  complete: boolean;
}

/** A way to find customers: a select of their ids as `id`. */
export type Way = Sql;

/**
 * The results of the ways, each customer once. Each way is a materialized subquery with its limit outside: a
 * limit inside makes the planner read the table from its beginning until it has seen enough, which takes
 * seconds if the matching rows are at the end.
 */
export async function candidatesBy(database: Database, scope: Scope, ways: Way[]): Promise<Candidates> {
  if (ways.length === 0) return { found: [], complete: true };
  const whole = ways.map((way, index) => sql`${name('way', index)} as materialized (${inPlace(way, scope)})`);
  const cut = ways.map(
    (_way, index) => sql`
    ${name('cut', index)} as materialized (
      select id
      from ${name('way', index)}
      limit ${cutAt}
    )`,
  );
  // Lists as JSON, because Node parses it ten times as fast as the driver parses an array.
  const rows = await database.query<Candidate & { complete: boolean }>(sql`
    with ${join([...whole, ...cut], ',\n    ')}
    select
      customer.id,
      customer.name,
      customer.erp_customer_number,
      customer.email,
      to_json(array_remove(
        array[customer.billing_address ->> 'city', customer.shipping_address ->> 'city'], null
      )) as cities,
      to_json(array_remove(
        array[customer.billing_address ->> 'street', customer.shipping_address ->> 'street'], null
      )) as streets,
      to_json(array_remove(
        array[customer.billing_address ->> 'postal_code', customer.shipping_address ->> 'postal_code'], null
      )) as postal_codes,
      coalesce(
        (
          select json_agg(json_build_object('email', email, 'name', name, 'phone', phone) order by email)
          from customer_contact as contact
          where contact.org_id = ${scope.orgId}
          and contact.customer_id = customer.id
        ),
        '[]'
      ) as contacts,
      ${join(
        ways.map((_way, index) => sql`(select count(*) from ${name('cut', index)}) <= ${mostCandidates}`),
        ' and ',
      )} as complete
    from (${join(
      ways.map((_way, index) => sql`select id from ${name('cut', index)}`),
      ' union ',
    )}) as fitting
    join customer
      on customer.org_id = ${scope.orgId}
      and customer.id = fitting.id`);
  return { found: rows, complete: rows[0]?.complete ?? true };
}

/** The results of a way, without customers elsewhere. */
function inPlace(way: Way, scope: Scope): Way {
  if (scope.place === undefined) return way;
  return sql`
      select customer.id
      from (${way}) as found
      join customer
        on customer.id = found.id
      where ${isIn(scope)}`;
}

function name(kind: 'way' | 'cut', index: number): Sql {
  return names[kind][index] ?? sql`unnamed`;
}
const names = {
  way: [sql`way0`, sql`way1`, sql`way2`, sql`way3`, sql`way4`, sql`way5`, sql`way6`, sql`way7`],
  cut: [sql`cut0`, sql`cut1`, sql`cut2`, sql`cut3`, sql`cut4`, sql`cut5`, sql`cut6`, sql`cut7`],
};
