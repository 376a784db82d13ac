import type { Command } from 'commander';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import { emailForms, pastedEmail } from '../../model/email-key.ts';
import type { Organization } from '../../model/organization.ts';
import { printable, quoted } from '../../model/printable.ts';
import { exitCodes } from '../../render/help.ts';
import { formatNumberOf } from '../../render/text/numbers.ts';
import type { Erasure } from '../../store/changes/erase.ts';
import { countErasure, eraseHistory } from '../../store/changes/erase.ts';
import { requireRemembered } from '../../store/changes/history.ts';
import type { Database } from '../../store/connection/database.ts';
import { requireRole } from '../../store/orgs/access.ts';
import { requireOrganization } from '../../store/orgs/organizations.ts';
import { ageFor } from '../options/flag-values.ts';

const codes = exitCodes([0, 2, 4, 5, 7, 8, 13], { 0: 'deleted, or nothing to delete', 5: 'not confirmed' });

export function defineErase(history: Command, context: Context): void {
  const erasing = history
    .command('erase')
    .summary('Delete the log entries of a customer or an email')
    .description(
      'Delete entries of the change log for good: all of a customer and its contacts, or with --email all that name the ' +
        'address, of any customer. Customers that were removed are found, too. The customers themselves stay as they are.\n' +
        'Asks for confirmation, unless --yes is given. For an ADMIN of the organization.',
    )
    .argument('[ref]', "the customer's ERP number or id");
  erasing
    .option('--org <org>', 'organization, by slug or id')
    .option(
      '--email <email>',
      'in place of a customer: entries with this email, in upper or lower case',
      parseEmail,
    )
    .action((ref: string | undefined, { email }: { email?: string }) =>
      erase(context, { org: orgBehind(history), ref, email }),
    );
  addHelp(erasing, {
    exitCodes: codes,
    notes: 'The counts of runs stay. What is deleted cannot be undone by runs undo. See docs/history.md.',
    examples: [
      'orderflow-customers history erase 10001 --org acme',
      'orderflow-customers history erase --email anna@kunde.example --org acme --yes',
    ],
  });
}

export function definePrune(history: Command, context: Context): void {
  const pruning = history
    .command('prune')
    .summary('Delete old entries of the change log')
    .description(
      'Delete the entries of the change log that are older than an age, for good. The customers themselves stay as they ' +
        'are.\nAsks for confirmation, unless --yes is given. For an ADMIN of the organization.',
    );
  pruning
    .option('--org <org>', 'organization, by slug or id')
    .requiredOption('--older-than <age>', 'such as 400d', ageFor('--older-than'))
    .action(({ olderThan }: { olderThan: number }) =>
      prune(context, { org: orgBehind(history), seconds: olderThan }),
    );
  addHelp(pruning, {
    exitCodes: codes,
    notes: 'The counts of runs stay. What is deleted cannot be undone by runs undo. See docs/history.md.',
    examples: [
      'orderflow-customers history prune --older-than 400d --org acme',
      'orderflow-customers history prune --older-than 400d --org acme --yes --quiet',
    ],
  });
}

/**
 * The parser assigns flags that `history` has too to `history`: its `--org` is meant for this command. A flag
 * that narrows the display must not be ignored, because it does not narrow what is deleted.
 */
function orgBehind(history: Command): string {
  for (const option of history.options) {
    const given = history.getOptionValueSource(option.attributeName()) === 'cli';
    if (given && option.long !== '--org')
      throw new Failure('usage', `${option.long} is for showing the history, not for deleting it`);
  }
  const { org } = history.opts<{ org?: string }>();
  if (org !== undefined) return org;
  throw new Failure('usage', "required option '--org <org>' not specified", {
    hint: 'name it: only commands that read take it from the settings',
  });
}

async function erase(
  context: Context,
  { org: slug, ref, email }: { org: string; ref: string | undefined; email: string | undefined },
): Promise<void> {
  if ((ref === undefined) === (email === undefined)) {
    throw new Failure('usage', 'history erase takes either a customer or --email', {
      hint: 'to delete both, run it twice',
    });
  }
  const { database, org } = await administered(context, slug);
  if (email !== undefined) {
    await ask(context, {
      database,
      org,
      erasure: { emails: emailForms(email) },
      about: `with ${printable(email)}`,
    });
  } else {
    const { id, name } = await requireRemembered(database, { org, ref: ref as string });
    await ask(context, { database, org, erasure: { customerId: id }, about: `of ${printable(name)}` });
  }
}

async function prune(
  context: Context,
  { org: slug, seconds }: { org: string; seconds: number },
): Promise<void> {
  const { database, org } = await administered(context, slug);
  const before = new Date(context.io.now().getTime() - seconds * 1000).toISOString();
  await ask(context, { database, org, erasure: { before }, about: `from before ${before.slice(0, 16)}Z` });
}

async function administered(
  context: Context,
  slug: string,
): Promise<{ database: Database; org: Organization }> {
  const database = await context.database();
  const org = await requireOrganization(database, slug);
  await requireRole(database, org, 'ADMIN');
  return { database, org };
}

/** Asks, unless there is nothing to delete; deletes, and reports how many entries there were. */
async function ask(
  context: Context,
  {
    database,
    org,
    erasure,
    about,
  }: { database: Database; org: Organization; erasure: Erasure; about: string },
): Promise<void> {
  let deleted = await countErasure(database, { org, erasure });
  if (deleted > 0) {
    context.nameTarget(database, org);
    await context.confirm(`Delete ${entries(deleted)} ${about} from the change log for good?`);
    deleted = await eraseHistory(database, { org, erasure });
  }
  context.print({ json: { deleted }, text: `${entries(deleted)} deleted` });
}

function entries(count: number): string {
  return formatNumberOf(count, 'entry', 'entries');
}

function parseEmail(text: string): string {
  const email = pastedEmail(text);
  if (/^\S+@\S+$/.test(email)) return email;
  throw new Failure('usage', `--email takes an email address, not ${quoted(text)}`);
}
