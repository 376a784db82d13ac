import type { Command } from 'commander';
import { advice, toolOfOthers } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { renderIdentity } from '../render/access.ts';
import { exitCodes } from '../render/help.ts';
import { identify } from '../store/orgs/access.ts';
import { addOrgOfProfile } from './options/org-option.ts';

export function define(command: Command, context: Context): void {
  addOrgOfProfile(command)
    .description(
      'Show the current login and its role in each organization, and the profile in use.\n' +
        'Piped: a line per organization, slug and role separated by a tab, after the login itself.',
    )
    .action(() => whoami(context));
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 7, 8]),
    examples: ['orderflow-customers whoami', "orderflow-customers whoami --json | jq -r '.items[].org'"],
  });
}

async function whoami(context: Context): Promise<void> {
  // The schema's version is in a table that a login without any role may not read.
  const database = await context.database({ schema: 'any' });
  const { profile: chosen } = await context.settings();
  const profile = database.target.source.startsWith('profile ') ? (chosen?.value ?? null) : null;
  const identity = { profile, ...(await identify(database)) };
  context.print({ json: identity, text: (style) => renderIdentity(identity, style) });
  if (identity.bypass === null && identity.items.length === 0) {
    context.aside(
      advice`no access to any org yet · ask an ADMIN: ${toolOfOthers('access', 'grant', identity.login, '--org', 'ORG', '--role', 'ROLE')}`,
    );
  }
}
