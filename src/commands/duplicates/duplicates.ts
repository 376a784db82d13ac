import type { Command } from 'commander';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { duplicateListing } from '../../render/customer-list.ts';
import { exitCodes } from '../../render/help.ts';
import { formatNumberOf } from '../../render/text/numbers.ts';
import { withSnapshot } from '../../store/connection/snapshot.ts';
import { requireOrganization } from '../../store/orgs/organizations.ts';
import { readDuplicates } from '../../store/search/duplicates.ts';
import { wholeNumber } from '../options/flag-values.ts';
import { addOrgOption, orgOf } from '../options/org-option.ts';
import type { OutputOptions } from '../options/output-options.ts';
import { addOutputOptions, isForPeople, streamListing } from '../options/output-options.ts';

interface DuplicatesOptions extends OutputOptions {
  org?: string;
  limit?: number;
}

export function define(command: Command, context: Context): void {
  command.description(
    'List customers that are probably the same, in groups. Nothing is changed.\n' +
      'The reasons: the same email or phone number, of the customer or a contact; the same name and postcode, whatever ' +
      'the spelling and legal form; ERP numbers that differ only by leading zeros.\n' +
      'Piped: group, reasons, ERP number, name, postcode, city, email, active and id, separated by tabs.',
  );
  addOrgOption(command, { forReading: true }).option('--limit <n>', 'only the first n groups', wholeNumber());
  addOutputOptions(command, { context, names: duplicateListing.names }).action((options: DuplicatesOptions) =>
    list(context, options),
  );
  addHelp(command, {
    notes:
      'Groups with several reasons come first. Of a group, at most 20 customers are\nlisted; group_size is their number. Phone numbers are compared without country\ncode and extension. With 1,000,000 customers it takes some minutes.',
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13], { 0: 'done, or none found', 4: 'organization not found' }),
    examples: [
      'orderflow-customers duplicates --org acme',
      'orderflow-customers duplicates --org acme --output csv --for-excel > duplicates.csv',
      "orderflow-customers duplicates --org acme --json | jq '.items | group_by(.group)'",
    ],
  });
}

async function list(context: Context, options: DuplicatesOptions): Promise<void> {
  const orgRef = await orgOf(context, options);
  const database = await context.readDatabase();
  const { id: orgId } = await requireOrganization(database, orgRef);
  const { callingCodes: codes } = await import('../../model/calling-codes.ts');
  let groups = 0;
  async function* counted() {
    for await (const items of readDuplicates(database, { orgId, limit: options.limit, codes })) {
      groups = items.at(-1)?.group ?? groups;
      yield items;
    }
  }
  await withSnapshot(database, () =>
    streamListing(context, options, {
      layout: duplicateListing,
      batches: counted(),
      rest: () => ({ groups }),
    }),
  );
  if (isForPeople(options)) context.aside(groups === 0 ? 'no duplicates' : formatNumberOf(groups, 'group'));
}
