import type { Command } from 'commander';
import { advice, tool } from '../../advice.ts';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { exit, Failure } from '../../errors.ts';
import { faultsOf } from '../../model/source-status.ts';
import { exitCodes } from '../../render/help.ts';
import { renderPluginLine, renderStatus, renderUnknown } from '../../render/night/status.ts';
import { requireOrganization } from '../../store/orgs/organizations.ts';
import { sourceStatuses } from '../../store/sources/status.ts';
import { ageFor } from '../options/flag-values.ts';
import { addOrgOption, orgOf } from '../options/org-option.ts';

interface StatusOptions {
  org?: string;
  source?: string;
  /** Seconds. */
  maxAge: number;
  plugin?: true;
}

export function define(command: Command, context: Context): void {
  command.description(
    'Show whether the nightly imports of an organization are healthy: the last attempt and the last success of each\n' +
      'source, and any hold. Healthy means that the last attempt succeeded, not longer ago than --max-age.',
  );
  addOrgOption(command, { forReading: true })
    .option('--source <name>', 'only this source')
    .option(
      '--max-age <time>',
      'oldest acceptable success, such as 26h or 8d (default: 26h)',
      ageFor('--max-age'),
      26 * 3600,
    )
    .option('--plugin', 'print one line for Nagios and compatible monitoring, and exit with 0 to 3')
    .action((options: StatusOptions) => runStatus(context, options));
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13, 14], {
      0: 'healthy',
      4: 'organization not found',
      14: 'not healthy, or no import with a source yet',
    }),
    notes: 'With --plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. See docs/nightly.md.',
    examples: [
      'orderflow-customers status --org acme',
      'orderflow-customers status --org acme --source erp --max-age 26h --plugin',
    ],
  });
}

async function runStatus(context: Context, options: StatusOptions): Promise<void> {
  const { source, maxAge, plugin } = options;
  try {
    const orgRef = await orgOf(context, options);
    // Not from a standby: a lag would make a good night look bad.
    const database = await context.database();
    const org = await requireOrganization(database, orgRef);
    const statuses = await sourceStatuses(database, { orgId: org.id, source });
    if (plugin === true) {
      const { line, exitCode } = renderPluginLine(org.slug, statuses, { maxAge });
      context.print({ json: { line, exit_code: exitCode }, text: line });
      context.exitCode = exitCode;
      return;
    }
    const items = statuses.map((status) => {
      const problems = faultsOf(status, { maxAge }).map(({ message }) => message);
      return { ...status, healthy: problems.length === 0, problems };
    });
    const healthy = items.length > 0 && items.every((item) => item.healthy);
    context.print({
      json: { org: org.slug, healthy, items },
      text: (style) => renderStatus(statuses, { maxAge }, style),
    });
    if (items.length === 0) {
      context.note(
        advice`no import with a source yet · next: ${tool('import', 'FILE', '--org', org.slug, '--source', source ?? 'NAME')}`,
      );
    }
    if (!healthy) context.exitCode = exit.unhealthy;
  } catch (error) {
    if (plugin !== true || !(error instanceof Failure) || error.code === 'usage') throw error;
    const line = renderUnknown(options.org ?? '', error.message);
    context.print({ json: { line, exit_code: 3 }, text: line });
    context.exitCode = 3;
  }
}
