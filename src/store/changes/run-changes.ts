import sql from 'sql-template-tag';
import type { LoggedEntry, LoggedField, NamedChange } from '../../model/change-log.ts';
import { netChange } from '../../model/change-log.ts';
import { fieldsOfContact } from '../../model/contact-change.ts';
import { fieldsOfCustomer } from '../../model/customer-change.ts';
import type { CustomerWithContacts } from '../../model/customer.ts';
import type { FieldValue } from '../../model/field-change.ts';
import type { Database } from '../connection/database.ts';
import { readInBatches } from '../connection/snapshot.ts';
import { contactsOfNewCustomer, customerRow } from '../customers/columns.ts';
import type { RunScope } from './run-scope.ts';
import { createdByRun, ofRun } from './run-scope.ts';

/**
 * The changes of a run, customer by customer: existing ones first, in the order of their ids, then those that
 * it created. Read with a cursor in the caller's transaction, so that memory does not grow with the run; one
 * at a time.
 */
export async function* readRunChanges(database: Database, scope: RunScope): AsyncGenerator<NamedChange> {
  yield* readUpdated(database, scope);
  yield* readCreated(database, scope);
}

/** How many customers `readRunChanges` returns. */
export async function countRunChanges(database: Database, scope: RunScope): Promise<number> {
  const [count] = await database.query<{ updated: number; created: number; repeated: boolean }>(sql`
    select
      count(distinct customer_id)::float8 as updated,
      (select count(*) from customer where ${createdByRun(scope)})::float8 as created,
      coalesce(bool_or(entries > 1), false) as repeated
    from (
      select change.customer_id, count(*) as entries
      from customer_change as change
      where ${ofRun(scope)}
      group by change.customer_id, change.contact_id
    ) as records`);
  const { updated, created, repeated } = count as NonNullable<typeof count>;
  // Only what was changed twice can have its old value again.
  if (!repeated) return updated + created;
  let remaining = 0;
  for await (const { id } of readUpdated(database, scope)) if (id !== '') remaining++;
  return remaining + created;
}

type EntryRow = LoggedEntry & { id: string; erp_customer_number: string | null; name: string | null };

async function* readUpdated(database: Database, scope: RunScope): AsyncGenerator<NamedChange> {
  const batches = readInBatches<EntryRow>(
    database,
    sql`
    select
      change.customer_id as id,
      change.contact_id,
      change.contact_email,
      change.changes,
      customer.erp_customer_number,
      customer.name
    from customer_change as change
    left join customer
      on customer.org_id = ${scope.orgId}
      and customer.id = change.customer_id
    where ${ofRun(scope)}
    order by change.customer_id, change.id`,
  );
  let current: EntryRow[] = [];
  for await (const batch of batches) {
    for (const entry of batch) {
      if (current.length > 0 && current[0]?.id !== entry.id) {
        const changed = changeOf(current);
        if (changed !== undefined) yield changed;
        current = [];
      }
      current.push(entry);
    }
  }
  const last = current.length === 0 ? undefined : changeOf(current);
  if (last !== undefined) yield last;
}

function changeOf(entries: EntryRow[]): NamedChange | undefined {
  const { id, erp_customer_number: number, name } = entries[0] as EntryRow;
  const named = name ?? removedName(entries);
  return netChange({ id, erp_customer_number: number, name: named }, entries);
}

/** The customer no longer exists. */
function removedName(entries: EntryRow[]): string {
  const name = entries.findLast(({ contact_id: contact }) => contact === null)?.changes['name']?.[0];
  return typeof name === 'string' ? name : '';
}

async function* readCreated(database: Database, scope: RunScope): AsyncGenerator<NamedChange> {
  const batches = readInBatches<CustomerWithContacts>(
    database,
    sql`
    select ${customerRow}, (${contactsOfNewCustomer(scope.orgId)}) as contacts
    from customer
    where ${createdByRun(scope)}
    order by customer.id`,
  );
  for await (const batch of batches) {
    for (const customer of batch) yield createdChange(customer);
  }
}

function createdChange(customer: CustomerWithContacts): NamedChange {
  const { id, name, erp_customer_number: number, contacts } = customer;
  return {
    erp_customer_number: number,
    id,
    name,
    kind: 'created',
    fields: given(fieldsOfCustomer(customer)),
    contacts: contacts.map((contact) => ({
      email: contact.email,
      kind: 'created',
      fields: given(fieldsOfContact(contact)),
    })),
  };
}

function given(values: Record<string, FieldValue>): LoggedField[] {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([field, after]) => ({ field, before: null, after }));
}
