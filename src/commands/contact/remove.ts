import { advice } from '../../advice.ts';
import type { Context } from '../../context.ts';
import { printable } from '../../model/printable.ts';
import { renderContactLine, titleOfContact } from '../../render/contact-list.ts';
import { removeContact } from '../../store/customers/contact-changes.ts';
import type { ContactOptions } from './contact-options.ts';
import { contactCommand, findCustomer, requireContact } from './shared.ts';

export async function runContactRemove(
  context: Context,
  { ref, contact: contactRef }: { ref: string; contact: string },
  options: ContactOptions,
): Promise<void> {
  const { database, org, customer } = await findCustomer(context, ref, { slug: options.org, role: 'OPS' });
  const seen = requireContact(customer, { ref: contactRef, org });
  context.nameTarget(database, org);
  await context.confirm(`Remove ${titleOfContact(seen)} from ${printable(customer.name)}?`);
  await removeContact(database, { customer, seen });
  context.print({
    json: { ...seen, removed: true },
    text: (style) => renderContactLine('-', seen, style),
  });
  context.aside(advice`next: ${contactCommand('list', { customer, org })}`);
}
