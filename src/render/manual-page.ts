import type { CommandHelp, Definition } from './help.ts';

export interface Manual {
  name: string;
  version: string;
  summary: string;
  program: CommandHelp;
  /** Commands that do something: the subcommands of a command that has some. */
  commands: CommandHelp[];
  /** Sections that no command's help contains: environment, files. */
  notes: { title: string; definitions: Definition[] }[];
}

/** The manual page in the language of `man` (groff_man(7)), for section 1. */
export function renderManualPage({ name, version, summary, program, commands, notes }: Manual): string {
  return [
    `.TH ${name.toUpperCase()} 1 "" "${name} ${version}" "User Commands"`,
    '.SH NAME',
    `${text(name)} \\- ${text(summary)}`,
    '.SH SYNOPSIS',
    `.B ${text(name)}`,
    text(program.usage),
    '.SH DESCRIPTION',
    ...paragraphs(program.description),
    '.SH COMMANDS',
    ...commands.flatMap((command) => [`.SS "${text(usageOf(command))}"`, ...body(command)]),
    '.SH "GLOBAL FLAGS"',
    ...program.flags.flatMap((group) => definitions(group.definitions)),
    '.SH "EXIT STATUS"',
    ...compact(definitions(program.exitCodes)),
    ...notes.flatMap(({ title, definitions: noted }) => [
      `.SH ${title.toUpperCase()}`,
      ...definitions(noted),
    ]),
    '.SH EXAMPLES',
    ...examples(program.examples),
    '',
  ].join('\n');
}

function usageOf({ path, usage }: CommandHelp): string {
  return [...path, usage].join(' ');
}

function body({
  description,
  arguments: operands,
  flags,
  notes,
  exitCodes,
  examples: lines,
}: CommandHelp): string[] {
  return [
    ...paragraphs(description),
    ...definitions(operands),
    ...flags.flatMap(({ title, definitions: list }) => titled(title, definitions(list))),
    ...paragraphs(notes),
    ...titled('Exit codes:', compact(definitions(exitCodes))),
    ...titled('Examples:', examples(lines)),
  ];
}

function titled(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['.PP', text(title), ...lines];
}

function paragraphs(description: string): string[] {
  return description.split('\n').flatMap((line) => (line === '' ? [] : ['.PP', text(line)]));
}

function definitions(list: Definition[]): string[] {
  return list.flatMap(({ term, description }) => ['.TP', `.B ${text(term)}`, text(description)]);
}

/** Without a blank line between one definition and the next. */
function compact(lines: string[]): string[] {
  return lines.length === 0 ? [] : ['.PD 0', ...lines, '.PD'];
}

function examples(lines: string[]): string[] {
  return lines.length === 0 ? [] : ['.PP', '.nf', '.RS 4', ...lines.map(text), '.RE', '.fi'];
}

/**
 * Escaped (groff_char(7)): hyphens that can be copied, no quotes that end an argument, no line that is a
 * request.
 */
function text(line: string): string {
  return line
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll('"', String.raw`\(dq`)
    .replaceAll("'", String.raw`\(aq`)
    .replaceAll('`', String.raw`\(ga`)
    .replaceAll(/[^\x00-\x7f]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
    })
    .replace(/^\./, String.raw`\&.`);
}
