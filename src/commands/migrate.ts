import type { Command } from 'commander';
import { Option } from 'commander';
import { advice, tool } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { exit } from '../errors.ts';
import { exitCodes } from '../render/help.ts';
import {
  migrationDocument,
  renderMigration,
  renderSchemaState,
  schemaStateDocument,
} from '../render/migration.ts';
import { formatNumberOf } from '../render/text/numbers.ts';
import { existingRows } from '../store/schema/existing-rows.ts';
import { migrate } from '../store/schema/migrate.ts';
import { schemaStatus } from '../store/schema/status.ts';

interface MigrateFlags {
  status?: true;
  dryRun?: true;
  detailedExitcode?: true;
}

export function define(command: Command, context: Context): void {
  command
    .description(
      'Bring the database schema up to date: an empty database, or one with OrderFlow’s own tables. ' +
        'Existing objects are kept, missing ones are created, and no rows change. ' +
        'On large tables, indexes are built concurrently, so writers are blocked for less than a second; ' +
        '--dry-run takes full locks.',
    )
    .addOption(new Option('--status', 'show the version of the schema; change nothing').conflicts('dryRun'))
    .option('--dry-run', 'run everything, show the changes, and roll back')
    .option('--detailed-exitcode', 'exit 10 if --status or --dry-run finds pending migrations')
    .action((flags: MigrateFlags) =>
      flags.status === true ? showStatus(flags, context) : run(flags, context),
    );
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 5, 7, 8, 10, 13], {
      0: 'the schema is up to date',
      5: 'existing rows violate a constraint; nothing was changed',
      8: 'a newer version of the tool has migrated this database',
      10: 'migrations pending (--detailed-exitcode)',
    }),
    examples: ['orderflow-customers migrate --dry-run', 'orderflow-customers migrate'],
  });
}

async function showStatus({ detailedExitcode = false }: { detailedExitcode?: boolean }, context: Context) {
  const status = await schemaStatus(await context.database({ schema: 'any' }));
  if (detailedExitcode && status.pending.length > 0) context.exitCode = exit.changesPending;
  context.print({ json: schemaStateDocument(status), text: renderSchemaState(status) });
  if (status.state === 'missing' || status.state === 'outdated')
    context.note(advice`next: ${tool('migrate')}`);
}

async function run(
  { dryRun = false, detailedExitcode = false }: { dryRun?: boolean; detailedExitcode?: boolean },
  context: Context,
) {
  const database = await context.database({ schema: 'any' });
  context.nameTarget(database, undefined, { dryRun });
  // A login that may not read the version gets the reason from what follows.
  const { pending } = await schemaStatus(database).catch(() => ({ pending: [] }));
  const existing = await existingRows(database, pending);
  if (existing !== undefined) {
    const rows = `about ${formatNumberOf(Math.round(existing.rows / 1000) * 1000, 'row')} exist`;
    const time = `some ${formatNumberOf(existing.seconds, 'second')}`;
    context.note(
      dryRun
        ? `${rows}: the tables are locked while this runs, ${time}`
        : `${rows}: their indexes are built first, while others keep working, ${time}`,
    );
  }
  const report = await migrate(database, {
    dryRun,
    onWait: () => context.note('another migrate is running in this database: waiting for it to end'),
  });
  const result = { ...report, dryRun };
  if (detailedExitcode && result.pending.length > 0) context.exitCode = exit.changesPending;
  context.print({ json: migrationDocument(result), text: (style) => renderMigration(result, style) });
  if (result.pending.length > 0) context.note(advice`next: ${tool('migrate')}`);
  if (result.applied.length > 0)
    context.note(advice`next: ${tool('org', 'create', 'SLUG', '--name', 'NAME')}`);
}
