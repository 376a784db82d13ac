import type { Command } from 'commander';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { renderCustomer } from '../render/customer.ts';
import { exitCodes } from '../render/help.ts';
import { findLastChange } from '../store/changes/history.ts';
import { requireCustomer } from '../store/customers/customers.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
import { addOrgOption, orgOf } from './options/org-option.ts';

export function define(command: Command, context: Context): void {
  command
    .description(
      'Show one customer with contacts, the primary one first.\nPiped: a line per field, then a line per contact, separated by tabs.',
    )
    .argument('<ref>', "the customer's ERP number or id");
  addOrgOption(command, { forReading: true }).action((ref: string, options: { org?: string }) =>
    show(context, ref, options),
  );
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13]),
    examples: [
      'orderflow-customers show 10001 --org acme',
      "orderflow-customers show 10001 --org acme --json | jq '.contacts[].email'",
    ],
  });
}

async function show(context: Context, ref: string, options: { org?: string }): Promise<void> {
  const orgRef = await orgOf(context, options);
  const database = await context.readDatabase();
  const org = await requireOrganization(database, orgRef);
  const customer = await requireCustomer(database, { org, ref });
  const { terminal } = context.style('stdout');
  // Scripts get only the customer, as they always have.
  const last = terminal && !context.options.json ? await findLastChange(database, customer) : undefined;
  await context.page({ json: customer, text: (style) => renderCustomer(customer, style, last) });
}
