import sql from 'sql-template-tag';
import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { Customer, CustomerWithContacts } from '../../model/customer.ts';
import type { Organization } from '../../model/organization.ts';
import { printable, quoted } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';
import { contactsOfCustomer, customerRow } from './columns.ts';
import { uuidOrNull } from '../connection/values.ts';

/** The customers that `ref` fits, as an ERP number or as an id: none, one, or two. */
export async function findCustomers(
  database: Database,
  { orgId, ref }: { orgId: string; ref: string },
): Promise<CustomerWithContacts[]> {
  // Two indexed look-ups; the `or` of both conditions is planned as a bitmap of the same two.
  return database.query<CustomerWithContacts>(sql`
    select ${customerRow}, (${contactsOfCustomer}) as contacts
    from customer
    where customer.org_id = ${orgId}
    and (customer.erp_customer_number = ${ref} or customer.id = ${uuidOrNull(ref)}::uuid)
    order by customer.name, customer.id`);
}

/** The one customer that `ref` fits; throws `not_found`, or `ambiguous` naming the candidates. */
export async function requireCustomer(
  database: Database,
  { org, ref }: { org: Organization; ref: string },
): Promise<CustomerWithContacts> {
  return onlyCustomer(await findCustomers(database, { orgId: org.id, ref }), { org, ref });
}

/** The one that was found by `ref`; throws `not_found`, or `ambiguous` naming the candidates. */
export function onlyCustomer<Found extends Customer>(
  [found, other]: Found[],
  { org, ref }: { org: Organization; ref: string },
): Found {
  if (found === undefined) {
    throw new Failure('not_found', `customer ${quoted(ref)} not found in org ${org.slug}`, {
      hint: advice`search for it: ${tool('search', 'TEXT', '--org', org.slug)}`,
    });
  }
  if (other === undefined) return found;
  const candidates = [found, other].map(
    ({ id, name, erp_customer_number: number }) =>
      `${id}  ${printable(name)}${number === null ? '' : `, ERP number ${printable(number)}`}`,
  );
  throw new Failure(
    'ambiguous',
    [`${quoted(ref)} fits two customers in org ${org.slug}:`, ...candidates].join('\n'),
    {
      hint: 'it is the ERP number of one and the id of the other: name the one you mean by its other reference',
    },
  );
}
