import { Command, CommanderError, Option } from 'commander';
import { commands } from './command-list.ts';
import type { CommandTree } from './command-tree.ts';
import { addHelp, describeCommand, layoutOf } from './command-tree.ts';
import { timeFor } from './commands/options/flag-values.ts';
import type { Context } from './context.ts';
import type { GlobalOptions } from './global-options.ts';
import { exitCodes, exitMeanings, renderHelp, renderOverview } from './render/help.ts';
import { refuseUnknownCommand, throwUsageFailures } from './usage-failures.ts';
import { version } from './version.ts';

// One module for main to load: each file costs a millisecond.
export { createContext } from './context.ts';
export { readGlobalFlags } from './global-options.ts';

/**
 * Parses the command line and runs the command it names. Throws `Failure`, `usage` for a line it cannot
 * parse.
 */
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

/** The command tree. Its commands get their arguments and options when their modules are loaded. */
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
      // main reports what was thrown, once, and without a screenful of help before it.
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
    // Useful in the overview, not in each command's help.
    program.options.find(({ long }) => long === '--version')?.hideHelp();
  });
  program.hook('preAction', (_program, command) => {
    const { org } = command.opts<{ org?: string }>();
    Object.assign(context.options, program.opts<Partial<GlobalOptions>>(), org === undefined ? {} : { org });
  });
  for (const { name, summary, hidden = false } of commands)
    program.command(name, { hidden }).summary(summary).description(`${summary}.`);
  return tree;
}
