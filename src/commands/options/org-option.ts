import type { Command } from 'commander';
import { advice, tool } from '../../advice.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';

/**
 * `--org ORG`. A command that only reads may use the settings' organization; a command that writes requires
 * it on the command line.
 */
export function addOrgOption(
  command: Command,
  { forReading = false }: { forReading?: boolean } = {},
): Command {
  return forReading
    ? command.option('--org <org>', 'organization, by slug or id (default: ORDERFLOW_ORG, settings)')
    : command.requiredOption('--org <org>', 'organization, by slug or id');
}

/** For commands about a database: here `--org` only decides which one. */
export function addOrgOfProfile(command: Command): Command {
  return command.option('--org <org>', 'use the database of the profile that lists this organization');
}

/** The organization of a reading command; on a terminal it is printed if no flag named it. */
export async function orgOf(context: Context, { org }: { org?: string | undefined }): Promise<string> {
  if (org !== undefined) return org;
  const { org: usual } = await context.settings();
  if (usual === undefined) {
    throw new Failure('usage', "required option '--org <org>' not specified", {
      hint: advice`name it, or set ORDERFLOW_ORG or org in a settings file (${tool('org', 'list')} has them all)`,
    });
  }
  context.aside(`org ${usual.value}, from ${usual.source}`);
  return usual.value;
}
