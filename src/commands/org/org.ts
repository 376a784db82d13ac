import type { Command } from 'commander';
import { advice, tool } from '../../advice.ts';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import { parseOrganizationName, parseSlug } from '../../model/organization.ts';
import type { Problem } from '../../model/problem.ts';
import { exitCodes } from '../../render/help.ts';
import { formatNumberOf } from '../../render/text/numbers.ts';
import {
  organizationListing,
  organizationsOfProfiles,
  renderOrganization,
} from '../../render/organization.ts';
import { createOrganization, listOrganizations } from '../../store/orgs/organizations.ts';
import type { OutputOptions } from '../options/output-options.ts';
import { addOutputOptions, isForPeople, printListing } from '../options/output-options.ts';
import { readAllProfiles } from './all-profiles.ts';

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
      .description(
        'List all organizations. Piped: slug, name, creation time and id, separated by tabs.\n' +
          'With --all-profiles, those in the database of each profile, with the profile’s name before the slug. ' +
          'A database that cannot be read is named on stderr, and its exit code is returned.',
      )
      .option('--all-profiles', 'list those of each database that the settings files name'),
    { context, names: organizationsOfProfiles.names },
  ).action((options: ListOptions) =>
    options.allProfiles === true ? listOfProfiles(context, options) : list(context, options),
  );
  addHelp(listing, {
    exitCodes: exitCodes([0, 2, 7, 8, 13]),
    examples: [
      'orderflow-customers org list',
      'orderflow-customers org list --columns slug --output tsv',
      'orderflow-customers org list --all-profiles',
    ],
  });
}

async function create(context: Context, given: { slug: string; name: string }): Promise<void> {
  const slug = accept('slug', parseSlug(given.slug));
  const name = accept('name', parseOrganizationName(given.name));
  // The slug selects the database, as `--org` does for other commands.
  context.options.org = slug;
  const database = await context.database();
  context.nameTarget(database, { slug });
  const organization = await createOrganization(database, { slug, name });
  context.print({ json: organization, text: (style) => renderOrganization(organization, style) });
  context.aside(advice`next: ${tool('import', 'FILE', '--org', slug)}`);
}

interface ListOptions extends OutputOptions {
  allProfiles?: boolean;
}

async function list(context: Context, options: OutputOptions): Promise<void> {
  if (options.columns?.includes('profile') === true) {
    throw new Failure('usage', '--columns profile is only there with --all-profiles', {
      hint: 'add --all-profiles, or leave the column out',
    });
  }
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

async function listOfProfiles(context: Context, options: OutputOptions): Promise<void> {
  const { io, options: flags } = context;
  const chosen = [
    ...(flags.database === undefined ? [] : ['--database']),
    ...(flags.profile === undefined ? [] : ['--profile']),
  ];
  if (chosen[0] !== undefined) {
    throw new Failure('usage', `--all-profiles and ${chosen[0]} contradict each other`, {
      hint: 'give one of them',
    });
  }
  const { organizations, failures } = await readAllProfiles(io, { statementTimeout: flags.timeout });
  for (const { source, error } of failures) context.warn(`${source}: ${error.message}`);
  context.exitCode = failures[0]?.error.exitCode ?? 0;
  const rest = {
    total: organizations.length,
    failures: failures.map(({ profile, error: { code, message } }) => ({ profile, code, message })),
  };
  await printListing(context, options, { layout: organizationsOfProfiles, items: organizations, rest });
  if (isForPeople(options)) context.aside(formatNumberOf(organizations.length, 'organization'));
}

function accept(field: string, parsed: string | Problem): string {
  if (typeof parsed === 'string') return parsed;
  throw new Failure('invalid_value', `${field}: ${parsed.message}`, { hint: parsed.hint });
}
