import type { Command } from 'commander';
import { advice } from '../../advice.ts';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { printable } from '../../model/printable.ts';
import { renderContactLine, titleOfContact } from '../../render/contact-list.ts';
import { exitCodes } from '../../render/help.ts';
import { removeContact } from '../../store/customers/contact-changes.ts';
import type { ContactOptions } from './contact-options.ts';
import { withContact } from './contact-options.ts';
import { contactCommand, requireCustomerForRole, requireContact } from './find-contact.ts';

export function defineRemove(contact: Command, context: Context): void {
  const removing = withContact(contact.command('remove').summary('Remove a contact'))
    .description('Remove a contact. Asks for confirmation, unless --yes is given.')
    .action((ref: string, wanted: string, options: ContactOptions) =>
      remove(context, { ref, contact: wanted }, options),
    );
  addHelp(removing, {
    exitCodes: exitCodes([0, 2, 4, 5, 7, 8, 12, 13], {
      0: 'removed',
      5: 'not confirmed',
      12: 'conflict: another user changed the contact',
    }),
    examples: [
      'orderflow-customers contact remove 10001 anna@kunde.example --org acme',
      'orderflow-customers contact remove 10001 anna@kunde.example --org acme --yes --quiet',
    ],
  });
}

async function remove(
  context: Context,
  { ref, contact: contactRef }: { ref: string; contact: string },
  options: ContactOptions,
): Promise<void> {
  const { database, org, customer } = await requireCustomerForRole(context, ref, {
    slug: options.org,
    role: 'OPS',
  });
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
