import sql from 'sql-template-tag';
import type { CustomerListing } from '../../model/customer.ts';
import type { CustomerMatch, MatchedContact, MatchedField } from '../../model/customer-search.ts';
import type { Database } from '../connection/database.ts';
import { contactCount, customerRow } from '../customers/columns.ts';

interface Match {
  id: string;
  match: MatchedField;
  contact: MatchedContact | null;
}

/** The customers of these matches, in their order. */
export async function listingsOf(
  database: Database,
  orgId: string,
  matches: Match[],
): Promise<CustomerMatch[]> {
  if (matches.length === 0) return [];
  const listings = await database.query<CustomerListing>(sql`
    select ${customerRow},
      ${contactCount(orgId)}
    from customer
    where customer.org_id = ${orgId}
    and customer.id = any(${matches.map(({ id }) => id)}::uuid[])`);
  const byId = new Map(listings.map((listing) => [listing.id, listing]));
  return matches.flatMap(({ id, match, contact }) => {
    const listing = byId.get(id);
    return listing === undefined ? [] : [{ ...listing, match, matched_contact: contact }];
  });
}
