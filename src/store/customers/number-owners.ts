import sql from 'sql-template-tag';
import { Failure } from '../../errors.ts';
import type { Organization } from '../../model/organization.ts';
import { printable } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';

interface Owner {
  id: string;
  name: string;
  erp_customer_number: string;
}

/** Which customers have these ERP numbers. */
async function numberOwners(
  database: Database,
  { orgId, numbers }: { orgId: string; numbers: string[] },
): Promise<Owner[]> {
  return database.query<Owner>(sql`
    select id, name, erp_customer_number
    from customer
    where org_id = ${orgId}
    and erp_customer_number = any (${numbers}::text[])
    order by erp_customer_number`);
}

/**
 * Throws `conflict` if a customer has one of the numbers and is not in `leaving`, whose numbers become free;
 * names the owners.
 */
export async function requireFreeNumbers(
  database: Database,
  {
    org,
    numbers,
    leaving = new Set(),
  }: { org: Organization; numbers: string[]; leaving?: ReadonlySet<string> },
): Promise<void> {
  if (numbers.length === 0) return;
  const owners = await numberOwners(database, { orgId: org.id, numbers });
  const others = owners.filter(({ id }) => !leaving.has(id));
  if (others.length === 0) return;
  throw new Failure(
    'conflict',
    others
      .map(
        ({ id, name, erp_customer_number: number }) =>
          `ERP number ${printable(number)} belongs to ${printable(name)} (${id})`,
      )
      .join('\n'),
    { hint: 'give another number, or correct the customer that has it' },
  );
}
