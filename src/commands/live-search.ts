import type { Context } from '../context.ts';
import { Failure } from '../errors.ts';
import type { CustomerWithContacts } from '../model/customer.ts';
import type { Organization } from '../model/organization.ts';
import { renderCustomer } from '../render/customer.ts';
import { renderFailure } from '../render/failure.ts';
import { findLastChange } from '../store/changes/history.ts';
import type { Database } from '../store/connection/database.ts';
import { requireCustomer } from '../store/customers/customers.ts';
import type { Place } from '../store/search/places.ts';
import { searchCustomers } from '../store/search/search.ts';
import { addContactTo } from './contact/add.ts';
import { askKey } from './prompts/ask-key.ts';
import type { LiveSearch } from './prompts/search-prompt.ts';
import { promptForCustomer } from './prompts/search-prompt.ts';
import { update } from './update.ts';

interface Scope {
  database: Database;
  org: Organization;
}

/** For a support call: find a customer while typing, read, correct, and return to the results. */
export async function searchLive(
  context: Context,
  { database, org, place, limit }: Scope & { place: Place | undefined; limit: number },
): Promise<void> {
  const found: LiveSearch = { text: '', chosen: undefined };
  do {
    const isChosen = await promptForCustomer(context, found, async (text) => {
      const { items } = await searchCustomers(database, { orgId: org.id, place, text, limit });
      return items;
    });
    if (!isChosen) return;
  } while ((await stayWith(context, { database, org, id: found.chosen ?? '' })) === 'back');
}

const keys = {
  e: 'edit',
  a: 'add a contact',
  backspace: 'back to the results',
  escape: 'quit',
} as const;

/** Shows the customer, again after each change, until a key leaves it. */
async function stayWith(
  context: Context,
  { database, org, id }: Scope & { id: string },
): Promise<'back' | 'quit'> {
  while (true) {
    const customer = await attempt(context, () => requireCustomer(database, { org, ref: id }));
    if (customer === undefined) return 'back';
    await show(context, database, customer);
    const key = await askKey(context, keys);
    if (key === 'backspace') return 'back';
    if (key === 'escape') return 'quit';
    const options = { org: org.slug };
    await attempt(context, () =>
      key === 'e' ? update(context, [id], options) : addContactTo(context, id, options),
    );
  }
}

async function show(context: Context, database: Database, customer: CustomerWithContacts): Promise<void> {
  const last = await findLastChange(database, customer);
  await context.page({ json: customer, text: (style) => renderCustomer(customer, style, last) });
}

/** Failures after which the search can continue: the person reads what was refused. */
const passing: ReadonlySet<string> = new Set([
  'not_found',
  'not_permitted',
  'invalid_value',
  'conflict',
  'refused',
]);

async function attempt<Result>(context: Context, run: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Failure) || !passing.has(error.code)) throw error;
    const { debug } = context.options;
    context.warn((style) => renderFailure(error, { style, debug }).trimEnd());
    return undefined;
  }
}
