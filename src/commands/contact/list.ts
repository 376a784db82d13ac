import { advice } from '../../advice.ts';
import type { Context } from '../../context.ts';
import { contactListing } from '../../render/contact-list.ts';
import { formatNumberOf } from '../../render/text/numbers.ts';
import type { ContactOptions } from './contact-options.ts';
import { contactCommand, findCustomer } from './shared.ts';
import { orgOf } from '../options/org-option.ts';
import type { OutputOptions } from '../options/output-options.ts';
import { isForPeople, printListing } from '../options/output-options.ts';

export async function runContactList(
  context: Context,
  ref: string,
  options: ContactOptions & OutputOptions,
): Promise<void> {
  const { org, customer } = await findCustomer(context, ref, {
    slug: await orgOf(context, options),
    role: 'VIEWER',
  });
  const { contacts } = customer;
  const rest = { total: contacts.length };
  printListing(context, options, { layout: contactListing, items: contacts, rest });
  if (!isForPeople(options)) return;
  context.aside(
    contacts.length === 0
      ? advice`no contacts · next: ${contactCommand('add', { customer, org, flags: ['--email', 'EMAIL'] })}`
      : `${formatNumberOf(contacts.length, 'contact')} of ${customer.name}`,
  );
}
