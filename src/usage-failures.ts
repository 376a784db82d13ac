import type { Command, CommanderError } from 'commander';
import type { ToolCommand } from './advice.ts';
import { advice, tool } from './advice.ts';
import { globalOptions, pathOf } from './command-tree.ts';
import { Failure } from './errors.ts';
import { nearName } from './model/near-name.ts';

/** Makes commander throw the tool's own failure, naming the command whose help explains more. */
export function throwUsageFailures(command: Command): void {
  command.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    throw usageFailure(error, command);
  });
  for (const subcommand of command.commands) throwUsageFailures(subcommand);
}

/** Commander shows the general help for `help lst` and `lst --help`, without a word on the typo. */
export function refuseUnknownCommand(command: Command): void {
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
      // Commander misses `--org` before it sees `--orgg`: the mistyped flag is what to report.
      if (firstFlag !== undefined) {
        return unknownWord(command, { kind: 'option', word: firstFlag, cause: error });
      }
      if (missingFlag(command) === '--org') {
        const hint = advice`name it: only commands that read take it from the settings; see ${help}`;
        return new Failure('usage', message, { hint, cause: error });
      }
  }
  return new Failure('usage', message, { hint: advice`see ${help}`, cause: error });
}

/** The first flag that the command requires and was not given. */
function missingFlag(command: Command): string | undefined {
  const missing = command.options.find(
    (option) => option.mandatory && command.getOptionValue(option.attributeName()) === undefined,
  );
  return missing?.long;
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
