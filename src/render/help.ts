import { Chalk } from 'chalk';
import type { Style } from './text/style.ts';
import { paint } from './text/paint.ts';

// Commander strips the colours again where the stream has none.
const color = new Chalk({ level: 1 });

const titles: Record<string, string> = { 'Options:': 'Flags:', 'Global Options:': 'Global flags:' };

interface Flag {
  description: string;
  argChoices?: string[];
  required: boolean;
  defaultValue?: unknown;
  defaultValueDescription?: string;
}

/** How help is laid out, in the shape that commander takes; this file knows nothing of commander itself. */
export const helpStyle = {
  showGlobalOptions: true,
  optionDescription({
    description,
    argChoices,
    required,
    defaultValue,
    defaultValueDescription = defaultOf(defaultValue),
  }: Flag): string {
    const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`;
    const usual = !required || defaultValueDescription === '' ? '' : ` (default: ${defaultValueDescription})`;
    return `${description}${choices}${usual}`;
  },
  /** As commander lays it out, but what the subcommands are comes before the flags that they all share. */
  formatHelp(this: object, command: object, helper: object): string {
    const whole: string = Object.getPrototypeOf(this).formatHelp.call(this, command, helper);
    const sections = whole.split(/\n\n(?=(?:\x1b\[1m)?(?:Flags|Global flags|Commands):)/);
    const commands = sections.findIndex((section) => /^(?:\x1b\[1m)?Commands:/.test(section));
    if (commands > 1) sections.splice(1, 0, ...sections.splice(commands, 1).map((text) => text.trimEnd()));
    return `${sections.join('\n\n').trimEnd()}\n`;
  },
  subcommandTerm: (command: { name(): string }) => command.name(),
  styleTitle: (title: string) => color.bold(titles[title] ?? title),
  styleUsage: (usage: string) => usage.replace('[options]', '[flags]'),
};

function defaultOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The screen for somebody who typed the bare name: what there is, and where to start. */
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

/** The examples that end a command's help, one command line each. */
export function examples(...lines: string[]): string {
  return ['', color.bold('Examples:'), ...lines.map((line) => `  ${line}`)].join('\n');
}

/** What the exit codes mean for scripts; a command may say more exactly what one means for it. */
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
  130: 'interrupted (SIGINT) and rolled back',
  143: 'terminated (SIGTERM) and rolled back',
};

/**
 * The exit codes of a command, above its examples, with words of its own where they say more. Those that every
 * command can end with (1, 130, 143) stand in the program's help only.
 */
export function exitCodes(codes: number[], own: Record<number, string> = {}): string {
  const lines = codes.map((code) => `  ${String(code).padEnd(3)}  ${own[code] ?? exitMeanings[code]}`);
  return ['', color.bold('Exit codes:'), ...lines].join('\n');
}
