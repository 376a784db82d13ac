import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import { escapeLike } from '../connection/like-pattern.ts';
import { uuidOrNull } from '../connection/values.ts';

/** A completion of a word, and its description. */
export interface Completion {
  value: string;
  description: string;
}

/** More than people read through. */
const limit = 50;

export async function completeOrg(database: Database, typed: string): Promise<Completion[]> {
  return database.query(sql`
    select slug as value, name as description
    from org
    where starts_with(slug, ${typed})
    order by slug
    limit ${limit}`);
}

/** Ids of the latest runs that begin as typed, each with its file. */
export async function completeRun(
  database: Database,
  { org, typed }: { org: string; typed: string },
): Promise<Completion[]> {
  return database.query(sql`
    select id::text as value, to_char(started_at, 'YYYY-MM-DD HH24:MI ') || file as description
    from customer_import_run
    where org_id = ${orgNamed(org)}
    and starts_with(id::text, ${typed.toLowerCase()})
    order by started_at desc
    limit ${limit}`);
}

function orgNamed(org: string): Sql {
  return sql`(
      select id
      from org
      where slug = ${org}
      or id = ${uuidOrNull(org)}::uuid
      order by slug = ${org} desc
      limit 1
    )`;
}

/**
 * ERP numbers that begin as typed. The first condition is the entry point into the index, whatever its
 * collation.
 */
export async function completeErpNumber(
  database: Database,
  { org, typed }: { org: string; typed: string },
): Promise<Completion[]> {
  const pattern = `${escapeLike(typed)}%`;
  return database.query(sql`
    select erp_customer_number as value, name as description
    from customer
    where org_id = ${orgNamed(org)}
    and erp_customer_number >= ${typed}
    and erp_customer_number like ${pattern}
    order by erp_customer_number
    limit ${limit}`);
}
