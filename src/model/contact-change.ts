import { contactColumns } from './columns.ts';
import type { Contact, ContactPatch } from './contact.ts';
import type { FieldChange, FieldValue } from './field-change.ts';
import { isSameEmail } from './email-key.ts';
import { changesBetween } from './field-change.ts';

/** The contact after the patch; fields that the patch does not name are unchanged. */
export function patchContact(contact: Contact, patch: ContactPatch): Contact {
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const patched: Contact = { ...contact, ...given };
  if (isSameEmail(contact.email, patched.email)) patched.email = contact.email;
  return patched;
}

/** The differences between two states of a contact, in display order. */
export function contactChanges(before: Contact, after: Contact): FieldChange[] {
  return changesBetween(fieldsOfContact(before), fieldsOfContact(after));
}

export function fieldsOfContact(contact: Contact): Record<string, FieldValue> {
  return Object.fromEntries(contactColumns.map((column) => [column, contact[column]]));
}
