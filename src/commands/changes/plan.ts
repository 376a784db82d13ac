import type { Command } from 'commander';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { openPlan } from '../../import/plan/plan-file.ts';
import type { ChangedCustomer } from '../../model/change-log.ts';
import { listedMessages } from '../../model/import-report.ts';
import { exitCodes } from '../../render/help.ts';
import { renderPlanHeader } from '../../render/changes/plan.ts';
import { renderRunChange } from '../../render/changes/run-changes.ts';

export function define(command: Command, context: Context): void {
  command.usage('<subcommand> [flags]');
  addHelp(command, { examples: ['orderflow-customers plan show friday.plan'] });
  const showing = command
    .command('show')
    .summary('Show the changes of a plan')
    .description(
      'Show a plan of import --plan-to, with every change in it. Needs no database.\n' +
        'Piped: a line per field, separated by tabs; with --json, at most 1,000 changes.',
    )
    .argument('<file>', 'the plan')
    .action((file: string) => show(context, file));
  addHelp(showing, {
    exitCodes: exitCodes([0, 2, 5], { 5: 'the file is not a plan, or incomplete' }),
    examples: [
      'orderflow-customers plan show friday.plan',
      "orderflow-customers plan show friday.plan --json | jq '.changes_total'",
    ],
  });
}

async function show(context: Context, file: string): Promise<void> {
  const plan = await openPlan(file, context.io);
  if (context.options.json) {
    const changes: ChangedCustomer[] = [];
    for await (const change of plan.changes()) if (changes.push(change) === listedMessages) break;
    const { plan: _version, ...header } = plan.header;
    context.print({ json: { ...header, changes, changes_total: plan.total }, text: '' });
    return;
  }
  const style = context.style('stdout');
  async function* pieces(): AsyncGenerator<string> {
    if (style.terminal) yield renderPlanHeader(plan, style);
    for await (const change of plan.changes())
      yield renderRunChange({ ...change, name: nameOf(change) }, style);
  }
  await context.printPieces(pieces());
}

/** Only a plan's new customers have a name. */
function nameOf({ fields }: ChangedCustomer): string {
  const name = fields.find(({ field }) => field === 'name')?.after;
  return typeof name === 'string' ? name : '';
}
