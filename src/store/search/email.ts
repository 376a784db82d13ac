import sql from 'sql-template-tag';
import type { MatchedField, SearchResult } from '../../model/customer-search.ts';
import { isPublicMailDomain } from '../../model/public-mail.ts';
import type { Database } from '../connection/database.ts';
import { escapeLike } from '../connection/like-pattern.ts';
import { listingsOf } from './listings.ts';

/** Nothing stands between a text and the same text with this behind it. */
const firstCharacter = '\u0001';

/**
 * Whose mail this is: the customers with a contact of exactly this email, then those with it as their own, then
 * others with an email of the same domain, unless everybody can have one there. By name within each.
 *
 * Domains have no index, which every import would have to keep: all emails of the org are looked through.
 */
export async function searchByEmail(
  database: Database,
  { orgId, email: given, limit }: { orgId: string; email: string; limit: number },
): Promise<SearchResult> {
  const email = given.trim().toLowerCase();
  const domain = email.slice(email.lastIndexOf('@') + 1);
  const pattern = isPublicMailDomain(domain) ? null : `%@${escapeLike(domain)}`;
  const found = await database.query<{ id: string; tier: number; total: number }>(sql`
    with fitting as (
      select id, 1 as tier
      from customer_search_by_contact_email(
        of_org => ${orgId}, first => ${email}, behind => ${email + firstCharacter}, most => null
      ) as id
      union all
      select id, 2
      from customer_search_by_email(
        of_org => ${orgId}, first => ${email}, behind => ${email + firstCharacter}, most => null
      ) as id
      union all
      select contact.customer_id, 3
      from customer_contact as contact
      where contact.org_id = ${orgId}
      and lower(contact.email::text) like ${pattern}
      union all
      select customer.id, 3
      from customer
      where customer.org_id = ${orgId}
      and lower(customer.email::text) like ${pattern}
    ),
    best as (
      select id, min(tier) as tier
      from fitting
      group by id
    )
    select best.id, best.tier, count(*) over ()::int as total
    from best
    join customer
      on customer.org_id = ${orgId}
      and customer.id = best.id
    order by best.tier, customer.name, customer.id
    limit ${limit}`);
  const fields: MatchedField[] = ['contact_email', 'email', 'email_domain'];
  const matches = found.map(({ id, tier }) => ({
    id,
    match: fields[tier - 1] ?? 'email_domain',
    contact: null,
  }));
  return {
    items: await listingsOf(database, orgId, matches),
    total: found[0]?.total ?? 0,
    total_is_exact: true,
  };
}
