import type { Command } from 'commander';
import { advice, tool } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { Failure } from '../errors.ts';
import { pastedEmail } from '../model/email-key.ts';
import { renderFound, searchListing } from '../render/customer-search.ts';
import { exitCodes } from '../render/help.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
import { searchByEmail } from '../store/search/email.ts';
import { searchCustomers } from '../store/search/search.ts';
import { wholeNumber } from './options/flag-values.ts';
import { addOrgOption, orgOf } from './options/org-option.ts';
import type { OutputOptions } from './options/output-options.ts';
import { addOutputOptions, isForPeople, printListing } from './options/output-options.ts';
import type { PlaceOptions } from './options/place-options.ts';
import { addPlaceOptions, placeOf, placeWords } from './options/place-options.ts';

interface SearchOptions extends OutputOptions, PlaceOptions {
  org?: string;
  email?: string;
  limit: number;
}

export function define(command: Command, context: Context): void {
  command
    .description(
      'Find customers by name, ERP number, email, phone, contact, city, street or postcode, the best match first.\n' +
        'Case, accents, spelling (Müller, Mueller, Muller; E.ON, EON), the legal form, leading zeros of an ERP number and ' +
        'the format of a phone number are ignored, and one typing mistake in a word is accepted. If you give several words, all must match.\n' +
        'On a terminal, without TEXT, it shows matches while you type; Enter shows one, to read, edit or add a contact.\n' +
        'Piped: ERP number, name, city, email, active, where the match is, and id, separated by tabs.',
    )
    .argument('[text...]', 'text to search for');
  addOrgOption(command, { forReading: true }).option(
    '--email <email>',
    'who an email is from: contacts, then customers, then other addresses at the same domain',
  );
  addPlaceOptions(command).option('--limit <n>', 'number of results, at most 100', wholeNumber(100), 20);
  addOutputOptions(command, { context, names: searchListing.names }).action(
    (words: string[], options: SearchOptions) => search(context, words.join(' '), options),
  );
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13], { 0: 'done, or nothing found', 4: 'organization not found' }),
    examples: [
      'orderflow-customers search muller --org acme',
      "orderflow-customers search '089 123456' --org acme",
      'orderflow-customers search meier --city Köln --org acme',
      'orderflow-customers search --email buyer@kunde.example --org acme',
    ],
  });
}

async function search(context: Context, given: string, options: SearchOptions): Promise<void> {
  const { limit } = options;
  const email = options.email === undefined ? undefined : pastedEmail(options.email);
  const text = given.trim();
  if (email !== undefined && text !== '') {
    throw new Failure('usage', 'a text and --email cannot be searched for at once', {
      hint: 'give one of them',
    });
  }
  if (email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw new Failure('usage', '--email needs a whole email, as in buyer@kunde.example', {
      hint: advice`to search for a part of one: ${tool('search', email, ...(await orgWords(context, options)))}`,
    });
  }
  const isLive = email === undefined && text === '';
  const place = await placeOf(options);
  if (isLive && !context.canPrompt()) {
    const inOrg = await orgWords(context, options);
    throw new Failure('usage', 'nothing to search for', {
      hint:
        place === undefined
          ? advice`give a text: ${tool('search', 'TEXT', ...inOrg)}`
          : advice`to list all customers there: ${tool('list', ...inOrg, ...placeWords(options))}`,
    });
  }
  const orgRef = await orgOf(context, options);
  // A customer can be edited from a live search.
  const database = await (isLive ? context.database() : context.readDatabase());
  const org = await requireOrganization(database, orgRef);
  if (isLive) {
    const { searchLive } = await import('./live-search.ts');
    return searchLive(context, { database, org, place, limit });
  }
  const scope = { orgId: org.id, place };
  const result =
    email === undefined
      ? await searchCustomers(database, { ...scope, text, limit })
      : await searchByEmail(database, { ...scope, email, limit });
  const { items, ...rest } = result;
  await printListing(context, options, { layout: searchListing, items, rest });
  if (isForPeople(options)) context.aside(renderFound(result));
}

/** The organization for a command to run next: the given one, or a placeholder. */
async function orgWords(context: Context, { org }: SearchOptions): Promise<string[]> {
  return ['--org', org ?? (await context.settings()).org?.value ?? 'ORG'];
}
