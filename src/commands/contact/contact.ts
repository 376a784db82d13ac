import type { Command } from 'commander';
import { Option } from 'commander';
import type { Context } from '../../context.ts';
import { contactListing } from '../../render/contact-list.ts';
import { examples, exitCodes } from '../../render/help.ts';
import { runContactAdd } from './add.ts';
import type { ContactOptions } from './contact-options.ts';
import { runContactList } from './list.ts';
import { runContactRemove } from './remove.ts';
import { runContactUpdate } from './update.ts';
import { collectNames } from '../options/cleared-fields.ts';
import { addOrgOption } from '../options/org-option.ts';
import type { OutputOptions } from '../options/output-options.ts';
import { addOutputOptions } from '../options/output-options.ts';

const writing = [0, 2, 4, 7, 8, 12, 13];

export function define(command: Command, context: Context): void {
  command.usage('<subcommand> [flags]');
  const add = command
    .command('add')
    .summary('Add a contact')
    .description(
      'Add a contact to a customer. With --primary, it replaces the primary contact.\n' +
        'Piped: email, name, phone, role, primary and id, separated by tabs.',
    )
    .argument('<ref>', "the customer's ERP number or id");
  addOrgOption(add);
  addContactOptions(add, 'email address; on a terminal, you are asked for it')
    .option('--primary', 'make it the primary contact')
    .addHelpText(
      'after',
      exitCodes(writing, { 0: 'added', 12: 'conflict: the customer already has a contact with this email' }),
    )
    .addHelpText(
      'after',
      examples(
        "orderflow-customers contact add 10001 --org acme --email anna@kunde.example --name 'Anna Müller'",
        'orderflow-customers contact add 10001 --org acme --email einkauf@kunde.example --primary',
      ),
    )
    .action((ref: string, options: ContactOptions) => runContactAdd(context, ref, options));

  const update = withContact(command.command('update').summary('Change a contact')).description(
    'Change the given fields of a contact where they differ.',
  );
  addContactOptions(update, 'another email address')
    .option('--primary', 'make it the primary contact')
    .addOption(new Option('--no-primary', 'make it an ordinary contact'))
    .option('--clear <field>', 'empty name, phone or role; can be repeated', collectNames)
    .addHelpText(
      'after',
      exitCodes(writing, {
        0: 'changed, or no changes',
        12: 'conflict: the email is in use, or another user changed the contact',
      }),
    )
    .addHelpText(
      'after',
      examples(
        "orderflow-customers contact update 10001 anna@kunde.example --org acme --phone '+49 89 123456'",
        'orderflow-customers contact update 10001 anna@kunde.example --org acme --primary --clear role',
      ),
    )
    .action((ref: string, contact: string, options: ContactOptions) =>
      runContactUpdate(context, { ref, contact }, options),
    );

  withContact(command.command('remove').summary('Remove a contact'))
    .description('Remove a contact. Asks for confirmation, unless --yes is given.')
    .addHelpText(
      'after',
      exitCodes([0, 2, 4, 5, 7, 8, 12, 13], {
        0: 'removed',
        5: 'not confirmed',
        12: 'conflict: another user changed the contact',
      }),
    )
    .addHelpText(
      'after',
      examples(
        'orderflow-customers contact remove 10001 anna@kunde.example --org acme',
        'orderflow-customers contact remove 10001 anna@kunde.example --org acme --yes --quiet',
      ),
    )
    .action((ref: string, contact: string, options: ContactOptions) =>
      runContactRemove(context, { ref, contact }, options),
    );

  const list = command
    .command('list')
    .summary("List a customer's contacts")
    .description(
      "List a customer's contacts, the primary one first.\n" +
        'Piped: email, name, phone, role, primary and id, separated by tabs.',
    )
    .argument('<ref>', "the customer's ERP number or id");
  addOutputOptions(addOrgOption(list, { forReading: true }), { context, names: contactListing.names })
    .addHelpText('after', exitCodes([0, 2, 4, 7, 8, 13]))
    .addHelpText(
      'after',
      examples(
        'orderflow-customers contact list 10001 --org acme',
        'orderflow-customers contact list 10001 --org acme | cut -f1',
      ),
    )
    .action((ref: string, options: ContactOptions & OutputOptions) => runContactList(context, ref, options));
}

function withContact(command: Command): Command {
  return addOrgOption(
    command
      .argument('<ref>', "the customer's ERP number or id")
      .argument('<contact>', "the contact's email or id"),
  );
}

function addContactOptions(command: Command, email: string): Command {
  return command
    .option('--email <email>', email)
    .option('--name <name>', 'name, up to 200 characters')
    .option('--phone <phone>', 'phone number, up to 50 characters')
    .option('--role <role>', 'role, up to 100 characters');
}
