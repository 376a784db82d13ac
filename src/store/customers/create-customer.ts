import sql from 'sql-template-tag';
import { Failure } from '../../errors.ts';
import { contactColumns, customerColumns } from '../../model/columns.ts';
import type { ContactInput } from '../../model/contact.ts';
import type { CustomerInput, CustomerWithContacts } from '../../model/customer.ts';
import type { Organization } from '../../model/organization.ts';
import { printable } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';
import { columnNames, columnValues } from './columns.ts';
import { requireCustomer } from './customers.ts';
import { requireFreeNumbers } from './number-owners.ts';
import { writeTransaction } from '../connection/write-transaction.ts';

/** Creates a customer, with a first contact if given. Throws `conflict`, naming who has the ERP number. */
export async function createCustomer(
  database: Database,
  { org, input, contact }: { org: Organization; input: CustomerInput; contact?: ContactInput | undefined },
): Promise<CustomerWithContacts> {
  return writeTransaction(database, async () => {
    const id = await insertCustomer(database, org.id, input);
    if (id === undefined) {
      const number = input.erp_customer_number ?? '';
      await requireFreeNumbers(database, { org, numbers: [number] });
      throw new Failure(
        'conflict',
        `ERP number ${printable(number)} was in use a moment ago and is free again`,
        {
          hint: 'run it again',
        },
      );
    }
    if (contact !== undefined) {
      await database.execute(sql`
        insert into customer_contact (org_id, customer_id, ${columnNames(contactColumns)})
        values (${org.id}, ${id}, ${columnValues(contactColumns, contact)})`);
    }
    return requireCustomer(database, { org, ref: id });
  });
}

/** The new customer's id; undefined if its ERP number is already in use. */
async function insertCustomer(
  database: Database,
  orgId: string,
  input: CustomerInput,
): Promise<string | undefined> {
  const [inserted] = await database.query<{ id: string }>(sql`
    insert into customer (org_id, ${columnNames(customerColumns)})
    values (${orgId}, ${columnValues(customerColumns, input)})
    on conflict do nothing
    returning id`);
  return inserted?.id;
}
