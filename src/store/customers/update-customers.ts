import sql from 'sql-template-tag';
import { sqlstate, sqlstateOf } from '../connection/sqlstate.ts';
import { Failure } from '../../errors.ts';
import { customerColumns } from '../../model/columns.ts';
import { customerChanges } from '../../model/customer-change.ts';
import type { Customer, CustomerWithContacts } from '../../model/customer.ts';
import { describeChange } from '../../model/field-change.ts';
import type { Organization } from '../../model/organization.ts';
import { printable } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';
import { columnNames, contactsOfCustomer, customerRow } from './columns.ts';
import { requireFreeNumbers } from './number-owners.ts';
import { writeTransaction } from '../connection/write-transaction.ts';

export interface CustomerUpdate {
  /** As it was read and shown. */
  seen: Customer;
  /** As it should be. */
  wanted: Customer;
}

/** Throws `conflict` if a customer would get a number that another has, or two would get the same. */
export async function requireAttainableNumbers(
  database: Database,
  { org, updates }: { org: Organization; updates: CustomerUpdate[] },
): Promise<void> {
  const renumbered = updates.filter(
    ({ seen, wanted }) => seen.erp_customer_number !== wanted.erp_customer_number,
  );
  const takers = new Map<string, Customer>();
  for (const { wanted } of renumbered) {
    const number = wanted.erp_customer_number;
    if (number === null) continue;
    const other = takers.get(number);
    if (other !== undefined) {
      throw new Failure(
        'conflict',
        `ERP number ${printable(number)} cannot go to both ${printable(other.name)} (${other.id}) and ${printable(wanted.name)} (${wanted.id})`,
      );
    }
    takers.set(number, wanted);
  }
  const leaving = new Set(renumbered.map(({ seen }) => seen.id));
  await requireFreeNumbers(database, { org, numbers: [...takers.keys()], leaving });
}

/**
 * Writes all of the updates or none, each in the fields that differ, and returns the resulting customers in
 * the order of `updates`. Throws `conflict` if one is no longer as it was shown, naming the differences, or
 * if an ERP number is already in use, naming its owner. Two updates of one customer wait for each other and
 * compare again.
 */
export async function updateCustomers(
  database: Database,
  { org, updates }: { org: Organization; updates: CustomerUpdate[] },
): Promise<CustomerWithContacts[]> {
  try {
    const writing = async () => {
      await requireAsSeen(database, { orgId: org.id, updates });
      await giveNumbersUp(database, { orgId: org.id, updates });
      return write(database, { orgId: org.id, updates });
    };
    return await writeTransaction(database, writing, { command: 'update' });
  } catch (error) {
    // Taken since it was checked.
    if (sqlstateOf(error) === sqlstate.uniqueViolation)
      await requireAttainableNumbers(database, { org, updates });
    throw error;
  }
}

async function requireAsSeen(
  database: Database,
  { orgId, updates }: { orgId: string; updates: CustomerUpdate[] },
): Promise<void> {
  // Always in the order of ids, so that sessions that write the same customers cannot deadlock.
  const rows = await database.query<Customer>(sql`
    select ${customerRow}
    from customer
    where org_id = ${orgId}
    and id = any (${updates.map(({ seen }) => seen.id)}::uuid[])
    order by id
    for no key update`);
  const current = new Map(rows.map((customer) => [customer.id, customer]));
  const conflicts = updates.flatMap(({ seen }) => {
    const now = current.get(seen.id);
    if (now === undefined)
      return [`${printable(seen.name)} (${seen.id}) was deleted by another user in the meantime`];
    const changes = customerChanges(seen, now);
    if (changes.length === 0) return [];
    return [
      `${printable(seen.name)} (${seen.id}) was changed by another user in the meantime: ${changes.map(describeChange).join(', ')}`,
    ];
  });
  if (conflicts.length === 0) return;
  throw new Failure('conflict', conflicts.join('\n'), {
    hint: 'nothing was written; run it again to see what differs now',
  });
}

/**
 * If numbers are passed on within one run (1 becomes 2, 2 becomes 3), the old ones are released first: the
 * constraint checks each row as it is written.
 */
async function giveNumbersUp(
  database: Database,
  { orgId, updates }: { orgId: string; updates: CustomerUpdate[] },
): Promise<void> {
  const wanted = new Set(updates.map((update) => update.wanted.erp_customer_number));
  const leaving = updates.filter(
    ({ seen, wanted: { erp_customer_number: number } }) =>
      seen.erp_customer_number !== null &&
      seen.erp_customer_number !== number &&
      wanted.has(seen.erp_customer_number),
  );
  if (leaving.length === 0) return;
  await database.execute(sql`
    update customer
    set erp_customer_number = null, updated_at = now()
    where org_id = ${orgId}
    and id = any (${leaving.map(({ seen }) => seen.id)}::uuid[])`);
}

async function write(
  database: Database,
  { orgId, updates }: { orgId: string; updates: CustomerUpdate[] },
): Promise<CustomerWithContacts[]> {
  const changes = updates.map(({ seen, wanted }) => ({
    id: seen.id,
    fields: Object.fromEntries(
      customerColumns
        .filter((column) => seen[column] !== wanted[column])
        .map((column) => [column, wanted[column]]),
    ),
  }));
  await database.execute(sql`
    update customer
    set (${columnNames(customerColumns)}, updated_at) = (
      select ${columnNames(customerColumns)}, now()
      from jsonb_populate_record(customer, change.fields)
    )
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as change (id uuid, fields jsonb)
    where customer.org_id = ${orgId}
    and customer.id = change.id`);
  const rows = await database.query<CustomerWithContacts>(sql`
    select ${customerRow}, (${contactsOfCustomer(orgId)}) as contacts
    from customer
    where customer.org_id = ${orgId}
    and customer.id = any (${updates.map(({ seen }) => seen.id)}::uuid[])`);
  const byId = new Map(rows.map((customer) => [customer.id, customer]));
  return updates.flatMap(({ seen }) => byId.get(seen.id) ?? []);
}
