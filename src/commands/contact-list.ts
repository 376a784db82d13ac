import type { Context } from '../context.ts';
import { renderContactList } from '../render/contact-list.ts';
import { formatNumberOf } from '../render/numbers.ts';
import type { ContactOptions } from './contact-options.ts';
import { contactCommand, findCustomer } from './customer-of-contact.ts';
import { orgOf } from './org-option.ts';

export async function runContactList(context: Context, ref: string, options: ContactOptions): Promise<void> {
  const { org, customer } = await findCustomer(context, ref, await orgOf(context, options));
  const { contacts } = customer;
  context.print({
    json: { items: contacts, total: contacts.length },
    text: (style) => renderContactList(contacts, style),
  });
  context.aside(
    contacts.length === 0
      ? `no contacts · next: ${contactCommand('add', { customer, org, flags: ['--email', 'EMAIL'] })}`
      : `${formatNumberOf(contacts.length, 'contact')} of ${customer.name}`,
  );
}
