import type { Command } from 'commander';

/** `--org`, as every command takes it that works on an organization's customers. */
export function addOrgOption(command: Command): Command {
  return command.requiredOption('--org <org>', 'the organization: its slug or id');
}
