import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import { instant } from '../connection/values.ts';

/** A subselect of the contacts of the `customer` row around it, as JSON: the primary one first, then by email. */
export const contactsOfCustomer: Sql = sql`
  select coalesce(
    json_agg(
      json_build_object(
        'id', contact.id,
        'org_id', contact.org_id,
        'customer_id', contact.customer_id,
        'email', contact.email,
        'name', contact.name,
        'phone', contact.phone,
        'role', contact.role,
        'is_primary', contact.is_primary,
        'created_at', ${instant('contact.created_at')},
        'updated_at', ${instant('contact.updated_at')}
      )
      order by contact.is_primary desc, contact.email, contact.id
    ),
    '[]'
  )
  from customer_contact as contact
  where contact.org_id = customer.org_id
  and contact.customer_id = customer.id`;
