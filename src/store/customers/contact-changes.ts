import sql from 'sql-template-tag';
import { Failure } from '../../errors.ts';
import { contactColumns } from '../../model/columns.ts';
import { contactChanges } from '../../model/contact-change.ts';
import type { Contact, ContactInput } from '../../model/contact.ts';
import type { Customer } from '../../model/customer.ts';
import { describeChange } from '../../model/field-change.ts';
import { emailForms } from '../../model/email-key.ts';
import { printable } from '../../model/printable.ts';
import type { Database } from '../connection/database.ts';
import { writeTransaction } from '../connection/write-transaction.ts';
import { columnAssignments, columnNames, columnValues, contactRow } from './columns.ts';

export interface WrittenContact {
  contact: Contact;
  /** The previous primary contact that this one replaced. */
  demoted: string | undefined;
}

/** Adds a contact to a customer. Throws `conflict`, naming the contact, if one with this email exists. */
export async function addContact(
  database: Database,
  { customer, input }: { customer: Customer; input: ContactInput },
): Promise<WrittenContact> {
  const { org_id: orgId, id: customerId } = customer;
  return inCustomer(database, { customer, command: 'contact add' }, async () => {
    // The unique key does not know that an email may be written in two ways.
    await requireFreeEmail(database, { customer, email: input.email });
    const demoted = input.is_primary ? await demotePrimary(database, { orgId, customerId }) : undefined;
    const [added] = await database.query<{ id: string }>(sql`
      insert into customer_contact (org_id, customer_id, ${columnNames(contactColumns)})
      values (${orgId}, ${customerId}, ${columnValues(contactColumns, input)})
      on conflict do nothing
      returning id`);
    if (added !== undefined)
      return { contact: await readContact(database, { orgId, customerId, id: added.id }), demoted };
    await requireFreeEmail(database, { customer, email: input.email });
    // The only other possible obstacle: another program has made a primary contact at this very moment.
    throw new Failure('conflict', `${printable(customer.name)} got another primary contact meanwhile`, {
      hint: 'run it again',
    });
  });
}

/**
 * Writes the changed contact, if it is still as it was shown. Throws `conflict` if another session has
 * changed it, naming the differences, or if the customer has another contact with the email.
 */
export async function updateContact(
  database: Database,
  { customer, seen, wanted }: { customer: Customer; seen: Contact; wanted: Contact },
): Promise<WrittenContact> {
  const { org_id: orgId, id: customerId } = customer;
  return inCustomer(database, { customer, command: 'contact update' }, async () => {
    await requireAsSeen(database, seen);
    if (wanted.email !== seen.email) await requireFreeEmail(database, { customer, email: wanted.email });
    const takesOver = wanted.is_primary && !seen.is_primary;
    const demoted = takesOver ? await demotePrimary(database, { orgId, customerId }) : undefined;
    await database.execute(sql`
      update customer_contact
      set ${columnAssignments(contactColumns, wanted)}, updated_at = now()
      where org_id = ${orgId}
      and customer_id = ${customerId}
      and id = ${seen.id}`);
    return { contact: await readContact(database, { orgId, customerId, id: seen.id }), demoted };
  });
}

/** A contact as it was just written. A sharded database returns no computed values from a write. */
async function readContact(
  database: Database,
  { orgId, customerId, id }: { orgId: string; customerId: string; id: string },
): Promise<Contact> {
  const [contact] = await database.query<Contact>(sql`
    select ${contactRow}
    from customer_contact as contact
    where contact.org_id = ${orgId}
    and contact.customer_id = ${customerId}
    and contact.id = ${id}`);
  return contact as Contact;
}

/** Removes a contact if it is still as it was shown; otherwise throws `conflict`. */
export async function removeContact(
  database: Database,
  { customer, seen }: { customer: Customer; seen: Contact },
): Promise<void> {
  await inCustomer(database, { customer, command: 'contact remove' }, async () => {
    await requireAsSeen(database, seen);
    await database.execute(sql`
      delete from customer_contact
      where org_id = ${customer.org_id}
      and customer_id = ${customer.id}
      and id = ${seen.id}`);
  });
}

/**
 * A transaction that locks the customer: other writers of its contacts wait, so that if two set a primary
 * contact, one replaces the other.
 */
async function inCustomer<Result>(
  database: Database,
  { customer: { org_id: orgId, id, name }, command }: { customer: Customer; command: string },
  work: () => Promise<Result>,
): Promise<Result> {
  const holding = async () => {
    const [held] = await database.query(sql`
      select id
      from customer
      where org_id = ${orgId}
      and id = ${id}
      for no key update`);
    if (held !== undefined) return work();
    throw new Failure('conflict', `${printable(name)} (${id}) was deleted by another user in the meantime`);
  };
  return writeTransaction(database, holding, { command });
}

async function requireAsSeen(database: Database, seen: Contact): Promise<void> {
  const [now] = await database.query<Contact>(sql`
    select ${contactRow}
    from customer_contact as contact
    where contact.org_id = ${seen.org_id}
    and contact.customer_id = ${seen.customer_id}
    and contact.id = ${seen.id}
    for no key update`);
  const who = printable(seen.email);
  if (now === undefined) throw new Failure('conflict', `${who} was removed by another user in the meantime`);
  const changes = contactChanges(seen, now);
  if (changes.length === 0) return;
  throw new Failure(
    'conflict',
    `${who} was changed by another user in the meantime: ${changes.map(describeChange).join(', ')}`,
    { hint: 'nothing was written; run it again to see what differs now' },
  );
}

async function requireFreeEmail(
  database: Database,
  { customer, email }: { customer: Customer; email: string },
): Promise<void> {
  const [holder] = await database.query<{ id: string; name: string | null }>(sql`
    select id, name
    from customer_contact
    where org_id = ${customer.org_id}
    and customer_id = ${customer.id}
    and email = any (${emailForms(email)}::citext[])`);
  if (holder === undefined) return;
  const named = holder.name ? `${printable(holder.name)} (${holder.id})` : holder.id;
  throw new Failure(
    'conflict',
    `${printable(customer.name)} already has a contact ${printable(email)}: ${named}`,
    { hint: 'change that one with contact update, or give another email' },
  );
}

/**
 * Two primary contacts at a time are never allowed, so the old one is reset before the new one is set;
 * returns its email.
 */
async function demotePrimary(
  database: Database,
  { orgId, customerId }: { orgId: string; customerId: string },
): Promise<string | undefined> {
  const [demoted] = await database.query<{ email: string }>(sql`
    update customer_contact
    set is_primary = false, updated_at = now()
    where org_id = ${orgId}
    and customer_id = ${customerId}
    and is_primary
    returning email`);
  return demoted?.email;
}
