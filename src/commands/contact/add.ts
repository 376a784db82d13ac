import { advice } from '../../advice.ts';
import type { Context } from '../../context.ts';
import { contactInput, contactPatch } from '../../model/contact.ts';
import { fields } from '../../model/fields.ts';
import { requireValid } from '../../model/validation.ts';
import { renderContactLine } from '../../render/contact-list.ts';
import { addContact } from '../../store/customers/contact-changes.ts';
import { askValue } from '../prompts/ask.ts';
import type { ContactOptions } from './contact-options.ts';
import { givenOf } from './contact-options.ts';
import { contactCommand, findCustomer, tellDemoted } from './shared.ts';

export async function runContactAdd(context: Context, ref: string, options: ContactOptions): Promise<void> {
  const given = givenOf(options);
  // What is wrong is told at once, before anything is asked.
  const asks = given['email'] === undefined && context.canPrompt();
  requireValid(asks ? contactPatch : contactInput, given);
  const { database, org, customer } = await findCustomer(context, ref, { slug: options.org, role: 'OPS' });
  context.nameTarget(database, org);
  if (asks) {
    const field = { parse: fields.contact_email.parse, missing: fields.contact_email.missing };
    given['email'] = await askValue(context, { message: 'Email:', field, undone: 'nothing was changed' });
  }
  const input = requireValid(contactInput, given);
  const { contact, demoted } = await addContact(database, { customer, input });
  context.print({ json: contact, text: (style) => renderContactLine('+', contact, style) });
  tellDemoted(context, demoted);
  context.aside(advice`next: ${contactCommand('list', { customer, org })}`);
}
