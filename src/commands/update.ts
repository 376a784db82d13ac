import type { Command } from 'commander';
import { advice, tool } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import { invalidValue } from '../model/validation.ts';
import type { Context } from '../context.ts';
import { exit, Failure } from '../errors.ts';
import type { GivenChange } from '../import/read-changes.ts';
import { readChanges } from '../import/read-changes.ts';
import { customerChanges, patchCustomer, patchedAddressProblems } from '../model/customer-change.ts';
import type { CustomerPatch, CustomerWithContacts } from '../model/customer.ts';
import type { FieldChange } from '../model/field-change.ts';
import type { Organization } from '../model/organization.ts';
import { referenceOf, renderCustomerChanges } from '../render/customer-changes.ts';
import { exitCodes } from '../render/help.ts';
import { formatNumberOf } from '../render/text/numbers.ts';
import type { Database } from '../store/connection/database.ts';
import { requireCustomers } from '../store/customers/customers-by-reference.ts';
import { requireRole } from '../store/orgs/access.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
import { requireAttainableNumbers, updateCustomers } from '../store/customers/update-customers.ts';
import { askForPatch } from './prompts/ask-for-patch.ts';
import { collectNames } from './options/cleared-fields.ts';
import { addCustomerOptions, givenFields } from './options/customer-options.ts';
import { reportReadings } from './options/report-readings.ts';
import { givenPatch } from './options/given-patch.ts';
import { addOrgOption } from './options/org-option.ts';
import { warnOfCurrencies } from './warn-of-currencies.ts';

interface UpdateOptions extends Record<string, unknown> {
  org: string;
  clear?: string[];
  fromJson?: string;
  dryRun?: true;
  detailedExitcode?: true;
}

export function define(command: Command, context: Context): void {
  command
    .description(
      'Change the given fields of customers where they differ. Shows the changes, then writes them.\n' +
        'Several customers change in one transaction; on a terminal, you are asked to confirm.',
    )
    .argument('[ref...]', "the customers' ERP numbers or ids");
  addOrgOption(command);
  addCustomerOptions(command)
    .option(
      '--clear <field>',
      'empty a field, such as notes or billing_address; can be repeated',
      collectNames,
    )
    .option('--from-json <file>', 'changes from a JSON array or NDJSON of {"ref": …, field: …}; - for stdin')
    .option('--dry-run', 'show the changes, write nothing')
    .option('--detailed-exitcode', 'with --dry-run: exit 10 if there are changes')
    .action((refs: string[], options: UpdateOptions) => update(context, refs, options));
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 4, 5, 7, 8, 10, 12, 13], {
      0: 'changed, or no changes',
      2: 'a value is invalid',
      5: 'not confirmed',
      10: 'changes pending (--detailed-exitcode)',
      12: 'conflict: the ERP number is in use, or another user changed the customer',
    }),
    examples: [
      'orderflow-customers update 10001 --org acme --billing-city Köln --clear notes',
      'orderflow-customers update 10001 10002 --org acme --inactive --dry-run',
      `echo '[{"ref": "10001", "billing_city": "Köln"}]' | orderflow-customers update --org acme --from-json -`,
    ],
  });
}

interface Difference {
  seen: CustomerWithContacts;
  wanted: CustomerWithContacts;
  changes: FieldChange[];
}

export async function update(context: Context, refs: string[], options: UpdateOptions): Promise<void> {
  const given = await givenChanges(context, refs, options);
  const database = await context.database();
  const org = await requireOrganization(database, options.org);
  await requireRole(database, org, 'INTEGRATOR');
  const customers = await requireCustomers(database, { org, references: given });
  context.nameTarget(database, org);
  const patches = await patchesOf(context, given, customers);
  const all = differences(given, patches, customers);
  const changed = all.filter(({ changes }) => changes.length > 0);
  reportReadings(context, [
    givenFields(options),
    ...given.flatMap(({ fields }) => (fields === undefined ? [] : [fields])),
  ]);
  warnOfCurrencies(context, newCurrencies(changed));
  await requireAttainableNumbers(database, { org, updates: changed });
  show(context, all);
  const dryRun = options.dryRun === true;
  const written = dryRun ? [] : await write(context, { database, org, changed });
  const result = resultOf(all, written);
  const single = options.fromJson === undefined && refs.length === 1;
  const documents = dryRun
    ? result.map((customer, index) => ({ ...customer, ...pending(all[index]) }))
    : result;
  context.print({
    json: single ? documents[0] : { items: documents, total: documents.length },
    // The difference is already on the screen.
    text: '',
  });
  if (dryRun) {
    if (changed.length > 0) context.aside('dry run: nothing was written · next: repeat it without --dry-run');
    if (options.detailedExitcode === true && changed.length > 0) context.exitCode = exit.changesPending;
  } else if (changed.length > 0) {
    const next = single && result[0] !== undefined ? ['show', referenceOf(result[0])] : ['list'];
    context.aside(
      advice`${formatNumberOf(changed.length, 'customer')} changed · next: ${tool(...next, '--org', org.slug)}`,
    );
  }
}

interface Wanted {
  ref: string;
  place?: string;
  /** As the file has them. */
  fields?: Record<string, unknown>;
  /** Undefined if it will be asked for. */
  patch: CustomerPatch | undefined;
}

/** The changes from the command line or the file, checked before a database is opened. */
async function givenChanges(context: Context, refs: string[], options: UpdateOptions): Promise<Wanted[]> {
  if (options.detailedExitcode === true && options.dryRun !== true) {
    throw new Failure('usage', '--detailed-exitcode goes with --dry-run');
  }
  const patch = givenPatch(options, options.clear ?? []);
  if (options.fromJson !== undefined) {
    if (refs.length > 0 || patch !== undefined) {
      throw new Failure('usage', '--from-json names customers and fields itself', {
        hint: 'leave the references and the flags of fields out',
      });
    }
    return readChanges(options.fromJson, context.io);
  }
  if (refs.length === 0) {
    throw new Failure('usage', 'a customer is missing', {
      hint: advice`give an ERP number or id, or --from-json FILE; see ${tool('update', '--help')}`,
    });
  }
  if (patch === undefined && !(context.canPrompt() && refs.length === 1)) {
    throw new Failure('usage', 'nothing to change: name a field', {
      hint: advice`such as --billing-city CITY or --clear notes; see ${tool('update', '--help')}`,
    });
  }
  return refs.map((ref) => ({ ref, patch }));
}

async function patchesOf(
  context: Context,
  given: Wanted[],
  customers: CustomerWithContacts[],
): Promise<CustomerPatch[]> {
  const patches: CustomerPatch[] = [];
  for (const [index, { patch }] of given.entries()) {
    patches.push(patch ?? (await askForPatch(context, customers[index] as CustomerWithContacts)));
  }
  return patches;
}

/** One for each customer; if a customer is named twice, the flags' change counts once. */
function differences(
  given: Wanted[],
  patches: CustomerPatch[],
  customers: CustomerWithContacts[],
): Difference[] {
  const byId = new Map<string, Difference>();
  const first = new Map<string, Wanted>();
  for (const [index, seen] of customers.entries()) {
    const wish = given[index] as GivenChange;
    const earlier = first.get(seen.id);
    if (earlier?.place !== undefined) {
      throw new Failure('invalid_value', `${earlier.place} and ${wish.place} are for the same customer`, {
        hint: 'put all changes of a customer into one object',
      });
    }
    first.set(seen.id, wish);
    const wanted = patchCustomer(seen, patches[index] as CustomerPatch);
    const unfit = patchedAddressProblems(seen, wanted);
    if (unfit.length > 0) throw invalidValue(unfit);
    byId.set(seen.id, { seen, wanted, changes: customerChanges(seen, wanted) });
  }
  return [...byId.values()];
}

function newCurrencies(changed: Difference[]): string[] {
  return changed
    .filter(({ seen, wanted }) => seen.default_currency !== wanted.default_currency)
    .map(({ wanted }) => wanted.default_currency);
}

/** As text, the difference is the result; with a JSON document it is for people, on stderr. */
function show(context: Context, all: Difference[]): void {
  const stream = context.options.json ? 'stderr' : 'stdout';
  const style = context.style(stream);
  const text = all.map(({ seen, changes }) => renderCustomerChanges(seen, changes, style)).join('');
  if (text === '') return;
  if (context.options.json) context.note(() => text.trimEnd());
  else if (!context.options.quiet) context.io.stdout.write(text);
}

async function write(
  context: Context,
  { database, org, changed }: { database: Database; org: Organization; changed: Difference[] },
): Promise<CustomerWithContacts[]> {
  if (changed.length === 0) return [];
  // A script that names several customers means them; a person at a terminal may have mistyped one.
  if (changed.length > 1 && context.canPrompt()) {
    await context.confirm(`Change ${formatNumberOf(changed.length, 'customer')} of ${org.slug}?`);
  }
  return updateCustomers(database, { org, updates: changed });
}

function resultOf(all: Difference[], written: CustomerWithContacts[]): CustomerWithContacts[] {
  const byId = new Map(written.map((customer) => [customer.id, customer]));
  return all.map(({ seen, wanted }) => byId.get(seen.id) ?? wanted);
}

const pending = (difference: Difference | undefined) => ({
  dry_run: true,
  changes: difference?.changes ?? [],
});
