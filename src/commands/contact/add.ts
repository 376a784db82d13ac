import type { Command } from 'commander';
import { advice } from '../../advice.ts';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { contactInput, contactPatch } from '../../model/contact.ts';
import { fields } from '../../model/fields.ts';
import { requireValid } from '../../model/validation.ts';
import { renderContactLine } from '../../render/contact-list.ts';
import { exitCodes } from '../../render/help.ts';
import { addContact } from '../../store/customers/contact-changes.ts';
import { addOrgOption } from '../options/org-option.ts';
import { askValue } from '../prompts/ask.ts';
import type { ContactOptions } from './contact-options.ts';
import { addContactOptions, givenOf, writing } from './contact-options.ts';
import { contactCommand, requireCustomerForRole, reportDemoted } from './find-contact.ts';

export function defineAdd(contact: Command, context: Context): void {
  const command = contact
    .command('add')
    .summary('Add a contact')
    .description(
      'Add a contact to a customer. With --primary, it replaces the primary contact.\n' +
        'Piped: email, name, phone, role, primary and id, separated by tabs.',
    )
    .argument('<ref>', "the customer's ERP number or id");
  addOrgOption(command);
  addContactOptions(command, 'email address; on a terminal, you are asked for it')
    .option('--primary', 'make it the primary contact')
    .action((ref: string, options: ContactOptions) => add(context, ref, options));
  addHelp(command, {
    exitCodes: exitCodes(writing, {
      0: 'added',
      12: 'conflict: the customer already has a contact with this email',
    }),
    examples: [
      "orderflow-customers contact add 10001 --org acme --email anna@kunde.example --name 'Anna Müller'",
      'orderflow-customers contact add 10001 --org acme --email einkauf@kunde.example --primary',
    ],
  });
}

/** Asks a person at a terminal for a contact, field by field, and adds it. */
export function addContactTo(context: Context, ref: string, options: { org: string }): Promise<void> {
  return add(context, ref, options, { asked: ['name', 'phone', 'role'] });
}

const undone = 'nothing was changed';

async function add(
  context: Context,
  ref: string,
  options: ContactOptions,
  { asked = [] }: { asked?: ('name' | 'phone' | 'role')[] } = {},
): Promise<void> {
  const given = givenOf(options);
  // Errors are reported before any question is asked.
  const asks = given['email'] === undefined && context.canPrompt();
  requireValid(asks ? contactPatch : contactInput, given);
  const { database, org, customer } = await requireCustomerForRole(context, ref, {
    slug: options.org,
    role: 'OPS',
  });
  context.nameTarget(database, org);
  if (asks) {
    const field = { parse: fields.contact_email.parse, missing: fields.contact_email.missing };
    given['email'] = await askValue(context, { message: 'Email:', field, undone });
    for (const column of asked) {
      const message = `${column[0]?.toUpperCase()}${column.slice(1)} (optional):`;
      const value = { field: fields[`contact_${column}`], required: false };
      given[column] = await askValue(context, { message, ...value, undone });
    }
  }
  const input = requireValid(contactInput, given);
  const { contact, demoted } = await addContact(database, { customer, input });
  context.print({ json: contact, text: (style) => renderContactLine('+', contact, style) });
  reportDemoted(context, demoted);
  context.aside(advice`next: ${contactCommand('list', { customer, org })}`);
}
