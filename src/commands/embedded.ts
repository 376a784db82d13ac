import type { Command } from 'commander';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { renderEmbeddedStatus, renderSize } from '../render/embedded-status.ts';
import { exitCodes } from '../render/help.ts';
import { embeddedStatus, removeEmbedded, stopEmbedded } from '../store/embedded/maintenance.ts';

export function define(command: Command, context: Context): void {
  command
    .usage('<subcommand> [flags]')
    .description(
      'Manage the embedded database.\n\n' +
        'If no database is configured, commands use their own Postgres. It is started when it is first needed ' +
        'and keeps running. Use it for trials and tests.',
    );
  addHelp(command, {
    examples: ['orderflow-customers embedded status', 'orderflow-customers embedded remove'],
  });
  const status = command
    .command('status')
    .summary('Show its directory, and whether it is running')
    .description(
      'Show the directory of the embedded database, whether it is running, and its size. Does not start it.',
    )
    .action(() => showStatus(context));
  addHelp(status, {
    exitCodes: exitCodes([0, 2]),
    examples: [
      'orderflow-customers embedded status',
      'orderflow-customers embedded status --json | jq -r .directory',
    ],
  });
  const stopping = command
    .command('stop')
    .summary('Stop it; its data is kept')
    .description(
      'Stop the embedded database. Its data is kept, and the next command that needs it starts it again.',
    )
    .action(() => stop(context));
  addHelp(stopping, {
    exitCodes: exitCodes([0, 2]),
    examples: ['orderflow-customers embedded stop', 'orderflow-customers embedded stop --quiet'],
  });
  const removing = command
    .command('remove')
    .summary('Delete it and all its data')
    .description(
      'Stop the embedded database and delete it and all its data. Asks for confirmation, unless --yes is given.',
    )
    .action(() => remove(context));
  addHelp(removing, {
    exitCodes: exitCodes([0, 2, 5], { 5: 'not confirmed; nothing was deleted' }),
    examples: ['orderflow-customers embedded remove', 'orderflow-customers embedded remove --yes'],
  });
}

async function showStatus(context: Context): Promise<void> {
  const status = await embeddedStatus(context.io);
  context.print({
    json: {
      ok: true,
      directory: status.directory,
      exists: status.exists,
      running: status.running,
      pid: status.pid ?? null,
      socket: status.socket ?? null,
      postgres_version: status.major ?? null,
      size_bytes: status.size,
    },
    text: (style) => renderEmbeddedStatus(status, style),
  });
}

async function stop(context: Context): Promise<void> {
  const stopped = await stopEmbedded(context.io);
  context.print({
    json: { ok: true, stopped },
    text: stopped ? 'stopped the embedded database' : 'the embedded database was not running',
  });
}

async function remove(context: Context): Promise<void> {
  const { exists, directory, size } = await embeddedStatus(context.io);
  if (exists) {
    await context.confirm(
      `Delete the embedded database in ${directory} (${renderSize(size)}) with all its data?`,
    );
  }
  const removed = await removeEmbedded(context.io);
  context.print({
    json: { ok: true, removed, directory },
    text: removed ? `deleted the embedded database in ${directory}` : 'no embedded database to delete',
  });
}
