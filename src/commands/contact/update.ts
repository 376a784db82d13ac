import type { Command } from 'commander';
import { Option } from 'commander';
import { advice, tool } from '../../advice.ts';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import { contactChanges, patchContact } from '../../model/contact-change.ts';
import type { ContactColumn } from '../../model/columns.ts';
import { contactColumns } from '../../model/columns.ts';
import { contactPatch } from '../../model/contact.ts';
import { requireValid } from '../../model/validation.ts';
import { titleOfContact } from '../../render/contact-list.ts';
import { renderChanges } from '../../render/customer-changes.ts';
import { exitCodes } from '../../render/help.ts';
import { updateContact } from '../../store/customers/contact-changes.ts';
import { clearedFields, collectNames } from '../options/cleared-fields.ts';
import type { ContactOptions } from './contact-options.ts';
import { addContactOptions, givenOf, withContact, writing } from './contact-options.ts';
import { contactCommand, requireCustomerForRole, requireContact, reportDemoted } from './find-contact.ts';

export function defineUpdate(contact: Command, context: Context): void {
  const command = withContact(contact.command('update').summary('Change a contact')).description(
    'Change the given fields of a contact where they differ.',
  );
  addContactOptions(command, 'another email address')
    .option('--primary', 'make it the primary contact')
    .addOption(new Option('--no-primary', 'make it an ordinary contact'))
    .option('--clear <field>', 'empty name, phone or role; can be repeated', collectNames)
    .action((ref: string, wanted: string, options: ContactOptions) =>
      update(context, { ref, contact: wanted }, options),
    );
  addHelp(command, {
    exitCodes: exitCodes(writing, {
      0: 'changed, or no changes',
      12: 'conflict: the email is in use, or another user changed the contact',
    }),
    examples: [
      "orderflow-customers contact update 10001 anna@kunde.example --org acme --phone '+49 89 123456'",
      'orderflow-customers contact update 10001 anna@kunde.example --org acme --primary --clear role',
    ],
  });
}

async function update(
  context: Context,
  { ref, contact: contactRef }: { ref: string; contact: string },
  options: ContactOptions,
): Promise<void> {
  const patch = requireValid(contactPatch, { ...givenOf(options), ...clearedOf(options) });
  if (Object.keys(patch).length === 0) {
    throw new Failure('usage', 'nothing to change: name a field', {
      hint: advice`such as --phone NUMBER or --primary; see ${tool('contact', 'update', '--help')}`,
    });
  }
  const { database, org, customer } = await requireCustomerForRole(context, ref, {
    slug: options.org,
    role: 'OPS',
  });
  const seen = requireContact(customer, { ref: contactRef, org });
  const wanted = patchContact(seen, patch);
  const changes = contactChanges(seen, wanted);
  context.nameTarget(database, org);
  const { json, quiet } = context.options;
  const text = (style = context.style('stdout')) => renderChanges(titleOfContact(seen), changes, style);
  if (json) context.note((style) => text(style).trimEnd());
  else if (!quiet) context.io.stdout.write(text());
  const written =
    changes.length === 0 ? undefined : await updateContact(database, { customer, seen, wanted });
  context.print({ json: written?.contact ?? seen, text: '' });
  reportDemoted(context, written?.demoted);
  if (written !== undefined) context.aside(advice`next: ${contactCommand('list', { customer, org })}`);
}

function clearedOf({ clear = [], ...options }: ContactOptions): Record<string, null> {
  const needed = {
    email: 'a contact needs one',
    is_primary: 'give --no-primary',
    primary: 'give --no-primary',
  };
  const clearable = contactColumns.filter(
    (column): column is Exclude<ContactColumn, keyof typeof needed> => !Object.hasOwn(needed, column),
  );
  const cleared = clearedFields(clear, { clearable, needed });
  const both = cleared.find((field) => options[field] !== undefined);
  if (both !== undefined) throw new Failure('usage', `${both} is both given and cleared`);
  return Object.fromEntries(cleared.map((field) => [field, null]));
}
