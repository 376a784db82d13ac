import sql from 'sql-template-tag';
import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { Customer, CustomerWithContacts } from '../../model/customer.ts';
import type { Organization } from '../../model/organization.ts';
import { printable, quoted } from '../../model/printable.ts';
import { numberSpellings, storedNumbers } from '../../model/typed-number.ts';
import type { Database } from '../connection/database.ts';
import { contactsOfCustomer, customerRow } from './columns.ts';
import { uuidOrNull } from '../connection/values.ts';

/** The customers that `ref` matches, as an ERP number or as an id: zero, one, or two. */
export async function findCustomers(
  database: Database,
  { orgId, ref }: { orgId: string; ref: string },
): Promise<CustomerWithContacts[]> {
  const numbers = storedNumbers(ref);
  const id = uuidOrNull(ref.trim());
  // Two indexed look-ups; the `or` of both conditions is planned as a bitmap of the same two.
  const found = await database.query<CustomerWithContacts>(sql`
    select ${customerRow}, (${contactsOfCustomer(orgId)}) as contacts
    from customer
    where customer.org_id = ${orgId}
    and (customer.erp_customer_number = any (${numbers}::text[]) or customer.id = ${id}::uuid)
    order by customer.name, customer.id`);
  return closest(found, { ref, numbers });
}

/** The customer whose number is most likely meant, and the one with this id. */
export function closest<Found extends Customer>(
  found: Found[],
  { ref, numbers }: { ref: string; numbers: string[] },
): Found[] {
  if (found.length < 2) return found;
  const id = uuidOrNull(ref.trim())?.toLowerCase();
  const best = numbers.find((number) => found.some((customer) => customer.erp_customer_number === number));
  return found.filter((customer) => customer.id === id || customer.erp_customer_number === best);
}

/** The one customer that `ref` identifies; throws `not_found`, or `ambiguous` naming the candidates. */
export async function requireCustomer(
  database: Database,
  { org, ref }: { org: Organization; ref: string },
): Promise<CustomerWithContacts> {
  const found = await findCustomers(database, { orgId: org.id, ref });
  const alike = found.length === 0 ? await findAlike(database, { orgId: org.id, refs: [ref] }) : [];
  return onlyCustomer(found, { org, ref, alike });
}

interface Alike {
  ref: string;
  name: string;
  erp_customer_number: string;
}

/** How many customers with nearly the same number are named. */
const namedAlike = 3;

/** Customers whose number differs from a reference only in leading zeros or case. */
export async function findAlike(
  database: Database,
  { orgId, refs }: { orgId: string; refs: string[] },
): Promise<Alike[]> {
  const asked = refs.flatMap((ref) =>
    storedNumbers(ref)
      .flatMap(numberSpellings)
      .map((number) => ({ ref, number })),
  );
  return database.query<Alike>(sql`
    select distinct asked.ref, customer.name, customer.erp_customer_number
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as asked (ref text, number text)
    join customer
      on customer.org_id = ${orgId}
      and customer.erp_customer_number = asked.number
    order by asked.ref, customer.erp_customer_number`);
}

/**
 * The one match of `ref`; throws `not_found`, naming those in `alike`, or `ambiguous` naming the candidates.
 */
export function onlyCustomer<Found extends Customer>(
  [found, other]: Found[],
  { org, ref, alike = [] }: { org: Organization; ref: string; alike?: Alike[] },
): Found {
  if (found === undefined) {
    const meant = alike
      .slice(0, namedAlike)
      .map(({ name, erp_customer_number: number }) => `${printable(number)} (${printable(name)})`);
    throw new Failure('not_found', `customer ${quoted(ref)} not found in org ${org.slug}`, {
      hint:
        meant.length > 0
          ? `did you mean ${meant.join(' or ')}?`
          : advice`search for it: ${tool('search', 'TEXT', '--org', org.slug)}`,
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
