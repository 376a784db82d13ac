import type { ContactColumn } from '../../model/columns.ts';

/** What the flags of `contact` say. */
export interface ContactOptions {
  org: string;
  email?: string;
  name?: string;
  phone?: string;
  role?: string;
  /** False with `--no-primary`. */
  primary?: boolean;
  clear?: string[];
}

/** What the flags say, each under the contact's own name for it. */
export function givenOf({ email, name, phone, role, primary }: ContactOptions): Record<string, unknown> {
  const fields: Record<ContactColumn, unknown> = { email, name, phone, role, is_primary: primary };
  const given = Object.entries(fields);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
