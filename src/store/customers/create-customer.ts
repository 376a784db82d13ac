import sql from 'sql-template-tag';
import { Failure } from '../../errors.ts';
import type { Address } from '../../model/address.ts';
import type { ContactInput } from '../../model/contact.ts';
import type { CustomerInput, CustomerWithContacts } from '../../model/customer.ts';
import type { Organization } from '../../model/organization.ts';
import { printable } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';
import { requireCustomer } from './customers.ts';
import { requireFreeNumbers } from './number-owners.ts';
import { writeTransaction } from '../connection/write-transaction.ts';

/** Creates a customer, with a first contact if there is one. Throws `conflict`, naming who has the ERP number. */
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
        `ERP number ${printable(number)} was taken a moment ago and is free again`,
        {
          hint: 'run it again',
        },
      );
    }
    if (contact !== undefined) {
      await database.execute(sql`
        insert into customer_contact (org_id, customer_id, email, name, phone, role, is_primary)
        values (
          ${org.id}, ${id}, ${contact.email}, ${contact.name}, ${contact.phone}, ${contact.role},
          ${contact.is_primary}
        )`);
    }
    return requireCustomer(database, { org, ref: id });
  });
}

/** The new customer's id; undefined when its ERP number is taken. */
async function insertCustomer(
  database: Database,
  orgId: string,
  input: CustomerInput,
): Promise<string | undefined> {
  const [inserted] = await database.query<{ id: string }>(sql`
    insert into customer (
      org_id, name, erp_customer_number, email, default_currency, default_language,
      billing_address, shipping_address, notes, is_active
    )
    values (
      ${orgId}, ${input.name}, ${input.erp_customer_number}, ${input.email}, ${input.default_currency},
      ${input.default_language}, ${asJson(input.billing_address)}::jsonb, ${asJson(input.shipping_address)}::jsonb,
      ${input.notes}, ${input.is_active}
    )
    on conflict do nothing
    returning id`);
  return inserted?.id;
}

function asJson(address: Address | null): string | null {
  return address === null ? null : JSON.stringify(address);
}
