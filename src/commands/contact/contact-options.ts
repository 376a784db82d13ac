import type { Command } from 'commander';
import type { ContactColumn } from '../../model/columns.ts';
import { addOrgOption } from '../options/org-option.ts';

/** The values of the flags of `contact`. */
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

/** The flags' values, each under the contact's own name for it. */
export function givenOf({ email, name, phone, role, primary }: ContactOptions): Record<string, unknown> {
  const fields: Record<ContactColumn, unknown> = { email, name, phone, role, is_primary: primary };
  const given = Object.entries(fields);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** The exit codes of commands that write a contact. */
export const writing = [0, 2, 4, 7, 8, 12, 13];

/** The arguments of commands about an existing contact. */
export function withContact(command: Command): Command {
  return addOrgOption(
    command
      .argument('<ref>', "the customer's ERP number or id")
      .argument('<contact>', "the contact's email or id"),
  );
}

/** The flags for the fields of a contact; `email` describes that flag. */
export function addContactOptions(command: Command, email: string): Command {
  return command
    .option('--email <email>', email)
    .option('--name <name>', 'name, up to 200 characters')
    .option('--phone <phone>', 'phone number, up to 50 characters')
    .option('--role <role>', 'role, up to 100 characters');
}
