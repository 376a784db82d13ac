import type { Command } from 'commander';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { exitCodes } from '../../render/help.ts';
import { requireRole } from '../../store/orgs/access.ts';
import { requireOrganization } from '../../store/orgs/organizations.ts';
import { recordAttempt } from '../../store/sources/attempts.ts';
import { findHold } from '../../store/sources/status.ts';
import { version } from '../../version.ts';
import { addOrgOption } from '../options/org-option.ts';

/** `runs resume`: ends the hold that an undo has put a source on. */
export function defineResume(command: Command, context: Context): void {
  const resuming = command
    .command('resume')
    .summary('Accept snapshots of a source again')
    .description('Accept snapshots of a source again, after a run of it was undone.');
  addOrgOption(resuming)
    .requiredOption('--source <name>', 'the source that is on hold')
    .action((options: ResumeOptions) => resume(context, options));
  addHelp(resuming, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13], { 0: 'accepted again, or it was not on hold' }),
    examples: [
      'orderflow-customers runs resume --org acme --source erp',
      'orderflow-customers runs resume --org acme --source erp --json',
    ],
  });
}

interface ResumeOptions {
  org: string;
  source: string;
}

async function resume(context: Context, { org: ref, source }: ResumeOptions): Promise<void> {
  const database = await context.database();
  const org = await requireOrganization(database, ref);
  context.nameTarget(database, org);
  await requireRole(database, org, 'INTEGRATOR');
  const hold = await findHold(database, { orgId: org.id, source });
  if (hold !== undefined) {
    const attempt = { ...resumption, file: `resume ${source}`, source, tool_version: version };
    await recordAttempt(database, { orgId: org.id, attempt });
  }
  const text = hold === undefined ? `${source} was not on hold` : `snapshots of ${source} are accepted again`;
  context.print({ json: { source, resumed: hold !== undefined }, text });
}

/** The details of a hold's end, without its source. */
const resumption = {
  snapshot: false,
  outcome: 'resumed',
  code: null,
  message: null,
  exit_code: 0,
  milliseconds: 0,
} as const;
