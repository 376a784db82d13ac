import type { Command } from 'commander';
import { Argument } from 'commander';
import type { Context } from '../context.ts';
import type { Shell } from '../render/completion.ts';
import { completionScripts, shells } from '../render/completion.ts';
import { examples, exitCodes } from '../render/help.ts';

export function define(command: Command, context: Context): void {
  command
    .description(
      'Print a script that lets a shell complete commands, flags, organizations and ERP numbers.\n' +
        'bash: eval "$(orderflow-customers completion bash)" in ~/.bashrc\n' +
        'zsh:  eval "$(orderflow-customers completion zsh)" in ~/.zshrc\n' +
        'fish: orderflow-customers completion fish | source, in ~/.config/fish/config.fish',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText('after', exitCodes([0, 2]))
    .addHelpText(
      'after',
      examples(
        'orderflow-customers completion bash >> ~/.bashrc',
        'orderflow-customers completion fish > ~/.config/fish/completions/orderflow-customers.fish',
      ),
    )
    .action((shell: Shell) => {
      const script = completionScripts[shell];
      context.print({ json: { ok: true, shell, script }, text: script });
    });
}
