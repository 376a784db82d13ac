import sql from 'sql-template-tag';
import { Failure } from '../../errors.ts';
import type { CustomerWithContacts } from '../../model/customer.ts';
import type { Organization } from '../../model/organization.ts';
import { storedNumbers } from '../../model/typed-number.ts';
import type { Database } from '../connection/database.ts';
import { contactsOfCustomer, customerRow } from './columns.ts';
import { closest, findAlike, onlyCustomer } from './customers.ts';
import { uuidOrNull } from '../connection/values.ts';

/** How many references without a match, or with two, a failure names. */
const named = 20;

export interface Reference {
  ref: string;
  /** Its position, if it comes from a file: `change 3`. */
  place?: string;
}

/**
 * The customers that the references identify, in their order, read by one statement. Throws `not_found` or
 * `ambiguous`, naming every reference that does not match exactly one.
 */
export async function requireCustomers(
  database: Database,
  { org, references }: { org: Organization; references: Reference[] },
): Promise<CustomerWithContacts[]> {
  const refs = references.map(({ ref }) => ref);
  const found = await findByReference(database, { orgId: org.id, refs });
  const missing = refs.filter((_ref, index) => found[index]?.length === 0);
  const alike = missing.length === 0 ? [] : await findAlike(database, { orgId: org.id, refs: missing });
  const failures: Failure[] = [];
  const customers = references.flatMap(({ ref, place }, index) => {
    try {
      const near = alike.filter((each) => each.ref === ref);
      return [onlyCustomer(found[index] ?? [], { org, ref, alike: near })];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { code, hint } = error;
      const message = place === undefined ? error.message : `${place}: ${error.message}`;
      failures.push(new Failure(code, message, { hint }));
      return [];
    }
  });
  const [first] = failures;
  if (first === undefined) return customers;
  const { code, hint } = failures.find((failure) => failure.code === 'ambiguous') ?? first;
  const lines = failures.slice(0, named).map(({ message }) => message);
  if (failures.length > named) lines.push(`… and ${failures.length - named} more`);
  throw new Failure(code, lines.join('\n'), { hint });
}

/** The matches of each reference, as an ERP number or as an id: zero, one, or two. */
async function findByReference(
  database: Database,
  { orgId, refs }: { orgId: string; refs: string[] },
): Promise<CustomerWithContacts[][]> {
  // As JSON: a server with `array_nulls = off` reads the nulls of an array as text.
  const asked = refs.flatMap((ref, index) =>
    storedNumbers(ref).map((number) => ({ number, id: uuidOrNull(ref.trim()), position: index + 1 })),
  );
  const rows = await database.query<CustomerWithContacts & { position: number }>(sql`
    with asked as (
      select number, id, position
      from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as asked (number text, id uuid, position integer)
    ),
    found as (
      select asked.position, customer.id
      from asked
      join customer
        on customer.org_id = ${orgId}
        and customer.erp_customer_number = asked.number
      union
      select asked.position, customer.id
      from asked
      join customer
        on customer.org_id = ${orgId}
        and customer.id = asked.id
    )
    select found.position, ${customerRow}, (${contactsOfCustomer(orgId)}) as contacts
    from found
    join customer
      on customer.org_id = ${orgId}
      and customer.id = found.id
    order by found.position, customer.name, customer.id`);
  const fits: CustomerWithContacts[][] = refs.map(() => []);
  for (const { position, ...customer } of rows) fits[position - 1]?.push(customer);
  return fits.map((customers, index) => {
    const ref = refs[index] ?? '';
    return closest(customers, { ref, numbers: storedNumbers(ref) });
  });
}
