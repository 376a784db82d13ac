import type { Command } from 'commander';
import { Option } from 'commander';
import type { Context } from '../context.ts';
import { renderCommandLine } from '../render/command-line.ts';
import { renderCustomerList, renderPosition } from '../render/customer-list.ts';
import { examples, exitCodes } from '../render/help.ts';
import { listCustomers } from '../store/customers.ts';
import { requireOrganization } from '../store/organizations.ts';
import { addOrgOption, orgOf } from './org-option.ts';
import { wholeNumber } from './flag-values.ts';

interface ListOptions {
  org?: string;
  q?: string;
  erpNumber?: string;
  active?: true;
  inactive?: true;
  page: number;
  perPage: number;
}

export function define(command: Command, context: Context): void {
  command.description(
    'List the customers of an organization by name, page by page, with how many contacts each has.\n' +
      'Piped: ERP number, name, city, currency, language, contacts, active and id, separated by tabs.',
  );
  addOrgOption(command, { forReading: true })
    .option('--q <text>', 'only those with this text in name or ERP number, in any case')
    .option('--erp-number <number>', 'only the one with exactly this ERP number')
    .option('--active', 'only active customers')
    .addOption(new Option('--inactive', 'only inactive customers').conflicts('active'))
    .option('--page <n>', 'which page, from 1', wholeNumber(), 1)
    .option('--per-page <n>', 'customers on a page, at most 100', wholeNumber(100), 50)
    .addHelpText(
      'after',
      exitCodes([0, 2, 4, 7, 8, 13], { 0: 'done; an empty list too', 4: 'there is no such org' }),
    )
    .addHelpText(
      'after',
      examples(
        'orderflow-customers list --org acme',
        'orderflow-customers list --org acme --q müller --active',
        "orderflow-customers list --org acme --json | jq '.items[].name'",
      ),
    )
    .action((options: ListOptions) => list(context, options));
}

async function list(context: Context, options: ListOptions): Promise<void> {
  const { page, perPage, q, erpNumber } = options;
  const orgRef = await orgOf(context, options);
  const database = await context.database();
  const org = await requireOrganization(database, orgRef);
  const active = options.active ?? (options.inactive ? false : undefined);
  const { items, total } = await listCustomers(database, {
    orgId: org.id,
    q,
    erpNumber,
    active,
    page,
    perPage,
  });
  const result = { items, total, page, per_page: perPage, total_pages: Math.ceil(total / perPage) };
  context.print({ json: result, text: (style) => renderCustomerList(items, style) });
  context.aside(
    renderPosition(result, renderCommandLine(commandOfPage(page + 1, { ...options, org: orgRef }))),
  );
}

function commandOfPage(
  page: number,
  { org, q, erpNumber, active, inactive, perPage }: ListOptions & { org: string },
): string[] {
  return [
    'orderflow-customers',
    'list',
    '--org',
    org,
    ...(q === undefined ? [] : ['--q', q]),
    ...(erpNumber === undefined ? [] : ['--erp-number', erpNumber]),
    ...(active ? ['--active'] : []),
    ...(inactive ? ['--inactive'] : []),
    ...(perPage === 50 ? [] : ['--per-page', String(perPage)]),
    '--page',
    String(page),
  ];
}
