import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import type { callingCodes } from '../../model/calling-codes.ts';
import type { DuplicateMember } from '../../model/duplicate.ts';
import type { Database } from '../connection/database.ts';
import { readInBatches } from '../connection/snapshot.ts';
import { instant } from '../connection/values.ts';
import { legalForms } from './legal-forms.ts';

/** How many customers of a group are read: people do not review a thousand with the same email one by one. */
const mostMembers = 20;

/**
 * The probable duplicates among the customers of an org, group by group, those with most reasons first. To be
 * called within `withSnapshot`.
 *
 * Every customer yields its keys, and those that share one are a group: one pass and one sort, both on the
 * server, which uses its disk if they are large. Keys without meaning (a phone of fewer than six digits) are
 * ignored.
 */
export function readDuplicates(
  database: Database,
  { orgId, limit, codes }: { orgId: string; limit: number | undefined; codes: typeof callingCodes },
): AsyncGenerator<DuplicateMember[]> {
  return readInBatches<DuplicateMember>(
    database,
    sql`
    with keyed as (
      select customer.id, 'email' as reason, lower(customer.email::text) as key
      from customer
      where customer.org_id = ${orgId}
      and customer.email is not null
      union all
      select contact.customer_id, 'email', lower(contact.email::text)
      from customer_contact as contact
      where contact.org_id = ${orgId}
      union all
      select contact.customer_id, 'phone', ${phoneKey(codes)}
      from customer_contact as contact
      where contact.org_id = ${orgId}
      and contact.phone ~ '([0-9][^0-9]*){6}'
      union all
      select customer.id, 'name_and_postal_code', ${nameKey()} || ' ' || upper(replace(postal_code, ' ', ''))
      from customer,
        coalesce(customer.billing_address ->> 'postal_code', customer.shipping_address ->> 'postal_code') as postal_code
      where customer.org_id = ${orgId}
      and postal_code <> ''
      union all
      select customer.id, 'number', ltrim(lower(customer.erp_customer_number), '0')
      from customer
      where customer.org_id = ${orgId}
      and customer.erp_customer_number ~ '[^0]'
    ),
    shared as (
      select reason, array_agg(distinct id order by id) as ids
      from keyed
      where key <> ''
      group by reason, key
      having count(distinct id) > 1
    ),
    found as (
      select ids, array_agg(distinct reason order by reason) as reasons
      from shared
      group by ids
    ),
    numbered as (
      select ids, reasons, (row_number() over (order by cardinality(reasons) desc, ids))::int as number
      from found
      order by number
      limit ${limit ?? null}
    )
    select
      numbered.number as "group",
      array_to_string(numbered.reasons, ',') as reasons,
      cardinality(numbered.ids) as group_size,
      customer.id,
      customer.erp_customer_number,
      customer.name,
      customer.email,
      coalesce(customer.billing_address ->> 'city', customer.shipping_address ->> 'city') as city,
      coalesce(
        customer.billing_address ->> 'postal_code', customer.shipping_address ->> 'postal_code'
      ) as postal_code,
      customer.is_active,
      (
        select count(*)::int
        from customer_contact as contact
        where contact.org_id = ${orgId}
        and contact.customer_id = customer.id
      ) as contact_count,
      ${instant('customer.updated_at')} as updated_at
    from numbered
    cross join lateral unnest(numbered.ids[1:${mostMembers}::int]) with ordinality as member (id, place)
    join customer
      on customer.org_id = ${orgId}
      and customer.id = member.id
    order by numbered.number, member.place`,
  );
}

/** The digits without extension, calling code and leading zeros. */
function phoneKey(codes: typeof callingCodes): Sql {
  const extension = '(ext|x|durchwahl|dw|app).*$';
  const country = `^(?:\\+|00)(?:${[...codes].join('|')})?0*|^0+`;
  return sql`
        regexp_replace(
          regexp_replace(regexp_replace(lower(contact.phone), ${extension}, ''), '[^0-9+]', '', 'g'), ${country}, ''
        )`;
}

/** A name without accents, signs, spaces and legal form; ue as u. */
function nameKey(): Sql {
  const forms = [...legalForms].map((form) => (form.length > 6 ? form : Array.from(form).join(' ?')));
  const form = `( (${forms.join('|')}))+$`;
  return sql`
        regexp_replace(
          replace(regexp_replace(customer_search_fold(customer.name), ${form}, ''), ' ', ''), '([aou])e', '\\1', 'g'
        )`;
}
