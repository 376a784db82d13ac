import type { Command } from 'commander';
import { advice } from '../../advice.ts';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { contactListing } from '../../render/contact-list.ts';
import { exitCodes } from '../../render/help.ts';
import { formatNumberOf } from '../../render/text/numbers.ts';
import type { ContactOptions } from './contact-options.ts';
import { contactCommand, requireCustomerForRole } from './find-contact.ts';
import { addOrgOption, orgOf } from '../options/org-option.ts';
import type { OutputOptions } from '../options/output-options.ts';
import { addOutputOptions, isForPeople, printListing } from '../options/output-options.ts';

export function defineList(contact: Command, context: Context): void {
  const command = contact
    .command('list')
    .summary("List a customer's contacts")
    .description(
      "List a customer's contacts, the primary one first.\n" +
        'Piped: email, name, phone, role, primary and id, separated by tabs.',
    )
    .argument('<ref>', "the customer's ERP number or id");
  addOutputOptions(addOrgOption(command, { forReading: true }), {
    context,
    names: contactListing.names,
  }).action((ref: string, options: ContactOptions & OutputOptions) => list(context, ref, options));
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13]),
    examples: [
      'orderflow-customers contact list 10001 --org acme',
      'orderflow-customers contact list 10001 --org acme | cut -f1',
    ],
  });
}

async function list(context: Context, ref: string, options: ContactOptions & OutputOptions): Promise<void> {
  const { org, customer } = await requireCustomerForRole(context, ref, {
    slug: await orgOf(context, options),
    role: 'VIEWER',
  });
  const { contacts } = customer;
  const rest = { total: contacts.length };
  await printListing(context, options, { layout: contactListing, items: contacts, rest });
  if (!isForPeople(options)) return;
  context.aside(
    contacts.length === 0
      ? advice`no contacts · next: ${contactCommand('add', { customer, org, flags: ['--email', 'EMAIL'] })}`
      : `${formatNumberOf(contacts.length, 'contact')} of ${customer.name}`,
  );
}
