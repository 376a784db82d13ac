import { contactColumns, customerColumns, isAddressColumn, partFieldsOf } from './columns.ts';
import type { FieldChange, FieldValue } from './field-change.ts';

/** One field that differs, as `--json` prints it. */
export interface LoggedField {
  field: string;
  before: FieldValue;
  after: FieldValue;
}

/** What one statement did to a customer or a contact, as `history` prints it. */
export interface HistoryEntry {
  /** ISO 8601. */
  at: string;
  /** The login. */
  by: string;
  /** The application name that the program reported. */
  application: string;
  /** The run that it belongs to. */
  run_id: string | null;
  kind: 'created' | 'updated' | 'removed';
  /** Email of the contact; null if the customer itself was changed. */
  contact: string | null;
  changes: LoggedField[];
}

export interface ChangedContact {
  email: string;
  kind: 'created' | 'updated' | 'removed';
  fields: LoggedField[];
}

/** Everything that a run changed in one customer, as `--json` prints it. */
export interface ChangedCustomer {
  erp_customer_number: string | null;
  id: string;
  kind: 'created' | 'updated' | 'deactivated' | 'reactivated' | 'removed';
  fields: LoggedField[];
  contacts: ChangedContact[];
}

/** With the name, for people. */
export interface NamedChange extends ChangedCustomer {
  name: string;
}

/** The fields of an entry as the log keeps them: `{"phone": ["1", "2"]}`. */
export type LoggedChanges = Record<string, [before: FieldValue, after: FieldValue]>;

/** One log entry of several that a run may have for a customer. */
export interface LoggedEntry {
  /** Null for the customer itself. */
  contact_id: string | null;
  contact_email: string | null;
  changes: LoggedChanges;
}

/** The fields of customers and contacts that are logged, in display order. */
export const loggedFields: readonly string[] = [
  ...new Set([
    ...customerColumns.flatMap((column): string[] =>
      isAddressColumn(column) ? partFieldsOf(column).map(({ field }) => field) : [column],
    ),
    ...contactColumns,
  ]),
];

/** An object from the database has no order. */
const order = new Map(loggedFields.map((field, index) => [field, index]));

export function fieldsOfEntry(changes: LoggedChanges): LoggedField[] {
  return Object.entries(changes)
    .map(([field, [before, after]]) => ({ field, before, after }))
    .toSorted((one, other) => placeOf(one) - placeOf(other));
}

function placeOf({ field }: LoggedField): number {
  return order.get(field) ?? order.size;
}

/** In the form that `describeChange` takes. */
export function asChange({ field, before, after }: LoggedField): FieldChange {
  return { field, from: before, to: after };
}

/**
 * The net change of one customer's entries, the oldest first: a field's value before the first entry and
 * after the last. Undefined if they cancel out.
 */
export function netChange(
  customer: { id: string; erp_customer_number: string | null; name: string },
  entries: LoggedEntry[],
): NamedChange | undefined {
  const records = new Map<string | null, { email: string; changes: LoggedChanges }>();
  for (const { contact_id: id, contact_email: email, changes } of entries) {
    const record = records.get(id) ?? { email: '', changes: {} };
    records.set(id, record);
    record.email = email ?? '';
    for (const [field, [before, after]] of Object.entries(changes)) {
      const known = record.changes[field];
      record.changes[field] = [known === undefined ? before : known[0], after];
    }
  }
  const fields = differing(records.get(null)?.changes ?? {});
  records.delete(null);
  const contacts = [...records.values()]
    .map(({ email, changes }): ChangedContact => {
      const differ = differing(changes);
      return { email, kind: kindOfContact(differ), fields: differ };
    })
    .filter((contact) => contact.fields.length > 0);
  if (fields.length === 0 && contacts.length === 0) return undefined;
  return { ...customer, kind: kindOfCustomer(fields), fields, contacts };
}

function differing(changes: LoggedChanges): LoggedField[] {
  return fieldsOfEntry(changes).filter(({ before, after }) => before !== after);
}

/** A contact always has an email. */
function kindOfContact(fields: LoggedField[]): ChangedContact['kind'] {
  const email = fields.find(({ field }) => field === 'email');
  if (email?.before === null) return 'created';
  return email?.after === null ? 'removed' : 'updated';
}

function kindOfCustomer(fields: LoggedField[]): ChangedCustomer['kind'] {
  if (fields.some(({ field, after }) => field === 'name' && after === null)) return 'removed';
  const active = fields.find(({ field }) => field === 'is_active');
  if (active === undefined) return 'updated';
  return active.after === true ? 'reactivated' : 'deactivated';
}
