import type { Command, Help, Option } from 'commander';
import type { CommandHelp, Definition, HelpLayout } from './render/help.ts';

/** All commands, for what describes them: completion and the manual. */
export interface CommandTree {
  program: Command;
  /** Adds to a command of the program what its module defines. */
  load: (command: Command) => Promise<void>;
}

/** What a command's help contains in addition to commander's own data. */
type Additions = Partial<Pick<CommandHelp, 'notes' | 'exitCodes' | 'examples'>>;

const additions = new WeakMap<Command, Additions>();

/** Adds notes, exit codes and examples to a command's help. */
export function addHelp(command: Command, added: Additions): void {
  additions.set(command, added);
}

/** A command's help as data: the source of `--help`, the manual page and docs/commands.md. */
export function describeCommand(command: Command): CommandHelp {
  const help = command.createHelp();
  const isShared = ({ long }: Option) => long === '--help' && command.parent !== null;
  const options = help.visibleOptions(command);
  const shared = [...options.filter(isShared), ...globalOptions(command)];
  return {
    path: pathOf(command),
    usage: command.usage().replace('[options]', '[flags]'),
    description: command.description(),
    arguments: help.visibleArguments(command).map((argument) => ({
      term: help.argumentTerm(argument),
      description: help.argumentDescription(argument),
    })),
    commands: help.visibleCommands(command).map((subcommand) => ({
      term: subcommand.name(),
      description: help.subcommandDescription(subcommand),
    })),
    flags: groupsOf(options.filter((option) => !isShared(option))),
    globalFlags: shared.map(definitionOf),
    notes: '',
    exitCodes: [],
    examples: [],
    ...additions.get(command),
  };
}

/**
 * The flags that every command takes; not those of a parent command, such as `history` above `history erase`.
 */
export function globalOptions(command: Command): Option[] {
  const program = programOf(command);
  const shared = program === command ? [] : command.createHelp().visibleGlobalOptions(command);
  return shared.filter((option) => program.options.includes(option));
}

function programOf(command: Command): Command {
  return command.parent === null ? command : programOf(command.parent);
}

/** Wraps text as commander does, to the width of the terminal. */
export function layoutOf(help: Help): HelpLayout {
  return {
    wrap: (text) => help.boxWrap(text, help.helpWidth ?? 80),
    define: (term, termWidth, description) => help.formatItem(term, termWidth, description, help),
  };
}

/** The names that lead to a command, without the program's own. */
export function pathOf(command: Command): string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}

/** The flags under their headings, in the order in which the headings first appear. */
function groupsOf(options: Option[]): CommandHelp['flags'] {
  const groups = new Map<string, Definition[]>();
  for (const option of options) {
    const title = option.helpGroupHeading ?? 'Flags:';
    groups.set(title, [...(groups.get(title) ?? []), definitionOf(option)]);
  }
  return [...groups].map(([title, definitions]) => ({ title, definitions }));
}

function definitionOf(option: Option): Definition {
  const { description, argChoices, required, defaultValue } = option;
  const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`;
  const shown = typeof defaultValue === 'string' || typeof defaultValue === 'number';
  const usual = option.defaultValueDescription ?? (shown ? String(defaultValue) : '');
  const suffix = required && usual !== '' ? ` (default: ${usual})` : '';
  return { term: option.flags, description: `${description}${choices}${suffix}` };
}
