import type { Command } from 'commander';
import { Option } from 'commander';
import type { Context } from '../context.ts';
import { Failure } from '../errors.ts';
import { contactChanges, patchContact } from '../model/contact-change.ts';
import type { Contact } from '../model/contact.ts';
import { contactInput, contactPatch } from '../model/contact.ts';
import type { Customer, CustomerWithContacts } from '../model/customer.ts';
import { isSameEmail } from '../model/field-change.ts';
import { fields } from '../model/fields.ts';
import type { Organization } from '../model/organization.ts';
import { printable, quoted } from '../model/printable.ts';
import { requireValid } from '../model/validation.ts';
import { renderCommandLine } from '../render/command-line.ts';
import { renderContactLine, renderContactList, titleOfContact } from '../render/contact-list.ts';
import { referenceOf, renderChanges } from '../render/customer-changes.ts';
import { examples } from '../render/help.ts';
import { formatNumberOf } from '../render/numbers.ts';
import type { Database } from '../store/connect.ts';
import { addContact, removeContact, updateContact } from '../store/contact-changes.ts';
import { requireCustomer } from '../store/customers.ts';
import { requireOrganization } from '../store/organizations.ts';
import { askValue } from './ask.ts';
import { clearedFields, collectNames } from './cleared-fields.ts';
import { addOrgOption } from './org-option.ts';

interface ContactOptions {
  org: string;
  email?: string;
  name?: string;
  phone?: string;
  role?: string;
  /** False with `--no-primary`. */
  primary?: boolean;
  clear?: string[];
}

export function define(command: Command, context: Context): void {
  command.usage('<subcommand> [flags]');
  const add = command
    .command('add')
    .summary('Add a contact')
    .description(
      'Add a contact to a customer. A primary contact takes over from the one there is.\n' +
        'Piped: email, name, phone, role, primary and id, separated by tabs.',
    )
    .argument('<ref>', "the customer's ERP number or id");
  addOrgOption(add);
  addContactOptions(add, 'its email address; asked for on a terminal')
    .option('--primary', 'it is the primary contact')
    .addHelpText(
      'after',
      `${exitCodes('0   added', 'the customer has a contact with this email')}
${examples(
  "orderflow-customers contact add 10001 --org acme --email anna@kunde.example --name 'Anna Müller'",
  'orderflow-customers contact add 10001 --org acme --email einkauf@kunde.example --primary',
)}`,
    )
    .action((ref: string, options: ContactOptions) => runAdd(context, ref, options));

  const update = withContact(command.command('update').summary('Change a contact')).description(
    'Change a contact: the fields that are named, and only where they differ.',
  );
  addContactOptions(update, 'another email address')
    .option('--primary', 'it takes over as the primary contact')
    .addOption(new Option('--no-primary', 'it is no longer the primary contact'))
    .option('--clear <field>', 'empty name, phone or role; again for more', collectNames)
    .addHelpText(
      'after',
      `${exitCodes('0   changed, or nothing differs', 'the email is taken, or somebody else has changed it')}
${examples(
  "orderflow-customers contact update 10001 anna@kunde.example --org acme --phone '+49 89 123456'",
  'orderflow-customers contact update 10001 anna@kunde.example --org acme --primary --clear role',
)}`,
    )
    .action((ref: string, contact: string, options: ContactOptions) =>
      runUpdate(context, { ref, contact }, options),
    );

  withContact(command.command('remove').summary('Remove a contact'))
    .description('Remove a contact. Asks first, unless --yes is given.')
    .addHelpText(
      'after',
      `${exitCodes('0   removed', 'somebody else has changed it', '5   not confirmed')}
${examples(
  'orderflow-customers contact remove 10001 anna@kunde.example --org acme',
  'orderflow-customers contact remove 10001 anna@kunde.example --org acme --yes --quiet',
)}`,
    )
    .action((ref: string, contact: string, options: ContactOptions) =>
      runRemove(context, { ref, contact }, options),
    );

  addOrgOption(
    command
      .command('list')
      .summary("List a customer's contacts")
      .description(
        "List a customer's contacts, the primary one first.\n" +
          'Piped: email, name, phone, role, primary and id, separated by tabs.',
      )
      .argument('<ref>', "the customer's ERP number or id"),
  )
    .addHelpText(
      'after',
      examples(
        'orderflow-customers contact list 10001 --org acme',
        'orderflow-customers contact list 10001 --org acme | cut -f1',
      ),
    )
    .action((ref: string, options: ContactOptions) => runList(context, ref, options));
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

function exitCodes(done: string, conflict: string, guard?: string): string {
  const rows = [done, '2   a value is refused', '4   no such customer or contact']
    .concat(guard ?? [], '7   the database cannot be reached', `12  ${conflict}`)
    .map((row) => `  ${row}`);
  return ['', 'Exit codes:', ...rows].join('\n');
}

async function runAdd(context: Context, ref: string, options: ContactOptions): Promise<void> {
  const given = givenOf(options);
  // What is wrong is told at once, before anything is asked.
  const asks = given['email'] === undefined && context.canPrompt();
  requireValid(asks ? contactPatch : contactInput, given);
  const { database, org, customer } = await findCustomer(context, ref, options.org);
  if (asks) {
    const field = { parse: fields.contact_email.parse, missing: fields.contact_email.missing };
    given['email'] = await askValue(context, { message: 'Email:', field, undone: 'nothing was changed' });
  }
  const input = requireValid(contactInput, given);
  context.nameTarget(database, org);
  const { contact, demoted } = await addContact(database, { customer, input });
  context.print({ json: contact, text: (style) => renderContactLine('+', contact, style) });
  tellDemoted(context, demoted);
  context.aside(nextOf(org, customer));
}

async function runUpdate(
  context: Context,
  { ref, contact: contactRef }: { ref: string; contact: string },
  options: ContactOptions,
): Promise<void> {
  const patch = requireValid(contactPatch, { ...givenOf(options), ...clearedOf(options) });
  if (Object.keys(patch).length === 0) {
    throw new Failure('usage', 'there is nothing to change: name a field', {
      hint: 'such as --phone NUMBER or --primary; see orderflow-customers contact update --help',
    });
  }
  const { database, org, customer } = await findCustomer(context, ref, options.org);
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
  tellDemoted(context, written?.demoted);
  if (written !== undefined) context.aside(nextOf(org, customer));
}

async function runRemove(
  context: Context,
  { ref, contact: contactRef }: { ref: string; contact: string },
  options: ContactOptions,
): Promise<void> {
  const { database, org, customer } = await findCustomer(context, ref, options.org);
  const seen = requireContact(customer, { ref: contactRef, org });
  context.nameTarget(database, org);
  await context.confirm(`Remove ${titleOfContact(seen)} from ${printable(customer.name)}?`);
  await removeContact(database, { customer, seen });
  context.print({
    json: { ...seen, removed: true },
    text: (style) => renderContactLine('-', seen, style),
  });
  context.aside(nextOf(org, customer));
}

async function runList(context: Context, ref: string, options: ContactOptions): Promise<void> {
  const { org, customer } = await findCustomer(context, ref, options.org);
  const { contacts } = customer;
  context.print({
    json: { items: contacts, total: contacts.length },
    text: (style) => renderContactList(contacts, style),
  });
  context.aside(
    contacts.length === 0
      ? `no contacts · next: ${commandOf('contact', 'add', customer, org, '--email', 'EMAIL')}`
      : `${formatNumberOf(contacts.length, 'contact')} of ${customer.name}`,
  );
}

async function findCustomer(
  context: Context,
  ref: string,
  slug: string,
): Promise<{ database: Database; org: Organization; customer: CustomerWithContacts }> {
  const database = await context.database();
  const org = await requireOrganization(database, slug);
  return { database, org, customer: await requireCustomer(database, { org, ref }) };
}

/** The customer's contact with this email or id; throws `not_found`. */
function requireContact(
  customer: CustomerWithContacts,
  { ref, org }: { ref: string; org: Organization },
): Contact {
  const wanted = ref.trim().normalize('NFC');
  const found = customer.contacts.find(
    ({ id, email }) => id === wanted.toLowerCase() || isSameEmail(email, wanted),
  );
  if (found !== undefined) return found;
  throw new Failure('not_found', `${printable(customer.name)} has no contact ${quoted(ref)}`, {
    hint: `see ${commandOf('contact', 'list', customer, org)}`,
  });
}

/** What the flags say, each under the contact's own name for it. */
function givenOf({ email, name, phone, role, primary }: ContactOptions): Record<string, unknown> {
  const given = Object.entries({ email, name, phone, role, is_primary: primary });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function clearedOf({ clear = [], ...options }: ContactOptions): Record<string, null> {
  const needed = {
    email: 'a contact needs one',
    is_primary: 'give --no-primary',
    primary: 'give --no-primary',
  };
  const cleared = clearedFields(clear, { clearable: ['name', 'phone', 'role'], needed });
  const both = cleared.find((field) => options[field] !== undefined);
  if (both !== undefined) throw new Failure('usage', `${both} is both given and cleared`);
  return Object.fromEntries(cleared.map((field) => [field, null]));
}

function tellDemoted(context: Context, demoted: string | undefined): void {
  if (demoted !== undefined) context.note(`~ ${demoted} is no longer the primary contact`);
}

function nextOf(org: Organization, customer: Customer): string {
  return `next: ${commandOf('contact', 'list', customer, org)}`;
}

function commandOf(
  command: string,
  subcommand: string,
  customer: Customer,
  org: Organization,
  ...flags: string[]
): string {
  const words = [
    'orderflow-customers',
    command,
    subcommand,
    referenceOf(customer),
    '--org',
    org.slug,
    ...flags,
  ];
  return renderCommandLine(words);
}
