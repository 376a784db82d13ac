import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { describeCommand, layoutOf } from '../../src/command-tree.ts';
import { createContext } from '../../src/context.ts';
import { defaultOptions } from '../../src/global-options.ts';
import { systemIo } from '../../src/io.ts';
import { buildProgram } from '../../src/program.ts';
import { renderHelp } from '../../src/render/help.ts';

/** docs/commands.md: every command's help, as `--help` prints it; the flags that all share are listed once. */
export async function commandsPage(): Promise<string> {
  const { program, load } = buildProgram(createContext(systemIo(), defaultOptions));
  const commands = [...program.createHelp().visibleCommands(program)];
  for (const command of commands) await load(command);
  return [
    '# Commands',
    '',
    '<!-- Made of the help texts by `npm run docs`. -->',
    '',
    helpOf(program),
    ...commands.flatMap((command) => sectionsOf(command, 2)),
    '',
  ].join('\n');
}

function sectionsOf(command: Command, level: number): string[] {
  const { path } = describeCommand(command);
  const below = command.commands.flatMap((subcommand) => sectionsOf(subcommand, level + 1));
  return ['', `${'#'.repeat(level)} ${path.join(' ')}`, '', helpOf(command), ...below];
}

function helpOf(command: Command): string {
  const help = { ...describeCommand(command), globalFlags: [] };
  const layout = layoutOf(Object.assign(command.createHelp(), { helpWidth: 80 }));
  return `\`\`\`text\n${stripVTControlCharacters(renderHelp(help, layout)).trimEnd()}\n\`\`\``;
}
