import { EventEmitter } from 'node:events';
import type { Command } from 'commander';
import type { CommandTree } from '../command-tree.ts';
import type { Context } from '../context.ts';
import type { ManualEntry } from '../render/manual-page.ts';
import { renderManualPage } from '../render/manual-page.ts';
import { version } from '../version.ts';

/** `__manual`: the manual page, made of the very help texts when the package is built. */
export function define(command: Command, context: Context, tree: CommandTree): void {
  command.helpOption(false).action(async () => {
    const page = renderManualPage({
      name: tree.program.name(),
      version,
      summary: 'customer master data in Postgres',
      program: entryOf(tree.program),
      commands: await entriesOf(tree),
      notes,
    });
    context.io.stdout.write(page);
  });
}

/** Each command that does something, its subcommands in its place. */
async function entriesOf({ program, load }: CommandTree): Promise<ManualEntry[]> {
  const entries: ManualEntry[] = [];
  for (const command of program.createHelp().visibleCommands(program)) {
    await load(command);
    entries.push(...(command.commands.length === 0 ? [command] : command.commands).map(entryOf));
  }
  return entries;
}

function entryOf(command: Command): ManualEntry {
  const help = Object.assign(command.createHelp(), { showGlobalOptions: false });
  const options = help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help' || command.parent === null);
  const after = textAfter(command);
  const path = help.commandUsage(command).replace('[options]', '[flags]');
  return {
    usage: path.replace(/^orderflow-customers /, ''),
    description: command.description(),
    arguments: help.visibleArguments(command).map((argument) => ({
      term: `<${help.argumentTerm(argument)}>`,
      description: help.argumentDescription(argument),
    })),
    flags: options.map((option) => ({
      term: help.optionTerm(option),
      description: help.optionDescription(option),
    })),
    exitCodes: after.flatMap((line) => {
      const [, term, description] = /^ {2}(\d+) +(.+)$/.exec(line) ?? [];
      return term === undefined || description === undefined ? [] : [{ term, description }];
    }),
    examples: after.filter((line) => /^ {2}\D/.test(line)).map((line) => line.trim()),
  };
}

/** What `addHelpText` put below the help, without colours: commander hands it out by this event. */
function textAfter(command: Command): string[] {
  let text = '';
  const emitter: unknown = command;
  if (!(emitter instanceof EventEmitter)) return [];
  emitter.emit('afterHelp', { error: false, command, write: (chunk: string) => (text += chunk) });
  return text.replaceAll(/\x1b\[\d+m/g, '').split('\n');
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
