import type { Command } from 'commander';
import type { CommandTree } from '../command-tree.ts';
import { describeCommand } from '../command-tree.ts';
import type { Context } from '../context.ts';
import type { CommandHelp } from '../render/help.ts';
import { renderManualPage } from '../render/manual-page.ts';
import { version } from '../version.ts';

/** `__manual`: the manual page, made from the same data as the help when the package is built. */
export function define(command: Command, context: Context, tree: CommandTree): void {
  command.helpOption(false).action(async () => {
    const page = renderManualPage({
      name: tree.program.name(),
      version,
      summary: 'customer master data in Postgres',
      program: describeCommand(tree.program),
      commands: await entriesOf(tree),
      notes,
    });
    context.io.stdout.write(page);
  });
}

/** Each command that does something, with subcommands in place of their parent. */
async function entriesOf({ program, load }: CommandTree): Promise<CommandHelp[]> {
  const entries: CommandHelp[] = [];
  for (const command of program.createHelp().visibleCommands(program)) {
    await load(command);
    const { commands, registeredArguments } = command;
    const acts = commands.length === 0 || registeredArguments.length > 0;
    entries.push(...(acts ? [command, ...commands] : commands).map(describeCommand));
  }
  return entries;
}

const notes = [
  {
    title: 'environment',
    definitions: [
      {
        term: 'ORDERFLOW_DATABASE_URL, DATABASE_URL',
        description: 'The Postgres to use, as a URL or keyword=value pairs.',
      },
      {
        term: 'PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD, PGPASSFILE, PGSERVICE, PGSSLMODE …',
        description: 'As libpq has them.',
      },
      { term: 'ORDERFLOW_PROFILE', description: 'The profile to work with, as --profile.' },
      { term: 'ORDERFLOW_ORG', description: 'The organization that commands read when --org is not given.' },
      { term: 'NO_COLOR', description: 'When it is set, no colours.' },
      {
        term: 'PAGER',
        description: 'Pager for output longer than the terminal, less -FRX unless set. Empty or cat: none.',
      },
    ],
  },
  {
    title: 'files',
    definitions: [
      {
        term: 'orderflow-customers.json',
        description: 'Settings of a project, in the working directory or one above it.',
      },
      {
        term: '~/.config/orderflow-customers/config.json',
        description: 'Settings of a user, below XDG_CONFIG_HOME where that is set.',
      },
      {
        term: '~/.local/share/orderflow-customers',
        description: 'The embedded database, below XDG_DATA_HOME where that is set.',
      },
    ],
  },
];
