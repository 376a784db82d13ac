import type { Command, Option } from 'commander';
import type { CommandTree } from '../command-tree.ts';
import { globalOptions } from '../command-tree.ts';
import type { Context } from '../context.ts';
import type { Candidates, Shell } from '../render/completion.ts';
import { renderCandidates, unquoted } from '../render/completion.ts';
import type { Asked } from './look-up-names.ts';

/**
 * `__complete SHELL -- WORD…`: the candidates for the last word; the scripts of `completion` call it at every
 * Tab. It prints no errors, because the user did not run it, and starts no embedded database.
 */
export function define(command: Command, context: Context, tree: CommandTree): void {
  command
    .argument('<shell>')
    .argument('[words...]')
    .helpOption(false)
    .action(async (shell: Shell, words: string[]) => {
      const line = readLine(words, shell);
      const candidates = await complete(line.words, context, tree).catch((): Candidates => []);
      context.io.stdout.write(renderCandidates(candidates, shell, line));
    });
}

interface Line {
  /** As the shell would pass them on; the last is the one to complete. */
  words: string[];
  /** The quote that surrounds the last one. */
  open: '' | '"' | "'";
  /** How many characters of the last one bash treats as a separate word, and will not replace. */
  cut: number;
}

/** bash breaks words at `=` and `:` (COMP_WORDBREAKS) before it passes them on: they are joined again. */
function readLine(words: string[], shell: Shell): Line {
  const line: Line = { words: [], open: '', cut: 0 };
  let joining = false;
  for (const word of words) {
    const { text, open } = unquoted(word);
    const isBreak = shell === 'bash' && /^[=:]+$/.test(word) && line.words.length > 0;
    const before = isBreak || joining ? (line.words.pop() ?? '') : '';
    line.words.push(before + text);
    line.cut = before.length + (isBreak ? text.length : 0);
    line.open = open;
    joining = isBreak;
  }
  return line;
}

interface Position {
  command: Command;
  /** How many arguments precede the word. */
  argument: number;
  /** The flag that the word is a value of. */
  flag: Option | undefined;
  onlyArguments: boolean;
  /** Values of flags before the word, by long name. */
  given: Map<string, string>;
}

type Ask = (kind: Asked, typed: string) => Promise<Candidates>;

async function complete(words: string[], context: Context, tree: CommandTree): Promise<Candidates> {
  const typed = words.at(-1) ?? '';
  const position = await follow(words.slice(0, -1), tree);
  const { command, flag, onlyArguments, argument } = position;
  const ask: Ask = async (kind, start) => {
    // Settings and database cost as much as all the rest: names of commands and flags do without them.
    const { lookUpNames } = await import('./look-up-names.ts');
    return lookUpNames(kind, { typed: start, given: position.given, io: context.io });
  };
  if (flag !== undefined) return valuesOf(flag, typed, ask);
  if (typed.startsWith('-') && !onlyArguments) {
    const [name = '', value] = typed.split(/=(.*)/s);
    if (value === undefined) return flagsOf(command, typed);
    const named = findFlag(command, name);
    const values = named?.required ? await valuesOf(named, value, ask) : [];
    return values === 'files' ? 'files' : values.map((each) => ({ ...each, value: `${name}=${each.value}` }));
  }
  const subcommands = argument === 0 ? subcommandsOf(command, typed) : [];
  const values = await valuesOfArgument(position, typed, ask);
  return values === 'files' ? 'files' : [...subcommands, ...values];
}

async function valuesOfArgument(
  { command, argument }: Position,
  typed: string,
  ask: Ask,
): Promise<Candidates> {
  const wanted =
    command.registeredArguments[argument] ?? command.registeredArguments.findLast(({ variadic }) => variadic);
  if (wanted === undefined) return [];
  if (wanted.argChoices !== undefined) return startingWith(wanted.argChoices, typed);
  if (wanted.name() === 'ref' || wanted.name() === 'refs') return ask('ref', typed);
  if (wanted.name() === 'run' || wanted.name() === 'runs') return ask('run', typed);
  return wanted.name() === 'file' ? 'files' : [];
}

/** Goes from word to word as the parser would, loading the command that one names. */
async function follow(words: string[], { program, load }: CommandTree): Promise<Position> {
  const position: Position = {
    command: program,
    argument: 0,
    flag: undefined,
    onlyArguments: false,
    given: new Map(),
  };
  for (const word of words) {
    const { command, flag } = position;
    if (flag !== undefined) {
      position.given.set(flag.long ?? '', word);
      position.flag = undefined;
    } else if (word === '--') {
      position.onlyArguments = true;
    } else if (word.startsWith('-') && !position.onlyArguments) {
      const [name = '', value] = word.split(/=(.*)/s);
      const found = findFlag(command, name);
      if (found?.required && value === undefined) position.flag = found;
      if (found !== undefined && value !== undefined) position.given.set(found.long ?? '', value);
    } else {
      const subcommand =
        position.argument === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (subcommand === undefined) position.argument += 1;
      else if (command === program) await load(subcommand);
      if (subcommand !== undefined) position.command = subcommand;
    }
  }
  return position;
}

function flagsFrom(command: Command): Option[] {
  return [...command.createHelp().visibleOptions(command), ...globalOptions(command)];
}

function findFlag(command: Command, name: string): Option | undefined {
  return flagsFrom(command).find(({ long, short }) => name === long || name === short);
}

function flagsOf(command: Command, typed: string): Candidates {
  const flags = flagsFrom(command).filter(({ long }) => long?.startsWith(typed));
  const values = new Map(flags.map(({ long = '', description }) => [long, description]));
  return [...values].map(([value, description]) => ({ value, description }));
}

function subcommandsOf(command: Command, typed: string): { value: string; description: string }[] {
  const found = command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name().startsWith(typed));
  return found.map((each) => ({ value: each.name(), description: each.summary() }));
}

async function valuesOf(flag: Option, typed: string, ask: Ask): Promise<Candidates> {
  if (flag.argChoices !== undefined) return startingWith(flag.argChoices, typed);
  if (flag.long === '--org') return ask('org', typed);
  if (flag.long === '--profile') return ask('profile', typed);
  if (flag.long === '--erp-number') return ask('ref', typed);
  if (flag.long === '--mapping') return mappingsOrFiles(typed);
  return /<(?:path|file)>/.test(flag.flags) ? 'files' : [];
}

/** Names of shipped mappings, or files once the word is not the beginning of one. */
async function mappingsOrFiles(typed: string): Promise<Candidates> {
  const { knownSystems } = await import('../import/columns/known-systems.ts');
  const named = knownSystems.filter(({ name }) => name.startsWith(typed));
  if (named.length === 0) return 'files';
  return named.map(({ name, title }) => ({ value: name, description: title }));
}

function startingWith(values: readonly string[], typed: string): Candidates {
  return values.filter((value) => value.startsWith(typed)).map((value) => ({ value, description: '' }));
}
