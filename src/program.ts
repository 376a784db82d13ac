import { Command, CommanderError, Option } from 'commander';
import type { ToolCommand } from './advice.ts';
import { advice, tool } from './advice.ts';
import type { CommandTree } from './command-tree.ts';
import { addHelp, describeCommand, globalOptions, layoutOf, pathOf } from './command-tree.ts';
import { timeFor } from './commands/options/flag-values.ts';
import type { Context, GlobalOptions } from './context.ts';
import { Failure } from './errors.ts';
import { nearName } from './model/near-name.ts';
import { exitCodes, exitMeanings, renderHelp, renderOverview } from './render/help.ts';
import { version } from './version.ts';

// One module for main to load: each file costs a millisecond.
export { createContext, readGlobalFlags } from './context.ts';

/** What a command's module exports: adds arguments, options, examples and action to a named, empty command. */
export interface CommandModule {
  define(command: Command, context: Context, tree: CommandTree): void;
}

interface CommandEntry {
  name: string;
  summary: string;
  /** Called by scripts that we make, not by people. */
  hidden?: true;
  load(): Promise<CommandModule>;
}

/** Every command, with what the overview says of it. Its module is loaded only when it is called. */
export const commands: CommandEntry[] = [
  {
    name: 'migrate',
    summary: 'Bring the database schema up to date',
    load: () => import('./commands/migrate.ts'),
  },
  { name: 'org', summary: 'Create and list organizations', load: () => import('./commands/org.ts') },
  {
    name: 'import',
    summary: 'Import customers from a CSV or Excel file',
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'plan',
    summary: 'Show what a planned import will change',
    load: () => import('./commands/changes/plan.ts'),
  },
  {
    name: 'inspect',
    summary: 'Analyse a file without importing it',
    load: () => import('./commands/inspect.ts'),
  },
  {
    name: 'mappings',
    summary: 'List and print the mappings for known systems',
    load: () => import('./commands/mappings.ts'),
  },
  {
    name: 'export',
    summary: 'Export customers as the CSV that import reads',
    load: () => import('./commands/export.ts'),
  },
  { name: 'list', summary: 'List customers, page by page', load: () => import('./commands/list.ts') },
  {
    name: 'search',
    summary: 'Find customers by name, number, email, phone, contact or city',
    load: () => import('./commands/search.ts'),
  },
  {
    name: 'duplicates',
    summary: 'List customers that are probably the same',
    load: () => import('./commands/duplicates/duplicates.ts'),
  },
  { name: 'show', summary: 'Show one customer with contacts', load: () => import('./commands/show.ts') },
  { name: 'create', summary: 'Create a customer', load: () => import('./commands/create.ts') },
  { name: 'update', summary: 'Change customers', load: () => import('./commands/update.ts') },
  {
    name: 'contact',
    summary: 'Add, change, remove and list contacts',
    load: () => import('./commands/contact/contact.ts'),
  },
  {
    name: 'history',
    summary: 'Show who changed a customer, and what',
    load: () => import('./commands/changes/history.ts'),
  },
  {
    name: 'runs',
    summary: 'Look up past imports, and take them back',
    load: () => import('./commands/runs.ts'),
  },
  {
    name: 'status',
    summary: 'Show whether the nightly import is healthy',
    load: () => import('./commands/night/status.ts'),
  },
  {
    name: 'doctor',
    summary: 'Diagnose the database connection and schema',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'config',
    summary: 'Show the settings and their sources',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'access',
    summary: 'Manage access to an organization',
    load: () => import('./commands/access.ts'),
  },
  { name: 'whoami', summary: 'Show the login and its roles', load: () => import('./commands/whoami.ts') },
  {
    name: 'embedded',
    summary: 'Manage the embedded (trial) database',
    load: () => import('./commands/embedded.ts'),
  },
  {
    name: 'completion',
    summary: 'Generate a shell completion script',
    load: () => import('./commands/completion.ts'),
  },
  {
    name: '__manual',
    summary: 'Print the manual page',
    hidden: true,
    load: () => import('./commands/manual.ts'),
  },
  {
    name: '__complete',
    summary: 'Answer a shell that completes',
    hidden: true,
    load: () => import('./commands/complete.ts'),
  },
];

/** Understands the command line and runs the command it names. Throws `Failure`, `usage` for a line it cannot read. */
export async function runProgram(argv: string[], context: Context): Promise<void> {
  const { program } = buildProgram(context);
  if (argv.length === 0) {
    const shown = commands.filter(({ hidden }) => hidden !== true);
    context.io.stdout.write(renderOverview(shown, context.style('stdout')));
    return;
  }
  try {
    await program.parseAsync(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv, { from: 'user' });
  } catch (error) {
    // Help and version were printed: commander leaves by throwing, because it may not exit here.
    if (error instanceof CommanderError && error.exitCode === 0) return;
    throw error;
  }
}

/** The command tree, its commands still without arguments and options: those come with their modules. */
export function buildProgram(context: Context): CommandTree {
  const program = new Command('orderflow-customers')
    .description('Customer master data in Postgres: import, find, correct and export it.')
    .usage('<command> [flags]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureHelp({
      showGlobalOptions: true,
      formatHelp: (command, helper) => renderHelp(describeCommand(command), layoutOf(helper)),
    })
    .showSuggestionAfterError(false)
    .configureOutput({
      writeOut: (text) => context.io.stdout.write(text),
      writeErr: () => {},
      // What went wrong is thrown and reported by main, once, and without a screenful of help before it.
      outputError: () => {},
      getOutHelpWidth: () => context.style('stdout').columns ?? 80,
      getErrHelpWidth: () => context.style('stderr').columns ?? 80,
      getOutHasColors: () => context.style('stdout').color,
      getErrHasColors: () => context.style('stderr').color,
    })
    .option(
      '--database <url>',
      'Postgres to use (default: ORDERFLOW_DATABASE_URL, DATABASE_URL, PG*, embedded)',
    )
    .option('--profile <name>', 'profile of a settings file (default: ORDERFLOW_PROFILE)')
    .addOption(
      new Option('--timeout <time>', 'cancel a query that takes longer; 0 means no limit')
        .argParser(timeFor('--timeout'))
        .default(60_000, '60s'),
    )
    .option('--json', 'print the result as one JSON document')
    .option('--quiet', 'print nothing on success')
    .addOption(
      new Option('--color <when>', 'colour the output').choices(['auto', 'always', 'never']).default('auto'),
    )
    .option('--yes', 'answer yes to every question')
    .option('--no-input', 'never ask a question')
    .option('--debug', 'show the stack trace of a failure')
    .addHelpText('beforeAll', ({ command }) => {
      refuseUnknownCommand(command);
      return '';
    });
  addHelp(program, {
    exitCodes: exitCodes(Object.keys(exitMeanings).map(Number)),
    examples: [
      'orderflow-customers import customers.csv --org demo --create-org',
      'orderflow-customers list --org demo',
    ],
  });

  const tree = { program, load };
  throwUsageFailures(program);
  async function load(command: Command): Promise<void> {
    const entry = commands.find(({ name }) => name === command.name());
    (await entry?.load())?.define(command, context, tree);
    command.helpCommand(false);
    throwUsageFailures(command);
  }
  program.hook('preSubcommand', async (_program, command) => {
    await load(command);
    // Worth a line in the overview, not in each command's help.
    program.options.find(({ long }) => long === '--version')?.hideHelp();
  });
  program.hook('preAction', () => {
    Object.assign(context.options, program.opts<Partial<GlobalOptions>>());
  });
  for (const { name, summary, hidden = false } of commands)
    program.command(name, { hidden }).summary(summary).description(`${summary}.`);
  return tree;
}

/** Makes commander throw the tool's own failure, naming the very command whose help explains more. */
function throwUsageFailures(command: Command): void {
  command.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    throw usageFailure(error, command);
  });
  for (const subcommand of command.commands) throwUsageFailures(subcommand);
}

/** Commander shows the general help for `help lst` and `lst --help`, without a word on the slip. */
function refuseUnknownCommand(command: Command): void {
  const [word] = command.args;
  const takesWords = command.commands.length === 0 || command.registeredArguments.length > 0;
  if (takesWords || word === undefined || word.startsWith('-')) return;
  throw unknownWord(command, { kind: 'command', word });
}

function usageFailure(error: CommanderError, command: Command): Failure {
  const path = ['orderflow-customers', ...pathOf(command)].join(' ');
  const help = helpOf(command);
  const message = error.message.replace(/^error: /, '');
  const firstFlag = command.args.find((word) => /^-./.test(word));
  switch (error.code) {
    case 'commander.help': {
      const subcommands = command.commands.map((subcommand) => subcommand.name());
      const missing =
        command.parent === null
          ? 'a command is missing'
          : `${path} needs a subcommand: ${subcommands.join(', ')}`;
      return new Failure('usage', missing, { hint: advice`see ${help}`, cause: error });
    }
    case 'commander.unknownCommand':
      return unknownWord(command, { kind: 'command', word: command.args[0] ?? '', cause: error });
    case 'commander.unknownOption':
      return unknownWord(command, { kind: 'option', word: firstFlag ?? '', cause: error });
    case 'commander.missingMandatoryOptionValue':
      // Commander misses `--org` before it sees that `--orgg` is there: the mistyped flag is what to report.
      if (firstFlag !== undefined) {
        return unknownWord(command, { kind: 'option', word: firstFlag, cause: error });
      }
      if (message.includes("'--org <org>'")) {
        const hint = advice`name it: only commands that read take it from the settings; see ${help}`;
        return new Failure('usage', message, { hint, cause: error });
      }
  }
  return new Failure('usage', message, { hint: advice`see ${help}`, cause: error });
}

/** A word that is neither a command nor a flag, with the one that was probably meant. */
function unknownWord(
  command: Command,
  { kind, word, cause }: { kind: 'command' | 'option'; word: string; cause?: CommanderError },
): Failure {
  const help = helpOf(command);
  const [name = ''] = word.split('=');
  const known = kind === 'command' ? namesOf(command) : flagsOf(command);
  const meant = nearName(name, known, (text) => text.replace(/^-+/, ''));
  return new Failure('usage', `unknown ${kind} '${name}'`, {
    hint: meant === undefined ? advice`see ${help}` : advice`did you mean ${meant}? See ${help}`,
    cause,
  });
}

function namesOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((subcommand) => subcommand.name());
}

function flagsOf(command: Command): string[] {
  const options = [...command.createHelp().visibleOptions(command), ...globalOptions(command)];
  return options.flatMap(({ long }) => long ?? []);
}

function helpOf(command: Command): ToolCommand {
  return tool(...pathOf(command), '--help');
}
