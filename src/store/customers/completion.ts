import sql from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import { escapeLike } from '../connection/like-pattern.ts';
import { uuidOrNull } from '../connection/values.ts';

/** What a shell may complete a word to, and what it says beside it. */
export interface Completion {
  value: string;
  description: string;
}

/** More than this nobody reads through. */
const limit = 50;

export async function completeOrg(database: Database, typed: string): Promise<Completion[]> {
  return database.query(sql`
    select slug as value, name as description
    from org
    where starts_with(slug, ${typed})
    order by slug
    limit ${limit}`);
}

/** ERP numbers that begin as typed. The first condition is where the index is entered, whatever its collation. */
export async function completeErpNumber(
  database: Database,
  { org, typed }: { org: string; typed: string },
): Promise<Completion[]> {
  const pattern = `${escapeLike(typed)}%`;
  return database.query(sql`
    select erp_customer_number as value, name as description
    from customer
    where org_id = (
      select id
      from org
      where slug = ${org}
      or id = ${uuidOrNull(org)}::uuid
      order by slug = ${org} desc
      limit 1
    )
    and erp_customer_number >= ${typed}
    and erp_customer_number like ${pattern}
    order by erp_customer_number
    limit ${limit}`);
}
