import type { Command } from 'commander';
import { Option } from 'commander';
import type * as z from 'zod';
import { advice, tool } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import type { ContactColumn } from '../model/columns.ts';
import type { ContactInput } from '../model/contact.ts';
import { contactInput } from '../model/contact.ts';
import { customerInput, customerPatch } from '../model/customer.ts';
import { fields } from '../model/fields.ts';
import { nestAddresses } from '../model/nested-fields.ts';
import { invalidValue, problemsOf } from '../model/validation.ts';
import { referenceOf, renderCreatedCustomer } from '../render/customer-changes.ts';
import { exitCodes } from '../render/help.ts';
import { createCustomer } from '../store/customers/create-customer.ts';
import { requireRole } from '../store/orgs/access.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
import { askValue } from './prompts/ask.ts';
import type { GivenFields } from './options/customer-options.ts';
import { addCustomerOptions, givenFields } from './options/customer-options.ts';
import { addOrgOption } from './options/org-option.ts';
import { reportReadings } from './options/report-readings.ts';
import { warnOfCurrencies } from './warn-of-currencies.ts';

interface CreateOptions extends Record<string, unknown> {
  org: string;
}

const contactFlags: Record<ContactColumn, [flag: string, description: string]> = {
  email: ['--contact-email <email>', 'a first contact'],
  name: ['--contact-name <name>', ''],
  phone: ['--contact-phone <phone>', ''],
  role: ['--contact-role <role>', ''],
  is_primary: ['--contact-primary', 'make it the primary contact'],
};

export function define(command: Command, context: Context): void {
  command.description(
    'Create a customer. Name, currency and language are required; on a terminal, you are asked for missing ones.\n' +
      'Piped: ERP number, name, city, currency, language, contacts, active and id, separated by tabs.',
  );
  addOrgOption(command);
  addCustomerOptions(command);
  command.optionsGroup('First contact:');
  for (const [flag, description] of Object.values(contactFlags)) command.option(flag, description);
  command.action((options: CreateOptions) => create(context, options));
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 12, 13], {
      0: 'created',
      2: 'a value is missing or invalid',
      4: 'organization not found',
      12: 'conflict: the ERP number is already in use',
    }),
    examples: [
      "orderflow-customers create --org acme --name 'Müller GmbH' --default-currency EUR --default-language de-DE",
      "orderflow-customers create --org acme --name Ekman --default-currency SEK --default-language sv --json | jq -r '.id'",
    ],
  });
}

async function create(context: Context, options: CreateOptions): Promise<void> {
  const given = givenFields(options);
  const contact = contactOf(options);
  // Missing values are asked for on a terminal; wrong ones are reported before any question.
  requireBothValid(context.canPrompt() ? customerPatch : customerInput, given, contact);
  const database = await context.database();
  const org = await requireOrganization(database, options.org);
  await requireRole(database, org, 'INTEGRATOR');
  context.nameTarget(database, org);
  const complete = await askForMissing(context, given);
  const { input, firstContact } = requireBothValid(customerInput, complete, contact);
  reportReadings(context, [complete]);
  warnOfCurrencies(context, [input.default_currency]);
  const customer = await createCustomer(database, { org, input, contact: firstContact });
  context.print({ json: customer, text: (style) => renderCreatedCustomer(customer, style) });
  const ref = referenceOf(customer);
  const next =
    customer.contacts.length === 0
      ? ['contact', 'add', ref, '--org', org.slug, '--email', 'EMAIL']
      : ['show', ref, '--org', org.slug];
  context.aside(advice`next: ${tool(...next)}`);
}

function contactOf(options: CreateOptions): Record<string, unknown> | undefined {
  const given = Object.entries(contactFlags)
    .map(([column, [flag]]) => [column, options[new Option(flag).attributeName()]])
    .filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** Throws `invalid_value` with everything that is wrong with the customer and the contact. */
function requireBothValid<Schema extends typeof customerInput | typeof customerPatch>(
  schema: Schema,
  given: GivenFields,
  contact: Record<string, unknown> | undefined,
): { input: z.output<Schema>; firstContact: ContactInput | undefined } {
  const customer = schema.safeParse(nestAddresses(given));
  const first = contactInput.optional().safeParse(contact);
  if (customer.success && first.success) {
    return { input: customer.data as z.output<Schema>, firstContact: first.data };
  }
  const ofContact = first.success ? [] : problemsOf(first.error);
  throw invalidValue([
    ...(customer.success ? [] : problemsOf(customer.error)),
    ...ofContact.map(({ field, problem }) => ({ field: `contact_${field}`, problem })),
  ]);
}

const questions = [
  ['name', 'Name:'],
  ['default_currency', 'Currency, such as EUR:'],
  ['default_language', 'Language, such as de-DE:'],
] as const;

async function askForMissing(context: Context, given: GivenFields): Promise<GivenFields> {
  if (!context.canPrompt()) return given;
  const complete = { ...given };
  for (const [name, message] of questions) {
    complete[name] ??= await askValue(context, {
      message,
      field: fields[name],
      undone: 'nothing was changed',
    });
  }
  return complete;
}
