import sql from 'sql-template-tag';
import type { Contact } from '../../src/model/contact.ts';
import type { Customer } from '../../src/model/customer.ts';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';

/** Inserts a customer as another program would, past every rule but the database's own; returns its id. */
export async function insertCustomer(
  database: Database,
  org: Organization,
  customer: Partial<Customer> & { contacts?: Partial<Contact>[] } = {},
): Promise<string> {
  const { contacts = [], ...given } = customer;
  const row = {
    name: 'Beispiel GmbH',
    default_currency: 'EUR',
    default_language: 'de-DE',
    is_active: true,
    ...given,
  };
  const [inserted] = await database.query<{ id: string }>(sql`
    insert into customer (
      id, org_id, name, erp_customer_number, email, default_currency, default_language,
      billing_address, shipping_address, notes, is_active
    )
    select
      coalesce(id, uuid_v7()), ${org.id}, name, erp_customer_number, email, default_currency, default_language,
      billing_address, shipping_address, notes, is_active
    from jsonb_populate_record(null::customer, ${JSON.stringify(row)})
    returning id`);
  if (inserted === undefined) throw new Error('no customer was inserted');
  await database.execute(sql`
    insert into customer_contact (org_id, customer_id, email, name, phone, role, is_primary)
    select ${org.id}, ${inserted.id}, email, name, phone, role, coalesce(is_primary, false)
    from jsonb_populate_recordset(null::customer_contact, ${JSON.stringify(contacts)})`);
  return inserted.id;
}
