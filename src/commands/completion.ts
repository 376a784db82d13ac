import type { Command } from 'commander';
import { Argument } from 'commander';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import type { Shell } from '../render/completion.ts';
import { completionScripts, shells } from '../render/completion.ts';
import { exitCodes } from '../render/help.ts';

export function define(command: Command, context: Context): void {
  command
    .description(
      'Print a script that lets a shell complete commands, flags, organizations and ERP numbers.\n' +
        'bash: eval "$(orderflow-customers completion bash)" in ~/.bashrc\n' +
        'zsh:  eval "$(orderflow-customers completion zsh)" in ~/.zshrc\n' +
        'fish: orderflow-customers completion fish | source, in ~/.config/fish/config.fish',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action((shell: Shell) => {
      const script = completionScripts[shell];
      context.print({ json: { ok: true, shell, script }, text: script });
    });
  addHelp(command, {
    exitCodes: exitCodes([0, 2]),
    examples: [
      'orderflow-customers completion bash >> ~/.bashrc',
      'orderflow-customers completion fish > ~/.config/fish/completions/orderflow-customers.fish',
    ],
  });
}
