import type { Command } from 'commander';
import { advice, tool, toolOfOthers } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { printable } from '../model/printable.ts';
import { parseRole, roleRights, roles } from '../model/role.ts';
import { renderAccess, renderAccessList, renderAccessScript } from '../render/access.ts';
import { exitCodes } from '../render/help.ts';
import { formatNumberOf } from '../render/text/numbers.ts';
import { accessScript } from '../store/orgs/access-script.ts';
import { grantAccess, listAccess, revokeAccess } from '../store/orgs/access.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
import { addOrgOption, orgOf } from './options/org-option.ts';

interface GrantOptions {
  org: string;
  role: string;
  printSql?: true;
}

export function define(command: Command, context: Context): void {
  command.usage('<subcommand> [flags]');
  addHelp(command, {
    examples: [
      'orderflow-customers access grant maria --org acme --role OPS',
      'orderflow-customers access list --org acme',
    ],
  });
  const granting = command
    .command('grant <login>')
    .summary('Grant a login a role in an organization')
    .description(
      `Grant a login a role in an organization; it replaces the login’s current role there. The login must be an existing role of the Postgres server.\n\n${roles
        .map((role) => `${role.padEnd(10)}  may ${roleRights[role]}`)
        .join(
          '\n',
        )}\n\nOnly an ADMIN of the organization and the owner of the tables can grant roles; the owner grants the first ADMIN.`,
    );
  addOrgOption(granting)
    .requiredOption('--role <role>', roles.join(', '))
    .option('--print-sql', 'change nothing; print the SQL for an administrator who may create roles')
    .action((login: string, options: GrantOptions) => grant(context, login, options));
  addHelp(granting, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13], { 4: 'organization or login not found' }),
    examples: [
      'orderflow-customers access grant maria --org acme --role OPS',
      'orderflow-customers access grant maria --org acme --role OPS --print-sql > for-the-administrator.sql',
    ],
  });
  const revoking = command
    .command('revoke <login>')
    .summary("Revoke a login's role in an organization")
    .description("Revoke a login's role in one organization; its roles in others are unaffected.");
  addOrgOption(revoking).action((login: string, options: { org: string }) => revoke(context, login, options));
  addHelp(revoking, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13], {
      4: 'organization not found, or the login has no role in it',
    }),
    examples: [
      'orderflow-customers access revoke maria --org acme',
      'orderflow-customers access revoke maria --org acme --json',
    ],
  });
  const listing = command
    .command('list')
    .summary('List who has access to an organization')
    .description(
      'List who has access to an organization. Piped: login, role, who granted it and when, separated by tabs.',
    );
  addOrgOption(listing, { forReading: true }).action((options: { org?: string }) => list(context, options));
  addHelp(listing, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13]),
    examples: [
      'orderflow-customers access list --org acme',
      "orderflow-customers access list --org acme --json | jq -r '.items[].login'",
    ],
  });
}

async function grant(context: Context, login: string, options: GrantOptions): Promise<void> {
  const role = parseRole(options.role);
  const database = await context.database();
  const org = await requireOrganization(database, options.org);
  if (options.printSql) {
    const script = await accessScript(database, { org, login, role });
    const then = toolOfOthers('access', 'grant', login, '--org', org.slug, '--role', role);
    context.print({ json: script, text: (style) => renderAccessScript(script, then, style) });
    return;
  }
  context.nameTarget(database, org);
  const access = await grantAccess(database, { org, login, role });
  context.print({ json: { org: org.slug, ...access }, text: (style) => renderAccess(access, org, style) });
}

async function revoke(context: Context, login: string, options: { org: string }): Promise<void> {
  const database = await context.database();
  const org = await requireOrganization(database, options.org);
  context.nameTarget(database, org);
  await revokeAccess(database, { org, login });
  context.print({
    json: { org: org.slug, login, revoked: true },
    text: `- ${printable(login)} has no access to ${org.slug} any more`,
  });
}

async function list(context: Context, options: { org?: string }): Promise<void> {
  const orgRef = await orgOf(context, options);
  const database = await context.database();
  const org = await requireOrganization(database, orgRef);
  const items = await listAccess(database, org);
  context.print({
    json: { items, total: items.length },
    text: (style) => renderAccessList(items, style),
  });
  context.aside(
    items.length === 0
      ? advice`only the owner of the tables · next: ${tool('access', 'grant', 'LOGIN', '--org', org.slug, '--role', 'ROLE')}`
      : formatNumberOf(items.length, 'login'),
  );
}
