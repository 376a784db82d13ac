import type { Sql } from 'sql-template-tag';
import sql, { raw } from 'sql-template-tag';

/**
 * By the customer's few contacts, not by the index on email: a look-up there folds the case of both sides
 * some twenty times, and would read an address that many customers share again for each of them.
 */
export function joinContact(orgId: string, contacts: 'customer_contact' | 'unnumbered_contact'): Sql {
  return sql`
    left join ${raw(contacts)} k
      on k.org_id = ${orgId}
      and k.customer_id = c.id
      and (k.email::text = s.contact_email or k.email = s.contact_email::citext)`;
}
