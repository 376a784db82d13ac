import { Chalk } from 'chalk';
import type { Style } from './text/style.ts';
import { paint } from './text/paint.ts';

const color = new Chalk({ level: 1 });

/** A term and its meaning: a flag, an argument, a subcommand, an exit code. */
export interface Definition {
  term: string;
  description: string;
}

/** A command's help as data. */
export interface CommandHelp {
  /** The names that lead to the command, without the program's own: `['contact', 'add']`. */
  path: string[];
  usage: string;
  description: string;
  arguments: Definition[];
  commands: Definition[];
  /** Under their headings: `File:`. */
  flags: { title: string; definitions: Definition[] }[];
  /** The flags that every command takes. */
  globalFlags: Definition[];
  notes: string;
  exitCodes: Definition[];
  examples: string[];
}

/** How text and definitions are wrapped to the terminal. */
export interface HelpLayout {
  wrap: (text: string) => string;
  define: (term: string, termWidth: number, description: string) => string;
}

/** What `--help` prints, in colours: commander removes them if the stream has none. */
export function renderHelp(help: CommandHelp, { wrap, define }: HelpLayout): string {
  const lists = [
    { title: 'Arguments:', definitions: help.arguments },
    { title: 'Commands:', definitions: help.commands },
    ...help.flags,
    { title: 'Global flags:', definitions: help.globalFlags },
  ].filter(({ definitions }) => definitions.length > 0);
  const terms = lists.flatMap(({ definitions }) => definitions.map(({ term }) => term.length));
  const termWidth = Math.max(0, ...terms);
  const usage = ['orderflow-customers', ...help.path, help.usage].join(' ');
  const codes = help.exitCodes.map(({ term, description }) => `  ${term.padEnd(3)}  ${description}`);
  const sections = [
    [`${color.bold('Usage:')} ${usage}`],
    [wrap(help.description)],
    ...lists.map(({ title, definitions }) => [
      color.bold(title),
      ...definitions.map(({ term, description }) => define(term, termWidth, description)),
    ]),
    help.notes === '' ? [] : [wrap(help.notes)],
    codes.length === 0 ? [] : [color.bold('Exit codes:'), ...codes],
    help.examples.length === 0 ? [] : [color.bold('Examples:'), ...help.examples.map((line) => `  ${line}`)],
  ].filter((lines) => lines.length > 0);
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The screen for the bare name of the tool: its commands, and where to start. */
export function renderOverview(commands: { name: string; summary: string }[], style: Style): string {
  const { bold, dim } = paint(style);
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Customer master data in Postgres: import, find, correct and export it.',
    '',
    bold('Commands:'),
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    bold('Start here:'),
    `  orderflow-customers import customers.csv --org demo --create-org`,
    `  orderflow-customers list --org demo`,
    '',
    dim('See orderflow-customers <command> --help for details.'),
    '',
  ].join('\n');
}

/** The exit codes for scripts; a command may describe its own more precisely. */
export const exitMeanings: Record<number, string> = {
  0: 'done, or nothing to do',
  1: 'internal error',
  2: 'invalid command line, setting or value',
  3: 'done, but some rows were rejected',
  4: 'not found, or ambiguous',
  5: 'refused; nothing was written',
  6: 'more rows rejected than --max-errors allows; nothing was written',
  7: 'database unreachable, refused, or timed out',
  8: 'schema missing, or of another version',
  10: 'changes pending',
  11: 'another import or program holds a lock',
  12: 'conflict: already in use',
  13: 'not permitted by the database',
  14: 'not healthy',
  130: 'interrupted (SIGINT) and rolled back',
  143: 'terminated (SIGTERM) and rolled back',
};

/**
 * The exit codes of a command, with its own descriptions where they are more precise. Those that every
 * command can end with (1, 130, 143) are only in the program's help.
 */
export function exitCodes(codes: number[], own: Record<number, string> = {}): Definition[] {
  return codes.map((code) => ({ term: String(code), description: own[code] ?? exitMeanings[code] ?? '' }));
}
