import type { Command } from 'commander';
import { Option } from 'commander';
import type { ToolCommand } from '../advice.ts';
import { tool } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { customerListing, renderPosition } from '../render/customer-list.ts';
import { exitCodes } from '../render/help.ts';
import { formatCount, formatNumberOf } from '../render/text/numbers.ts';
import type { Database } from '../store/connection/database.ts';
import type { CustomerSort } from '../store/search/order.ts';
import { customerSortKeys } from '../store/search/order.ts';
import type { CustomerFilter } from '../store/search/list.ts';
import { countCustomers, listCustomers, streamCustomers } from '../store/search/list.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
import { withSnapshot } from '../store/connection/snapshot.ts';
import { wholeNumber } from './options/flag-values.ts';
import { addOrgOption, orgOf } from './options/org-option.ts';
import type { OutputOptions } from './options/output-options.ts';
import {
  addOutputOptions,
  isForPeople,
  printListing,
  sortKey,
  streamListing,
} from './options/output-options.ts';
import type { PlaceOptions } from './options/place-options.ts';
import { addPlaceOptions, placeOf, placeWords } from './options/place-options.ts';

interface ListOptions extends OutputOptions, PlaceOptions {
  org?: string;
  q?: string;
  erpNumber?: string;
  active?: true;
  inactive?: true;
  sort?: CustomerSort;
  page: number;
  perPage: number;
  limit?: number;
  all?: true;
}

export function define(command: Command, context: Context): void {
  command.description(
    'List the customers of an organization by name, page by page, with the number of their contacts.\n' +
      'Piped: ERP number, name, city, currency, language, contacts, active and id, separated by tabs.',
  );
  addOrgOption(command.optionsGroup('Which customers:'), { forReading: true })
    .option('--q <text>', 'only customers with this text in name or ERP number; case is ignored')
    .option('--erp-number <number>', 'only the customer with exactly this ERP number')
    .option('--active', 'only active customers')
    .addOption(new Option('--inactive', 'only inactive customers').conflicts('active'));
  addPlaceOptions(command)
    .optionsGroup('Pages:')
    .option('--page <n>', 'page number, from 1', wholeNumber(), 1)
    .option('--per-page <n>', 'customers per page, at most 100', wholeNumber(100), 50)
    .addOption(
      new Option('--limit <n>', 'only the first n, instead of a page')
        .argParser(wholeNumber())
        .conflicts(['page', 'perPage', 'all']),
    )
    .addOption(new Option('--all', 'all of them, instead of a page').conflicts(['page', 'perPage']))
    .optionsGroup('Output:')
    .option(
      '--sort <key>',
      `by ${customerSortKeys.join(', ')}; KEY:desc for descending order`,
      sortKey(customerSortKeys),
    );
  addOutputOptions(command, { context, names: customerListing.names }).action((options: ListOptions) =>
    list(context, options),
  );
  addHelp(command, {
    notes:
      'csv is for spreadsheets: a value that they would run as a formula gets an\napostrophe in front. With --for-excel, German Excel opens it with a double\nclick. To import the customers again, use export.',
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13], { 0: 'done, or an empty list', 4: 'organization not found' }),
    examples: [
      'orderflow-customers list --org acme',
      'orderflow-customers list --org acme --q müller --active --sort updated_at:desc',
      'orderflow-customers list --org acme --all --output csv --columns erp_customer_number,name,billing_city',
      "orderflow-customers list --org acme --json | jq '.items[].name'",
    ],
  });
}

async function list(context: Context, given: ListOptions): Promise<void> {
  const options = { ...given, org: await orgOf(context, given) };
  const database = await context.readDatabase();
  const org = await requireOrganization(database, options.org);
  const active = options.active ?? (options.inactive ? false : undefined);
  const place = await placeOf(options);
  const filter = { orgId: org.id, q: options.q, erpNumber: options.erpNumber, active, place };
  if (options.all === true || options.limit !== undefined)
    await listMany(context, options, { database, filter });
  else await listPage(context, options, { database, filter });
}

interface Scope {
  database: Database;
  filter: CustomerFilter;
}

async function listPage(
  context: Context,
  options: ListOptions & { org: string },
  { database, filter }: Scope,
): Promise<void> {
  const { page, perPage, sort } = options;
  const { items, total } = await listCustomers(database, { ...filter, page, perPage, sort });
  const rest = { total, page, per_page: perPage, total_pages: Math.ceil(total / perPage) };
  await printListing(context, options, { layout: customerListing, items, rest });
  if (!isForPeople(options)) return;
  context.aside(renderPosition({ items, ...rest }, commandOfPage(page + 1, options)));
}

/** All of them, or the first N, as one page, also in the JSON document. */
async function listMany(context: Context, options: ListOptions, { database, filter }: Scope): Promise<void> {
  const { limit, sort } = options;
  let listed = 0;
  let total: number | undefined;
  async function* counted() {
    for await (const items of streamCustomers(database, { ...filter, sort, limit })) {
      listed += items.length;
      yield items;
    }
    // A list that is not full shows the total; otherwise few people read it, and counting takes a while.
    const isAll = limit === undefined || listed < limit;
    if (isAll || context.options.json || context.style('stdout').terminal) {
      total = isAll ? listed : await countCustomers(database, filter);
    }
  }
  const rest = () => {
    const perPage = limit ?? listed;
    return { total, page: 1, per_page: perPage, total_pages: Math.ceil((total ?? 0) / Math.max(1, perPage)) };
  };
  await withSnapshot(database, () =>
    streamListing(context, options, { layout: customerListing, batches: counted(), rest }),
  );
  if (!isForPeople(options) || total === undefined) return;
  const of = listed < total ? `${formatCount(listed)} of ` : '';
  context.aside(listed === 0 ? 'no customers' : `${of}${formatNumberOf(total, 'customer')}`);
}

function commandOfPage(page: number, options: ListOptions & { org: string }): ToolCommand {
  const { org, q, erpNumber, active, inactive, perPage, sort, columns } = options;
  return tool(
    'list',
    '--org',
    org,
    ...(q === undefined ? [] : ['--q', q]),
    ...(erpNumber === undefined ? [] : ['--erp-number', erpNumber]),
    ...(active ? ['--active'] : []),
    ...(inactive ? ['--inactive'] : []),
    ...placeWords(options),
    ...(sort === undefined ? [] : ['--sort', `${sort.key}${sort.descending ? ':desc' : ''}`]),
    ...(columns === undefined ? [] : ['--columns', columns.join(',')]),
    ...(perPage === 50 ? [] : ['--per-page', String(perPage)]),
    '--page',
    String(page),
  );
}
