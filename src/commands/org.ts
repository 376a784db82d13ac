import type { Command } from 'commander';
import { advice, tool } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { Failure } from '../errors.ts';
import { parseOrganizationName, parseSlug } from '../model/organization.ts';
import type { Problem } from '../model/problem.ts';
import { exitCodes } from '../render/help.ts';
import { formatNumberOf } from '../render/text/numbers.ts';
import { organizationListing, renderOrganization } from '../render/organization.ts';
import { createOrganization, listOrganizations } from '../store/orgs/organizations.ts';
import type { OutputOptions } from './options/output-options.ts';
import { addOutputOptions, isForPeople, printListing } from './options/output-options.ts';

export function define(command: Command, context: Context): void {
  command.usage('<subcommand> [flags]');
  addHelp(command, {
    examples: ["orderflow-customers org create acme --name 'Acme GmbH'", 'orderflow-customers org list'],
  });
  const creating = command
    .command('create <slug>')
    .summary('Create an organization')
    .description('Create an organization. Commands refer to it by its slug: --org SLUG.')
    .requiredOption('--name <name>', 'name of the organization, 1 to 200 characters')
    .action((slug: string, { name }: { name: string }) => create(context, { slug, name }));
  addHelp(creating, {
    exitCodes: exitCodes([0, 2, 7, 8, 12, 13], { 12: 'conflict: the slug is already in use' }),
    examples: [
      "orderflow-customers org create acme --name 'Acme GmbH'",
      "orderflow-customers org create acme --name 'Acme GmbH' --json | jq -r '.id'",
    ],
  });
  const listing = addOutputOptions(
    command
      .command('list')
      .summary('List all organizations')
      .description('List all organizations. Piped: slug, name, creation time and id, separated by tabs.'),
    { context, names: organizationListing.names },
  ).action((options: OutputOptions) => list(context, options));
  addHelp(listing, {
    exitCodes: exitCodes([0, 2, 7, 8, 13]),
    examples: ['orderflow-customers org list', 'orderflow-customers org list --columns slug --output tsv'],
  });
}

async function create(context: Context, given: { slug: string; name: string }): Promise<void> {
  const slug = accept('slug', parseSlug(given.slug));
  const name = accept('name', parseOrganizationName(given.name));
  const database = await context.database();
  context.nameTarget(database, { slug });
  const organization = await createOrganization(database, { slug, name });
  context.print({ json: organization, text: (style) => renderOrganization(organization, style) });
  context.aside(advice`next: ${tool('import', 'FILE', '--org', slug)}`);
}

async function list(context: Context, options: OutputOptions): Promise<void> {
  const database = await context.database();
  const organizations = await listOrganizations(database);
  const rest = { total: organizations.length };
  await printListing(context, options, { layout: organizationListing, items: organizations, rest });
  const footer =
    organizations.length === 0
      ? advice`no organizations yet · next: ${tool('org', 'create', 'SLUG', '--name', 'NAME')}`
      : formatNumberOf(organizations.length, 'organization');
  if (isForPeople(options)) context.aside(footer);
}

function accept(field: string, parsed: string | Problem): string {
  if (typeof parsed === 'string') return parsed;
  throw new Failure('invalid_value', `${field}: ${parsed.message}`, { hint: parsed.hint });
}
