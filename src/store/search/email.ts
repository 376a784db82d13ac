import sql, { join, raw } from 'sql-template-tag';
import type { MatchedContact, MatchedField, SearchResult } from '../../model/customer-search.ts';
import { domainForms, emailForms } from '../../model/email-key.ts';
import { isPublicMailDomain } from '../../model/public-mail.ts';
import type { Database } from '../connection/database.ts';
import { escapeLike } from '../connection/like-pattern.ts';
import type { Scope } from './candidates.ts';
import { isIn } from './candidates.ts';
import { listingsOf } from './listings.ts';

/** The greatest character: no text sorts between a text and itself followed by this. */
const firstCharacter = '\u0001';

/**
 * Who an email is from: the customers with a contact of exactly this email, then those with it as their own,
 * then others with an email of the same domain, unless that is a public mail provider's. By name within each.
 *
 * Domains have no index, because every import would have to maintain it: all emails of the org are scanned.
 */
export async function searchByEmail(
  database: Database,
  { email: given, limit, ...scope }: Scope & { email: string; limit: number },
): Promise<SearchResult> {
  const { orgId } = scope;
  const emails = emailForms(given);
  const domains = domainForms(given.slice(given.lastIndexOf('@') + 1).trim());
  const patterns = domains.some(isPublicMailDomain) ? [] : domains.map((domain) => `%@${escapeLike(domain)}`);
  const exactly = (look: string, tier: number) =>
    emails.map(
      (email) => sql`
      select id, ${tier}::int as tier
      from ${raw(look)}(
        of_org => ${orgId}, first => ${email}, behind => ${email + firstCharacter}, most => null
      ) as id`,
    );
  const exact = [
    ...exactly('customer_search_by_contact_email', 1),
    ...exactly('customer_search_by_email', 2),
  ];
  const found = await database.query<{ id: string; tier: number; total: number }>(sql`
    with fitting as (
      ${join(exact, '\n      union all')}
      union all
      select contact.customer_id, 3
      from customer_contact as contact
      where contact.org_id = ${orgId}
      and lower(contact.email::text) like any (${patterns}::text[])
      union all
      select customer.id, 3
      from customer
      where customer.org_id = ${orgId}
      and lower(customer.email::text) like any (${patterns}::text[])
    ),
    best as (
      select id, min(tier) as tier
      from fitting
      group by id
    )
    select best.id, best.tier, count(*) over ()::int as total
    from best
    join customer
      on customer.id = best.id
    where ${isIn(scope)}
    order by best.tier, customer.name, customer.id
    limit ${limit}`);
  const contacts = await contactsOf(database, { orgId, ids: found.map(({ id }) => id), emails, patterns });
  const fields: MatchedField[] = ['contact_email', 'email', 'email_domain'];
  const matches = found.map(({ id, tier }) => ({
    id,
    match: fields[tier - 1] ?? 'email_domain',
    contact: tier === 2 ? null : (contacts.get(id) ?? null),
  }));
  return {
    items: await listingsOf(database, orgId, matches),
    total: found[0]?.total ?? 0,
    total_is_exact: true,
  };
}

/** For each of these customers the contact with the email, otherwise the first with one of its domain. */
async function contactsOf(
  database: Database,
  { orgId, ids, emails, patterns }: { orgId: string; ids: string[]; emails: string[]; patterns: string[] },
): Promise<Map<string, MatchedContact>> {
  if (ids.length === 0) return new Map();
  const rows = await database.query<MatchedContact & { customer_id: string }>(sql`
    select distinct on (contact.customer_id) contact.customer_id, contact.email, contact.name, contact.phone
    from customer_contact as contact
    where contact.org_id = ${orgId}
    and contact.customer_id = any (${ids}::uuid[])
    and (
      lower(contact.email::text) = any (${emails}::text[])
      or lower(contact.email::text) like any (${patterns}::text[])
    )
    order by contact.customer_id, lower(contact.email::text) = any (${emails}::text[]) desc, contact.email`);
  return new Map(rows.map(({ customer_id: id, ...contact }) => [id, contact]));
}
