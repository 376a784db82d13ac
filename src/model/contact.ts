import * as z from 'zod';
import type { ContactColumn } from './columns.ts';
import { fields } from './fields.ts';
import { yesOrNo, optionalText, requiredText } from './validation.ts';

/** A contact as OrderFlow's API shows it; instants in ISO 8601, UTC. */
export interface Contact {
  id: string;
  org_id: string;
  customer_id: string;
  email: string;
  name: string | null;
  phone: string | null;
  role: string | null;
  is_primary: boolean;
  created_at: string;
  updated_at: string;
}

const email = requiredText(fields.contact_email);
const name = optionalText(fields.contact_name);
const phone = optionalText(fields.contact_phone);
const role = optionalText(fields.contact_role);
const isPrimary = yesOrNo();

/** A new contact; absent parts are null, and it is not the primary contact. */
export const contactInput = z.strictObject({
  email: email.prefault(null),
  name: name.prefault(null),
  phone: phone.prefault(null),
  role: role.prefault(null),
  is_primary: isPrimary.default(false),
} satisfies Record<ContactColumn, z.ZodType>);
export type ContactInput = z.infer<typeof contactInput>;

/** A patch of a contact: an absent key leaves the field unchanged, null and blank clear it. */
export const contactPatch = z.strictObject({
  email: email.optional(),
  name: name.optional(),
  phone: phone.optional(),
  role: role.optional(),
  is_primary: isPrimary.optional(),
} satisfies Record<ContactColumn, z.ZodType>);
export type ContactPatch = z.infer<typeof contactPatch>;
