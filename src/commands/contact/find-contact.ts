import type { ToolCommand } from '../../advice.ts';
import { advice, tool } from '../../advice.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import type { Contact } from '../../model/contact.ts';
import type { Customer, CustomerWithContacts } from '../../model/customer.ts';
import { parseEmail } from '../../model/email.ts';
import { isSameEmail, pastedEmail } from '../../model/email-key.ts';
import type { Organization } from '../../model/organization.ts';
import { printable, quoted } from '../../model/printable.ts';
import type { Role } from '../../model/role.ts';
import { referenceOf } from '../../render/customer-changes.ts';
import { requireRole } from '../../store/orgs/access.ts';
import type { Database } from '../../store/connection/database.ts';
import { requireCustomer } from '../../store/customers/customers.ts';
import { requireOrganization } from '../../store/orgs/organizations.ts';

/**
 * The customer whose contacts a command reads or writes, for a login with `role`; throws `not_permitted`,
 * `not_found` or `ambiguous`.
 */
export async function requireCustomerForRole(
  context: Context,
  ref: string,
  { slug, role }: { slug: string; role: Role },
): Promise<{ database: Database; org: Organization; customer: CustomerWithContacts }> {
  const database = await context.database();
  const org = await requireOrganization(database, slug);
  await requireRole(database, org, role);
  return { database, org, customer: await requireCustomer(database, { org, ref }) };
}

/** The customer's contact with this email or id; throws `not_found`. */
export function requireContact(
  customer: CustomerWithContacts,
  { ref, org }: { ref: string; org: Organization },
): Contact {
  const pasted = pastedEmail(ref);
  const parsed = parseEmail(pasted);
  const wanted = typeof parsed === 'string' ? parsed : pasted.normalize('NFC');
  const found = customer.contacts.find(
    ({ id, email }) => id === wanted.toLowerCase() || isSameEmail(email, wanted),
  );
  if (found !== undefined) return found;
  throw new Failure('not_found', `${printable(customer.name)} has no contact ${quoted(ref)}`, {
    hint: advice`see ${contactCommand('list', { customer, org })}`,
  });
}

/** Reports on stderr which contact the new primary contact replaces. */
export function reportDemoted(context: Context, demoted: string | undefined): void {
  if (demoted !== undefined) context.note(`~ ${demoted} is no longer the primary contact`);
}

export function contactCommand(
  subcommand: 'add' | 'list',
  { customer, org, flags = [] }: { customer: Customer; org: Organization; flags?: string[] },
): ToolCommand {
  return tool('contact', subcommand, referenceOf(customer), '--org', org.slug, ...flags);
}
